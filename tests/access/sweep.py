"""Runs the tests against each mutant of the modules that guard something.

First all tests run as they are and it is noted which statement each reaches. Then, for each mutant,
a copy of this process (a fork: all is loaded, the database is in memory) runs the tests that reach
it, the likeliest and the quickest first, until one fails.

    python tests/access/sweep.py seawall.cases.access seawall.cases.reading -- tests/cases

Prints one line for each mutant and, last, a JSON object: how many were "killed" and "explained"
(see equivalents.py), which "survived", and which tests are "broken" with nothing changed.
"""

import ast
import gc
import importlib
import inspect
import json
import os
import resource
import select
import signal
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ENOUGH = 25.0
"""Whoever is not noticed by tests of so many seconds of work, the likeliest first, survives."""
HERE = Path(__file__).resolve()
SECONDS = 60
"""A test that works for longer than this (processor time: a busy machine changes nothing) hangs,
which somebody would notice."""
PATIENCE = 1800
"""So does one that is not over after so many seconds of the clock: it waits for nothing."""


@dataclass
class Notes:
    """What was learned from running the tests: their seconds, what they reach, what they found."""

    seconds: dict[Any, float] = field(default_factory=dict)
    reaching: dict[tuple[str, int], set[Any]] = field(default_factory=lambda: defaultdict(set))
    found: Counter[tuple[str, Any]] = field(default_factory=Counter)
    fit: dict[Any, bool] = field(default_factory=dict)
    """Whether a test passes in a copy of the process when nothing was changed."""

    def likeliest(self, mutant: Any) -> list[Any]:
        """The tests that reach the mutant, in the order in which they are best tried."""

        def worth(item: Any) -> tuple[float, float]:
            same = self.found[f"{mutant.module}.{mutant.inside}", item]
            near = self.found[mutant.module, item]
            return (-(same + near / 20) / (self.seconds[item] + 0.05), self.seconds[item])

        items = sorted(self.reaching.get((mutant.module, mutant.statement), ()), key=worth)
        together = accumulate(self.seconds[item] for item in items)
        return [item for item, sum in zip(items, together, strict=True) if sum <= ENOUGH]

    def was_found(self, mutant: Any, item: Any) -> None:
        self.found[f"{mutant.module}.{mutant.inside}", item] += 1
        self.found[mutant.module, item] += 1


class Sweep:
    """A pytest plugin whose test loop is the sweep."""

    def __init__(self, modules: list[str], only: list[str]) -> None:
        self._modules, self._only = modules, only
        self.survived: list[str] = []
        self.killed = self.explained = 0
        self.broken: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from access.mutants import Functions

        session.config.pluginmanager.unregister(name="terminalreporter")
        modules = [importlib.import_module(name) for name in self._modules]
        living = {module.__name__: Functions(module) for module in modules}
        notes = self._as_they_are(session, modules, living)
        gc.collect()
        gc.freeze()  # so that copies share what they only read
        for module in modules:
            self._one_module(session, module, living[module.__name__], notes)
        return True

    def _as_they_are(
        self, session: pytest.Session, modules: list[ModuleType], living: dict[str, Any]
    ) -> Notes:
        notes, reached = Notes(), set[tuple[str, int]]()
        for module in modules:
            vars(module)["__reached__"] = reached.add
            living[module.__name__].become(_noting(module))
        for item, following in zip(session.items, [*session.items[1:], session], strict=True):
            reached.clear()
            began = time.process_time()
            if not _passes(item, following):
                self.broken.append(item.nodeid)
                print("broken", item.nodeid, flush=True)
                continue
            notes.seconds[item] = time.process_time() - began
            for place in reached:
                notes.reaching[place].add(item)
        for module in modules:
            living[module.__name__].become(ast.parse(inspect.getsource(module)))
        print(f"{len(session.items)} tests in {sum(notes.seconds.values()):.0f} s", flush=True)
        return notes

    def _one_module(
        self, session: pytest.Session, module: ModuleType, functions: Any, notes: Notes
    ) -> None:
        from access import equivalents
        from access.mutants import mutants_of

        for mutant in mutants_of(module):
            if self._only and not any(part in str(mutant) for part in self._only):
                continue
            if equivalents.why(str(mutant)) is not None:
                self.explained += 1
                continue
            began = time.monotonic()
            items = notes.likeliest(mutant)
            by = _try(functions, mutant.tree, items, session)
            while by is not None and not _is_fit(items[by], notes, session):
                items = [each for each in items if notes.fit.get(each, True)]
                by = _try(functions, mutant.tree, items, session)
            took = f"{time.monotonic() - began:.1f} s"
            if by is None:
                self.survived.append(str(mutant))
                print(f"SURVIVED {mutant} ({len(items)} tests, {took})", flush=True)
                continue
            self.killed += 1
            notes.was_found(mutant, items[by])
            print(f"killed {mutant} ({items[by].nodeid}, {took})", flush=True)


def _noting(module: ModuleType) -> ast.Module:
    """The module's code, which notes each statement that it reaches."""
    from access.mutants import statements_of

    tree = ast.parse(inspect.getsource(module))
    for _, block, at in reversed(list(statements_of(tree))):
        note = f"__reached__(({module.__name__!r}, {block[at].lineno}))"
        block.insert(at, ast.parse(note).body[0])
    return ast.fix_missing_locations(tree)


def _passes(item: Any, following: Any) -> bool:
    said = _Said()
    item.config.pluginmanager.register(said)
    try:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    finally:
        item.config.pluginmanager.unregister(said)
    return not said.failed


class _Said:
    """What is reported of one test."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or bool(report.failed)


def _is_fit(item: Any, notes: Notes, session: pytest.Session) -> bool:
    if item not in notes.fit:
        notes.fit[item] = _try(None, None, [item], session) is None
        if not notes.fit[item]:
            print(f"unfit {item.nodeid}", flush=True)
    return notes.fit[item]


def _try(functions: Any, tree: Any, items: list[Any], session: pytest.Session) -> int | None:
    """Which of the tests fails first, or hangs, in a copy of this process whose functions became
    those of `tree`; None when none does."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _in_the_copy(functions, tree, items, session, writing)
    os.close(writing)
    at = 0
    while select.select([reading], [], [], PATIENCE)[0]:
        told = os.read(reading, 1)
        if told != b".":
            break
        at += 1
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    os.waitpid(child, 0)
    return at if at < len(items) else None


def _in_the_copy(
    functions: Any, tree: Any, items: list[Any], session: pytest.Session, writing: int
) -> None:
    """Runs the tests, tells a dot for each that passes, and ends the process."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        if functions is not None:
            functions.become(tree)
        for item, following in zip(items, [*items[1:], session], strict=True):
            _may_work_for(SECONDS)
            if not _passes(item, following):
                break
            os.write(writing, b".")
    finally:
        os._exit(0)


def _may_work_for(seconds: int) -> None:
    """The kernel ends this process when it has used so much more of the processor."""
    used = int(time.process_time()) + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, most))


def main(arguments: list[str]) -> int:
    """`MODULE… [only=PART]… -- PYTEST ARGUMENTS…`: of the mutants those that hold such a part."""
    at = arguments.index("--")
    only = [each.partition("=")[2] for each in arguments[:at] if each.startswith("only=")]
    modules = [each for each in arguments[:at] if not each.startswith("only=")]
    sweep = Sweep(modules, only)
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "tmp_path_retention_policy=none"]
    pytest.main([*options, *arguments[at + 1 :]], plugins=[sweep])
    told = {
        "killed": sweep.killed,
        "explained": sweep.explained,
        "survived": sweep.survived,
        "broken": sweep.broken,
    }
    print(json.dumps(told), flush=True)
    return 1 if sweep.survived or sweep.broken else 0


if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]
    raise SystemExit(main(sys.argv[1:]))
