"""Batches: many attempts in flight, resumed, ended from outside."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import seawall
from evals.staged import (
    BUDGET,
    ByItem,
    Watched,
    batch,
    facts,
    hands_in,
    leaves_nothing,
    some_locks,
    spends,
)
from seawall.evals.endpoints.locks import known_locks, lock_bench, locks
from seawall.evals.endpoints.planted import Pace, Planted
from seawall.evals.endpoints.policy import Script
from seawall.evals.endpoints.serve import serving
from seawall.evals.meter import digest
from seawall.evals.run import (
    Cancel,
    Cancelled,
    EndpointFailed,
    Progress,
    run,
    run_all,
)
from seawall.evals.scratch import clear_leftovers
from seawall.sandbox import Job, find_sandbox
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Stop

SLOW = spends(10, seconds=60)


def planted(items, **what):
    pace = Pace(tokens=BUDGET.tokens, solve_seconds=0.001, fail_seconds=0.01)
    return Planted(seed="s", known=known_locks(items), **{"ability": 0.3, "pace": pace, **what})


def test_each_item_gets_the_outcome_that_its_model_has_for_it():
    items = some_locks(24)
    model = planted(items)
    with leaves_nothing(), serving(model) as server:
        results = batch(items, server)
    assert {p: r.solved for p, r in results.items()} == {
        p: model.solves(item.facts) for p, item in enumerate(items)
    }
    assert len({r.solved for r in results.values()}) == 2
    assert [results[p].item for p in range(24)] == [item.id for item in items]
    assert {r.scaffold for r in results.values()} == {"plain@1"}


def test_so_many_attempts_are_in_flight_and_no_more():
    items = some_locks(12)
    meet, lock, running, most = threading.Barrier(4, timeout=60), threading.Lock(), set(), []

    def see(conversation):
        with lock:
            running.add(conversation.prompt)
            most.append(len(running))
        if conversation.turn == 0:
            meet.wait()  # passes only when four are here at once
        with lock:
            running.discard(conversation.prompt)

    with serving(Watched(Script((spends(10, submit=True),)), see)) as server:
        assert len(batch(items, server, in_flight=4)) == 12
    assert max(most) == 4


def test_results_come_as_attempts_end():
    items = some_locks(3)
    order: list[str] = []
    told = threading.Event()

    def see(conversation):
        if conversation.prompt == items[0].prompt:
            told.wait(60)

    with serving(Watched(Script((spends(10, submit=True),)), see)) as server:
        bench = lock_bench(find_sandbox())
        for position, _ in run_all(
            items, server.endpoint(), BUDGET, scaffold="plain@1", bench=bench, in_flight=2
        ):
            order.append(position)
            if len(order) == 2:
                told.set()
    assert order == [1, 2, 0]


def test_a_batch_that_was_cut_off_goes_on_where_it_was():
    items = some_locks(5)
    with serving(planted(items)) as server:
        whole = batch(items, server)
        asked: list[str] = []
        with serving(Watched(planted(items), lambda c: asked.append(c.prompt))) as again:
            rest = batch(items, again, done={0: whole[0], 3: whole[3]})
    assert sorted(rest) == [1, 2, 4]
    assert {p: r.solved for p, r in rest.items()} == {p: whole[p].solved for p in rest}
    assert set(asked) == {items[p].prompt for p in rest}
    with serving(planted(items)) as server:
        assert batch(items, server, done=range(5)) == {}
        assert server.calls == 0


def test_progress_and_transcripts_are_told():
    items = some_locks(3)
    told: list[Progress] = []
    kept: dict[int, bytes] = {}
    with serving(planted(items)) as server:
        results = batch(items, server, done=[1], progress=told.append, keep=kept.__setitem__)
    assert [(t.done, t.of) for t in told] == [(2, 3), (3, 3)]
    assert told[-1].tokens == sum(r.usage.tokens for r in results.values())
    assert {p: digest(kept[p]) for p in kept} == {p: r.transcript for p, r in results.items()}
    assert items[0].prompt.strip().encode()[:20] in kept[0]


def test_closing_the_iterator_ends_everything():
    items = some_locks(6)
    scripts = {i.prompt: (SLOW,) for i in items} | {items[0].prompt: (spends(1, submit=True),)}
    before = threading.active_count()
    with leaves_nothing(), serving(ByItem(scripts)) as server:
        going = run_all(
            items,
            server.endpoint(),
            BUDGET,
            scaffold="plain@1",
            bench=lock_bench(find_sandbox()),
        )
        assert next(going)[0] == 0
        started = time.monotonic()
        going.close()
        assert time.monotonic() - started < 30  # the model would think for 60
    assert threading.active_count() <= before + 6  # calls that were let go


@pytest.mark.parametrize("busy", [SLOW, spends(10, commands=("sleep 600",))])
def test_a_batch_is_ended_from_another_thread(busy):
    items, cancel = some_locks(3), Cancel()
    later = threading.Timer(0.2, cancel.throw)
    with leaves_nothing(), serving(Watched(Script((busy,)), lambda _: later.start())) as server:
        with pytest.raises(Cancelled):
            batch(items, server, in_flight=1, cancel=cancel)
        assert server.calls == 1


def test_a_grade_under_way_is_ended_with_the_batch():
    items, cancel = some_locks(1), Cancel()

    def grade(item, files, sandbox):
        cancel.throw()
        outcome = sandbox.run(Job(argv=("/bin/sleep", "600")))
        ended.append(outcome.stopped_by)
        raise AssertionError("not reached by a result")

    ended: list[str] = []
    bench = replace(lock_bench(find_sandbox()), grade=grade)
    with serving(Script((hands_in(items[0], submit=True),))) as server, pytest.raises(Cancelled):
        batch(items, server, bench=bench, cancel=cancel)
    assert ended == ["stopped"]


def test_one_item_alone():
    [item] = some_locks(1)
    with serving(Script((hands_in(item, submit=True),))) as server:
        result = run(
            item,
            server.endpoint(),
            BUDGET,
            scaffold="plain@1",
            bench=lock_bench(find_sandbox()),
        )
    assert (result.item, result.solved, result.stop) == (item.id, True, Stop.SUBMITTED)


def test_a_runner_that_breaks_says_so():
    items = some_locks(3)

    class Breaks(tuple):
        def __getitem__(self, index):
            if index == 1:
                raise LookupError("sealed")
            return super().__getitem__(index)

    with leaves_nothing(), serving(planted(items)) as server, pytest.raises(LookupError):
        batch(Breaks(items), server)


def test_what_cannot_be_run_is_refused_before_anything_is():
    items = some_locks(1)
    with serving(planted(items)) as server:
        with pytest.raises(BadInput, match="no scaffold is called none@1"):
            batch(items, server, scaffold="none@1")
        public = replace(server.endpoint(), internal=False)
        with pytest.raises(EndpointFailed, match="only https addresses are called"):
            batch(items, server, endpoint=public)
        loop = replace(public, base_url="https://127.0.0.1:8443/v1")
        with pytest.raises(EndpointFailed, match="the address is loopback"):
            batch(items, server, endpoint=loop)
        assert server.calls == 0


def test_the_key_is_sent_and_is_in_no_text():
    items = locks(facts(2), seed="k")
    with serving(planted(items), key="very-secret") as server:
        results = batch(items, server)
        assert "very-secret" not in repr(server.endpoint())
    assert Stop.FAILED not in {r.stop for r in results.values()}


_KILLED = """
import sys, tempfile
from evals.staged import batch, some_locks, spends
from seawall.evals.endpoints.policy import Script
from seawall.evals.endpoints.serve import serving

tempfile.tempdir = sys.argv[1]
with serving(Script((spends(10, commands=("echo here > here; sleep 600",)),))) as server:
    batch(some_locks(2), server)
"""


def test_what_a_killed_runner_left_is_deleted_by_the_next(tmp_path):
    tmp_path.chmod(0o755)
    paths = [str(Path(__file__).parents[1]), str(Path(seawall.__file__).parents[1])]
    program = [sys.executable, "-c", _KILLED, str(tmp_path)]
    killed = subprocess.Popen(program, env={**os.environ, "PYTHONPATH": ":".join(paths)})
    while len(list(tmp_path.glob("seawall-*/here"))) < 2 and killed.poll() is None:
        time.sleep(0.02)
    (tmp_path / "seawall-of-somebody-else").mkdir()
    killed.kill()
    killed.wait()
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        clear_leftovers()
    assert [place.name for place in tmp_path.iterdir()] == ["seawall-of-somebody-else"]
