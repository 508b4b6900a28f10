"""Files of 18 fields, good and spoilt; everything is generated and the same each time."""

import random
from collections.abc import Iterator

from enishi.roles.gateway.bulk.fields import FIELDS
from gateway.world_gateway import KNOWN

GOOD = {
    "number_scheme": "01",
    "local_number": "L-1",
    "addressee_number": KNOWN,
    "asked_at": "20250401093000123",
    "department": "D100",
    "user": "officer1",
    "institution": "JP00000000012131",
    "mark": "0",
    "affair": "JM00000000000108",
    "procedure": "JT00000000010803",
    "delegating_inquirer": "",
    "delegating_provider": "",
    "provider": "JP00000000011002",
    "item": "TM00000000000004",
    "condition": "0",
    "year": "0",
    "begins": "",
    "ends": "",
}
TAX = {"item": "TM00000000000003", "condition": "1", "year": "1", "begins": "20240401", "ends": "20250331"}
CSV = {"content-type": "text/csv"}
TEXT = {"content-type": "text/plain"}


def values(**changes: str) -> list[str]:
    return list((GOOD | changes).values())


def comma(**changes: str) -> bytes:
    return ",".join(values(**changes)).encode()


def fixed(charset: str = "ascii", **changes: str) -> bytes:
    pairs = zip(FIELDS, values(**changes), strict=True)
    return b"".join(value.encode(charset).ljust(field.width) for field, value in pairs)


BAD_FIELDS: list[tuple[dict[str, str], str, str]] = [
    ({"number_scheme": "99"}, "code-unknown", "number_scheme"),
    ({"addressee_number": ""}, "field-blank", "addressee_number"),
    ({"addressee_number": "7777777777"}, "person-unknown", "person"),
    ({"asked_at": "20250230000000000"}, "date-wrong", "asked_at"),
    ({"asked_at": "2025"}, "date-wrong", "asked_at"),
    ({"institution": "JP00000000000000"}, "code-unknown", "institution"),
    ({"institution": "JP00000000011002"}, "institution-not-yours", "institution"),
    ({"mark": "1"}, "code-unknown", "mark"),
    ({"affair": "JM00000000000999"}, "code-unknown", "affair"),
    ({"procedure": "JT99999999999999"}, "code-unknown", "procedure"),
    ({"delegating_inquirer": "JP00000000011002"}, "delegation-not-taken", "delegating_inquirer"),
    ({"delegating_provider": "JP00000000011002"}, "delegation-not-taken", "delegating_provider"),
    ({"provider": ""}, "code-unknown", "provider"),
    ({"provider": "jp00000000011002"}, "code-unknown", "provider"),
    ({"item": "TM00000000000999"}, "code-unknown", "item"),
    ({"condition": "9"}, "code-unknown", "condition"),
    ({"year": "1"}, "year-without-condition", "year"),
    ({"begins": "20240401"}, "field-not-blank", "begins"),
    (TAX | {"begins": "20240402"}, "period-not-whole", "begins"),
    (TAX | {"ends": "20250330"}, "period-not-whole", "ends"),
    (TAX | {"ends": "20260331"}, "period-not-whole", "ends"),
    (TAX | {"begins": "99991301"}, "date-wrong", "begins"),
    ({"item": "TM00000000000003"}, "period-missing", "period"),
]


def spoilt_lines() -> Iterator[bytes]:
    """Lines that are no row, one for each way in which a line can be spoilt; none holds a line end."""
    good, wide = comma(), fixed()
    yield from (good[:-1], good + b",", good[:40], b"\x00" * 30, good.replace(b",", b"\x00"), good.replace(b"D100", b"D\x00"))
    yield from (b'"' + good, good.replace(b"D100", b'"D1'), good.replace(b"D100", b'D"1'), good.replace(b"D100", b"x" * 21))
    yield from (b"\xff\xfe" + good, good.replace(b"D100", "福祉".encode()), good.replace(b"D100", "福祉".encode("cp932")), b"\x1a", b"\r" + good)
    yield from (
        b"x" * 20_000,
        b"," * 17_000,
        b"," * 17,
        wide[:-1],
        wide + b" ",
        wide.replace(b"D100", b"D\t00"),
        good.replace(b"01,", b"\xe3\x81,", 1),
    )
    yield from (comma(**changes) for changes, slug, _ in BAD_FIELDS if slug != "person-unknown")


def spoilt_files(count: int) -> Iterator[bytes]:
    """Files of good and spoilt lines with mixed line ends, some cut off; in each at least one good row stands whole on its line."""
    source, lines = random.Random(7), list(spoilt_lines())
    for number in range(count):
        found = [comma()] + [lines[(number + step) % len(lines)] for step in range(3)] + [comma(**TAX)]
        source.shuffle(found)
        text = b"".join(line + source.choice([b"\n", b"\r\n", b"\n\n", b"\r\n\n"]) for line in found)
        yield text + (comma()[: source.randrange(1, 90)] if number % 3 == 0 else b"")
