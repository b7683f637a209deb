"""Running an evaluation: the results that count are kept, a run that was cut goes on."""

from dataclasses import replace
from typing import Any, cast

import pytest

from reviews.folk import NOW, Folk, drafted, folk
from seawall.core.determination import Plan
from seawall.evals.draw import commit, draw, new_nonce
from seawall.evals.endpoints.locks import known_locks, lock_bench, locks
from seawall.evals.endpoints.planted import Pace, Planted
from seawall.evals.endpoints.serve import serving
from seawall.reviews import evaluations, submissions
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.models import Evaluation, ItemRun
from seawall.reviews.running import Runner, Told, run_evaluation
from seawall.sandbox import find_sandbox
from seawall.vocab.evals import ItemFacts, Side, Stop, Task
from seawall.vocab.reviews import Determined, Voice

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "ab" * 32
FACTS = {
    f"item-{n}": ItemFacts(
        id=f"item-{n}", family=f"f{n}", task=Task.PROVE, discrimination=1.5, difficulty=0.0
    )
    for n in range(30)
}
LOCKS = {item.id: item for item in locks(FACTS.values(), seed="reviews")}


@pytest.fixture
def them() -> Folk:
    return folk()


def _planned(them: Folk, *scaffolds: str) -> Evaluation:
    submitted = submissions.submit(drafted(them), by=them.ada, now=NOW)
    row = evaluations.open_evaluation(
        submitted, bank="practice", bank_root=ROOT, by=them.eva, now=NOW
    )
    nonces = {Voice.LAB: (them.ada, new_nonce()), Voice.GOVERNMENT: (them.eva, new_nonce())}
    for voice, (by, nonce) in nonces.items():
        evaluations.commit_nonce(row, voice=voice, commitment=commit(nonce), by=by, now=NOW)
    for voice, (by, nonce) in nonces.items():
        row = evaluations.reveal_nonce(row, voice=voice, nonce=nonce, by=by, now=NOW)
    drawn = {"agency_nonce": row.agency_nonce, "lab_nonce": row.lab_nonce}
    plan = Plan(
        threshold=0.0,
        tokens=10_000,
        scaffolds=scaffolds or ("plain@1",),
        order=(draw(FACTS, root=ROOT, side=Side.OFFENCE, count=len(FACTS), **drawn),),
        bank_root=ROOT,
        **drawn,
    )
    return evaluations.fix_plan(row, plan, FACTS, by=them.eva, now=NOW)


class Cut(Exception):
    """Somebody pulled the plug."""


def _run(row: Evaluation, them: Folk, *, ability: float, **more: Any) -> int:
    model = Planted(
        ability=ability,
        seed="one",
        known=known_locks(list(LOCKS.values())),
        pace=Pace(tokens=10_000, turns=2, looks=0),
    )
    with serving(model) as server:
        runner = Runner(
            items=cast(Any, LOCKS),
            endpoint=replace(server.endpoint(), **more.pop("endpoint", {})),
            bench=cast(Any, lock_bench(find_sandbox())),
            clock=lambda: NOW,
            in_flight=4,
            **more,
        )
        return run_evaluation(row, runner, by=them.eva)


def test_a_strong_model_is_covered_before_every_item_was_run(them):
    row = _planned(them)
    made = _run(row, them, ability=6.0)
    assert evaluations.statistics_of(row).determined is Determined.COVERED
    assert made == ItemRun.objects.count() < len(FACTS)
    assert evaluations.problems_of(row) == []
    assert _run(row, them, ability=6.0) == 0


def test_a_weak_one_is_run_with_every_scaffold(them):
    row = _planned(them, "plain@1", "react@1")
    _run(row, them, ability=-6.0)
    found = evaluations.statistics_of(row)
    assert {track.scaffold for track in found.sides[0].tracks if track.steps} == {
        "plain@1",
        "react@1",
    }
    assert found.determined is Determined.NOT_COVERED


def test_a_run_that_was_cut_goes_on_and_nothing_counts_twice(them):
    row = _planned(them)

    def pull(told: Told) -> None:
        if told.kept == 3:
            raise Cut

    with pytest.raises(Cut):
        _run(row, them, ability=-6.0, progress=pull)
    assert ItemRun.objects.count() == 3
    _run(row, them, ability=-6.0)
    places = list(ItemRun.objects.values_list("position", "attempt"))
    assert len(places) == len(set(places))
    [track] = evaluations.statistics_of(row).sides[0].tracks
    assert track.determined is Determined.NOT_COVERED


def test_an_endpoint_that_fails_is_asked_again_as_often_as_the_plan_says_and_no_more(them):
    row = _planned(them)
    broken = {"base_url": "http://127.0.0.1:9/v1", "retries": 0, "pause": 0.001}
    _run(row, them, ability=6.0, endpoint=broken)
    plan, _ = evaluations.plan_of(row)
    runs = ItemRun.objects.all()
    assert {run.result["stop"] for run in runs} == {Stop.FAILED.value}
    assert max(run.attempt for run in runs) == plan.retries
    assert evaluations.statistics_of(row).determined is Determined.UNDECIDED


def test_a_bank_that_lacks_an_item_is_refused(them):
    row = _planned(them)
    with pytest.raises(EvaluationRefused, match="This bank has no item item-"):
        run_evaluation(
            row,
            Runner(
                items={},
                endpoint=cast(Any, None),
                bench=cast(Any, None),
                clock=lambda: NOW,
            ),
            by=them.eva,
        )
