"""`seawall gateway`: run it, say where models are asked, stop and restore; a partner's near end."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import (
    BAD_INPUT,
    BAD_NEWS,
    MISSING,
    clear_errors,
    counted,
    emit_json,
    fail,
    json_option,
    say,
)
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.config.gateways import Options
    from seawall.reviews.gateway_control import Target

_file = click.Path(path_type=Path, dir_okay=False)


@click.group()
def command() -> None:
    """Let trusted partners use models under review, with their own clients, and stop it at once.

    The official runs `serve`, `check`, `kill`, `restore`, `calls` and, with the lab, `upstream
    set`; a partner runs `key` and `connect` on a machine of its own.
    """


def _serving(function: Any) -> Any:
    for option in reversed(
        (
            click.option("--host", default="127.0.0.1", show_default=True, help="Address."),
            click.option(
                "--port", default=8450, show_default=True, type=click.IntRange(0, 65535),
                help="Port.",
            ),
            click.option(
                "--origin", default="",
                help="How partners write it: https://gateway.example. Proofs are made for it.",
            ),
            click.option("--certificate", type=_file, help="For TLS: the chain, PEM."),
            click.option("--private-key", type=_file, help="For TLS: its key, PEM."),
            click.option(
                "--client-ca", type=_file,
                help="Issuers of partners' certificates, PEM; bound ones are taken anyhow.",
            ),
            click.option(
                "--plain-upstream", multiple=True, metavar="HOST:PORT",
                help="A model on this machine that is asked without TLS.",
            ),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@command.command()
@_serving
@json_option
def serve(as_json: bool, **given: Any) -> None:
    """Serve the gateway until stopped; refuse to when that would be unsafe."""
    home, options = open_state(), _options(given)
    from seawall.config import gateways

    problems = gateways.unsafe_settings(options, home=home)
    if problems:
        fail(" ".join(problems), code=MISSING)

    def ready(origin: str) -> None:
        if as_json:
            emit_json({"origin": origin, "openai": f"{origin}/v1", "anthropic": origin})
        else:
            click.echo(f"{origin}  (OpenAI clients: {origin}/v1)", err=True)

    try:
        gateways.serve(options, ready=ready)
    except OSError as error:
        fail(f"it cannot listen: {error.strerror}", code=MISSING)
    except RuntimeError as running:
        fail(str(running), code=MISSING)


@command.command()
@_serving
@json_option
def check(as_json: bool, **given: Any) -> None:
    """Say what is unsafe or missing, without serving. Exit code 1 when something is."""
    home, options = open_state(), _options(given)
    from seawall.config import gateways
    from seawall.reviews import gateway_control
    from seawall.vocab.actors import LOCAL

    problems = gateways.unsafe_settings(options, home=home)
    problems += gateway_control.unready(LOCAL)
    if as_json:
        emit_json({"safe": not problems, "problems": problems})
    else:
        say("\n".join(problems) or "Nothing is unsafe or missing.")
    if problems:
        raise SystemExit(BAD_NEWS)


def _options(given: dict[str, Any]) -> "Options":
    from seawall.config.gateways import Options

    return Options(plain_upstreams=given.pop("plain_upstream"), **given)


@command.group()
def upstream() -> None:
    """Say where a submission's model is asked. The lab's key is sealed and never shown."""


@upstream.command("set")
@click.argument("submission", metavar="M-NUMBER")
@click.option("--url", required=True, help="The provider's base address, such as https://…/v1.")
@click.option("--model", required=True, help="The provider's name of the model.")
@click.option("--key-file", type=_file, help="File with the lab's key; without it, standard input.")
@click.option(
    "--api", "apis", multiple=True, type=click.Choice(["chat", "responses", "messages"]),
    help="What the endpoint speaks; chat when left out. May be given again.",
)  # fmt: skip
@json_option
def upstream_set(
    submission: str, url: str, model: str, key_file: Path | None, apis: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Say where M-NUMBER's model is asked; the key comes from a file or standard input."""
    open_state()
    from seawall.outbound.errors import OutboundRefused
    from seawall.reviews import access, gateway_control
    from seawall.vocab.actors import LOCAL

    row = _found(access.submission, submission)
    with clear_errors(str(key_file or "")):
        key = key_file.read_text(encoding="ascii") if key_file else sys.stdin.read(10_000)
    try:
        with clear_errors():
            made = gateway_control.set_upstream(
                row, url=url, model=model, key=key.strip(), apis=apis or ("chat",), by=LOCAL,
                now=datetime.now(UTC),
            )  # fmt: skip
    except OutboundRefused as refused:
        fail(str(refused))
    if as_json:
        emit_json({"submission": row.public_id, "set_at": made.set_at})
    else:
        say(f"{row.public_id} is asked there from now on.")


def _targets(function: Any) -> Any:
    for option in (
        click.option("--grant", default="", metavar="G-NUMBER", help="One grant."),
        click.option("--submission", default="", metavar="M-NUMBER", help="One model's grants."),
        click.option("--all", "everything", is_flag=True, help="The whole gateway."),
    ):
        function = option(function)
    return function


@command.command()
@_targets
@click.option("--because", default="", help="Why; for the record.")
@json_option
def kill(grant: str, submission: str, everything: bool, because: str, as_json: bool) -> None:
    """Stop a grant, a model or all; running answers are cut within a second."""
    target = _target(grant, submission, everything)
    from seawall.reviews import gateway_control
    from seawall.vocab.actors import LOCAL

    made = gateway_control.stop(target, because=because, by=LOCAL, now=datetime.now(UTC))
    if as_json:
        emit_json({"stopped": str(target), "since": made.at})
    else:
        say(f"Stopped: {target}. `seawall gateway restore` lifts it.")


@command.command()
@_targets
@json_option
def restore(grant: str, submission: str, everything: bool, as_json: bool) -> None:
    """Lift what `kill` stopped, for exactly the same target."""
    target = _target(grant, submission, everything)
    from seawall.reviews import gateway_control
    from seawall.vocab.actors import LOCAL

    lifted = gateway_control.restore(target, by=LOCAL, now=datetime.now(UTC))
    left = [str(gateway_control.target_of(row)) for row in gateway_control.stops(LOCAL)]
    if as_json:
        emit_json({"restored": str(target), "lifted": lifted, "still_stopped": left})
        return
    say(f"Restored: {target}." if lifted else f"{target} was not stopped.")
    if left:
        say(f"Still stopped: {', '.join(left)}.")


@command.command()
@click.option("--grant", required=True, metavar="G-NUMBER", help="Whose calls.")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Rows.")
@click.option("--verify", is_flag=True, help="Check all of them against the ledger.")
@json_option
def calls(grant: str, most: int, verify: bool, as_json: bool) -> None:
    """List the calls of a grant, newest first, and what was noticed about its use."""
    open_state()
    from seawall.cli.tables import print_table
    from seawall.reviews import access, gateway_control
    from seawall.vocab.actors import LOCAL

    row = _found(access.grant, grant)
    shown = [gateway_control.view(each) for each in gateway_control.calls(LOCAL, row)[:most]]
    noticed = [
        {"kind": s.kind, "at": s.at, "facts": s.facts}
        for s in gateway_control.signals(LOCAL, row)[:most]
    ]
    problems = gateway_control.problems(LOCAL, row) if verify else []
    if as_json:
        emit_json({"calls": shown, "signals": noticed, "problems": problems})
    else:
        rows = [
            (f"{c.started_at:%Y-%m-%d %H:%M:%S}", str(c.status or "runs"), str(c.input_tokens),
             str(c.output_tokens), c.path, c.cut)
            for c in shown
        ]  # fmt: skip
        print_table(("started (UTC)", "status", "in", "out", "path", "cut"), rows)
        for each in noticed:
            say(f"{each['at']:%Y-%m-%d %H:%M}  {each['kind']}")
        if verify:
            say("\n".join(problems) or f"{counted(len(shown), 'call')} shown; all are as recorded.")
    if problems:
        raise SystemExit(BAD_NEWS)


def _target(grant: str, submission: str, everything: bool) -> "Target":
    if sum((bool(grant), bool(submission), everything)) != 1:
        raise click.UsageError("Say one of --grant, --submission and --all.")
    open_state()
    from seawall.reviews import access
    from seawall.reviews.gateway_control import Target

    return Target(
        grant=_found(access.grant, grant) if grant else None,
        submission=_found(access.submission, submission) if submission else None,
    )


def _found(find: Any, public_id: str) -> Any:
    from seawall.parties.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return find(LOCAL, public_id)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)


@command.command()
@click.argument("file", type=_file)
@json_option
def key(file: Path, as_json: bool) -> None:
    """For partners: make a key in a new FILE and print its public part, to be bound to a grant.

    Keep FILE; hand over what is printed. Without the key your token is worthless to others.
    """
    from seawall.config import gateways

    made = gateways.new_key()
    try:
        made.write(file)
    except FileExistsError:
        fail(f"{file} exists already; a key is never replaced.")
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    if as_json:
        emit_json({"jwk": dict(made.public), "thumbprint": made.thumbprint, "file": str(file)})
    else:
        import json

        click.echo(json.dumps(dict(made.public)))


@command.command()
@click.option("--gateway", required=True, metavar="URL", help="Such as https://gateway.example.")
@click.option("--key", "key_file", required=True, type=_file, help="The file of `gateway key`.")
@click.option("--token-file", required=True, type=_file, help="File with the access token.")
@click.option(
    "--port", default=8451, show_default=True, type=click.IntRange(0, 65535), help="Port."
)
@click.option("--ca", default="", help="Certificates to trust instead of the system's, PEM.")
@json_option
def connect(
    gateway: str, key_file: Path, token_file: Path, port: int, ca: str, as_json: bool
) -> None:
    """For partners: serve on this machine what any OpenAI or Anthropic client can be pointed at.

    Prints the settings for clients. Each request is signed with the key and passed on.
    """
    from seawall.config import gateways
    from seawall.outbound.errors import OutboundRefused

    with clear_errors():
        near = gateways.Near(
            gateway=gateway, key=gateways.read_key(key_file), port=port, ca=ca,
            token=token_file.read_text(encoding="ascii").strip(),
        )  # fmt: skip

    def ready(at: int) -> None:
        base = f"http://127.0.0.1:{at}"
        if as_json:
            emit_json({"openai": f"{base}/v1", "anthropic": base, "api_key": near.word})
            return
        click.echo(f"export OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY={near.word}")
        click.echo(f"export ANTHROPIC_BASE_URL={base} ANTHROPIC_API_KEY={near.word}")

    try:
        with clear_errors():
            gateways.connect(near, ready=ready)
    except OutboundRefused as refused:
        fail(str(refused))
