"""What no kept file may hold: a path of one machine, a package registry, a secret, a name of somebody's network."""

import re
from pathlib import Path

# Written with classes of one letter, so that no pattern finds itself.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.$}/-])/(?:roo[t]|hom[e]|User[s]|wor[k]|op[t])/[\w.]"),
    "a package registry": re.compile(r"pypi\.or[g]|pythonhoste[d]\.org|registry\.npmj[s]|index-ur[l]\s*=?\s*\S*http|proxy\.golan[g]"),
    "a private key": re.compile(r"-----BEGI[N] (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a token": re.compile(r"\b(?:gh[opsu]_[A-Za-z0-9]{36}|AKI[A][0-9A-Z]{16}|xox[bp]-[0-9A-Za-z-]{10,}|s[k]-[A-Za-z0-9]{32,})"),
    "a password in an address": re.compile(r"\b[a-z]+://[^\s/:@]+:[^\s/:@{}<>]+@[\w.]"),
    "an address of a private network": re.compile(r"(?<![\d.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?![\d.])"),
    "a name of a private network": re.compile(r"\b[\w-]+\.(?:interna[l]|cor[p]|intrane[t]|la[n])\b(?!\()"),
}


def leaks_in(text: str) -> list[str]:
    """Each forbidden thing in a text, with its line."""
    hits = [(name, hit) for name, pattern in FORBIDDEN.items() for hit in pattern.finditer(text)]
    return [f"line {text.count(chr(10), 0, hit.start()) + 1}: {name}: {hit.group(0)!r}" for name, hit in hits]


def leaks(files: list[Path], root: Path) -> list[str]:
    """Each forbidden thing in the files; a file that is not text holds none of them."""
    return [f"{path.relative_to(root)} {leak}" for path in files for leak in leaks_in(_text(path))]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
