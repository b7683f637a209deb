"""`seawall case`: who reads how much, which clocks run, and handing cases to vendors."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.case_words import TIERS, case_of, now, refusals, utc, whom
from seawall.cli.output import emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.cases.models import Case, Handover

_person = click.option("--person", default="", help="A person: e-mail address or U-number.")
_party = click.option("--party", default="", help="A party: name or P-number.")


@click.command("read-in")
@click.argument("case", metavar="C-NUMBER")
@_person
@_party
@click.option("--tier", type=click.Choice(TIERS), default="T2", help="How much they may read.")
@click.option("--days", type=click.IntRange(1, 90), default=30, show_default=True, help="How long.")
@click.option("--reason", default="", help="Why.")
@click.option("--revoke", is_flag=True, help="End the read-ins of that person or party.")
@json_option
def read_in(
    case: str,
    person: str,
    party: str,
    tier: str,
    days: int,
    reason: str,
    revoke: bool,
    as_json: bool,
) -> None:
    """Read a person or a party in to a case for a time; without either, show who is."""
    open_state()
    from seawall.cases import read_ins
    from seawall.vocab.access import Tier
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    if person or party:
        found = whom(person, party)
        with refusals():
            if revoke:
                for each in read_ins.live_read_ins(row, now=now()):
                    if found in (each.person, each.party):
                        read_ins.revoke(each, by=LOCAL, now=now())
            else:
                until = now() + timedelta(days=days)
                read_ins.read_in(
                    row, found, Tier[tier], reason=reason, until=until, by=LOCAL, now=now()
                )
    shown = [
        {
            "whom": str(each.person or each.party),
            "tier": Tier(each.tier).name,
            "until": each.ends_at,
            "sponsor": each.sponsor,
            "reason": each.reason,
        }
        for each in read_ins.live_read_ins(row, now=now())
    ]
    if as_json:
        emit_json({"read_ins": shown})
    for each in shown if not as_json else ():
        say(f"{each['whom']}  {each['tier']} until {each['until']:%Y-%m-%d}: {each['reason']}")
    if not shown and not as_json:
        click.echo("Nobody is read in.")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@_person
@_party
@click.option("--reason", default="", help="Why, such as a conflict of interest.")
@click.option("--lift", is_flag=True, help="Lift the bar.")
@json_option
def bar(case: str, person: str, party: str, reason: str, lift: bool, as_json: bool) -> None:
    """Keep a person or a party out of a case; without either, show who is kept out."""
    open_state()
    from seawall.cases import access, read_ins
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    if person or party:
        found = whom(person, party)
        with refusals():
            if not lift:
                read_ins.bar(row, found, reason=reason, by=LOCAL, now=now())
            for each in access.bars(LOCAL, row) if lift else ():
                if found in (each.person, each.party):
                    read_ins.lift(each, by=LOCAL, now=now())
    shown = [
        {"whom": str(each.person or each.party), "reason": each.reason}
        for each in access.bars(LOCAL, row)
    ]
    if as_json:
        emit_json({"bars": shown})
    for each in shown if not as_json else ():
        say(f"{each['whom']}: {each['reason']}")
    if not shown and not as_json:
        click.echo("Nobody is kept out.")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("marking", required=False)
@json_option
def tlp(case: str, marking: str | None, as_json: bool) -> None:
    """Show or set the marking of a case (TLP 2.0): RED, AMBER+STRICT, AMBER, GREEN, CLEAR."""
    open_state()
    from seawall.cases.read_ins import mark
    from seawall.cases.reading import facts_of
    from seawall.core.access import marking as in_force
    from seawall.vocab.actors import LOCAL
    from seawall.vocab.tlp import Tlp

    row = case_of(case)
    if marking is not None:
        name = marking.upper().removeprefix("TLP:")
        if f"TLP:{name}" not in [each.value for each in Tlp]:
            fail("say RED, AMBER+STRICT, AMBER, GREEN or CLEAR")
        with refusals():
            mark(row, Tlp(f"TLP:{name}"), by=LOCAL, now=now())
    shown = {"tlp": row.tlp, "in_force": in_force(facts_of(row, now=now())).value}
    if as_json:
        emit_json(shown)
    else:
        say(f"{row.public_id}: {shown['tlp']}; in force {shown['in_force']}.")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--policy", default="", help="Let a disclosure policy apply.")
@click.option("--posted", type=click.DateTime(), help="When it was posted to that list, UTC.")
@click.option("--drop", default="", help="Let a policy apply no longer.")
@click.option("--sign", type=click.Choice(["leak", "public fix"]), help="End the embargo: why.")
@click.option("--promise", type=click.DateTime(), help="When the vendor's fix will be out, UTC.")
@json_option
def clocks(
    case: str,
    policy: str,
    posted: datetime | None,
    drop: str,
    sign: str | None,
    promise: datetime | None,
    as_json: bool,
) -> None:
    """Show which disclosure policies apply to a case, since when and until when; change them."""
    open_state()
    from seawall.cases import embargoes
    from seawall.cases.models import Sign
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    with refusals():
        if policy:
            embargoes.choose_policy(row, policy, posted_at=utc(posted), by=LOCAL, now=now())
        if drop:
            embargoes.drop_policy(row, drop, by=LOCAL, now=now())
        if sign:
            embargoes.sign(row, Sign.Kind(sign), by=LOCAL, now=now())
        if promise:
            embargoes.promise_fix(row, utc(promise), by=LOCAL, now=now())
    _show_clocks(case_of(case), as_json)


def _show_clocks(row: "Case", as_json: bool) -> None:
    from seawall.cases.clocks import clocks_of

    shown: list[dict[str, Any]] = [
        {
            "policy": each.policy.id,
            "title": each.policy.title,
            "began_at": each.began_at,
            "due_at": each.publication.at if each.publication else None,
            "because": each.publication.because if each.publication else each.waits_for,
            "decides": each.decides,
            "source": each.policy.sources[0].url,
        }
        for each in clocks_of(row)
    ]
    if as_json:
        emit_json({"clocks": shown})
        return
    for each in shown:
        due = f"{each['due_at']:%Y-%m-%d %H:%M} UTC" if each["due_at"] else "not running"
        mark = " (decides)" if each["decides"] else ""
        say(f"{each['policy']}: {due}{mark}")
        words = "because it is " if each["due_at"] else "waits for "
        say(f"  {words}{each['because']}; {each['source']}")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--to", "vendor", default="", help="The vendor: name or P-number.")
@click.option("--override", default="", help="Hand it over although something is missing: why.")
@click.option("--withdraw", is_flag=True, help="Take back what still waits.")
@json_option
def handover(case: str, vendor: str, override: str, withdraw: bool, as_json: bool) -> None:
    """Show what a vendor still needs, and put a case in a vendor's queue. `seawall work` hands it
    over once it is response-ready and the vendor has room."""
    open_state()
    from seawall.cases import handovers
    from seawall.cases.situations import readiness_of
    from seawall.cases.speakers import party_named
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    with refusals():
        if vendor:
            party = party_named(vendor)
            handovers.ask(row, party, override=override, by=LOCAL, now=now())
        for each in row.handovers.filter(state="waiting") if withdraw else ():
            handovers.withdraw(each, by=LOCAL, now=now())
    shown = {
        "readiness": [{"name": each.name, "lacks": each.lacks} for each in readiness_of(row)],
        "handovers": [_handover(each) for each in row.handovers.select_related("vendor")],
    }
    if as_json:
        emit_json(shown)
        return
    for point in shown["readiness"]:
        say(f"{point['name']}: {point['lacks'] or 'there'}")
    for each in shown["handovers"]:
        say(f"{each['id']} to {each['vendor']}: {each['state']}")


def _handover(row: "Handover") -> dict[str, Any]:
    return {
        "id": row.public_id,
        "vendor": row.vendor.name,
        "state": row.state,
        "urgent": row.urgent,
        "handed_over_at": row.handed_over_at,
        "answer": row.answer,
    }


@click.command()
@click.argument("vendor")
@click.option("--per-week", type=click.IntRange(1, 10_000), help="Cases in any seven days.")
@click.option("--open", "open_at_once", type=click.IntRange(1, 10_000), help="Not yet fixed.")
@click.option("--batch", type=click.IntRange(1, 10_000), help="Cases that come together.")
@click.option("--pause-days", type=click.IntRange(1, 30), help="Nothing but what is urgent.")
@click.option("--resume", is_flag=True, help="End the pause.")
@click.option("--product", "products", multiple=True, help="What is the vendor's, such as a purl.")
@click.option("--raw-feed/--no-raw-feed", default=None, help="Unproven findings too.")
@json_option
def capacity(
    vendor: str,
    per_week: int | None,
    open_at_once: int | None,
    batch: int | None,
    pause_days: int | None,
    resume: bool,
    products: tuple[str, ...],
    raw_feed: bool | None,
    as_json: bool,
) -> None:
    """Show or set how many cases a vendor takes."""
    open_state()
    from seawall.cases import budgets
    from seawall.cases.speakers import party_named
    from seawall.vocab.actors import LOCAL

    wanted = budgets.Wanted(
        per_week=per_week,
        open_at_once=open_at_once,
        batch=batch,
        paused_until=now() + timedelta(days=pause_days) if pause_days else None,
        resume=resume,
        raw_feed=raw_feed,
        products=products or None,
    )
    with refusals():
        party = party_named(vendor)
        if wanted != budgets.Wanted():
            budgets.set_budget(party, wanted, by=LOCAL, now=now())
    row = budgets.row_of(party)
    shown = {
        "vendor": party.name,
        "per_week": row.per_week,
        "open_at_once": row.open_at_once,
        "batch": row.batch,
        "paused_until": row.paused_until,
        "raw_feed": row.raw_feed,
        "products": row.products,
        "open_now": budgets.open_handovers(party).count(),
        "this_week": len(budgets.handed_over_lately(party, now=now())),
    }
    if as_json:
        emit_json(shown)
        return
    say(
        f"{shown['vendor']}: {shown['per_week']} a week ({shown['this_week']} so far), "
        f"{shown['open_at_once']} open at once ({shown['open_now']} now), "
        f"in batches of {shown['batch']}."
    )
    if row.paused_until and row.paused_until > now():
        say(f"Paused until {row.paused_until:%Y-%m-%d %H:%M} UTC.")


COMMANDS = (read_in, bar, tlp, clocks, handover, capacity)
