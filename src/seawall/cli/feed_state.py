"""What the `feed` commands share: which feed, at what time, and how errors are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from seawall.cli.moments import moment
from seawall.cli.output import BAD_INPUT, MISSING, clear_errors, fail
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.feed.tuf.papers import Papers
    from seawall.feed.tuf.places import Feed
    from seawall.feed.tuf.state import RepositoryState

_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was said before the command: the restricted feed or the public one, and the time."""

    restricted: bool
    at: datetime | None

    @property
    def now(self) -> datetime:
        """The time to act at: the clock's, or that of a rehearsal."""
        return self.at or datetime.now(UTC)

    def open(self) -> "Feed":
        """The feed of this installation."""
        open_state()
        from seawall.distribution import feeds

        return feeds.restricted() if self.restricted else feeds.public()

    def founded(self) -> "tuple[Feed, RepositoryState]":
        """The feed and its state; the command ends when there was no ceremony yet."""
        feed = self.open()
        state = feed.repository.state()
        if state.root is None:
            fail(
                "there is no signed feed here yet; `seawall feed ceremony --help` says how it "
                "begins",
                code=MISSING,
            )
        return feed, state


pass_asked = click.make_pass_decorator(Asked)


def read_at(text: str) -> datetime | None:
    """The time of a rehearsal."""
    with clear_errors():
        return moment(text)


@contextmanager
def feed_errors() -> Iterator[None]:
    """Turn what feeds raise into one line and an exit code."""
    from seawall.feed.tree import TreeBusy
    from seawall.feed.tuf.edit import NotFounded
    from seawall.signing.keys import KeyUnusable

    with clear_errors():
        try:
            yield
        except (NotFounded, KeyUnusable, TreeBusy) as error:
            fail(str(error), code=MISSING)


def passphrase_option(command: _Command) -> _Command:
    """--passphrase-file, without which the passphrase is asked for."""
    return click.option(
        "--passphrase-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="A file whose first line is the passphrase; asked for when left out.",
    )(command)


def passphrase(file: Path | None, *, twice: bool = False) -> str:
    """The passphrase from a file's first line, or typed without being shown."""
    if file is None:
        typed: str = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=twice, err=True
        )
        return typed
    with clear_errors(str(file)):
        lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0]:
        fail(f"{file} is empty", code=BAD_INPUT)
    return lines[0]


def write_out(papers: "Papers", out: Path) -> None:
    """Write papers into a folder that must be new or empty."""
    from seawall.feed.tuf.papers import write_papers

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        fail(f"{out} holds something already; name a new folder")
    write_papers(papers, out)
