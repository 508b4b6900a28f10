"""Bulk through every role: one message of many rows, timed from the first byte to the last row's end."""

import asyncio
from typing import Final

import msgspec

from enishi import clock
from enishi.client.bulk import BulkClient
from enishi.roles.gateway.ask import WAITED_S

EXPECTED: Final = 400
"""Persons per second that the first aim names; the message is as long as half of the measured time needs at that rate."""
MOST: Final = 10_000
LEAST: Final = 200
POLL_S: Final = 0.2


class Bulk(msgspec.Struct, frozen=True):
    """Persons per second of one message, its rows, how many were provided, and seconds until the acceptance was durable."""

    per_second: float
    rows: int
    provided: int
    accepted_s: float


def rows_for(seconds: float) -> int:
    """How many rows a run of so many seconds takes."""
    return max(LEAST, min(MOST, int(EXPECTED * seconds / 2)))


def measure_bulk(url: str, token: str, question: bytes, rows: int) -> Bulk:
    """Send the same question so many times as one message, and wait for its end."""
    return asyncio.run(_measure(BulkClient(url, token), question, rows))


async def _measure(client: BulkClient, question: bytes, rows: int) -> Bulk:
    body = b"\n".join([question] * rows)
    # The load before it is over: nobody waits for a single answer any more, and the portions are those of a platform at rest.
    await asyncio.sleep(WAITED_S)
    begun = clock.monotonic()
    number = (await client.send(body, "application/x-ndjson"))["number"]
    accepted = clock.monotonic()
    while (await client.progress(number))["state"] == "working":
        await asyncio.sleep(POLL_S)
    ended = clock.monotonic()
    results = (await client.results(number)).splitlines()
    provided = sum(b'"outcome":"provided"' in line for line in results)
    return Bulk(round(rows / (ended - begun), 1), rows, provided, round(accepted - begun, 2))
