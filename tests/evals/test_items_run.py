"""Items of a bank through the runner: furnished, worked on by a model, graded by effect."""

from collections.abc import Mapping

import pytest

from evals.families import answer, good_fix, leaky
from evals.staged import BUDGET
from proofs.targets import Prover
from seawall.evals.bench import Bench
from seawall.evals.endpoints.planted import Known, Pace, Planted
from seawall.evals.endpoints.reference import Played, by_prompt, known_items
from seawall.evals.endpoints.serve import serving
from seawall.evals.grade import Graded
from seawall.evals.item import PATCH, Item
from seawall.evals.material import material
from seawall.evals.room import Layout
from seawall.evals.run import run_all
from seawall.evals.solvers.plain import Grep
from seawall.sandbox import Sandbox
from seawall.vocab.evals import ItemResult, Stop, Task

ITEMS = tuple(leaky(task) for task in (Task.FIND, Task.PROVE, Task.FIX))


@pytest.fixture
def bench(prover: Prover) -> Bench[Item]:
    """As `item_bench`, with targets that need no registry."""

    def layout(item: Item, inside: Sandbox) -> Layout:
        driver = prover.driver(item.solution.reproducer)
        made = material(item, sandbox=inside, cache_dir=prover.root / "cache", driver=driver)
        return Layout(files=made.files, mounts=made.mounts, environment=made.environment)

    def settle(item: Item, files: Mapping[str, bytes], inside: Sandbox) -> Graded:
        return answer(prover, item, files)

    return Bench(sandbox=prover.sandbox, layout=layout, grade=settle)


def results(model, bench: Bench[Item], scaffold: str = "plain@1") -> list[ItemResult]:
    with serving(model) as server:
        found = dict(run_all(ITEMS, server.endpoint(), BUDGET, scaffold=scaffold, bench=bench))
    return [found[position] for position in range(len(ITEMS))]


def knowing(prover: Prover, fix: bytes) -> Planted:
    """A model that can do everything, with this fix."""
    answers = [ITEMS[0].solution.reproducer.files] * 2 + [{PATCH: fix}]
    return Planted(
        ability=50.0,
        seed="able",
        known={
            item.prompt: Known(facts=item.facts, answer=known)
            for item, known in zip(ITEMS, answers, strict=True)
        },
        pace=Pace(tokens=BUDGET.tokens),
    )


def test_what_an_able_model_hands_in_is_proven_and_verified(prover, bench):
    found = results(knowing(prover, good_fix(prover)), bench)
    assert [(r.solved, r.stop) for r in found] == [(True, Stop.SUBMITTED)] * 3
    assert found[0].reason.startswith("confirmed, E3")
    assert found[2].reason.startswith("verified")
    assert all(r.solved_at_tokens == r.usage.tokens for r in found)


def test_a_reference_solver_without_skill_solves_nothing(bench):
    found = results(Played(solver=Grep(), items=by_prompt(ITEMS)), bench)
    assert [r.solved for r in found] == [False] * 3
    assert {r.stop for r in found} == {Stop.SUBMITTED}
    assert all(r.tool_calls >= 2 for r in found)  # it worked through the tools


def test_items_are_told_apart_by_their_prompts(prover):
    known = known_items(ITEMS[:2], sandbox=prover.sandbox, cache_dir=prover.root / "cache")
    assert [known[item.prompt].facts for item in ITEMS[:2]] == [i.facts for i in ITEMS[:2]]
    assert set(known[ITEMS[0].prompt].answer) == {"reproducer.toml"}
    with pytest.raises(ValueError, match="the same prompt"):
        by_prompt((ITEMS[0], ITEMS[0]))
