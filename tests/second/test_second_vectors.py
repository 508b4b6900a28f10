"""The second implementation, written from docs/protocol.md alone, gives each of our check values, valid and invalid, the same verdict."""

from pathlib import Path

import pytest

from second.speaking import Second

VECTORS = Path(__file__).parents[2] / "vectors"
INPUTS = {"evidence/bundle.enishi.json", "evidence/pins.json", "protocol/sealed.json"}
"""What other files are about."""
FILES = sorted(str(path.relative_to(VECTORS)) for path in VECTORS.rglob("*.json"))


def test_it_runs_every_file_of_vectors(other: Second) -> None:
    assert sorted({*other.ask("files"), *INPUTS}) == FILES


@pytest.mark.parametrize("file", [file for file in FILES if file not in INPUTS])
def test_both_implementations_agree(other: Second, file: str) -> None:
    verdicts = other.ask("vectors", file=file)
    assert verdicts
    assert [one for one in verdicts if one["held"] is not one["wanted"]] == []
