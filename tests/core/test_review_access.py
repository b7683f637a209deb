"""Who sees and does what in a review, told a second time: a table for everybody there is."""

from itertools import product

import pytest

from seawall.core import review_access as rules
from seawall.core.submissions import Step
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor, ActorKind, Seat
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.reviews import Voice

LAB, OTHER_LAB, OFFICE, BENCH, HOSPITAL, HOUSE = range(1, 7)
ROLES = {
    LAB: "lab",
    OTHER_LAB: "lab",
    OFFICE: "official",
    BENCH: "evaluator",
    HOSPITAL: "deployer",
    HOUSE: "coordinator",
}
VIEWER, MEMBER, LEAD = MemberRole
BY_LAB = {Step.AMEND, Step.SUBMIT, Step.HAND_OVER, Step.WITHDRAW, Step.RELEASE, Step.OPEN}
BY_LEADS = {
    Step.SUBMIT,
    Step.WITHDRAW,
    Step.RELEASE,
    Step.OPEN,
    Step.CLOSE,
    Step.DETERMINE,
    Step.SHARE,
}
BY_EITHER = {Step.CLOSE, Step.DELETE}
JUDGING = {Step.BEGIN, Step.DETERMINE, Step.SHARE}


def seat(party: int, role: MemberRole) -> Seat:
    roles = frozenset({ROLES[party]})
    return Seat(party=party, party_roles=roles, role=role, is_house=party == HOUSE)


def everybody() -> list[Actor]:
    """Who signed in with one seat or two, their tokens with each scope, and who has no seat."""
    alone = [(seat(party, role),) for party in ROLES for role in MemberRole]
    two = [
        (*one, *other) for one, other in product(alone, repeat=2) if one[0].party != other[0].party
    ]
    found = [LOCAL, PUBLIC, Actor(kind=ActorKind.JOB, id="review.clock")]
    for seats in [(), *alone, *two]:
        found.append(Actor(kind=ActorKind.PERSON, id="U-1", person=1, seats=seats))
    for seats, scope in product([(), *alone], ("read", "submit", "coordinate")):
        owner = 1 if seats else None
        scopes = frozenset({scope})
        found.append(Actor(kind=ActorKind.TOKEN, id="t", scopes=scopes, person=owner, seats=seats))
    return found


def within(who: Actor, scope: str) -> bool:
    return who.kind is not ActorKind.TOKEN or scope in who.scopes


def sits(who: Actor, *parties: int, at_least: MemberRole = VIEWER) -> bool:
    """Whether they sit in one of the parties, or act for the installation."""
    ranks = [each.role.rank for each in who.seats if each.party in parties]
    is_all = who.id in ("local", "review.clock") or (who.id == "t" and not who.seats)
    return is_all or max(ranks, default=-1) >= at_least.rank


def says(decision: Decision) -> str:
    """The reason of a refusal, "" for none."""
    return decision.reason if isinstance(decision, Refused) else ""


def check_reading() -> None:
    for who, known in product(everybody(), (False, True)):
        reads = within(who, "read")
        own, others = sits(who, LAB), sits(who, OFFICE, BENCH)
        assert rules.is_official(who) == sits(who, OFFICE)
        assert rules.is_evaluator(who) == sits(who, BENCH)
        sees = rules.may_see_submission(who, lab=LAB, is_draft=known)
        assert sees == (reads and (own or (others and not known)))
        sees = rules.may_see_assessment(who, lab=LAB, shared=known)
        apart = others and LAB not in who.parties
        assert rules.reads_everything(who, lab=LAB) == apart
        assert sees == (reads and (apart or (own and known)))
        for see in (
            rules.may_see_partner(who, party=HOSPITAL, lab=LAB),
            rules.may_see_grant(who, partner=HOSPITAL, lab=LAB),
        ):
            assert see == (reads and sits(who, HOSPITAL, LAB, OFFICE))


def check_steps() -> None:
    for who, step in product(everybody(), Step):
        of_lab = step in BY_LAB
        scope = "submit" if of_lab else "coordinate"
        assert rules.scope_of(step) == scope
        said = says(rules.may_step(who, step, lab=LAB))
        if not within(who, scope):
            assert said == f'this token lacks the scope "{scope}"'
            continue
        if step in JUDGING and LAB in who.parties:
            assert said == "nobody judges the model of their own lab"
            continue
        rank = LEAD if step in BY_LEADS else MEMBER
        doers = [LAB] if of_lab else [OFFICE]
        doers += [LAB] if step in BY_EITHER else [BENCH] if step is Step.BEGIN else []
        whose = "the lab" if of_lab else "the official"
        allowed = sits(who, *doers, at_least=rank)
        assert said == ("" if allowed else f"it takes a {rank} of {whose} to {step}")


def check_deeds() -> None:
    for who in everybody():
        check_own(who)
        deeds = [
            (
                rules.may_evaluate(who, lab=99),
                "coordinate",
                (BENCH, OFFICE),
                MEMBER,
                "an evaluator",
            ),
            (
                rules.may_apply(who, party=HOSPITAL),
                "submit",
                (HOSPITAL,),
                LEAD,
                "the party that applies",
            ),
            (
                rules.may_change_grant(who, lab=LAB),
                "coordinate",
                (LAB, OFFICE),
                LEAD,
                "the lab or of the official",
            ),
            (
                rules.may_use_grant(who, partner=HOSPITAL),
                "submit",
                (HOSPITAL,),
                MEMBER,
                "the partner",
            ),
        ]
        for said, scope, doers, rank, whose in deeds:
            if not within(who, scope):
                assert says(said) == f'this token lacks the scope "{scope}"'
            elif sits(who, *doers, at_least=rank):
                assert isinstance(said, Allowed)
            else:
                assert says(said) == f"it takes a {rank} of {whose}"


def check_own(who: Actor) -> None:
    """Whatever else somebody is, they judge and grant nothing of their own."""
    if not within(who, "coordinate"):
        return
    said = says(rules.may_evaluate(who, lab=LAB))
    assert (said == "nobody judges the model of their own lab") == (LAB in who.parties)
    said = says(rules.may_change_grant(who, lab=LAB, partner=HOSPITAL))
    own = "nobody decides about the access of their own party"
    assert (said == own) == (HOSPITAL in who.parties)


def check_voices() -> None:
    """Nobody selects for another, and nobody who sits with the applicant selects at all."""
    for who, voice in product(everybody(), Voice):
        said = says(rules.may_speak(who, voice, lab=LAB, party=HOSPITAL))
        if not within(who, "coordinate"):
            assert said == 'this token lacks the scope "coordinate"'
        elif HOSPITAL in who.parties:
            assert said == "nobody selects their own party"
        elif voice is Voice.GOVERNMENT and LAB in who.parties:
            assert said == "nobody speaks for the government about their own lab"
        else:
            speaks = sits(who, LAB if voice is Voice.LAB else OFFICE, at_least=LEAD)
            assert said == ("" if speaks else f"it takes a lead of the {voice}")


@pytest.mark.parametrize("check", [check_reading, check_steps, check_deeds, check_voices])
def test_the_policy_of_reviews_is_this_table(check):
    check()
