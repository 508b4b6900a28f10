"""Writes src/enishi/law/data/law.msgpack from the files of this folder: `python law-sources/build.py`."""

from pathlib import Path

from enishi.law.compile import compile_tables


def main() -> None:
    """Compile in place and say how large the result is."""
    folder = Path(__file__).parent
    sources = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".json", ".jsonl"}}
    target = folder.parent / "src" / "enishi" / "law" / "data" / "law.msgpack"
    target.write_bytes(compile_tables(sources))
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
