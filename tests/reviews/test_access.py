"""What the guards of reviews take: who sees which object, who may change it, with which token."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest

from parties.seats import token
from reviews.folk import DAY, NOW, Folk, folk
from seawall.core.submissions import Step
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted, actor_of
from seawall.parties.models import Party
from seawall.reviews import access
from seawall.reviews.models import (
    BoundKey,
    Determination,
    Evaluation,
    Grant,
    ItemRun,
    Partner,
    Submission,
)
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from seawall.vocab.reviews import Voice
from web.people import member, party

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two labs with a review each, two partners with a grant each."""

    them: Folk
    bea: Actor
    """Of the other lab."""
    cli: Actor
    """Of the other partner, a clinic."""
    draft: Submission
    opened: Submission
    others: Submission
    """Of the other lab."""
    planned: Evaluation
    """Of the draft."""
    run: Evaluation
    """Of the opened one."""
    partner: Partner
    clinic: Partner
    grant: Grant
    key: BoundKey
    clinics: Grant

    @property
    def everybody(self) -> dict[str, Actor]:
        them = self.them
        named = {"ada": them.ada, "olu": them.olu, "eva": them.eva, "hal": them.hal}
        return named | {"cora": them.cora, "bea": self.bea, "cli": self.cli, "local": LOCAL}

    def who(self, ask: Callable[[Actor], Any]) -> str:
        """The names of those who are answered, in order; the others are told of nothing."""
        told = []
        for name, by in self.everybody.items():
            try:
                ask(by)
            except NotFound:
                continue
            told.append(name)
        return " ".join(told)

    def does(self, ask: Callable[[Actor], Any]) -> str:
        """The names of those who may do it, in order."""
        told = []
        for name, by in self.everybody.items():
            try:
                ask(by)
            except (NotFound, NotPermitted):
                continue
            told.append(name)
        return " ".join(told)


def _submission(lab: Party, codename: str, state: str) -> Submission:
    return Submission.objects.create(
        lab=lab,
        regime="eo-14409",
        codename=codename,
        state=state,
        key_id="k",
        partner_release_at=NOW + 20 * DAY,
        public_release_at=NOW + 30 * DAY,
        made_by="somebody",
        made_at=NOW,
    )


def _evaluation(of: Submission) -> Evaluation:
    return Evaluation.objects.create(
        submission=of, bank="practice", bank_root="0" * 64, made_by="somebody", made_at=NOW
    )


def _partner(of: Party, lab: Party) -> Partner:
    return Partner.objects.create(
        party=of, lab=lab, kind="hospital", statement="wards", made_by="somebody", made_at=NOW
    )


def _grant(partner: Partner, of: Submission, alias: str, **more: Any) -> Grant:
    given = {"starts_at": NOW, "ends_at": NOW + DAY, "state": "provisioned"} | more
    return Grant.objects.create(
        partner=partner, submission=of, alias=alias, made_by="somebody", made_at=NOW, **given
    )


def _key(of: Grant) -> BoundKey:
    return BoundKey.objects.create(
        grant=of,
        binding="dpop",
        thumbprint="t",
        token_digest=of.alias,
        made_by="somebody",
        made_at=NOW,
        expires_at=NOW + DAY,
    )


def lead(of: Party, name: str, role: MemberRole = MemberRole.LEAD) -> Actor:
    return actor_of(member(of, name, role))


@pytest.fixture
def world() -> World:
    them = folk()
    lab, clinic = party("Second Lab", "lab"), party("Clinic", "deployer")
    draft = _submission(them.lab, "amber-otter", "draft")
    opened = _submission(them.lab, "blue-fox", "window open")
    others = _submission(lab, "grey-owl", "submitted")
    one, two = _partner(them.hospital, them.lab), _partner(clinic, lab)
    grant = _grant(one, opened, "quiet-river")
    return World(
        them=them,
        bea=lead(lab, "Bea"),
        cli=lead(clinic, "Cli"),
        draft=draft,
        opened=opened,
        others=others,
        planned=_evaluation(draft),
        run=_evaluation(opened),
        partner=one,
        clinic=two,
        grant=grant,
        key=_key(grant),
        clinics=_grant(two, others, "loud-river"),
    )


def test_lists_hold_what_one_may_know_of_newest_first(world):
    seen: dict[str, tuple[Any, ...]] = {
        name: (
            [row.codename for row in access.submissions(by)],
            [row.party.name for row in access.partners(by)],
            [row.alias for row in access.grants(by)],
        )
        for name, by in world.everybody.items()
    }
    all_partners, all_grants = ["Clinic", "St. Elsewhere"], ["loud-river", "quiet-river"]
    all_submitted = ["grey-owl", "blue-fox"]
    assert seen == {
        "ada": (["blue-fox", "amber-otter"], ["St. Elsewhere"], ["quiet-river"]),
        "olu": (all_submitted, all_partners, all_grants),
        "eva": (all_submitted, [], []),
        "hal": ([], ["St. Elsewhere"], ["quiet-river"]),
        "cora": ([], [], []),
        "bea": (["grey-owl"], ["Clinic"], ["loud-river"]),
        "cli": ([], ["Clinic"], ["loud-river"]),
        "local": ([*all_submitted, "amber-otter"], all_partners, all_grants),
    }


def test_one_object_is_found_by_who_may_know_of_it(world):
    w = world
    assert w.who(lambda by: access.submission(by, w.draft.public_id)) == "ada local"
    assert w.who(lambda by: access.submission(by, "Blue-Fox ")) == "ada olu eva local"
    assert w.who(lambda by: access.evaluation(by, w.planned.public_id)) == "ada local"
    assert w.who(lambda by: access.evaluation(by, w.run.public_id)) == "ada olu eva local"
    assert w.who(lambda by: access.partner(by, w.partner.public_id)) == "ada olu hal local"
    assert w.who(lambda by: access.grant(by, w.grant.public_id)) == "ada olu hal local"
    assert w.who(lambda by: access.grant(by, " loud-river ")) == "olu bea cli local"


def test_an_id_is_the_whole_id(world):
    w = world
    found: list[tuple[Any, Callable[[Actor, str], Any], str]] = [
        (w.opened, access.submission, "submission"),
        (w.run, access.evaluation, "evaluation"),
        (w.partner, access.partner, "application"),
        (w.grant, access.grant, "grant"),
    ]
    for row, find, name in found:
        assert find(LOCAL, f" {row.public_id.lower()} ") == row
        letter = row.public_id[0]
        for id in (
            f"{letter}-2025-{row.pk}",
            f"{letter}-2026-999999",
            f"{letter}-{row.pk}",
            "x",
            "",
        ):
            with pytest.raises(NotFound, match=f"There is no {name} {id}"):
                find(LOCAL, id)
    assert access.submission(LOCAL, "amber-otter") == w.draft


def test_evaluations_of_a_submission_are_for_who_knows_of_it(world):
    w = world
    for number in range(2):
        ItemRun.objects.create(
            evaluation=w.run,
            side="agency",
            position=number,
            item="i",
            scaffold="s",
            result={},
            envelope={},
            at=NOW,
        )
    later = _evaluation(w.opened)
    shown = [(later, 0), (w.run, 2)]
    for by, told in ((w.them.ada, shown), (w.them.eva, shown), (w.them.hal, []), (w.bea, [])):
        rows = access.evaluations(by, w.opened)
        assert [(row, row.result_count) for row in rows] == told
    assert list(access.evaluations(w.them.eva, w.draft)) == []
    assert list(access.evaluations(w.them.ada, w.draft)) == [w.planned]


def test_the_lab_reads_of_the_assessment_what_was_shared(world):
    w, them = world, world.them
    for verdict in ("undecided", "covered"):
        last = Determination.objects.create(
            submission=w.opened, verdict=verdict, statistics={}, by="somebody", at=NOW
        )
    Determination.objects.create(
        submission=w.others, verdict="covered", statistics={}, by="somebody", at=NOW
    )
    said = Event(on=f"submission:{w.opened.public_id}", what="submission.determined")
    for parts, at, reads, verdict, full in (
        ([], None, False, False, False),
        (["verdict", "results"], None, False, False, True),
        ([], NOW, True, False, False),
        (["verdict"], NOW, True, True, False),
        (["results"], NOW, True, False, True),
    ):
        Submission.objects.filter(pk=w.opened.pk).update(
            assessment_shared=parts, assessment_shared_at=at
        )
        row = access.submission(LOCAL, "blue-fox")
        for by in (them.olu, them.eva, LOCAL):
            assert access.sees_assessment(by, row)
            assert access.reads_verdict(by, row)
            assert access.determination(by, row) == last
            assert access.may_read_event(by, said, NOW)
            assert access.evaluation_in_full(by, w.run.public_id) == w.run
        assert access.sees_assessment(them.ada, row) == reads
        assert access.determination(them.ada, row) == (last if reads else None)
        assert access.reads_verdict(them.ada, row) == verdict
        assert access.may_read_event(them.ada, said, NOW) == verdict
        lab = "ada " if full else ""
        assert w.does(lambda by: access.evaluation_in_full(by, w.run.public_id)) == (
            f"{lab}olu eva local"
        )
        assert not access.reads_verdict(w.bea, row)


def test_events_are_told_to_who_may_see_what_they_are_about(world):
    w = world
    for on, what, told in (
        (f"submission:{w.opened.public_id}", "submission.submitted", "ada olu eva local"),
        (f"evaluation:{w.run.public_id}", "evaluation.opened", "ada olu eva local"),
        (f"partner:{w.partner.public_id}", "partner.applied", "ada olu hal local"),
        (f"grant:{w.grant.public_id}", "grant.approved", "ada olu hal local"),
        (f"grant:{w.grant.public_id}", "grant.signal", "ada olu local"),
        (f"grant:{w.grant.public_id}", "grant.signal_seen", "ada olu local"),
        (f"grant:{w.grant.public_id}", "grant.requested", "ada olu local"),
        ("grant:G-2026-999999", "grant.approved", ""),
    ):
        event = Event(on=on, what=what)
        readers = [n for n, by in w.everybody.items() if access.may_read_event(by, event, NOW)]
        assert " ".join(readers) == told
        assert not access.may_read_event(PUBLIC, event, NOW)


def test_each_change_is_for_its_people(world):
    w = world
    opened, run = w.opened.public_id, w.run.public_id
    partner, grant = w.partner.public_id, w.grant.public_id
    for ask, doers in (
        (lambda by: access.submission_to(by, Step.HAND_OVER, opened), "ada local"),
        (lambda by: access.submission_to(by, Step.BEGIN, opened), "olu eva local"),
        (lambda by: access.submission_to(by, Step.DETERMINE, opened), "olu local"),
        (lambda by: access.submission_to(by, Step.CLOSE, opened), "ada olu local"),
        (lambda by: access.submission_to_grant(by, opened), "ada olu local"),
        (lambda by: access.submission_to_evaluate(by, opened), "olu eva local"),
        (lambda by: access.evaluation_to_run(by, run), "olu eva local"),
        (lambda by: access.evaluation_to_determine(by, run), "olu local"),
        (lambda by: access.evaluation_for(by, Voice.LAB, run), "ada local"),
        (lambda by: access.evaluation_for(by, Voice.GOVERNMENT, run), "olu eva local"),
        (lambda by: access.own_partner(by, partner), "hal local"),
        (lambda by: access.partner_for(by, Voice.LAB, partner), "ada local"),
        (lambda by: access.partner_for(by, Voice.GOVERNMENT, partner), "olu local"),
        (lambda by: access.partner_to_revoke(by, partner), "ada olu local"),
        (lambda by: access.grant_to_change(by, grant), "ada olu local"),
        (lambda by: access.grant_to_use(by, grant), "hal local"),
        (lambda by: access.bound_key(by, grant, w.key.pk), "ada olu hal local"),
    ):
        assert w.does(ask) == doers


def test_a_key_is_one_of_the_grant_and_not_for_who_only_reads(world):
    w, them = world, world.them
    other = _key(w.clinics)
    assert access.bound_key(them.hal, w.grant.alias, w.key.pk) == w.key
    for number in (other.pk, 999_999):
        with pytest.raises(NotFound, match=f"There is no key {number} of {w.grant.public_id}"):
            access.bound_key(LOCAL, w.grant.alias, number)
    reader = lead(them.hospital, "Vio", MemberRole.VIEWER)
    nurse = lead(them.hospital, "Nur", MemberRole.MEMBER)
    engineer = lead(them.lab, "Eng", MemberRole.MEMBER)
    assert access.bound_key(nurse, w.grant.alias, w.key.pk) == w.key
    for by in (reader, engineer):
        with pytest.raises(NotPermitted, match="It takes a member of the partner"):
            access.bound_key(by, w.grant.alias, w.key.pk)


Ask = Callable[[Actor, str], Any]
ASKS: list[tuple[str, str, Ask]] = [
    ("M", "read", access.submission),
    ("M", "read submit", lambda by, id: access.submission_to(by, Step.HAND_OVER, id)),
    ("M", "read coordinate", lambda by, id: access.submission_to(by, Step.BEGIN, id)),
    ("M", "read coordinate", access.submission_to_grant),
    ("M", "read coordinate", access.submission_to_evaluate),
    ("E", "read", access.evaluation),
    ("E", "read", access.evaluation_in_full),
    ("E", "read coordinate", access.evaluation_to_run),
    ("E", "read coordinate", access.evaluation_to_determine),
    ("E", "read coordinate", lambda by, id: access.evaluation_for(by, Voice.GOVERNMENT, id)),
    ("E", "read coordinate submit", lambda by, id: access.evaluation_for(by, Voice.LAB, id)),
    ("T", "read", access.partner),
    ("T", "read submit", access.own_partner),
    ("T", "read coordinate", lambda by, id: access.partner_for(by, Voice.LAB, id)),
    ("T", "read coordinate", access.partner_to_revoke),
    ("G", "read", access.grant),
    ("G", "read coordinate", access.grant_to_change),
    ("G", "read submit", access.grant_to_use),
    ("Lab", "submit", access.lab_for),
    ("Party", "submit", access.applicant_for),
]


def test_tokens_need_the_scopes_alone_whether_or_not_the_object_is_there(world):
    w = world
    ids = {"M": w.opened.public_id, "E": w.run.public_id, "T": w.partner.public_id}
    ids |= {"G": w.grant.public_id, "Lab": "Second Lab", "Party": "Clinic"}
    scopes = ("read", "submit", "coordinate")
    for kind, needed, ask in ASKS:
        for size in range(4):
            for held in combinations(scopes, size):
                by = token(*held)
                if set(needed.split()) <= set(held):
                    ask(by, ids[kind])
                    continue
                with pytest.raises(NotPermitted, match="This token lacks the scope"):
                    ask(by, ids[kind])


def test_a_token_without_the_scope_is_not_told_what_is_absent(world):
    for kind, needed, ask in ASKS:
        absent = {"Lab": "Nobody", "Party": "Nobody"}.get(kind, f"{kind}-2026-999999")
        last = needed.split()[1 if " " in needed else 0]
        for held in ((), tuple({"read", "submit", "coordinate"} - {last})):
            with pytest.raises(NotPermitted, match="This token lacks the scope"):
                ask(token(*held), absent)
        with pytest.raises(NotFound):
            ask(LOCAL, absent)


def test_lists_and_keys_take_a_scope_too(world):
    w = world
    for ask, needed in (
        (access.submissions, {"read"}),
        (access.partners, {"read"}),
        (access.grants, {"read"}),
        (lambda by: access.evaluations(by, w.opened), {"read"}),
        (lambda by: access.bound_key(by, w.grant.public_id, w.key.pk), {"read", "coordinate"}),
        (lambda by: access.bound_key(by, "x", w.key.pk), {"coordinate", "read"}),
    ):
        for missing in needed:
            with pytest.raises(NotPermitted, match=f'lacks the scope "{missing}"'):
                ask(token(*({"read", "submit", "coordinate"} - {missing})))
        with pytest.raises(NotPermitted, match="Sign in first"):
            ask(PUBLIC)


def test_labs_are_parties_that_take_part_as_a_lab(world):
    assert [each.name for each in access.labs()] == ["Osprey Labs", "Second Lab"]
    second = Party.objects.get(name="Second Lab")
    assert access.lab_named(f" {second.public_id.lower()} ") == second
    assert access.lab_named(" second LAB ") == second
    for named in ("Bench", "Second", "", "P-999"):
        with pytest.raises(NotFound, match=f"There is no lab {named}"):
            access.lab_named(named)
    Party.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(NotFound):
        access.lab_named("Second Lab")


def test_one_drafts_for_one_s_own_lab(world):
    them, second = world.them, Party.objects.get(name="Second Lab")
    assert access.lab_for(them.ada) == them.lab
    assert access.lab_for(them.ada, "osprey labs ") == them.lab
    assert access.lab_for(LOCAL, second.public_id) == second
    for by in (them.hal, LOCAL):
        with pytest.raises(NotPermitted, match="Say for which lab"):
            access.lab_for(by)
    for by, named in ((them.ada, "Second Lab"), (them.hal, "Osprey Labs"), (LOCAL, "Bench")):
        with pytest.raises(NotFound, match=f"There is no lab {named}"):
            access.lab_for(by, named)
    with pytest.raises(NotPermitted, match="It takes a member of the lab to amend"):
        access.lab_for(lead(them.lab, "Vio", MemberRole.VIEWER))


def test_one_applies_for_one_s_own_party(world):
    them = world.them
    assert access.applicant_for(them.hal) == them.hospital
    assert access.applicant_for(them.hal, " ST. elsewhere ") == them.hospital
    assert access.applicant_for(LOCAL, them.hospital.public_id) == them.hospital
    for by in (LOCAL, token("submit")):
        with pytest.raises(NotPermitted, match="Say for which party"):
            access.applicant_for(by)
    for by, named in ((them.hal, "Clinic"), (them.hal, "P-999"), (LOCAL, "Nobody")):
        with pytest.raises(NotFound, match=f"There is no party {named}"):
            access.applicant_for(by, named)
    nobody = Actor(kind=them.hal.kind, id="U-9", person=9)
    with pytest.raises(NotPermitted, match="Say for which party"):
        access.applicant_for(nobody)
    with pytest.raises(NotPermitted, match="It takes a lead"):
        access.applicant_for(lead(them.hospital, "Nur", MemberRole.MEMBER))
    Party.objects.filter(pk=them.hospital.pk).update(is_active=False)
    with pytest.raises(NotFound):
        access.applicant_for(LOCAL, "St. Elsewhere")
