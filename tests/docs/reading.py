"""What the docs tests read: tables, links and anchors of the project's Markdown files."""

import re
from pathlib import Path

LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
WORD = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def table(text: str, heading: str) -> list[list[str]]:
    """The body rows of the first table under a heading, as stripped cells."""
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def words(cell: str) -> list[str]:
    """The words in backticks."""
    return WORD.findall(cell)


def anchors(text: str) -> set[str]:
    """The anchors that a reader of the file can link to: one per heading."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(path: Path, text: str) -> list[str]:
    """Every link of a file to a place that is not there; addresses of other sites are not followed."""
    inside = [target for target in LINK.findall(FENCE.sub("", text)) if "://" not in target and not target.startswith("mailto:")]
    return [f"{path.name} -> {target}" for target in inside if not _resolves(path, text, target)]


def _resolves(path: Path, text: str, target: str) -> bool:
    name, _, anchor = target.partition("#")
    aim = path.parent / name if name else path
    if not aim.exists():
        return False
    return not anchor or aim.suffix != ".md" or anchor in anchors(aim.read_text(encoding="utf-8") if name else text)
