"""The guides' commands, run as they stand, and what clients see of it.

A block marked `sh` is run on the installation, `sh holder` offline, `sh operator` by an
operator's client; a number says how the commands end, if not with 0. The lines of a `text` block
after it must be in what was printed. Every section begins after the ceremony of the first guide,
with one release.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from distribution.founded import published, set_up
from seawall.advisories.models import Release
from seawall.cli import advisory_state, feed_state, sync
from seawall.cli.main import root
from seawall.distribution import feeds
from seawall.feed.tuf import offline
from seawall.feed.tuf.papers import sign
from seawall.feed.tuf.rotation import Plan
from seawall.signing.keys import FileKeys

GUIDES = Path(__file__).parents[2] / "docs" / "feed"
DAY = timedelta(days=1)
FOUNDED = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "five random words are good"
FEED = "https://cert.example/feed"

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Commands of a guide: who runs them, how they end, what they print."""

    who: str
    code: int
    commands: tuple[str, ...]
    prints: tuple[str, ...]


def sections(name: str) -> dict[str, list[Block]]:
    """Title → blocks."""
    text = (GUIDES / name).read_text()
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    found = {
        title: list(_blocks(body)) for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {title: blocks for title, blocks in found.items() if blocks}


def _blocks(text: str) -> Iterator[Block]:
    fences = re.findall(r"^ *```(\w+)([^\n]*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    for number, (kind, more, body) in enumerate(fences):
        if kind != "sh":
            continue
        words = more.split()
        after = fences[number + 1] if number + 1 < len(fences) else ("", "", "")
        yield Block(
            who=next((word for word in words if word.isalpha()), "installation"),
            code=next((int(word) for word in words if word.isdigit()), 0),
            commands=_lines(body),
            prints=_lines(after[2]) if after[0] == "text" else (),
        )


def _lines(body: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in body.splitlines() if line.strip())


class World:
    """An installation, holders and an operator, in one folder, at one time."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self.folder = folder
        self.now = FOUNDED
        self._patch = monkeypatch
        self.source = folder / "public" / "current"
        self.clock(FOUNDED)

    def clock(self, now: datetime) -> None:
        """Let it be `now` for every command."""
        self.now = now

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return now

        for module in (advisory_state, feed_state, sync):
            self._patch.setattr(module, "datetime", Clock)
        self._patch.setattr("django.utils.timezone.now", lambda: now)

    def run(self, block: Block) -> str:
        printed = "".join(self._command(line, block) for line in block.commands)
        for line in block.prints:
            assert line in printed, (line, printed)
        return printed

    def _command(self, line: str, block: Block) -> str:
        program, *words = shlex.split(line)
        if program != "seawall":
            return self._files(program, words)
        arguments = [str(self.source) if word == FEED else word for word in words]
        if words == ["sync"]:  # a thief's mirror may be what is remembered
            arguments.append(str(self.source))
        home = self.folder / ("operator" if block.who == "operator" else "home")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SEAWALL_HOME", str(home))
            done = CliRunner().invoke(root, arguments, input=_typed(words))
        assert done.exit_code == block.code, (line, done.output, done.exception)
        return done.output

    def _files(self, program: str, words: list[str]) -> str:
        match program, words:
            case "mv", [old, new]:
                os.rename(old, new)
            case "rm", ["-r", folder]:
                shutil.rmtree(folder)
            case "rm", names:
                for name in names:
                    os.unlink(name)
            case _:
                raise AssertionError(program)
        return ""

    def play(self, blocks: list[Block]) -> None:
        for block in blocks:
            self.run(block)

    def sync(self, source: Path | None = None) -> "tuple[int, str]":
        """What the operator's next sync ends with and says."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SEAWALL_HOME", str(self.folder / "operator"))
            done = CliRunner().invoke(root, ["sync", str(source or self.source)])
        return done.exit_code, done.output


def _typed(words: list[str]) -> str:
    """What a person types: yes, and the passphrase."""
    if words[:3] == ["feed", "key", "new"]:
        return f"{SECRET}\n{SECRET}\n"
    return f"y\n{SECRET}\n" if words[:3] == ["feed", "ceremony", "sign"] else ""


@pytest.fixture
def world(tmp_path, home, settings, monkeypatch) -> World:
    monkeypatch.chdir(tmp_path)
    set_up(settings, tmp_path)
    seal = offline.seal
    monkeypatch.setattr(offline, "seal", lambda key, words, *, work: seal(key, words, work=1))
    world = World(tmp_path, monkeypatch)
    published(1, now=FOUNDED)
    world.play(sections("ceremony.md")["Steps"])
    shutil.rmtree("papers")
    code, said = world.sync()
    assert (code, "1 release in all" in said) == (0, True), said
    return world


def test_the_ceremony(world):
    assert world.sync()[0] == 0
    assert feeds.public().repository.state().role("root").version == 1


@pytest.mark.parametrize("title", sections("rotation.md"))
def test_rotation(world, title, settings):
    world.clock(FOUNDED + 2 * DAY)
    if title.startswith("Witnesses"):
        settings.SEAWALL_FEED_URL = "https://elsewhere.example/feed"
    before = {p.name: p.read_bytes() for p in (world.folder / "home" / "keys").glob("*.pem")}
    world.play(sections("rotation.md")[title])
    after = {p.name: p.read_bytes() for p in (world.folder / "home" / "keys").glob("*.pem")}
    changed = {name for name in after if after[name] != before.get(name)}
    named = {"An online key": "snapshot.pem", "The key that signs releases": "release.pem"}
    named |= {"The log's key": "log.pem"}
    assert changed == ({named[title]} if title in named else set())
    published(2, now=world.now)
    world.run(Block(who="installation", code=0, commands=("seawall feed publish",), prints=()))
    code, said = world.sync()
    assert code == 0, said
    assert "2 releases" in said


ATTACKS = {}


def attack(title):
    def keep(function):
        ATTACKS[title] = function
        return function

    return keep


@attack("One stolen online key")
def _a_frozen_client(world):
    """The thief keeps a client on the old state, with a timestamp far ahead that never ends."""
    _forge(world, "timestamp", version=1_000_000)
    assert world.sync(world.folder / "mirror")[0] == 0
    assert world.sync(world.source)[0] == 1


@attack("A thief on the installation's machine")
def _a_false_release(world):
    published(2, now=FOUNDED + 2.5 * DAY)
    world.run(Block(who="installation", code=0, commands=("seawall feed publish",), prints=()))
    code, said = world.sync()
    assert code == 0, said
    for role in ("snapshot", "timestamp"):
        _forge(world, role, version=1_000_000)


@attack("One stolen root key")
def _a_root_of_one(world):
    feed = feeds.public()
    thief = offline.new_key(world.folder / "thief.pem", SECRET)
    plan = Plan(feed.current(), now=world.now)
    plan.holders("root", add=[thief.tuf], threshold=1)
    papers = plan.papers("Mine now")
    for name in ("ana.pem", "thief.pem"):
        sign(papers, offline.open_key(world.folder / name, SECRET))
    mirror = shutil.copytree(world.source, world.folder / "mirror")
    (mirror / "tuf/metadata/2.root.json").write_bytes(papers.root.to_bytes())
    code, said = world.sync(mirror)
    assert code == 1
    assert "not signed by enough of its keys" in said
    code, said = world.sync()
    assert code == 0, said


@attack("The root has ended")
def _a_year_later(world):
    world.clock(FOUNDED + 366 * DAY)
    feeds.public().refresh(now=world.now)


def _forge(world, role: str, *, version: int) -> None:
    """A mirror with a file of a role that was signed with its stolen key."""
    import json

    from seawall.feed.tuf.files import signed_file

    mirror = world.folder / "mirror"
    if not mirror.exists():
        shutil.copytree(world.source, mirror)
    metadata = mirror / "tuf" / "metadata"
    path = metadata / "timestamp.json"
    if role == "snapshot":
        path = max(metadata.glob("*.snapshot.json"), key=lambda p: int(p.name.split(".")[0]))
    signed = json.loads(path.read_bytes())["signed"]
    signed |= {"version": version, "expires": "2036-01-01T00:00:00Z"}
    if role == "timestamp" and (metadata / f"{version}.snapshot.json").exists():
        signed["meta"]["snapshot.json"] = {"version": version}
    target = metadata / f"{version}.snapshot.json" if role == "snapshot" else path
    keys = FileKeys(world.folder / "home" / "keys")
    target.write_bytes(signed_file(signed, [keys.get(role)]))
    if role == "timestamp" and "hashes" not in signed["meta"]["snapshot.json"]:
        assert world.sync(mirror)[0] == 0


@pytest.mark.parametrize("title", sections("compromise.md"))
def test_compromise(world, title):
    world.clock(FOUNDED + 3 * DAY)
    feeds.public().refresh(now=world.now)
    ATTACKS.get(title, lambda world: None)(world)
    world.play(sections("compromise.md")[title])
    code, said = world.sync()
    assert code == 0, said
    assert f"{Release.objects.values('revision__advisory').distinct().count()} release" in said
