"""The log of an evaluation: what was changed in it is found."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evals.staged import facts
from seawall.evals.log import Evaluation, LogChanged, Placed, attest, verify
from seawall.signing.keys import Ed25519Signer
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemResult, Side, Stop, Usage

OF = Evaluation(id="evaluation-1", plan_digest="a" * 64, bank_root="b" * 64)
RESULTS = tuple(
    Placed(
        side=Side.OFFENCE,
        position=position,
        result=ItemResult(
            item=item.id,
            scaffold="plain@1",
            solved=position % 2 == 0,
            solved_at_tokens=100 if position % 2 == 0 else None,
            reason="opened",
            stop=Stop.SUBMITTED,
            usage=Usage(input_tokens=90, output_tokens=10, micro_usd=7, seconds=1.5),
            turns=2,
            tool_calls=2,
            tool_errors=0,
            handed_in="c" * 64,
            transcript="d" * 64,
        ),
    )
    for position, item in enumerate(facts(3))
)


@pytest.fixture(scope="module")
def signer():
    return Ed25519Signer(Ed25519PrivateKey.generate())


@pytest.fixture(scope="module")
def log(signer):
    return attest(RESULTS, of=OF, signer=signer)


def found_in(text: str, signer: Ed25519Signer, of: Evaluation = OF) -> tuple[Placed, ...]:
    return verify(text, of=of, trusted=[signer.public])


def test_what_was_signed_is_read_back(log, signer):
    assert found_in(log, signer) == RESULTS
    assert len(log.splitlines()) == 4


def test_a_changed_score_is_found_even_when_the_entry_is_signed_by_another(log, signer):
    flipped = replace(RESULTS[1], result=replace(RESULTS[1].result, solved=True))
    forged = attest(
        [RESULTS[0], flipped, RESULTS[2]], of=OF, signer=Ed25519Signer(Ed25519PrivateKey.generate())
    )
    theirs, ours = forged.splitlines(), log.splitlines()
    for text in (forged, "\n".join([ours[0], theirs[1], *ours[2:]])):
        with pytest.raises(LogChanged):
            found_in(text, signer)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: lines[:-1],
        lambda lines: lines[:-2] + lines[-1:],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [lines[0], *lines],
        lambda lines: [lines[0].replace("a", "b", 1), *lines[1:]],
    ],
)
def test_entries_cannot_be_left_out_moved_or_repeated(log, signer, change):
    with pytest.raises(LogChanged):
        found_in("\n".join(change(log.splitlines())), signer)


@pytest.mark.parametrize("name", ["id", "plan_digest", "bank_root"])
def test_a_log_is_of_one_evaluation_plan_and_bank(log, signer, name):
    other = replace(OF, **{name: "e" * 64})
    with pytest.raises(LogChanged):
        found_in(log, signer, other)


def test_an_entry_of_another_evaluation_is_found_under_a_good_seal(signer):
    from seawall.evals import log as module

    other = attest(RESULTS, of=replace(OF, id="evaluation-2"), signer=signer).splitlines()[:-1]
    seal = module.sign_statement(module._seal(other, OF), signers=[signer]).to_json()
    with pytest.raises(LogChanged, match="entry 0"):
        found_in("\n".join([*other, seal]), signer)


@pytest.mark.parametrize("text", ["", "{}", "no JSON", json.dumps({"payload": 1})])
def test_what_is_no_log_is_bad_input(text, signer):
    with pytest.raises(BadInput):
        found_in(text, signer)
