"""The ledger: entries per second that survive a power cut, and what one writer waits.

    python benchmarks/ledger.py [--entries N] [--batch N] [--writes N]

Every transaction ends on the disk: SQLite with synchronous=FULL, PostgreSQL (when there is one
here) with fsync and synchronous_commit on. The limits are measured in the same run on the same
disk: how long this disk takes to keep an appended 4 KiB, how many leaves this machine can hash
into a tree, and how many of the very same rows the driver can insert when nothing is made of them.
"""

import argparse
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
HOME = tempfile.mkdtemp(prefix="seawall-ledger-")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FACTS = {"party": "P-000017", "digest": "9f86d081884c7d659a2feaa0c55ad015", "findings": 3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=60_000)
    parser.add_argument("--batch", type=int, default=1_000, help="entries per transaction")
    parser.add_argument("--writes", type=int, default=600, help="transactions of one entry")
    asked = parser.parse_args()
    os.environ["SEAWALL_HOME"] = HOME
    try:
        _in_own_process(sqlite, asked)
        _in_own_process(postgres, asked)
    finally:
        shutil.rmtree(HOME, ignore_errors=True)


def sqlite(asked: argparse.Namespace) -> None:
    measure("SQLite, synchronous=FULL", asked)


def postgres(asked: argparse.Namespace) -> None:
    import postgres as tool

    try:
        tool.programs()
    except FileNotFoundError as error:
        print(error)
        return
    tool._SETTINGS.update(DURABLE)
    with tool.cluster() as url:
        os.environ["SEAWALL_DATABASE_URL"] = url
        measure("PostgreSQL, fsync and synchronous_commit on", asked)


def measure(name: str, asked: argparse.Namespace) -> None:
    from seawall.config.bootstrap import setup

    setup()
    from django.db import connection

    print(f"{name}")
    rate, own, rows, nodes = durable_rate(asked.entries, asked.batch)
    hashing = hash_rate(asked.entries)
    raw = raw_rate(rows, nodes, asked.batch)
    print(f"  record_all    {rate:9,.0f} entries/s, {asked.batch} per transaction")
    print(f"                {own:9,.0f} entries per second of this process's time")
    print(f"  of hashing    {rate / hashing:9.3f}   ({hashing:,.0f} leaves/s into a tree)")
    print(f"  of raw rows   {rate / raw:9.3f}   ({raw:,.0f} of the same rows/s)")
    waits, kept = single_waits(asked.writes)
    p50, p99 = statistics.median(waits), sorted(waits)[int(len(waits) * 0.99)]
    fsync = statistics.median(kept)
    print(f"  record        {p50 * 1e6:9.0f} us p50, {p99 * 1e6:.0f} us p99, one writer")
    print(f"  in fsyncs     {p50 / fsync:9.2f} p50 ({fsync * 1e6:.0f} us each; reach <= 3)")
    print(f"  reach 25,000 entries/s: {'yes' if rate >= 25_000 else 'NO'}")
    connection.close()


def durable_rate(entries: int, batch: int) -> tuple[float, float, list[Any], list[Any]]:
    """Entries per second through `record_all`, each batch committed; entries per second of this
    process's own time, which a busy machine does not change; and the rows that it wrote."""
    from django.db import connection, transaction

    from seawall.ledger import queries
    from seawall.ledger.actions import Said, record_all
    from seawall.vocab.actors import LOCAL

    before, parts, busy = queries.size(), [], []
    for start in range(0, entries, batch):
        said = [
            Said(what="report.received", on=f"report:R-2026-{n:06}", facts=FACTS | {"n": n})
            for n in range(start, start + batch)
        ]
        began, begun = time.perf_counter(), time.process_time()
        with transaction.atomic():
            record_all(by=LOCAL, events=said)
        parts.append((time.perf_counter() - began) / batch)
        busy.append((time.process_time() - begun) / batch)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT "index", at, by, what, "on", entry, salt, leaf_hash FROM ledger_event '
            'WHERE "index" >= %s ORDER BY "index"',
            [before],
        )
        rows = cursor.fetchall()
        cursor.execute('SELECT level, "index", hash FROM ledger_subtree ORDER BY id')
        nodes = cursor.fetchall()
    return 1 / statistics.fmean(parts), 1 / statistics.fmean(busy), rows, nodes


def hash_rate(count: int) -> float:
    """Leaves per second that one core hashes into a tree, made ready before."""
    from seawall.signing.merkle import Frontier, leaf_hash

    leaves = [b"seawall-event v1\n%d\n" % n + b"x" * 45 for n in range(count)]
    began = time.perf_counter()
    Frontier().extend(map(leaf_hash, leaves))
    return count / (time.perf_counter() - began)


def raw_rate(rows: Sequence[Any], nodes: Sequence[Any], batch: int) -> float:
    """Rows per second that the driver inserts into tables and indexes of the same shape, their
    subtrees beside them, in transactions of the same size."""
    from django.db import connection, transaction

    from seawall.ledger import rows as writing

    with connection.cursor() as cursor:
        for statement in _tables_of_the_same_shape(cursor):
            cursor.execute(statement)
    share = len(nodes) / len(rows)
    began = time.perf_counter()
    for start in range(0, len(rows), batch):
        with transaction.atomic():
            writing.insert("bench_event", writing._EVENT, rows[start : start + batch])
            few = nodes[int(start * share) : int((start + batch) * share)]
            writing.insert("bench_subtree", writing._NODE, few)
    return len(rows) / (time.perf_counter() - began)


def _tables_of_the_same_shape(cursor: Any) -> list[str]:
    from django.db import connection

    if connection.vendor == "postgresql":
        return [
            f"CREATE TABLE bench_{name} (LIKE ledger_{name} INCLUDING ALL)"
            for name in ("event", "subtree")
        ]
    cursor.execute(
        "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL "
        "AND tbl_name IN ('ledger_event', 'ledger_subtree') ORDER BY type DESC"
    )
    return [
        sql.replace("ledger_", "bench_").replace('"event_by"', '"bench_by"')
        for (sql,) in cursor.fetchall()
    ]


def single_waits(count: int) -> tuple[list[float], list[float]]:
    """Seconds of each transaction that records one event, begin and commit included; and, one
    after the other with them, seconds until an appended 4 KiB survives a power cut."""
    from django.db import transaction

    from seawall.ledger.actions import record
    from seawall.vocab.actors import LOCAL

    waits, kept = [], []
    with (Path(HOME) / "appended").open("wb", buffering=0) as file:
        for n in range(count):
            began = time.perf_counter()
            with transaction.atomic():
                record(by=LOCAL, what="report.received", on=f"report:R-2026-{n:06}", facts=FACTS)
            waits.append(time.perf_counter() - began)
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            kept.append(time.perf_counter() - began)
    return waits, kept


def _in_own_process(call: Callable[..., None], *arguments: Any) -> None:
    process = multiprocessing.get_context("spawn").Process(target=call, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
