"""`seawall case` in its room: people, messages, files, timeline, credits, ids of others."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.case_words import TIERS, case_of, now, refusals
from seawall.cli.output import emit_json, fail, json_option, safe, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.cases.models import Case, Participant

_PARTS = ("finder", "vendor", "coordinator", "deployer", "other")
_tier = click.option("--tier", type=click.Choice(TIERS), default="T2", help="Who reads it.")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--add", metavar="PARTY", default="", help="Bring a party in: its name or P-number.")
@click.option("--as", "part", type=click.Choice(_PARTS), help="Its part in the case.")
@click.option("--tier", type=click.Choice(TIERS), default=None, help="How much it reads.")
@click.option("--consent", metavar="PARTY", default="", help="Note a party's consent.")
@click.option("--part-with", metavar="PARTY", default="", help="End a party's part.")
@json_option
def people(
    case: str,
    add: str,
    part: str | None,
    tier: str | None,
    consent: str,
    part_with: str,
    as_json: bool,
) -> None:
    """Show who takes part in a case; bring a party in, or end its part."""
    open_state()
    from seawall.cases import access, participants
    from seawall.cases.speakers import party_named
    from seawall.vocab.access import Part, Tier
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    with refusals():
        if add:
            if part is None:
                fail("say the party's part with --as")
            given = Tier[tier] if tier else None
            party = party_named(add)
            participants.bring_in(row, party, Part(part), tier=given, by=LOCAL, now=now())
        if consent:
            chosen = party_named(consent).pk
            participants.consent(case_of(case), by=LOCAL, now=now(), party=chosen)
        if part_with:
            gone = party_named(part_with).pk
            for each in access.participants(LOCAL, case_of(case)):
                if each.party_id == gone:
                    participants.part_with(each, by=LOCAL, now=now())
    _show_people(access.participants(LOCAL, case_of(case)), as_json)


def _show_people(rows: "list[Participant]", as_json: bool) -> None:
    from seawall.cli.tables import print_table
    from seawall.vocab.access import Tier

    shown = [
        {
            "party": each.party.public_id,
            "name": each.party.name,
            "part": each.part,
            "tier": Tier(each.tier).name,
            "report_state": each.report_state,
            "consented_until": each.consented_until,
        }
        for each in rows
    ]
    if as_json:
        emit_json({"participants": shown})
    elif not shown:
        click.echo("Nobody takes part yet.")
    else:
        cells = [
            (
                each["party"],
                each["part"],
                each["tier"],
                each["report_state"],
                _day(each["consented_until"]),
                safe(each["name"]),
            )
            for each in shown
        ]
        print_table(("party", "part", "tier", "report", "consent until", "name"), cells)


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "no"


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("text", required=False)
@_tier
@json_option
def message(case: str, text: str | None, tier: str, as_json: bool) -> None:
    """Write in the room of a case; without a text, read what is there."""
    open_state()
    from seawall.cases import messages
    from seawall.vocab.access import Tier
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    with refusals():
        if text is not None:
            made = messages.write(row, text, tier=Tier[tier], by=LOCAL, now=now())
            if as_json:
                emit_json({"id": made.public_id, "case": row.public_id, "tier": tier})
            else:
                say(f"{made.public_id} written in {row.public_id}, for {tier} and above.")
            return
        found = messages.messages_for(row, by=LOCAL, now=now())
    shown = [
        {
            "id": each.row.public_id,
            "at": each.row.at,
            "by": str(each.row.person or each.row.party or "this installation"),
            "tier": Tier(each.row.tier).name,
            "text": each.text,
        }
        for each in found
    ]
    if as_json:
        emit_json({"messages": shown})
    for each in shown if not as_json else ():
        say(f"{each['id']}  {each['at']:%Y-%m-%d %H:%M} UTC  {each['by']}  ({each['tier']})")
        say("\n".join(f"  {line}" for line in each["text"].splitlines()))
    if not shown and not as_json:
        click.echo("No messages.")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_tier
@json_option
def attach(case: str, file: Path, tier: str, as_json: bool) -> None:
    """Put a file in the room of a case, sealed like everything in it."""
    open_state()
    from seawall.cases.messages import Upload
    from seawall.cases.messages import attach as put
    from seawall.vocab.access import Tier
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    with refusals():
        upload = Upload(name=file.name, data=file.read_bytes())
        made = put(row, upload, tier=Tier[tier], by=LOCAL, now=now())
    if as_json:
        emit_json({"id": made.public_id, "name": made.name, "media_type": made.media_type})
    else:
        say(f"{made.public_id} {made.name} ({made.media_type}) is in {row.public_id}.")


@click.command()
@click.argument("case", metavar="C-NUMBER")
@json_option
def timeline(case: str, as_json: bool) -> None:
    """Show what happened in a case, oldest first."""
    open_state()
    from seawall.cases.timeline import timeline as entries_of
    from seawall.vocab.access import Tier
    from seawall.vocab.actors import LOCAL

    entries = entries_of(case_of(case), tier=Tier.T3, by=LOCAL, now=now())
    if as_json:
        emit_json({"timeline": entries})
        return
    for each in entries:
        say(f"{each.at:%Y-%m-%d %H:%M} UTC  {each.text}  {each.by}".rstrip())


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.argument("name", required=False)
@click.option("--wish", type=click.Choice(["named", "anonymous", "none"]), help="How to be named.")
@click.option("--role", default="finder", show_default=True, help="finder, reporter, analyst, …")
@json_option
def credit(case: str, name: str | None, wish: str | None, role: str, as_json: bool) -> None:
    """Show who is named in the advisory of a case, or say how somebody is to be named."""
    open_state()
    from seawall.cases.credits import set_credit
    from seawall.cases.models import Credit
    from seawall.vocab.actors import LOCAL
    from seawall.vocab.findings import CreditWish

    row = case_of(case)
    if name is not None:
        if wish is None or role not in Credit.Role.values:
            fail("say --wish, and --role as one of " + ", ".join(Credit.Role.values))
        with refusals():
            set_credit(
                row,
                name=name,
                role=Credit.Role(role),
                wish=CreditWish(wish),
                by=LOCAL,
                now=now(),
            )
    _show_credits(row, as_json)


def _show_credits(row: "Case", as_json: bool) -> None:
    from seawall.cases.credits import credits_of

    shown: list[dict[str, Any]] = [
        {
            "name": each.name,
            "role": each.role.value,
            "wish": each.wish.value if each.wish else None,
            "named": each.is_named,
        }
        for each in credits_of(row)
    ]
    if as_json:
        emit_json({"credits": shown})
    for each in shown if not as_json else ():
        say(f"{each['role']}: {each['name']}  ({each['wish'] or 'not named until they agree'})")


@click.command("handling-id")
@click.argument("case", metavar="C-NUMBER")
@click.argument("system", required=False)
@click.argument("text", required=False)
@click.option("--url", default="", help="Where it is shown; https.")
@json_option
def handling_id(case: str, system: str | None, text: str | None, url: str, as_json: bool) -> None:
    """Show what others call a case, or add such an id: SYSTEM such as VINCE, TEXT the id."""
    open_state()
    from seawall.cases import access
    from seawall.cases.relays import add_handling_id
    from seawall.vocab.actors import LOCAL

    row = case_of(case)
    if system is not None:
        with refusals():
            add_handling_id(row, system=system, text=text or "", url=url, by=LOCAL, now=now())
    shown = [
        {"system": each.system, "text": each.text, "url": each.url}
        for each in access.handling_ids(LOCAL, row)
    ]
    if as_json:
        emit_json({"handling_ids": shown})
    for each in shown if not as_json else ():
        say(f"{each['system']}  {each['text']}  {each['url']}".rstrip())


COMMANDS = (people, message, attach, timeline, credit, handling_id)
