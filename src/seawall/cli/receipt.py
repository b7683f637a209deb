"""`seawall receipt`: say, signed, that releases arrived here and what they fix is fixed."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.client_errors import client_errors, synced_store
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

if TYPE_CHECKING:
    from seawall.client.sending import Api
    from seawall.client.store import Store

_feed = click.option("--feed", default="default", show_default=True, help="For which feed.")
_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_to = click.option("--to", "url", default="", help="The clearinghouse's address; remembered.")
_token = click.option("--token-file", type=_file, help="File with your API token; remembered.")
_party = click.option("--party", default="", help="For whom, when the token acts for several.")
_internal = click.option(
    "--internal-host",
    "internal",
    multiple=True,
    metavar="HOST[:PORT]",
    help="A host of your own network that may be spoken to without TLS.",
)


@click.group()
def command() -> None:
    """Sign that releases arrived and that what they fix is fixed, and send it.

    Receipts of arrival are signed by seawall sync --receipts. All wait here until they are sent
    or exported, so that nothing is lost without a network.
    """


@command.command()
@_feed
@json_option
def key(feed: str, as_json: bool) -> None:
    """Show the key that signs receipts; it is made when there is none."""
    from seawall.client.home import feed_home
    from seawall.client.receipts import client_key

    with client_errors():
        home = feed_home(feed)
        public = client_key(home, make=True).public
    if as_json:
        emit_json({"public_key": public.raw.hex(), "id": public.id, "file": str(home / "key.pem")})
    else:
        say(public.raw.hex())


@command.command()
@_to
@_token
@_party
@_internal
@click.option("--label", required=True, help="What this client is called there.")
@_feed
@json_option
def register(
    url: str,
    token_file: Path | None,
    party: str,
    internal: tuple[str, ...],
    label: str,
    feed: str,
    as_json: bool,
) -> None:
    """Register the key with the clearinghouse, once; receipts of other keys are refused there."""
    from seawall.client.receipts import client_key
    from seawall.client.sending import Refused

    with synced_store(feed) as (store, _):
        api = _api(store, url, token_file, party, internal)
        signer = client_key(store.place.parent, make=True)
        try:
            id = api.register(signer, name=label)
        except Refused as refused:
            fail(f"not registered: {refused}", code=BAD_NEWS)
    if as_json:
        emit_json({"id": id, "public_key": signer.public.raw.hex()})
    else:
        say(f"{id} registered: {signer.public.raw.hex()}")


@command.command("list")
@click.option("--all", "all_", is_flag=True, help="Those that were sent, too.")
@_feed
@json_option
def list_(all_: bool, feed: str, as_json: bool) -> None:
    """List receipts that wait to be sent."""
    from seawall.client.receipts import queued

    with synced_store(feed) as (store, _):
        found = queued(store, sent=None if all_ else False)
    if as_json:
        emit_json([{**_plain(each), "envelope": json.loads(each.envelope)} for each in found])
        return
    for each in found:
        state = f"sent {each.sent_at:%Y-%m-%d}" if each.sent_at else each.answer or "waits"
        about = f"{each.release} revision {each.revision}"
        say(f"{each.made_at:%Y-%m-%d %H:%M}  {each.kind:<9}  {about}  {each.asset or '-'}  {state}")
    say(f"{counted(sum(not each.sent_at for each in found), 'receipt')} to send.")


@command.command()
@click.argument("advisory")
@click.option("--sbom", type=_file, required=True, help="SBOM of the system as it is now.")
@click.option("--asset", required=True, help="Your own name for the system.")
@click.option("--removed", is_flag=True, help="The package is gone from the system altogether.")
@_feed
@json_option
def installed(
    advisory: str, sbom: Path, asset: str, removed: bool, feed: str, as_json: bool
) -> None:
    """Sign that a system is mended: its SBOM has no affected component of ADVISORY left.

    Exit code 1 when the SBOM does not show that; then nothing is signed.
    """
    from seawall.client.installations import installation
    from seawall.client.receipts import installed as sign
    from seawall.formats.release_bundle import read_bundle
    from seawall.formats.sbom import read_sbom

    with synced_store(feed) as (store, _):
        held = store.release(advisory)
        data = store.file(held.sha256) if held else None
        if held is None or data is None:
            fail(f"the feed {feed} has no release called {advisory}", code=BAD_INPUT)
        with clear_errors(sbom.name):
            document = read_sbom(sbom.read_bytes())
        found = installation(read_bundle(data), document)
        for component in found.affected:
            say(f"affected: {component.purl}", err=True)
        for component, why in found.doubtful:
            say(f"cannot be decided: {component.purl}: {why}", err=True)
        if found.affected or found.doubtful:
            fail(f"{asset} is not shown to be mended; nothing was signed", code=BAD_NEWS)
        if not found.mended and not removed:
            fail(
                f"{sbom.name} names no package that {held.id} is about, which shows nothing; when"
                " it was taken out of the system, say --removed",
                code=BAD_NEWS,
            )
        parts = [(c.purl, "", c.version) for c in found.mended] or [("", "", "")]
        count = sign(store, held, components=parts, asset=asset, now=datetime.now(UTC))
    if found.unseen:
        say(f"not checked: {counted(found.unseen, 'component')} without package and version")
    if as_json:
        emit_json({"release": held.id, "asset": asset, "receipts": count})
    else:
        say(f"{counted(count, 'receipt')} signed for {held.id} in {asset}.")


@command.command()
@_to
@_token
@_party
@_internal
@click.option("--from", "file", type=_file, help="Receipts that another machine exported.")
@_feed
@json_option
def send(
    url: str,
    token_file: Path | None,
    party: str,
    internal: tuple[str, ...],
    file: Path | None,
    feed: str,
    as_json: bool,
) -> None:
    """Send what waits. It may be cut off and called again: nothing is counted twice.

    Exit codes: 0 all sent; 1 some were refused (seawall receipt list says why); 3 unreachable.
    """
    from seawall.client.sending import NotSent, Refused

    sent, refused = 0, 0
    with synced_store(feed) as (store, _):
        api = _api(store, url, token_file, party, internal)
        for digest, envelope in _to_send(store, file):
            try:
                api.send_receipt(envelope)
            except Refused as why:
                refused += 1
                _note(store, digest, str(why))
                say(f"refused: {digest[:12]}…: {why}", err=True)
            except NotSent as failed:
                fail(f"{failed}; {sent} sent, the others wait", code=MISSING)
            else:
                sent += 1
                _note(store, digest, "")
    if as_json:
        emit_json({"sent": sent, "refused": refused})
    else:
        say(f"{counted(sent, 'receipt')} sent{f', {refused} refused' if refused else ''}.")
    if refused:
        raise SystemExit(BAD_NEWS)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_feed
@json_option
def export(file: Path, feed: str, as_json: bool) -> None:
    """Write what waits into FILE (JSON lines; - for standard output), for a machine with a
    network: seawall receipt send --from FILE. Receipts keep waiting; sending twice counts once."""
    from seawall.client.receipts import queued

    with synced_store(feed) as (store, _):
        found = queued(store, sent=False)
        text = "".join(f"{each.envelope}\n" for each in found)
        if str(file) == "-":
            sys.stdout.write(text)
        else:
            file.write_text(text)
    if as_json and str(file) != "-":
        emit_json({"file": str(file), "receipts": len(found)})
    else:
        say(f"{counted(len(found), 'receipt')} exported.", err=True)


def _to_send(store: "Store", file: Path | None) -> Iterator[tuple[str, str]]:
    """(digest of the payload, envelope) of what waits, or stands in an exported file."""
    import hashlib

    from seawall.client.receipts import queued
    from seawall.signing.dsse import Envelope

    if file is None:
        for each in queued(store, sent=False):
            yield each.digest, each.envelope
        return
    with clear_errors(file.name), file.open() as lines:
        for line in filter(str.strip, lines):
            payload = Envelope.from_json(line).payload
            yield hashlib.sha256(payload).hexdigest(), line.strip()


def _note(store: "Store", digest: str, answer: str) -> None:
    from seawall.client.receipts import mark_refused, mark_sent

    if answer:
        mark_refused(store, digest, answer)
    else:
        mark_sent(store, digest, now=datetime.now(UTC))


def _api(
    store: "Store", url: str, token_file: Path | None, party: str, internal: tuple[str, ...]
) -> "Api":
    """The API to speak to, as said or as remembered; the token itself is never kept here."""
    from seawall.client.sending import Api, read_token

    known = store.get("api", {})
    said = {
        "url": url or known.get("url", ""),
        "token_file": str(token_file.absolute()) if token_file else known.get("token_file", ""),
        "party": party or known.get("party", ""),
        "internal": list(internal) or known.get("internal", []),
    }
    if not said["url"] or not said["token_file"]:
        fail("say where to: --to URL --token-file FILE; both are remembered", code=BAD_INPUT)
    with store.change():
        store.put(api=said)
    return Api(
        url=said["url"],
        token=read_token(Path(said["token_file"])),
        party=said["party"],
        internal=tuple(map(_host, said["internal"])),
    )


def _host(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    if not port.isdecimal():
        return host.lower(), 80
    return host.lower(), int(port)


def _plain(each: object) -> dict[str, object]:
    from seawall.cli.output import plain

    made: dict[str, object] = plain(each)
    return made
