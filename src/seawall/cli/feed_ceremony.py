"""`seawall feed ceremony`: papers are prepared, signed offline by holders, and taken in."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.feed_state import (
    Asked,
    feed_errors,
    pass_asked,
    passphrase,
    passphrase_option,
    write_out,
)
from seawall.cli.output import BAD_NEWS, counted, emit_json, fail, json_option, say

if TYPE_CHECKING:
    from seawall.feed.tuf.check import Count
    from seawall.feed.tuf.founding import Holders
    from seawall.feed.tuf.papers import Papers

_file = click.Path(dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)

_WARNING = (
    "WARNING: the offline keys of this feed lie on this machine, with their passphrase. "
    "Whoever reads its disk can sign anything. For demos and tests only."
)


@click.group()
def ceremony() -> None:
    """Found a feed, or change what clients trust: describe, begin, sign, finish.

    Papers lie in a folder. It is carried from holder to holder; each reads in words what it says
    and signs with a key that never touches the installation. docs/feed/ceremony.md has the steps.
    """


@ceremony.command()
@click.option("--out", type=_file, required=True, help="The file to write.")
@json_option
@pass_asked
def describe(asked: Asked, out: Path, as_json: bool) -> None:
    """Write what a ceremony must know of this installation: its public keys and its names.

    Makes the online keys when they are absent. The file holds no secret; carry it to the machine
    on which the ceremony begins.
    """
    feed = asked.open()
    from seawall.distribution import feeds
    from seawall.feed.tuf.installation import write_installation
    from seawall.feed.tuf.keys import key_id, words

    with feed_errors():
        described = feeds.describe(feed, opaque=asked.restricted, now=asked.now)
        out.write_bytes(write_installation(described))
    keys = {name: key_id(key) for name, key in described.online.items()}
    if as_json:
        emit_json({"file": str(out), "publisher": described.slug, "online": keys})
        return
    say(f"{out}: {described.slug}, publisher of this feed")
    for name, id in keys.items():
        say(f"  {name:9}  {id[:16]}  {words(id)}")


@ceremony.command()
@click.option("--installation", type=_file, required=True, help="What `describe` wrote.")
@click.option(
    "--root-key",
    "root_keys",
    type=_file,
    multiple=True,
    required=True,
    metavar="PUB",
    help="Public half of a root key. Give it for every holder.",
)
@click.option("--threshold", default=2, show_default=True, help="How many of them must sign.")
@click.option(
    "--targets-key",
    "targets_keys",
    type=_file,
    multiple=True,
    metavar="PUB",
    help="Public half of a targets key; the root keys when left out.",
)
@click.option("--targets-threshold", type=int, help="How many of them; as for root if left out.")
@click.option("--out", type=_folder, required=True, help="The folder for the papers.")
@json_option
@pass_asked
def begin(
    asked: Asked,
    installation: Path,
    root_keys: tuple[Path, ...],
    threshold: int,
    targets_keys: tuple[Path, ...],
    targets_threshold: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Prepare the papers of a new feed. Runs on any machine; nothing is signed yet."""
    from seawall.feed.tuf.founding import found
    from seawall.feed.tuf.installation import read_installation

    with feed_errors():
        papers = found(
            read_installation(installation.read_bytes()),
            root=_holders(root_keys, threshold),
            targets=_holders(targets_keys or root_keys, targets_threshold or threshold),
            now=asked.now,
        )
        write_out(papers, out)
    _print(papers, out, as_json)


@ceremony.command()
@click.argument("folder", type=_folder, metavar="DIR")
@json_option
def show(folder: Path, as_json: bool) -> None:
    """Say in words what papers would make clients believe, and who has signed."""
    from seawall.feed.tuf.papers import read_papers

    with feed_errors():
        papers = read_papers(folder)
    _print(papers, folder, as_json)


@ceremony.command()
@click.argument("folder", type=_folder, metavar="DIR")
@click.option("--key", type=_file, required=True, help="The holder's private key.")
@click.option("--yes", is_flag=True, help="Do not ask before signing.")
@passphrase_option
@json_option
def sign(folder: Path, key: Path, yes: bool, passphrase_file: Path | None, as_json: bool) -> None:
    """Read the papers in words, then sign what this key may sign. Offline, one holder at a time.

    Compare the words of new keys with what their holders read out, and the former versions with
    what you signed last time, before you say yes.
    """
    from seawall.feed.tuf import papers as desk
    from seawall.feed.tuf.offline import open_key

    with feed_errors():
        papers = desk.read_papers(folder)
        if not as_json:
            _print(papers, folder, as_json=False)
        if not yes:
            click.confirm("Sign this?", abort=True, err=True)
        signer = open_key(key, passphrase(passphrase_file))
        signed = desk.sign(papers, signer)
        if not signed:
            fail("this key may sign none of these papers", code=BAD_NEWS)
        desk.write_papers(papers, folder)
    if as_json:
        _print(papers, folder, as_json)
        return
    say(f"\nSigned {' and '.join(signed)}.")
    _print_counts(papers)


@ceremony.command()
@click.argument("folder", type=_folder, metavar="DIR")
@click.option("--bits", type=click.IntRange(1, 16), help="2**BITS bins for a new publisher.")
@json_option
@pass_asked
def finish(asked: Asked, folder: Path, bits: int | None, as_json: bool) -> None:
    """Take signed papers in: check every threshold, publish, bring prepared keys into use.

    Nothing happens when a signature is missing, or when the feed changed since the papers were
    prepared. Afterwards clients follow with their next sync.
    """
    feed = asked.open()
    from seawall.distribution.ceremonies import publish_after, take_in
    from seawall.feed.tuf.papers import read_papers
    from seawall.feed.tuf.roles import FIRST_BITS

    with feed_errors():
        papers = read_papers(folder)
        changed = take_in(
            feed, papers, now=asked.now, opaque=asked.restricted, bits=bits or FIRST_BITS
        )
        waits = "" if asked.restricted else publish_after(now=asked.now)
    version = papers.next_root.signed.version
    if as_json:
        emit_json({"roles": changed.roles, "root": version, "waits": waits})
        return
    say(f"{papers.why}: published.")
    say(f"  root version {version}; {counted(len(changed.roles), 'role')} signed anew")
    if waits:
        say(f"  releases wait: {waits}")


@ceremony.command()
@json_option
@pass_asked
def quick(asked: Asked, as_json: bool) -> None:
    """Found a feed with all keys on this machine. For demos and tests; no security at all.

    The keys of three holders and their passphrase are written into keys/offline of the home
    folder. A production installation refuses.
    """
    asked.open()
    from seawall.distribution.ceremonies import found_quickly, publish_after

    with feed_errors():
        place = found_quickly(now=asked.now, opaque=asked.restricted)
        waits = "" if asked.restricted else publish_after(now=asked.now)
    say(_WARNING, err=True)
    if as_json:
        emit_json({"keys": str(place), "waits": waits})
        return
    say(f"The feed begins; its offline keys are in {place}.")
    if waits:
        say(f"  releases wait: {waits}")


def _holders(files: tuple[Path, ...], threshold: int) -> "Holders":
    from seawall.feed.tuf.founding import Holders
    from seawall.feed.tuf.offline import read_public

    return Holders(keys=[read_public(file).tuf for file in files], threshold=threshold)


def _print(papers: "Papers", folder: Path, as_json: bool) -> None:
    from seawall.feed.tuf.check import counts
    from seawall.feed.tuf.describe import describe

    with feed_errors():
        lines = describe(papers)
    if as_json:
        emit_json(
            {
                "folder": str(folder),
                "why": papers.why,
                "says": lines,
                "signatures": [_document(count) for count in counts(papers)],
            }
        )
        return
    for line in lines:
        say(line)
    _print_counts(papers)


def _print_counts(papers: "Papers") -> None:
    from seawall.feed.tuf.check import counts

    for count in counts(papers):
        by = ", ".join(id[:16] for id in count.signed) or "nobody"
        more = f"{count.missing} more needed" if count.missing else "enough"
        have = f"{len(count.signed)} of {count.need} signed by {by}"
        say(f"{count.paper}, {count.keys} keys: {have}; {more}")


def _document(count: "Count") -> dict[str, Any]:
    return {
        "paper": count.paper,
        "keys": count.keys,
        "need": count.need,
        "signed": count.signed,
        "unsigned": count.unsigned,
    }
