"""What each app's `access` gives to everybody on the stage, held against the second policy."""

from collections.abc import Callable
from typing import Any

import pytest

from access import oracle, stage
from access.stage import Persona, Stage
from seawall.advisories import access as advisories
from seawall.advisories.models import Advisory, Revision
from seawall.cases import access as cases
from seawall.directives import access as directives
from seawall.directives.models import Obligation
from seawall.findings import access as findings
from seawall.findings.models import Finding, Report
from seawall.inventory import access as inventory
from seawall.ledger import access as ledger
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted, is_house, require
from seawall.parties.models import Scope
from seawall.parties.sealing import Shredded
from seawall.validation import access as validations
from seawall.vocab.access import Act, Tier
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db


def got(ask: Callable[[], Any]) -> str:
    """How a door answered: "yes", "absent", "no", or "gone" for what was shredded."""
    try:
        ask()
    except NotFound:
        return "absent"
    except NotPermitted:
        return "no"
    except Shredded:
        return "gone"
    return "yes"


def check_everybody(made: Stage) -> None:
    for who in made.personas.values():
        check_scopes(who)
        if not oracle.can_read(who.who) or who.actor.kind == "public":
            check_unread(made, who)
            continue
        check_findings(made, who)
        check_reports(made, who)
        check_what_follows(made, who)
        check_systems(made, who)
        check_events(made, who)


def check_scopes(who: Persona) -> None:
    for scope in Scope:
        limited = who.who["kind"] == "token" and scope.value not in who.who["scopes"]
        shut = limited or who.who["kind"] == "public"
        assert got(lambda scope=scope: require(who.actor, scope)) == ("no" if shut else "yes")
    house = any(seat["house"] for seat in who.who["seats"])
    assert is_house(who.actor) == (house or oracle.is_installation(who.who))


def check_unread(made: Stage, who: Persona) -> None:
    """Without the scope `read`, or without anybody, nothing is asked at all."""
    by, ids = who.actor, made.ids
    asked: list[Callable[[], Any]] = [
        lambda: findings.findings(by), lambda: findings.reports(by),
        lambda: validations.validations(by), lambda: inventory.assets(by),
        lambda: inventory.exposures(by), lambda: inventory.catalogues(by),
        lambda: inventory.document_counts(by), lambda: directives.obligations(by),
        lambda: cases.cases(by), lambda: cases.proposals(by),
        lambda: findings.links_of(by, Finding.objects.get(pk=made.first)),
    ]  # fmt: skip
    assert [got(ask) for ask in asked] == ["no"] * len(asked), who.name
    if who.actor.kind == "public":
        published = made.state == "published"
        found = got(lambda: advisories.advisory(by, ids["advisory"]))
        assert found == ("yes" if published else "absent")
    else:
        assert got(lambda: advisories.advisories(by)) == "no"


def check_findings(made: Stage, who: Persona) -> None:
    by, now = who.actor, made.now.timestamp()
    for row in Finding.objects.select_related("lead", "report"):
        held = oracle.finding_tiers(who.who, made.plain("finding", row.pk), now)
        for tier in Tier:
            expected = "absent" if not held else "yes" if tier in held else "no"
            ask = got(lambda row=row, tier=tier: findings.finding(by, row.public_id, at_least=tier))
            assert ask == expected, (who.name, row.public_id, tier)
        other_year = row.public_id.replace("2026", "2025")
        assert got(lambda year=other_year: findings.finding(by, year)) == "absent"
        links = findings.links_of(by, row)
        house = oracle.is_installation(who.who) or any(s["house"] for s in who.who["seats"])
        both = [
            2 in oracle.finding_tiers(who.who, made.plain("finding", pk), now)
            for link in row.earlier_links.all() | row.later_links.all()
            for pk in (link.earlier_id, link.later_id)
        ]
        assert not links or (house and any(both)), who.name
        if house and both and all(both):
            assert links, who.name


def check_reports(made: Stage, who: Persona) -> None:
    by, now = who.actor, made.now.timestamp()
    for row in Report.objects.prefetch_related("receipts__reporter"):
        held = oracle.report_tiers(who.who, made.plain("report", row.pk), now)
        ask = got(lambda row=row: findings.report(by, row.public_id))
        assert ask == ("yes" if held else "absent"), (who.name, row.public_id)
        by_digest = got(lambda row=row: findings.report(by, row.digest))
        assert by_digest == ("yes" if 2 in held else "absent"), (who.name, row.public_id)
        told = {party.pk for party in findings.senders(by, row)}
        senders = made.plain("report", row.pk)["senders"]
        house = oracle.is_installation(who.who) or any(s["house"] for s in who.who["seats"])
        assert told == (senders if house else senders & {s["party"] for s in who.who["seats"]})
        whole = all(
            2 in oracle.finding_tiers(who.who, plain, now)
            for plain in made.plain("report", row.pk)["findings"]
        )
        assert (findings.rejected_parts(by, row) is not None) == whole, (who.name, row.public_id)


def check_what_follows(made: Stage, who: Persona) -> None:
    by, now = who.actor, made.now.timestamp()
    held = oracle.finding_tiers(who.who, made.plain("finding", made.first), now)
    ask = got(lambda: validations.validation(by, made.ids["validation"]))
    known = "gone" if made.state == "shredded" and held else "absent"
    assert ask == ("yes" if 1 in held else known), who.name
    detail = oracle.is_installation(who.who) or 2 in oracle.tiers(who.who, made.advised, now)
    ask = got(lambda: advisories.advisory(by, made.ids["advisory"]))
    assert ask == ("yes" if detail or made.state == "published" else "absent"), who.name
    if ask == "yes":
        row = advisories.advisory(by, made.ids["advisory"])
        seen = {each.pk for each in row.revisions.all()}
        public = set(Revision.objects.exclude(published_at=None).values_list("pk", flat=True))
        every = set(Revision.objects.values_list("pk", flat=True))
        reads = detail and made.state != "shredded"
        assert seen == (every if reads else public), who.name
        knows = bool(oracle.tiers(who.who, made.advised, now))
        assert bool(advisories.of_cases_known(by, [row])) == knows, who.name
        may = oracle.may(Act.PUBLISH.value, who.who, made.advised, now)
        asked = got(lambda: advisories.demand_publish(by, row, now=made.now))
        assert asked == ("yes" if may else "no"), who.name


def check_systems(made: Stage, who: Persona) -> None:
    by = who.actor
    own = oracle.sees_inventory(who.who, made.owner)
    assert got(lambda: inventory.asset(by, made.ids["asset"])) == ("yes" if own else "absent")
    assert inventory.exposures(by).exists() == own, who.name
    sees = oracle.sees_obligations(who.who, made.owner)
    ask = got(lambda: directives.obligation(by, made.ids["obligation"]))
    assert ask == ("yes" if sees else "absent"), who.name
    works = "yes" if oracle.works_for(who.who, made.owner, "coordinate") else "no"
    assert got(lambda: inventory.demand_change(by, owner=made.owner)) == works, who.name
    duty = Obligation.objects.get()
    assert got(lambda: directives.demand_close(by, duty)) == works, who.name


def check_events(made: Stage, who: Persona) -> None:
    by, now = who.actor, made.now.timestamp()
    number = Advisory.objects.get().public_id
    detail = oracle.is_installation(who.who) or 2 in oracle.tiers(who.who, made.advised, now)
    for on, what, expected in (
        (f"asset:{made.ids['asset']}", "asset.changed", oracle.sees_inventory(who.who, made.owner)),
        (
            f"obligation:{made.ids['obligation']}",
            "obligation.closed",
            oracle.sees_obligations(who.who, made.owner),
        ),
        (f"advisory:{number}", "advisory.drafted", detail),
        (f"advisory:{number}", "advisory.published", True),
        ("advisory:SEAWALL-2026-9998", "advisory.published", oracle.is_installation(who.who)),
    ):
        event = Event(on=on, what=what, entry="said")
        said = ledger.text_of(by, event, now=made.now)
        assert said == ("said" if expected else None), (who.name, on, what)


@pytest.mark.parametrize(
    ("tlp", "state"),
    [
        (Tlp.AMBER, "active"),
        (Tlp.RED, "published"),
        (Tlp.GREEN, "none"),
        (Tlp.CLEAR, "shredded"),
        (Tlp.AMBER_STRICT, "merged"),
    ],
)
def test_everybody_gets_what_the_policy_says(tlp, state, home, publisher):
    check_everybody(stage.build(tlp, state))
