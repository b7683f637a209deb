"""`seawall apply`: raise what a project asks for to fixed versions, or apply a verified patch."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.client_errors import client_errors, synced_store
from seawall.cli.output import (
    BAD_INPUT,
    BAD_NEWS,
    MISSING,
    counted,
    emit_json,
    fail,
    json_option,
    say,
)

if TYPE_CHECKING:
    from seawall.client.plans import Plan
    from seawall.client.rewriting import Applied
    from seawall.client.store import Held, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command was called with."""

    advisory: str
    project: Path
    patch: bool
    package: str
    write: bool
    asset: str
    feed: str


@click.command()
@click.argument("words", nargs=-1, metavar="[ADVISORY] [PROJECT]")
@click.option("--all", "all_", is_flag=True, help="Every release of the feed, not one ADVISORY.")
@click.option("--write", is_flag=True, help="Write the changes; without it they are shown only.")
@click.option("--undo", is_flag=True, help="Take back what was written last into PROJECT.")
@click.option(
    "--patch",
    "sources",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Apply the release's verified patch to the sources in DIR instead.",
)
@click.option("--package", default="", help="With --patch: which package's (a purl).")
@click.option("--asset", default="", help="With --write: sign that this system has it installed.")
@click.option("--feed", default="default", show_default=True, help="The synced feed to go by.")
@json_option
def command(
    words: tuple[str, ...],
    all_: bool,
    write: bool,
    undo: bool,
    sources: Path | None,
    package: str,
    asset: str,
    feed: str,
    as_json: bool,
) -> None:
    """Mend a project by what a verified release says: ADVISORY (its id, or a CVE id) or --all.

    Looks at requirements*.txt, constraints*.txt, pyproject.toml and package.json of PROJECT (a
    folder; default: here) and raises what allows an affected version to the least fixed version
    that no known advisory affects. Never lowers anything, and says what it leaves to you. Shows a
    diff; --write writes it, all or nothing, and --undo takes it back.

    Exit codes: 0 nothing left to change; 1 changes are needed, or something affected could not
    be changed; 2 wrong call; 3 the feed was never synced.
    """
    advisory, project = _words(words, all_=all_ or undo)
    asked = _Asked(
        advisory=advisory,
        project=sources or project,
        patch=sources is not None,
        package=package,
        write=write,
        asset=asset,
        feed=feed,
    )
    with client_errors():
        if undo:
            _undo(asked, as_json=as_json)
            return
        plan, applied, receipts = _run(asked)
    _tell(plan, applied, receipts, asked, as_json=as_json)
    if plan.refusals or (plan.rewrites and applied is None):
        raise SystemExit(BAD_NEWS)


def _words(words: tuple[str, ...], *, all_: bool) -> tuple[str, Path]:
    """The advisory ("" for all) and the project."""
    if not all_ and not words:
        fail("name an advisory, or say --all", code=BAD_INPUT)
    advisory, rest = ("", words) if all_ else (words[0], words[1:])
    if len(rest) > 1:
        fail(f"{rest[1]}: one project at a time", code=BAD_INPUT)
    project = Path(rest[0]) if rest else Path()
    if not project.exists():
        fail(f"{project}: there is no such folder", code=BAD_INPUT)
    return advisory, project


def _run(asked: _Asked) -> "tuple[Plan, Applied | None, int]":
    """Plan it, and write it when that was asked; the receipts that were signed."""
    from seawall.client.home import seawall_home
    from seawall.client.rewriting import write

    with synced_store(asked.feed) as (store, state):
        now = datetime.now(UTC)
        if state.is_expired(now):
            say(f"seawall: {state.in_words(now)}", err=True)
        plan = _plan_patch(asked, store) if asked.patch else _plan(asked, store)
        if not (asked.write and plan.rewrites):
            return plan, None, 0
        ids = tuple(dict.fromkeys(id for c in plan.changes for id in c.releases))
        applied = write(
            seawall_home() / "applied",
            plan.project,
            plan.rewrites,
            releases=ids or (asked.advisory,),
            now=now,
        )
        return plan, applied, _sign(asked, plan, store, now) if asked.asset else 0


def _plan(asked: _Asked, store: "Store") -> "Plan":
    from seawall.cli.check import default_index
    from seawall.client.apply import plan
    from seawall.client.index import refresh_index
    from seawall.client.remedies import Remedies

    layers = refresh_index(store.place.parent, store, beside_others=True)
    wanted = [_bundle(store, _release(store, asked))] if asked.advisory else None
    return plan(asked.project, Remedies(layers, wanted=wanted, others=default_index()))


def _plan_patch(asked: _Asked, store: "Store") -> "Plan":
    from seawall.client.fetching import open_source
    from seawall.client.patches import patch_bytes, patch_of, plan_patch
    from seawall.client.releases import open_release
    from seawall.client.sync import trust_in

    if not asked.advisory:
        fail("--patch applies the patch of one advisory: name it", code=BAD_INPUT)
    held = _release(store, asked)
    release = open_release(_bundle(store, held), trust=trust_in(store), path=held.path)
    digest = patch_of(release, package=asked.package)
    source = str(store.get("source", ""))
    data = patch_bytes(store, release, digest, source=lambda: open_source(source))
    return plan_patch(asked.project, data)


def _sign(asked: _Asked, plan: "Plan", store: "Store", now: datetime) -> int:
    from seawall.client.receipts import installed
    from seawall.client.remedies import package_purl

    count = 0
    for id in dict.fromkeys(id for change in plan.changes for id in change.releases):
        release = store.release(id)
        if release is not None:
            components = [
                (package_purl(c.ecosystem, c.package), c.before, c.version)
                for c in plan.changes
                if id in c.releases
            ]
            count += installed(store, release, components=components, asset=asked.asset, now=now)
    if asked.patch and (held := store.release(asked.advisory)) is not None:
        components = [(asked.package, "", "patched")]
        count += installed(store, held, components=components, asset=asked.asset, now=now)
    return count


def _release(store: "Store", asked: _Asked) -> "Held":
    held = store.release(asked.advisory)
    if held is None:
        fail(f"the feed {asked.feed} has no release called {asked.advisory}", code=BAD_INPUT)
    if not held.offered:
        say(f"seawall: {held.id} is no longer in the feed; going by what was signed", err=True)
    return held


def _bundle(store: "Store", held: "Held") -> bytes:
    data = store.file(held.sha256)
    if data is None:
        fail(f"{held.id} is not in the store any more: remove the feed, sync again", code=MISSING)
    return data


def _undo(asked: _Asked, *, as_json: bool) -> None:
    from seawall.client.home import seawall_home
    from seawall.client.rewriting import last_applied, undo

    applied = last_applied(seawall_home() / "applied", asked.project)
    if applied is None:
        fail(f"nothing was written into {asked.project} that could be taken back", code=BAD_INPUT)
    undo(applied)
    if as_json:
        emit_json({"taken_back": applied.files, "written_at": applied.at})
    else:
        say(f"Taken back, as before {applied.at:%Y-%m-%d %H:%M} UTC: {', '.join(applied.files)}")


def _tell(
    plan: "Plan", applied: "Applied | None", receipts: int, asked: _Asked, *, as_json: bool
) -> None:
    if as_json:
        made = {"written": applied is not None, "diff": plan.diff(), "changes": plan.changes}
        more = {"refused": plan.refusals, "notes": plan.notes, "receipts": receipts}
        emit_json({"project": str(plan.project), **made, **more})
        return
    if plan.rewrites:
        click.echo(
            "".join(c if c.isprintable() or c in "\n\t" else " " for c in plan.diff()), nl=False
        )
    else:
        say("Nothing has to change.")
    for change in plan.changes:
        say(f"{change.where}: {change.package} {change.version} ({', '.join(change.releases)})")
    for refusal in plan.refusals:
        say(f"NOT CHANGED: {refusal.where}: {refusal.package}: {refusal.why}", err=True)
    for note in plan.notes:
        say(f"then: {note}")
    if applied is None:
        if plan.rewrites:
            say(f"{counted(len(plan.rewrites), 'file')} would change. Write it with --write.")
        return
    say(f"{counted(len(applied.files), 'file')} written; take it back with --undo.")
    if receipts:
        say(f"{counted(receipts, 'receipt')} to send: seawall receipt send")
    elif not asked.asset:
        say("Once it runs: seawall receipt installed ADVISORY --sbom SBOM --asset NAME")
