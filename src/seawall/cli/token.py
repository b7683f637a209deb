"""`seawall token`: make, list and revoke local API tokens."""

from datetime import timedelta

import click

from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option


@click.group()
def command() -> None:
    """Make or revoke the local API token."""


@command.command()
@click.option("--label", default="", help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "submit", "coordinate"]),
    default=("read", "submit"),
    show_default=True,
    help="What it may do; may be given more than once.",
)
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 366),
    help="How long it is valid.",
)
@json_option
def new(label: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a token. It is shown this once and cannot be read again."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.parties.actions import issue_token
    from seawall.parties.models import Scope
    from seawall.vocab.actors import LOCAL

    with clear_errors():
        made = issue_token(
            label=label,
            scopes=[Scope(scope) for scope in scopes],
            life=timedelta(days=days),
            by=LOCAL,
            now=timezone.now(),
        )
    if as_json:
        emit_json({"id": made.key, "token": made.text, "expires_at": made.expires_at})
        return
    click.echo(made.text)
    click.echo(
        f"Works until {made.expires_at:%Y-%m-%d %H:%M} UTC for {', '.join(scopes)}; "
        f"`seawall token revoke {made.key}` ends it.",
        err=True,
    )


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List tokens; their secrets are not kept."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.parties.access import tokens

    now = timezone.now()
    rows = [
        {
            "id": row.key,
            "label": row.label,
            "scopes": row.scopes,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "works": row.revoked_at is None and row.expires_at > now,
        }
        for row in tokens()
    ]
    if as_json:
        emit_json({"tokens": rows})
        return
    for row in rows:
        state = f"until {row['expires_at']:%Y-%m-%d}" if row["works"] else "ended"
        click.echo(f"{row['id']}  {state}  {','.join(row['scopes'])}  {row['label']}")


@command.command()
@click.argument("id")
@json_option
def revoke(id: str, as_json: bool) -> None:
    """End a token at once."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.parties.actions import NoSuchToken, revoke_token
    from seawall.vocab.actors import LOCAL

    try:
        revoke_token(id, by=LOCAL, now=timezone.now())
    except NoSuchToken as error:
        fail(str(error), code=BAD_INPUT)
    if as_json:
        emit_json({"revoked": id})
    else:
        click.echo(f"{id} is revoked.")
