"""The two feeds of an installation: the public one, and the restricted one with keys of its own."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seawall.feed.tree import Tree
from seawall.feed.tuf.installation import RESTRICTED
from seawall.feed.tuf.keys import NEXT, ONLINE, key_id
from seawall.feed.tuf.papers import Current, Papers
from seawall.feed.tuf.repository import Changed, Repository, SignedOffline
from seawall.feed.tuf.roles import FIRST_BITS
from seawall.feed.tuf.state import RepositoryState
from seawall.formats.feed_trust import read_trust
from seawall.signing.keys import FileKeys, KeyUnusable, PublicKey
from seawall.signing.notes import NoteKey
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A tree with its repository. `keys` sign the repository, `house_keys` releases and the log."""

    tree: Tree
    keys: FileKeys
    house_keys: FileKeys
    repository: Repository

    @classmethod
    def public(cls, *, home: Path, public: Path) -> "Feed":
        """What everybody may read; `public` is the folder of its tree."""
        keys = FileKeys(home / "keys")
        return cls._at(public, keys, keys)

    @classmethod
    def restricted(cls, *, home: Path) -> "Feed":
        """What recipients of restricted deliveries read."""
        keys = FileKeys(home / "keys" / RESTRICTED)
        return cls._at(home / RESTRICTED, keys, FileKeys(home / "keys"))

    @classmethod
    def _at(cls, folder: Path, keys: FileKeys, house_keys: FileKeys) -> "Feed":
        tree = Tree(folder)
        return cls(
            tree=tree, keys=keys, house_keys=house_keys, repository=Repository.open(tree, keys)
        )

    def refresh(self, *, now: datetime, force: bool = False) -> Changed:
        """Sign anew what is due, in a change of its own, and bring into use the keys that a
        ceremony named. Raises NotFounded, KeyUnusable, TreeBusy."""
        with self.tree.change() as draft:
            changed = self.repository.refresh(draft=draft, now=now, force=force)
        self.promote()
        return changed

    def install(self, signed: SignedOffline, *, now: datetime, bits: int = FIRST_BITS) -> Changed:
        """Take in what a ceremony signed, in a change of its own, and bring its keys into use."""
        with self.tree.change() as draft:
            changed = self.repository.install(signed, draft=draft, now=now, bits=bits)
        self.promote()
        return changed

    def current(self) -> Current:
        """What clients trust now, as papers are prepared from it."""
        return self.repository.current()

    def fits(self, papers: Papers) -> None:
        """Raise BadInput unless the papers were prepared from what clients trust now."""
        now, then = self.current(), papers.former
        for name, a, b in (("root", now.root, then.root), ("targets", now.targets, then.targets)):
            if (a is None) != (b is None) or (a and b and a.signed != b.signed):
                raise BadInput(
                    f"these papers follow another {name} than the one in use",
                    mend="prepare them anew and sign again",
                )
        if now.trust != then.trust:
            raise BadInput("these papers follow another trust.json than the one in use")

    def promote(self) -> list[str]:
        """Bring prepared keys into use that clients trust now; gives their names. The private
        keys they replace are gone then."""
        state = self.repository.state()
        done = []
        for keys, name in self._places():
            try:
                coming = keys.get(f"{name}{NEXT}").public
            except KeyUnusable:
                continue
            if _is_trusted(state, name, key_id(coming), coming.raw):
                os.replace(keys.folder / f"{name}{NEXT}.pem", keys.folder / f"{name}.pem")
                done.append(name)
        return done

    def prepare(self, name: str, *, fresh: bool = False) -> PublicKey:
        """The key that is to replace the one called `name`; made when there is none, or anew."""
        keys = next((keys for keys, one in self._places() if one == name), None)
        if keys is None:
            raise BadInput(f"{name} is not a key of this feed", mend="rotate it in the public feed")
        if fresh:
            (keys.folder / f"{name}{NEXT}.pem").unlink(missing_ok=True)
        return keys.ensure(f"{name}{NEXT}").public

    def names(self) -> tuple[str, ...]:
        """The names of the keys that `prepare` can replace."""
        return tuple(name for _, name in self._places())

    def _places(self) -> list[tuple[FileKeys, str]]:
        """Where each key lies; those of the house are not the restricted feed's to change."""
        places = [(self.keys, name) for name in ONLINE]
        if self.keys == self.house_keys:
            places += [(self.house_keys, "release"), (self.house_keys, "log")]
        return places


def _is_trusted(state: RepositoryState, name: str, id: str, raw: bytes) -> bool:
    if name == "publisher":
        return any(id in role.keys for role in state.roles if not role.offline)
    if name in ONLINE:
        role = state.role(name)
        return role is not None and id in role.keys
    if state.trust is None:
        return False
    trust = read_trust(state.trust)
    if name == "log":
        return trust.log is not None and NoteKey.parse(trust.log.key).public.raw == raw
    return any(key.key == raw.hex() for one in trust.publishers for key in one.release_keys)
