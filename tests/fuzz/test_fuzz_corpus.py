"""Every kept input of the fuzzer comes to its reader again: what once broke one, and what once reached a line that nothing else reached."""

from pathlib import Path

import pytest

from enishi.errors import Malformed
from fuzz.corpus import CORPUS, LONGEST, MOST_BYTES, keep, kept
from fuzz.families import FAMILIES, judge, key_of, named
from house.source import ROOT
from protocol.readers import READERS
from protocol.reading import Reader

TARGETS = [(family, name) for family, readers in FAMILIES.items() for name in named(readers)]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kept_input_raises_only_faults(family: str) -> None:
    readers = named(FAMILIES[family])
    inputs = list(kept(family))
    assert inputs
    for name, content in inputs:
        judge(readers[name], content)


def test_every_reader_of_the_table_is_fuzzed_under_a_name_of_its_own() -> None:
    assert sorted(reader.name for readers in FAMILIES.values() for reader in readers) == sorted(reader.name for reader in READERS)
    assert len({key_of(name) for _, name in TARGETS}) == len(TARGETS) == len(READERS)
    assert {path.stem.removeprefix("fuzz_") for path in (ROOT / "fuzz").glob("fuzz_*.py")} == set(FAMILIES)


def test_the_corpus_is_small_and_names_readers_that_exist() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {(path.parts[-3], path.parts[-2]) for path in files} <= set(TARGETS)
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert all(path.stat().st_size <= LONGEST for path in files if not path.name.startswith("crash-"))


def broken(content: bytes) -> bytes:
    if content == b"7":
        raise ValueError("seven")
    if not content:
        raise Malformed("message-unreadable")
    return content


def test_a_reader_that_breaks_or_reads_two_meanings_is_found() -> None:
    reader = Reader("planted", lambda: b"1", broken, bytes)
    assert judge(reader, b"1")
    assert not judge(reader, b"")
    with pytest.raises(ValueError, match="seven"):
        judge(reader, b"7")
    with pytest.raises(AssertionError, match="otherwise"):
        judge(reader._replace(write=lambda read: read + b"."), b"1")


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    keep("log", "reader", b"bytes", "crash-", tmp_path)
    keep("log", "reader", b"bytes", "crash-", tmp_path)
    assert list(kept("log", tmp_path)) == [("reader", b"bytes")]
    assert next((tmp_path / "log" / "reader").iterdir()).name.startswith("crash-")
