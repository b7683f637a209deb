"""`seawall claim`: who scans what, with which model, until when."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.moments import moment
from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state
from seawall.vocab.claims import Sharing

if TYPE_CHECKING:
    from seawall.claims.access import ClaimView
    from seawall.claims.actions import Wanted
    from seawall.claims.models import ScanClaim
    from seawall.claims.overlaps import Overlap
    from seawall.parties.models import Party

_SHARING = {each.name.lower(): each for each in Sharing}
_ADVICE = "A claim is advice: it blocks nobody."


@click.group()
def command() -> None:
    """Claim what you are about to scan, so that two do not scan the same without knowing.

    A claim is a lease: it ends by itself. It is advice and blocks nobody.
    """


@command.command()
@click.argument("target")
@click.option("--party", required=True, help="Who scans; made when it is new.")
@click.option("--model", required=True, help="The model or tool that scans.")
@click.option("--model-version", default="", help="Its version.")
@click.option(
    "--versions", default="", help='VERS, ">=3.0|<3.1.5" or a list; all when it is left out.'
)
@click.option("--purpose", default="", help="What for, in a few words.")
@click.option("--from", "starts", default="", metavar="TIME", help="When it begins; now.")
@click.option(
    "--days", default=7.0, show_default=True, type=float, help="How long it lasts, at most 14."
)
@click.option("--exclusive", is_flag=True, help="Ask others to leave it alone meanwhile.")
@click.option(
    "--share",
    type=click.Choice(list(_SHARING)),
    default="name",
    show_default=True,
    help="What others who want the same target are told beside the dates.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would overlap.")
@click.option("--yes", is_flag=True, help="Claim it whatever overlaps, without being asked.")
@json_option
def add(
    target: str,
    party: str,
    starts: str,
    days: float,
    share: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **more: Any,
) -> None:
    """Claim TARGET: a package URL, the address of a repository, or the name of a product.

    What overlaps is shown first, and you are asked whether you claim it all the same.
    """
    open_state()
    from django.utils import timezone

    from seawall.claims import actions
    from seawall.claims.overlaps import AskedTooOften, overlaps
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    with clear_errors():
        wanted = _wanted(target, starts=moment(starts) or now, days=days, share=share, **more)
        try:
            actions.check(wanted, now=now)
            found = overlaps(
                wanted.scope,
                wanted.lease,
                party=_known_party(party),
                exclusive=wanted.exclusive,
                by=LOCAL,
                now=now,
            )
            if not as_json:
                _print_overlaps(found)
            if dry_run or not (yes or as_json or not found or _still_wanted()):
                _answer(None, found, as_json=as_json)
                return
            made = actions.claim(wanted, party=_party(party, now), by=LOCAL, now=now)
        except (actions.ClaimRefused, AskedTooOften) as refused:
            fail(str(refused), code=BAD_INPUT)
    _answer(made.claim, made.overlaps, as_json=as_json)


@command.command("list")
@click.option("--all", "show_all", is_flag=True, help="Those that have ended too.")
@json_option
def list_(show_all: bool, as_json: bool) -> None:
    """List claims, newest first."""
    open_state()
    from django.utils import timezone

    from seawall.claims.access import claims, view
    from seawall.cli.tables import print_table
    from seawall.vocab.actors import LOCAL
    from seawall.vocab.claims import ClaimState

    now = timezone.now()
    shown = [one for row in claims(LOCAL) if (one := view(LOCAL, row, now=now))]
    if not show_all:
        shown = [one for one in shown if one.state in (ClaimState.ACTIVE, ClaimState.PLANNED)]
    if as_json:
        emit_json({"claims": shown})
    elif not shown:
        click.echo("No claims. `seawall claim add TARGET` makes one before you scan.")
    else:
        rows = [
            (each.id, each.state, f"{each.ends_at:%Y-%m-%d %H:%M}", each.party, each.target)
            for each in shown
        ]
        print_table(("claim", "state", "until (UTC)", "party", "target"), rows)


@command.command()
@click.argument("claim", metavar="S-NUMBER")
@json_option
def show(claim: str, as_json: bool) -> None:
    """Show one claim."""
    open_state()
    _print_claim(_claim(claim), as_json=as_json)


@command.command()
@click.argument("claim", metavar="S-NUMBER")
@click.option("--until", default="", metavar="TIME", help="The new end; a week from now.")
@json_option
def renew(claim: str, until: str, as_json: bool) -> None:
    """Move the end of a claim later, at most 14 days from now."""
    open_state()
    from django.utils import timezone

    now = timezone.now()
    with clear_errors():
        end = moment(until) or now + timedelta(days=7)
    _print_claim(_change("renew", claim, until_at=end), as_json=as_json)


@command.command()
@click.argument("claim", metavar="S-NUMBER")
@click.option("--because", default="", help="Why, in a few words.")
@json_option
def release(claim: str, because: str, as_json: bool) -> None:
    """Give a claim up before its end."""
    open_state()
    _print_claim(_change("release", claim, because=because), as_json=as_json)


@command.command()
@click.argument("claim", metavar="S-NUMBER")
@click.option("--report", default="", metavar="R-NUMBER", help="The report that came of it.")
@click.option("--because", default="", help="A word about it.")
@json_option
def finish(claim: str, report: str, because: str, as_json: bool) -> None:
    """Say that the scan is done."""
    open_state()
    from seawall.findings import access
    from seawall.vocab.actors import LOCAL

    if report:
        try:
            report = access.report(LOCAL, report).public_id
        except access.NotFound as missing:
            fail(str(missing), code=BAD_INPUT)
    _print_claim(_change("finish", claim, report=report, because=because), as_json=as_json)


@command.command()
@click.argument("target")
@click.option("--versions", default="", help="Which versions; all when it is left out.")
@click.option("--since", default="", metavar="TIME", help="Scans that ended before are left out.")
@json_option
def coverage(target: str, versions: str, since: str, as_json: bool) -> None:
    """Say who scanned TARGET, in which versions, and when."""
    open_state()
    from django.utils import timezone

    from seawall.claims.overlaps import coverage as covered
    from seawall.claims.scope import read_scope
    from seawall.vocab.actors import LOCAL

    with clear_errors():
        scope = read_scope(target, versions)
        found = covered(scope, by=LOCAL, now=timezone.now(), since=moment(since))
    if as_json:
        emit_json({"target": scope.target, "versions": scope.versions, "scans": found})
        return
    if not found:
        click.echo("Nobody has claimed to scan it.")
    for each in found:
        one = each.claim
        say(f"{one.id}  {each.starts_at:%Y-%m-%d} to {each.ends_at:%Y-%m-%d}  {one.state}")
        say(f"    {one.party} with {one.model}; versions {each.versions or 'not comparable'}")


def _wanted(target: str, *, starts: datetime, days: float, share: str, **more: Any) -> "Wanted":
    from seawall.claims.actions import Wanted
    from seawall.claims.scope import read_scope
    from seawall.vocab.claims import Lease

    if not 0 < days <= 366:
        raise click.BadParameter("a claim lasts some days", param_hint="--days")
    return Wanted(
        scope=read_scope(target, more.pop("versions")),
        lease=Lease(starts_at=starts, until_at=starts + timedelta(days=days)),
        sharing=_SHARING[share],
        **more,
    )


def _known_party(name: str) -> "Party | None":
    from seawall.parties.models import Party

    return Party.objects.filter(name__iexact=name.strip()).first()


def _party(name: str, now: datetime) -> "Party":
    from seawall.parties.actions import named_party
    from seawall.parties.models import Party
    from seawall.vocab.actors import LOCAL

    return named_party(name, role=Party.Role.FINDER, by=LOCAL, now=now)


def _still_wanted() -> bool:
    return click.confirm("Claim it all the same?", default=False)


def _claim(id: str) -> "ScanClaim":
    from seawall.claims.access import claim
    from seawall.parties.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return claim(LOCAL, id)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)


def _change(step: str, id: str, **more: Any) -> "ScanClaim":
    from django.utils import timezone

    from seawall.claims import actions
    from seawall.vocab.actors import LOCAL

    try:
        changed: ScanClaim = getattr(actions, step)(
            _claim(id), by=LOCAL, now=timezone.now(), **more
        )
    except actions.ClaimRefused as refused:
        fail(str(refused), code=BAD_INPUT)
    return changed


def _print_claim(row: "ScanClaim", *, as_json: bool) -> None:
    from seawall.claims.access import view
    from seawall.vocab.actors import LOCAL

    shown = view(LOCAL, row)
    if shown is None:
        fail(f"There is no claim {row.public_id}.", code=BAD_INPUT)
    if as_json:
        emit_json(shown)
        return
    _print_view(shown)


def _print_view(one: "ClaimView") -> None:
    say(f"{one.id}  {one.state}  {one.target}")
    say(f"    versions {'all' if one.versions == '*' else one.versions}")
    say(f"    {one.party} with {one.model or 'a model that is not shared'}")
    alone = "; asks to scan it alone" if one.exclusive else ""
    say(f"    {one.starts_at:%Y-%m-%d %H:%M} to {one.ends_at:%Y-%m-%d %H:%M} UTC{alone}")
    for word, text in (("purpose", one.purpose), ("report", one.report)):
        if text:
            say(f"    {word} {text}")


def _print_overlaps(found: "tuple[Overlap, ...]") -> None:
    if not found:
        click.echo("Nobody else claims it.")
        return
    click.echo(f"{len(found)} other {'claim' if len(found) == 1 else 'claims'} on it:")
    for each in found:
        one, when = each.claim, f"{each.starts_at:%Y-%m-%d} to {each.until_at:%Y-%m-%d}"
        say(f"  {one.party}, {when}, {each.closeness}: {each.versions or each.why}")
        say(f"    {each.advice}")


def _answer(row: "ScanClaim | None", found: "tuple[Overlap, ...]", *, as_json: bool) -> None:
    from seawall.claims.access import view
    from seawall.vocab.actors import LOCAL

    shown = view(LOCAL, row) if row else None
    if as_json:
        emit_json({"claim": shown, "overlaps": found, "notice": _ADVICE})
    elif shown is None:
        click.echo("Nothing is claimed.")
    else:
        _print_view(shown)
        click.echo(_ADVICE)
