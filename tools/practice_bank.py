"""Audit the practice bank with the reference solvers, and set what follows from the audit.

    tools/practice_bank.py audit [FAMILY …]   run the solvers (needs the registries, takes long)
    tools/practice_bank.py numbers            write a, b and floor of each item by the rule
    tools/practice_bank.py check              say what is not as the audit has it

Records of items that are not named stay; records of items that are gone are dropped.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from seawall.cli.reproduce import default_cache
from seawall.evals.audit import (
    AUDIT_FILE,
    AuditRecord,
    Progress,
    audit_bank,
    practice_audit,
    write_audit,
)
from seawall.evals.bank import practice_bank
from seawall.evals.bank_files import MANIFEST
from seawall.evals.difficulty import rule
from seawall.evals.item import Item
from seawall.sandbox import find_sandbox
from seawall.vocab.evals import Task

ITEMS = Path(__file__).resolve().parent.parent / "src/seawall/evals/items"
_ROW = re.compile(r'\[\[item\]\]\ntask = "(?P<task>\w+)"\na = .*\nb = .*\n(floor = true\n)?')


def audit(families: Iterable[str]) -> None:
    """Run the solvers on these families, all when none is named."""
    wanted = set(families)
    bank = practice_bank()
    records = practice_audit() if (ITEMS / AUDIT_FILE).exists() else {}
    chosen = [item for item in bank if not wanted or item.facts.family in wanted]

    def heard(progress: Progress) -> None:
        record = progress.record
        records[record.item] = record
        print(f"{progress.done}/{progress.total} {record.item}", *record.problems, sep="\n   ")

    audit_bank(chosen, sandbox=find_sandbox(), cache_dir=default_cache(), progress=heard)
    write_audit((records[item.id] for item in bank if item.id in records), ITEMS / AUDIT_FILE)


def numbers() -> None:
    """Write a, b and floor into each item.toml."""
    records = practice_audit()
    for item in practice_bank():
        if item.id not in records:
            continue
        path = ITEMS / item.facts.family / MANIFEST
        text = path.read_text()
        rows = [_row(row, item, records[item.id]) for row in _ROW.finditer(text)]
        path.write_text(text[: text.index("[[item]]")] + "\n".join(rows))


def check() -> list[str]:
    """What does not follow from the audit, in words."""
    records = practice_audit()
    wrong = []
    for item in practice_bank():
        record = records.get(item.id)
        if record is None or record.substance != item.substance:
            wrong.append(f"{item.id} is not audited as it is now")
            continue
        wrong += [f"{item.id}: {problem}" for problem in record.problems]
        facts = (item.facts.discrimination, item.facts.difficulty, item.facts.floor)
        by_design = item.runs_code and item.task is not Task.FIX
        if facts != (*_numbers(item, record), record.floor or by_design):
            wrong.append(f"{item.id} has other numbers than the rule")
    return wrong


def _row(row: re.Match[str], item: Item, record: AuditRecord) -> str:
    if row["task"] != item.task.value:
        return row[0]
    a, b = _numbers(item, record)
    floor = "floor = true\n" if record.floor else ""
    return f'[[item]]\ntask = "{row["task"]}"\na = {a}\nb = {b}\n{floor}'


def _numbers(item: Item, record: AuditRecord) -> tuple[float, float]:
    effect = item.solution.reproducer.oracle.kind
    return rule(item.task, effect, source_bytes=record.source_bytes, floor=record.floor)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["audit", *families]:
            audit(families)
        case ["numbers"]:
            numbers()
        case ["check"]:
            found = check()
            print("\n".join(found) or "as the audit has it")
            sys.exit(bool(found))
        case _:
            sys.exit(__doc__)
