"""A stage for the doors: one vulnerability coordinated in real rows, made by real actions, with
words planted at each tier; and people of every kind who look at it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.test import Client, TestCase
from django.utils import timezone

from access import oracle
from cases.casework import prove
from seawall.advisories.actions import draft, publish
from seawall.advisories.models import Advisory, Revision
from seawall.cases import messages, shredding
from seawall.cases.actions import open_case
from seawall.cases.models import Bar, Case, MergeProposal, Participant, ReadIn
from seawall.core.embargo import Embargo, ExitReason
from seawall.core.plain import to_plain
from seawall.dedup.links import Strength
from seawall.directives.models import Obligation
from seawall.findings import duplicates
from seawall.findings.actions import submit
from seawall.findings.duplicates import Reason
from seawall.findings.models import Finding, Receipt, Report
from seawall.inventory.actions import describe_asset
from seawall.inventory.models import Exposure
from seawall.parties.access import actor_of
from seawall.parties.actions import token_digest
from seawall.parties.models import ApiToken, Membership, Party, Person, Scope
from seawall.validation.models import Validation
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from seawall.vocab.cases import EmbargoState
from seawall.vocab.ssvc import SystemClass
from seawall.vocab.tlp import Tlp
from web.people import member, party, visitor

STATES = ("none", "proposed", "active", "revise", "exited", "published", "shredded", "merged")
ALL_SCOPES = ("read", "submit", "coordinate")
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Words that may be shown to whoever reads `kind` number `pk` to `tier`, or the case in the
    same tier when `in_case`: its title, its credits."""

    text: str
    kind: str
    pk: int
    tier: int
    in_case: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody who looks: a browser or an API client, and who they are as plain values."""

    name: str
    client: Client
    who: dict[str, Any]
    is_api: bool
    actor: Actor = PUBLIC


@dataclass
class Stage:
    """Ids of things by kind, the marks, and everybody who looks."""

    tlp: str
    state: str
    now: datetime
    ids: dict[str, str] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    personas: dict[str, Persona] = field(default_factory=dict)
    case: Case | None = None
    first: int = 0
    first_report: int = 0
    drafted_for: int = 0
    """The case whose advisory it is: the one into which the stage's was merged, or that itself."""
    owner: int = 0
    """The party that owns the asset."""
    _known: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def world(self) -> dict[str, Any]:
        assert self.case is not None
        return plain_case(self.case)

    @property
    def advised(self) -> dict[str, Any]:
        """The case of the advisory: a grant in a case that sleeps opens nothing of another."""
        return self.plain("case", self.drafted_for)

    def plain(self, kind: str, pk: int) -> dict[str, Any]:
        """A case, finding or report as the oracle takes it."""
        if (kind, pk) not in self._known:
            self._known[kind, pk] = {
                "case": lambda: plain_case(Case.objects.get(pk=pk)),
                "finding": lambda: plain_finding(Finding.objects.get(pk=pk)),
                "report": lambda: plain_report(pk),
            }[kind]()
        return self._known[kind, pk]

    def proposal_tier(self, who: dict[str, Any]) -> int:
        """The least tier to which `who` reads the two cases of the proposal; -1 for none."""
        row = MergeProposal.objects.get()
        now = self.now.timestamp()
        both = [oracle.tiers(who, self.plain("case", pk), now) for pk in _pair(row)]
        return min(max(each, default=-1) for each in both)


def build(tlp: Tlp, state: str) -> Stage:
    """The stage of one marking and one state; call it in a test's transaction."""
    now = timezone.now()
    _count_on_from(7000)
    stage = Stage(tlp=tlp.value, state=state, now=now)
    crowd = _crowd(now)
    elder = _found(stage, "elder", crowd["other member"], now - WEEK) if state == "merged" else None
    if elder is not None:
        prove(elder, digest="cd" * 32, at=now - WEEK)
        open_case(elder, by=LOCAL, now=now - WEEK)
    first = _found(stage, "first", crowd["finder"], now - WEEK)
    later = _found(stage, "later", crowd["later finder"], now - WEEK / 2)
    prove(first, at=now - WEEK)
    case = open_case(first, by=LOCAL, now=now - WEEK)
    _link(first, later, now)
    _room(stage, case, crowd, now)
    if elder is not None:
        _link(elder, first, now)
    _embargo(case, state, now)
    made = draft(case, by=LOCAL, now=now, summary="draftsummary")
    stage.drafted_for = made.advisory.case_id
    stage.marks.append(Mark(text="draftsummary", kind="case", pk=stage.drafted_for, tier=2))
    if state == "published":
        publish(made.advisory, by=LOCAL, now=now)
    Case.objects.filter(pk=case.pk).update(tlp=tlp.value)
    if state == "shredded":
        _shred(case, now)
    stage.case = Case.objects.get(pk=case.pk)
    _things(stage, stage.case, first, crowd, now)
    if state == "published":
        _forget_what_is_public(stage)
    _personas(stage, crowd, now)
    return stage


def _shred(case: Case, now: datetime) -> None:
    """As it stands once that is committed, and before any job has tidied up."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        shredding.shred(Case.objects.get(pk=case.pk), by=LOCAL, now=now)


def _count_on_from(number: int) -> None:
    """Let new rows have ids that no example on a page has."""
    with connection.cursor() as cursor:
        for model in (Case, Finding, Report, Validation):
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, number]
                )
                continue
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, number])


def _forget_what_is_public(stage: Stage) -> None:
    """What the published documents say may everybody read."""
    said = json.dumps([row.documents for row in Revision.objects.exclude(published_at=None)])
    stage.marks = [mark for mark in stage.marks if mark.text not in said]


def plain_case(case: Case) -> dict[str, Any]:
    """The case as the oracle takes it, read from its rows; times in seconds since 1970."""
    ends = case.embargo_ends_at
    return {
        "tlp": case.tlp,
        "embargo": str(case.embargo_state),
        "ends": ends.timestamp() if ends else 0,
        "shredded": case.shredded_at is not None,
        "parts": [
            {
                "party": row.party_id,
                "part": row.part,
                "tier": row.tier,
                "consented": bool(row.consented_until and ends and ends <= row.consented_until),
            }
            for row in Participant.objects.filter(case=case, left_at=None)
        ],
        "read_ins": [
            {
                "tier": row.tier,
                "person": row.person_id,
                "party": row.party_id,
                "from": row.starts_at.timestamp(),
                "until": row.ends_at.timestamp(),
                "revoked": row.revoked_at is not None,
            }
            for row in ReadIn.objects.filter(case=case)
        ],
        "bars": [
            {"person": row.person_id, "party": row.party_id}
            for row in Bar.objects.filter(case=case, lifted_at=None)
        ],
    }


def plain_finding(row: Finding) -> dict[str, Any]:
    """The finding as the oracle takes it, with the case that covers its group."""
    lead = row.lead_id or row.pk
    group = Finding.objects.filter(pk=lead) | Finding.objects.filter(lead=lead)
    case = Case.objects.filter(finding__in=group, merged_into=None).order_by("pk").first()
    return {
        "senders": set(
            Receipt.objects.filter(report=row.report_id).values_list("reporter", flat=True)
        ),
        "case": plain_case(case) if case else None,
        "shredded": row.shredded_at is not None,
    }


def plain_report(pk: int) -> dict[str, Any]:
    rows = Finding.objects.filter(report=pk)
    senders = Receipt.objects.filter(report=pk).values_list("reporter", flat=True)
    return {"senders": set(senders), "findings": [plain_finding(row) for row in rows]}


def _pair(row: MergeProposal) -> tuple[int, int]:
    return row.earlier_id, row.later_id


def plain_who(by: Actor) -> dict[str, Any]:
    return {
        "kind": by.kind.value,
        "person": by.person,
        "scopes": set(by.scopes),
        "seats": [
            {
                "party": seat.party,
                "role": seat.role.value,
                "house": seat.is_house,
                "admin": seat.is_admin,
                "party_roles": sorted(seat.party_roles),
            }
            for seat in by.seats
        ],
    }


def _crowd(now: datetime) -> dict[str, Person]:
    """Everybody, by what they are."""
    house = party("House CERT", "coordinator", is_house=True)
    readers = party("Readers", "finder")
    lead = MemberRole.LEAD
    people = {
        "house viewer": member(house, "Vito", MemberRole.VIEWER),
        "house member": member(house, "Mona"),
        "house lead": member(house, "Lena", lead),
        "house admin": member(house, "Ada", lead, is_admin=True),
        "barred house lead": member(house, "Bart", lead),
        "finder": member(party("Deep Lab", "finder"), "Fina", lead),
        "later finder": member(party("Second Lab", "finder"), "Sela", lead),
        "vendor": member(party("Pallets", "vendor"), "Vera", lead),
        "vendor viewer": member(party("Pallets", "vendor"), "Vlad", MemberRole.VIEWER),
        "silent vendor": member(party("Silent Soft", "vendor"), "Sid", lead),
        "deployer": member(party("City Hospital", "deployer"), "Olga", lead, is_admin=True),
        "authority": member(party("Directives Office", "authority"), "Arno"),
        "other member": member(party("Elsewhere", "finder", "vendor"), "Elmo", lead),
        "barred vendor": member(party("Barred Soft", "vendor"), "Bea", lead),
        "former member": member(readers, "Fred", lead),
        **{
            f"{what} reader": member(readers, f"R{what.replace(' ', '')}", lead)
            for what in ("T0", "T1", "T2", "T3", "expired", "revoked")
        },
    }
    Membership.objects.filter(person=people["former member"]).update(ended_at=now)
    return people


def _party_of(person: Person) -> Party:
    return Membership.objects.filter(person=person).get().party


def _found(stage: Stage, name: str, sender: Person, at: datetime) -> Finding:
    """A finding that the person's party sent, with words planted in it."""
    report = {
        "seawall_report": 1,
        "provenance": {"reporter": f"{name}claimed", "tools": [{"name": f"{name}tooled"}]},
        "findings": [
            {
                "key": "1",
                "title": f"{name}titled escape",
                "target": f"pkg:pypi/{name}targeted@3.1.4",
                "description": f"{name}described in depth",
                "identifiers": [_identifier(name)],
            }
        ],
    }
    done = submit(json.dumps(report).encode(), name="r.json", by=actor_of(sender), now=at)
    row = Finding.objects.select_related("report").get(pk=int(done.findings[0].split("-")[-1]))
    stage.ids[f"{name} finding"], stage.ids[f"{name} report"] = done.findings[0], done.report
    planted = [
        (done.findings[0], 0, False),
        (f"{name}titled", 1, name == "first"),
        (f"{name}targeted", 1, name == "first"),
        (_identifier(name), 1, name == "first"),
        (f"{name}claimed", 1, True),
        (f"{name}tooled", 1, True),
        (f"{name}described", 2, False),
    ]
    stage.marks += [
        Mark(text=t, kind="finding", pk=row.pk, tier=n, in_case=c) for t, n, c in planted
    ]
    said = [(done.report, 0), (row.report.digest, 2)]
    stage.marks += [Mark(text=t, kind="report", pk=row.report_id, tier=n) for t, n in said]
    return row


def _identifier(name: str) -> str:
    """One per vulnerability is a CVE; an advisory takes no second."""
    known = {"first": "CVE-2026-10552", "later": "GHSA-jjjj-mmmm-pppp"}
    return known.get(name, "GHSA-cccc-ffff-gggg")


def _link(one: Finding, other: Finding, now: datetime) -> None:
    because = Reason(signal="person", explanation="linkedbecause", strength=Strength.CERTAIN)
    duplicates.link(one, other, reason=because, by=LOCAL, now=now)


def _room(stage: Stage, case: Case, crowd: dict[str, Person], now: datetime) -> None:
    """Who takes part, who is read in, who is barred, and what is said in the room."""
    ends = now + 4 * WEEK
    for name, part, tier, until in (
        ("vendor", Part.VENDOR, Tier.T3, ends),
        ("silent vendor", Part.VENDOR, Tier.T3, None),
        ("barred vendor", Part.VENDOR, Tier.T3, ends),
        ("deployer", Part.DEPLOYER, Tier.T1, ends),
    ):
        Participant.objects.create(
            case=case,
            party=_party_of(crowd[name]),
            part=part.value,
            tier=tier,
            consented_until=until,
            brought_by="x",
            joined_at=now,
        )
    for name in ("T0", "T1", "T2", "T3", "expired", "revoked"):
        ReadIn.objects.create(
            case=case,
            person=crowd[f"{name} reader"],
            tier=int(name[1]) if name[0] == "T" else 3,
            sponsor="x",
            reason="readinreason",
            starts_at=now - WEEK,
            ends_at=now - WEEK / 2 if name == "expired" else now + WEEK,
            revoked_at=now if name == "revoked" else None,
        )
    Bar.objects.create(case=case, person=crowd["barred house lead"], reason="b", by="x", at=now)
    bars = _party_of(crowd["barred vendor"])
    Bar.objects.create(case=case, party=bars, reason="b", by="x", at=now)
    case = Case.objects.get(pk=case.pk)
    for tier in (Tier.T1, Tier.T2, Tier.T3):
        text = f"messageof{tier.name}"
        messages.write(case, text, tier=tier, by=LOCAL, now=now)
        stage.marks.append(Mark(text=text, kind="case", pk=case.pk, tier=tier))


def _embargo(case: Case, state: str, now: datetime) -> None:
    """Set the state directly: what leads there is tried elsewhere."""
    ends = now + WEEK
    states = {
        "proposed": Embargo(state=EmbargoState.PROPOSED, proposed_until=ends, proposed_by="x"),
        "active": Embargo(state=EmbargoState.ACTIVE, ends_at=ends),
        "revise": Embargo(
            state=EmbargoState.REVISE, ends_at=ends, proposed_until=ends + WEEK, proposed_by="x"
        ),
        "exited": Embargo(
            state=EmbargoState.EXITED, ends_at=ends, exited_at=now, reason=ExitReason.PUBLISHED
        ),
    }
    made = states.get(state, Embargo())
    Case.objects.filter(pk=case.pk).update(
        embargo=to_plain(made), embargo_state=made.state.value, embargo_ends_at=made.ends_at
    )
    case.refresh_from_db()


def _things(
    stage: Stage, case: Case, first: Finding, crowd: dict[str, Person], now: datetime
) -> None:
    """Ids by kind, and the things of operators."""
    ran = Validation.objects.filter(finding=first).get()
    stage.ids |= {
        "case": case.public_id,
        "finding": first.public_id,
        "report": first.report.public_id,
        "validation": ran.public_id,
        "advisory": Advisory.objects.get(case=stage.drafted_for).public_id,
    }
    stage.marks += [
        Mark(text=case.public_id, kind="case", pk=case.pk, tier=0),
        Mark(text=ran.public_id, kind="finding", pk=first.pk, tier=0),
    ]
    owner = _party_of(crowd["deployer"])
    asset = describe_asset(
        owner=owner,
        name="Xraysystem",
        system_class=SystemClass.OTHER,
        publicly_exposed=None,
        by=LOCAL,
        now=now,
    )
    exposure = Exposure.objects.create(
        asset=asset, vulnerability="CVE-2020-77777", purl="pkg:pypi/hospitalpart@1",
        component="hospitalpart", version="1", why="", found_at=now,
    )  # fmt: skip
    duty = Obligation.objects.create(
        exposure=exposure, directive="bod", directive_version="1", row=1, outcome="dutyoutcome",
        forensics=False, binding=True, started_at=now, answers={}, explanation="dutyexplained",
        computed_at=now,
    )  # fmt: skip
    stage.owner, stage.first, stage.first_report = owner.pk, first.pk, first.report_id
    stage.ids |= {"asset": asset.public_id, "obligation": duty.public_id}
    stage.marks += [
        Mark(text="hospitalpart", kind="obligation", pk=owner.pk, tier=0),
        Mark(text="Xraysystem", kind="obligation", pk=owner.pk, tier=0),
        Mark(text="dutyexplained", kind="obligation", pk=owner.pk, tier=0),
    ]
    other = Case.objects.exclude(pk=case.pk).first()
    if other is not None:
        pair = sorted((case, other), key=lambda each: each.pk)
        proposal = MergeProposal.objects.create(
            earlier=pair[0], later=pair[1], explanation="proposalexplained", made_at=now
        )
        stage.ids["proposal"] = proposal.public_id
        stage.marks.append(Mark(text="proposalexplained", kind="case", pk=case.pk, tier=2))


def _personas(stage: Stage, crowd: dict[str, Person], now: datetime) -> None:
    def add(name: str, client: Client, by: Actor, is_api: bool) -> None:
        stage.personas[name] = Persona(
            name=name, client=client, who=plain_who(by), is_api=is_api, actor=by
        )

    quiet = {"raise_request_exception": False}
    add("nobody", Client(**quiet), PUBLIC, False)
    for name, person in crowd.items():
        client = visitor(person).client
        client.raise_request_exception = False
        add(name, client, actor_of(person), False)
    tokens: list[tuple[str, str, tuple[str, ...]]] = [
        *((f"{name}'s token", name, ALL_SCOPES) for name in crowd if name != "former member"),
        ("vendor's reading token", "vendor", ("read",)),
        ("vendor's sending token", "vendor", ("submit",)),
        ("vendor's blind token", "vendor", ("submit", "coordinate")),
        ("installation's token", "", ALL_SCOPES),
        ("installation's reading token", "", ("read",)),
        ("installation's sending token", "", ("submit",)),
    ]
    add("no token", Client(**quiet), PUBLIC, True)
    for name, owner, scopes in tokens:
        text = _token(name, crowd.get(owner), scopes, now)
        from seawall.parties.access import holder_of

        by = holder_of(text, now=timezone.now())
        assert by is not None, name
        client = Client(headers={"Authorization": f"Bearer {text}"}, **quiet)
        add(name, client, by, True)
    for name, change in (
        ("expired token", {"expires_at": now}),
        ("revoked token", {"revoked_at": now}),
    ):
        text = _token(name, crowd["house lead"], ALL_SCOPES, now - WEEK)
        ApiToken.objects.filter(label=name).update(**change)
        client = Client(headers={"Authorization": f"Bearer {text}"}, **quiet)
        add(name, client, PUBLIC, True)
    text = _token("former member's token", crowd["former member"], ALL_SCOPES, now)
    client = Client(headers={"Authorization": f"Bearer {text}"}, **quiet)
    add("former member's token", client, PUBLIC, True)


def _token(label: str, owner: Person | None, scopes: tuple[str, ...], now: datetime) -> str:
    key = f"{abs(hash(label)) % (1 << 48):012x}"
    ApiToken.objects.create(
        key=key,
        digest=token_digest("secret"),
        label=label,
        scopes=[Scope(each).value for each in scopes],
        membership=Membership.objects.filter(person=owner).first() if owner else None,
        created_at=now - timedelta(days=30),
        expires_at=now + timedelta(days=1),
    )
    return f"swl_{key}_secret"


Build = Callable[[Tlp, str], Stage]
