"""`seawall grant`: one partner's access to one model, and the keys bound to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.moments import moment
from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.reviews.models import Grant


@click.group()
def command() -> None:
    """Give partners access to a model under review, inside its window, and take it back."""


@command.command()
@click.argument("submission", metavar="M-NUMBER")
@click.argument("partner", metavar="T-NUMBER")
@click.option("--purpose", required=True, help="What it may be used for.")
@click.option("--from", "starts", default="", metavar="TIME", help="The window's opening or now.")
@click.option("--until", default="", metavar="TIME", help="The window's close.")
@click.option("--requests-per-minute", default=60, show_default=True, help="At most so many.")
@click.option("--tokens-per-day", default=10_000_000, show_default=True, help="In and out.")
@click.option("--concurrent", default=8, show_default=True, help="Requests at once.")
@click.option("--retain-days", default=30, show_default=True, help="How long transcripts are kept.")
@json_option
def request(
    submission: str,
    partner: str,
    purpose: str,
    starts: str,
    until: str,
    retain_days: int,
    as_json: bool,
    **quotas: int,
) -> None:
    """Ask for a partner's access to a model."""
    open_state()
    from django.utils import timezone

    from seawall.reviews import access
    from seawall.reviews.grants import Quotas
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    model = _found(access.submission, LOCAL, submission)
    with clear_errors():
        row = _try(
            "request",
            submission=model,
            partner=_found(access.partner, LOCAL, partner),
            purpose=purpose,
            starts_at=moment(starts) or max(now, model.opens_at or now),
            ends_at=moment(until) or model.closes_at or model.partner_release_at,
            quotas=Quotas(**quotas),
            retain_days=retain_days,
        )
    _print(row, as_json=as_json)


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List grants, newest first."""
    open_state()
    from seawall.reviews import access, shown
    from seawall.vocab.actors import LOCAL

    rows = [shown.grant(LOCAL, row) for row in access.grants(LOCAL).prefetch_related("keys")]
    if as_json:
        emit_json({"grants": rows})
    elif not rows:
        click.echo("No grants. `seawall grant request M-NUMBER T-NUMBER` asks for one.")
    else:
        print_table(
            ("grant", "state", "alias", "partner", "model", "until (UTC)"),
            [
                (
                    r.id,
                    r.state,
                    r.alias,
                    r.partner_party,
                    r.submission,
                    f"{r.ends_at:%Y-%m-%d %H:%M}",
                )
                for r in rows
            ],
        )


@command.command()
@click.argument("grant", metavar="G-NUMBER")
@json_option
def show(grant: str, as_json: bool) -> None:
    """Show one grant."""
    open_state()
    _print(_row(grant), as_json=as_json)


@command.command()
@click.argument("grant", metavar="G-NUMBER")
@json_option
def approve(grant: str, as_json: bool) -> None:
    """Say yes to a grant; its partner can then bind a key."""
    open_state()
    _print(_try("approve", _row(grant)), as_json=as_json)


@command.command()
@click.argument("grant", metavar="G-NUMBER")
@click.option("--jwk", type=click.Path(exists=True, path_type=Path), help="A public JWK, for DPoP.")
@click.option(
    "--certificate", type=click.Path(exists=True, path_type=Path), help="PEM, for mutual TLS."
)
@json_option
def bind(grant: str, jwk: Path | None, certificate: Path | None, as_json: bool) -> None:
    """Bind a partner's key and print the access token that works with it alone, once."""
    if (jwk is None) == (certificate is None):
        raise click.UsageError("Give either --jwk or --certificate.")
    open_state()
    from seawall.reviews.grants import thumbprint_of_certificate, thumbprint_of_jwk
    from seawall.reviews.models import BoundKey

    binding = BoundKey.Binding.DPOP if jwk else BoundKey.Binding.MTLS
    path = jwk or certificate
    assert path is not None  # noqa: S101 - one of them is given
    with clear_errors(str(path)):
        read = thumbprint_of_jwk if jwk else thumbprint_of_certificate
        given = path.read_bytes()
        bound = _try(
            "bind_key",
            _row(grant),
            binding=binding,
            thumbprint=read(given),
            certificate=given.decode("ascii") if certificate else "",
        )
    if as_json:
        emit_json({"number": bound.key.pk, "token": bound.token, "until": bound.key.expires_at})
        return
    say(bound.token)
    say(f"Works with this key alone, until {bound.key.expires_at:%Y-%m-%d %H:%M} UTC.", err=True)
    say("It is shown once; keep it.", err=True)


@command.command("made-with")
@click.argument("grant", metavar="G-NUMBER")
@click.argument("report", metavar="R-NUMBER")
@json_option
def made_with(grant: str, report: str, as_json: bool) -> None:
    """Say that a report of the partner was made with the grant's model.

    It then counts for the head start of the model.
    """
    open_state()
    from seawall.findings import access
    from seawall.vocab.actors import LOCAL

    row = _row(grant)
    made = _try("attribute", _found(access.report, LOCAL, report), row)
    if as_json:
        emit_json({"report": made.report.public_id, "grant": row.public_id, "at": made.at})
    else:
        say(f"{made.report.public_id} counts for {row.submission.public_id}.")


@command.command()
@click.argument("grant", metavar="G-NUMBER")
@click.option("--because", default="", help="Why.")
@json_option
def suspend(grant: str, because: str, as_json: bool) -> None:
    """Stop a grant for the time being; streams that run are cut within a second."""
    open_state()
    _print(_try("suspend", _row(grant), because=because), as_json=as_json)


@command.command()
@click.argument("grant", metavar="G-NUMBER")
@json_option
def resume(grant: str, as_json: bool) -> None:
    """Take a suspension back."""
    open_state()
    _print(_try("resume", _row(grant)), as_json=as_json)


@command.command()
@click.argument("grant", metavar="G-NUMBER")
@click.option("--because", required=True, help="Why.")
@json_option
def revoke(grant: str, because: str, as_json: bool) -> None:
    """End a grant for good; streams that run are cut within a second."""
    open_state()
    _print(_try("revoke", _row(grant), because=because), as_json=as_json)


def _try(step: str, *values: Any, **more: Any) -> Any:
    from django.utils import timezone

    from seawall.reviews import grants
    from seawall.vocab.actors import LOCAL

    try:
        return getattr(grants, step)(*values, by=LOCAL, now=timezone.now(), **more)
    except grants.GrantRefused as refused:
        fail(str(refused), code=BAD_INPUT)


def _row(public_id: str) -> "Grant":
    from seawall.reviews.access import grant
    from seawall.vocab.actors import LOCAL

    found: Grant = _found(grant, LOCAL, public_id)
    return found


def _found(find: Any, *values: Any) -> Any:
    from seawall.parties.access import NotFound

    try:
        return find(*values)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)


def _print(row: "Grant", *, as_json: bool) -> None:
    from seawall.reviews import shown
    from seawall.vocab.actors import LOCAL

    one = shown.grant(LOCAL, row)
    if as_json:
        emit_json(one)
        return
    say(f"{one.id}  {one.state}  {one.alias}  {one.partner_party}, {one.submission}")
    say(f"    {one.purpose}")
    say(f"    {one.starts_at:%Y-%m-%d %H:%M} to {one.ends_at:%Y-%m-%d %H:%M} UTC")
    say(
        f"    {one.requests_per_minute} requests a minute, {one.tokens_per_day:,} tokens a day,"
        f" {one.concurrent} at once; transcripts kept {one.retain_days} days"
    )
    say(f"    keys bound: {one.keys}")
    if one.ended_because:
        say(f"    because {one.ended_because}")
