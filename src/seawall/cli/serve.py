"""`seawall serve`: the pages, the REST API and, in the same process, the worker."""

from ipaddress import ip_address
from pathlib import Path

import click

from seawall.cli.output import MISSING, emit_json, fail, json_option


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8440,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@click.option("--no-work", is_flag=True, help="Leave the jobs to `seawall work`.")
@click.option(
    "--beyond-loopback",
    is_flag=True,
    help="Listen on an address that others reach; put TLS in front of it.",
)
@click.option("--demo", is_flag=True, help="Serve the state of the last `seawall demo`.")
@json_option
def command(
    host: str, port: int, no_work: bool, beyond_loopback: bool, demo: bool, as_json: bool
) -> None:
    """Serve the pages and the REST API until stopped; the API's documentation is at /api/v1/docs.

    While nobody has an account, a link for the set-up is printed on standard error.
    """
    if not beyond_loopback and not _is_loopback(host):
        fail(f"{host} is reached by others; say --beyond-loopback if that is wanted.")
    from seawall.cli.serve_demo import enter_demo, tell_people
    from seawall.cli.state import open_state

    if demo:
        enter_demo()
    home = open_state()
    from seawall.config import processes

    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if as_json:
        emit_json({"address": address, "docs": f"{address}/api/v1/docs", "home": str(home)})
    else:
        click.echo(f"{address}  (state in {home})", err=True)
    if demo:
        tell_people(home, address)
    _offer_setup(home, port)
    processes.serve(host=host, port=port, work=not no_work)


def _offer_setup(home: Path, port: int) -> None:
    """Print the one-time link for the set-up, while there is nobody who could sign in."""
    from django.conf import settings

    from seawall.parties.first_run import setup_secret

    secret = setup_secret(home)
    if secret is not None:
        origin = settings.SEAWALL_ORIGIN or f"http://localhost:{port}"
        click.echo(f"Set up this installation, once: {origin}/setup/{secret}", err=True)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        fail(f"{host} is no IP address.", code=MISSING)
