"""A load of held copies from a CSV file, rows a second and the memory of the process.   Example: python bench/loading.py --rows 1000000"""

import argparse
import resource
import tempfile
import time
from pathlib import Path
from secrets import token_bytes

import msgspec

from enishi.roles.gateway.load.adapter import read_adapter
from enishi.roles.gateway.load.loading import Place, load
from enishi.roles.gateway.schema import MIGRATIONS
from enishi.store.database import Database

ADAPTER = Path(__file__).parents[1] / "adapters" / "local_tax.yaml"
HEAD = "宛名番号,基準日時,課税区分,合計所得金額,課税標準額,市民税所得割,市民税均等割,道民税所得割,道民税均等割,扶養人数\n"


def lay(folder: Path, rows: int) -> Database:
    """People in a tenant's database, and the export of their tax beside it."""
    database = Database.open(folder / "gateway.db", MIGRATIONS)
    put = "INSERT INTO person (addressee_number, ref, answering, nondisclosure_ground, nondisclosure_until_ms) VALUES (?, ?, 'automatic', '', 0)"
    people = ((f"{number:010d}", token_bytes(16)) for number in range(rows))
    database.write_now(lambda connection: connection.executemany(put, people).rowcount)
    with (folder / "local_tax_2024.csv").open("w", encoding="cp932") as file:
        file.write(HEAD)
        for number in range(rows):
            file.write(f"{number:010d},2025-03-31T22:00:00+09:00,1,{2_000_000 + number},{1_000_000 + number},60000,3000,40000,1000,{number % 4}\n")
    return database


def main() -> None:
    """Measure once and print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    adapter = read_adapter(ADAPTER.read_bytes())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = lay(folder, rows)
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.monotonic()
        report = load(adapter, Place(database, folder, folder), 0, lambda done, whole: None)
        seconds = time.monotonic() - begun
        size = sum(path.stat().st_size for path in folder.glob("gateway.db*"))
        database.close_now()
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {"rows": report.rows, "good": report.good, "seconds": round(seconds, 1), "rows_per_second": round(report.rows / seconds)}
    memory = {"peak_mib": peak_kib // 1024, "peak_before_mib": before_kib // 1024, "database_mib": size >> 20}
    print(msgspec.json.encode(figures | memory).decode())


if __name__ == "__main__":
    main()
