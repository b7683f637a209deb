"""`seawall partner`: trusted partners, from the application to the end of a designation."""

from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table
from seawall.vocab.reviews import PartnerKind, Voice

if TYPE_CHECKING:
    from seawall.reviews.models import Partner

_VOICE = click.option(
    "--voice", required=True, type=click.Choice([v.value for v in Voice]), help="Who speaks."
)


@click.group()
def command() -> None:
    """Choose who may use a model before its release: the lab and the government together."""


@command.command()
@click.argument("party")
@click.argument("lab")
@click.option(
    "--kind",
    required=True,
    type=click.Choice([k.value for k in PartnerKind]),
    help="What the organisation is.",
)
@click.option("--statement", required=True, help="What for, and how it will be used.")
@click.option("--contact", default="", help="Whom to ask.")
@json_option
def apply(party: str, lab: str, kind: str, as_json: bool, **more: str) -> None:
    """Apply for PARTY to use the models of LAB."""
    open_state()
    from seawall.reviews import access
    from seawall.vocab.actors import LOCAL

    with clear_errors():
        row = _try(
            "apply",
            party=_found(access.applicant_for, LOCAL, party),
            lab=_found(access.lab_named, lab),
            kind=PartnerKind(kind),
            **more,
        )
    _print(row, as_json=as_json)


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List applications and designations, newest first."""
    open_state()
    from seawall.reviews import access, shown
    from seawall.vocab.actors import LOCAL

    rows = [shown.partner(row) for row in access.partners(LOCAL).prefetch_related("selections")]
    if as_json:
        emit_json({"partners": rows})
    elif not rows:
        click.echo("Nobody has applied. `seawall partner apply PARTY LAB` does.")
    else:
        print_table(
            ("partner", "state", "kind", "party", "lab", "until"),
            [
                (
                    r.id,
                    r.state,
                    r.kind,
                    r.party,
                    r.lab,
                    f"{r.expires_at:%Y-%m-%d}" if r.expires_at else "",
                )
                for r in rows
            ],
        )


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@json_option
def show(partner: str, as_json: bool) -> None:
    """Show one application: its criteria, who says yes, and what became of it."""
    open_state()
    _print(_row(partner), as_json=as_json)


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@click.argument("criterion")
@click.option("--met/--not-met", default=True, show_default=True, help="What was found.")
@click.option("--note", default="", help="What was seen.")
@json_option
def criterion(partner: str, criterion: str, met: bool, note: str, as_json: bool) -> None:
    """Record what was found of CRITERION."""
    open_state()
    from seawall.reviews.partners import Finding

    found = Finding(id=criterion, met=met, note=note)
    with clear_errors():
        row = _try("record_criterion", _row(partner), found)
    _print(row, as_json=as_json)


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@_VOICE
@click.option("--yes/--no", "yes", default=True, show_default=True, help="The answer.")
@click.option("--because", default="", help="Reasons; a no needs them.")
@json_option
def select(partner: str, voice: str, yes: bool, because: str, as_json: bool) -> None:
    """Say yes or no for the lab or for the government.

    Once both say yes, two people sign the designation: on its page, under Approvals.
    """
    open_state()
    with clear_errors():
        row = _try("select", _row(partner), voice=Voice(voice), yes=yes, because=because)
    _print(row, as_json=as_json)


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@click.option("--because", required=True, help="What should be looked at anew.")
@json_option
def appeal(partner: str, because: str, as_json: bool) -> None:
    """Ask once that a refusal is looked at anew."""
    open_state()
    with clear_errors():
        row = _try("appeal", _row(partner), because=because)
    _print(row, as_json=as_json)


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@json_option
def renew(partner: str, as_json: bool) -> None:
    """Renew a designation for another year."""
    open_state()
    _print(_try("renew", _row(partner)), as_json=as_json)


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@click.option("--because", required=True, help="The partner reads it.")
@json_option
def revoke(partner: str, because: str, as_json: bool) -> None:
    """Take a designation back; all its grants end at once."""
    open_state()
    with clear_errors():
        row = _try("revoke", _row(partner), because=because)
    _print(row, as_json=as_json)


@command.command()
@click.argument("partner", metavar="T-NUMBER")
@json_option
def withdraw(partner: str, as_json: bool) -> None:
    """Take the application, or the designation, back for the applicant."""
    open_state()
    _print(_try("withdraw", _row(partner)), as_json=as_json)


def _try(step: str, *values: Any, **more: Any) -> "Partner":
    from django.utils import timezone

    from seawall.reviews import partners
    from seawall.vocab.actors import LOCAL

    try:
        made: Partner = getattr(partners, step)(*values, by=LOCAL, now=timezone.now(), **more)
    except partners.PartnerRefused as refused:
        fail(str(refused), code=BAD_INPUT)
    return made


def _row(public_id: str) -> "Partner":
    from seawall.reviews.access import partner
    from seawall.vocab.actors import LOCAL

    found: Partner = _found(partner, LOCAL, public_id)
    return found


def _found(find: Any, *values: Any) -> Any:
    from seawall.parties.access import NotFound, NotPermitted

    try:
        return find(*values)
    except (NotFound, NotPermitted) as missing:
        fail(str(missing), code=BAD_INPUT)


def _print(row: "Partner", *, as_json: bool) -> None:
    from seawall.reviews import shown

    one = shown.partner(row)
    if as_json:
        emit_json(one)
        return
    say(f"{one.id}  {one.state}  {one.party} ({one.kind}) with {one.lab}")
    for each in one.criteria:
        word = {True: "met", False: "not met", None: "open"}[each.met]
        say(f"    {word:8} {each.id}: {each.says}")
    say(f"    says yes: {', '.join(one.yes) or 'nobody yet'}")
    for word, text in (
        ("refused", one.refused_because),
        ("appeal", one.appeal),
        ("revoked", one.revoked_because),
    ):
        if text:
            say(f"    {word}: {text}")
    if one.expires_at:
        say(f"    designated until {one.expires_at:%Y-%m-%d}")
