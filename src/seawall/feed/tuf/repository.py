"""The TUF repository inside a tree: what is published, signed so that clients can follow it.

    repository = Repository.open(tree, keys)
    with tree.change() as draft:
        repository.change({"seawall/releases/2026/000/SEAWALL-2026-0001.json": data},
                          draft=draft, now=now)

All is written into a draft of the tree, so that one swap publishes it together with what else
changes. Two changes in one draft see each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tuf.api.metadata import DelegatedRole, Metadata, Root, Targets

from seawall.feed.tuf import packs, publishers
from seawall.feed.tuf.bins import Target
from seawall.feed.tuf.edit import Edit
from seawall.feed.tuf.files import Reader, Writer, read_root, read_targets
from seawall.feed.tuf.keys import OnlineKeys
from seawall.feed.tuf.papers import Current
from seawall.feed.tuf.prune import prune
from seawall.feed.tuf.roles import (
    FIRST_BITS,
    MOST_PER_BIN,
    TRUST,
    Lifetimes,
    is_packs_role,
    metadata_path,
    target_path,
)
from seawall.feed.tuf.state import RepositoryState, read_state
from seawall.signing.keys import Keys
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The roles that got a new version, in order; empty when nothing had to change."""

    roles: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOffline:
    """What a ceremony brings: files whose signatures were checked (`ceremony.check`)."""

    root: bytes | None
    targets: bytes | None
    trust: bytes | None


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of one tree. It keeps nothing in memory: what counts is in the tree."""

    tree: Reader
    keys: OnlineKeys
    lifetimes: Lifetimes = Lifetimes()
    most_per_bin: int = MOST_PER_BIN

    @classmethod
    def open(
        cls,
        tree: Reader,
        keys: Keys,
        *,
        lifetimes: Lifetimes | None = None,
        most_per_bin: int = MOST_PER_BIN,
    ) -> "Repository":
        """The repository in `tree`, signed with the installation's online `keys`."""
        return cls(tree, OnlineKeys(keys), lifetimes or Lifetimes(), most_per_bin)

    def change(
        self, targets: Mapping[str, bytes | None], *, draft: Writer, now: datetime
    ) -> Changed:
        """Publish targets, or withdraw them (None), with new bins, snapshot and timestamp.

        What is there already is left alone, so that running it twice changes nothing. Raises
        NotFounded before the first ceremony, KeyUnusable without the online keys, and BadInput
        for a path that no publisher may sign; the draft is then of no use.
        """
        edit = self._edit(draft, now)
        top = edit.read_targets("targets")
        for role, changes in _by_publisher(top, targets).items():
            for path, data in changes.items():
                if data is not None:
                    draft.add(target_path(path, Target.of(data).digest), data)
            publishers.fill(
                edit,
                _role(top, role),
                _keys(top),
                {path: None if data is None else Target.of(data) for path, data in changes.items()},
                most=self.most_per_bin,
            )
        if edit.written:
            edit.close()
        return Changed(roles=tuple(edit.written))

    def refresh(self, *, draft: Writer, now: datetime, force: bool = False) -> Changed:
        """Sign anew what ends soon: timestamp and snapshot past half of their life, publishers
        and bins in their last quarter; `force` does it before the timestamp is due. Packs that
        are stale are made anew, files that no client can ask for any more are removed."""
        edit = self._edit(draft, now)
        if force or edit.timestamp_is_due(edit.root.roles["timestamp"].keyids):
            self._renew(edit)
            prune(edit)
            edit.close()
        else:
            self._renew_packs(edit)
            if edit.written:
                edit.close()
        return Changed(roles=tuple(edit.written))

    def install(
        self, signed: SignedOffline, *, draft: Writer, now: datetime, bits: int = FIRST_BITS
    ) -> Changed:
        """Take in what a ceremony signed: root, targets, trust.json. Founds publishers that are
        new, with 2**bits bins, and signs with new keys what old ones signed."""
        if signed.root is not None:
            version = Metadata[Root].from_bytes(signed.root).signed.version
            draft.add(metadata_path("root", version), signed.root)
        edit = self._edit(draft, now)
        if signed.targets is not None:
            version = Metadata[Targets].from_bytes(signed.targets).signed.version
            edit.take("targets", version, signed.targets)
        if signed.trust is not None:
            draft.add(target_path(TRUST, Target.of(signed.trust).digest), signed.trust)
        self._renew(edit, bits=bits)
        edit.close()
        return Changed(roles=tuple(edit.written))

    def grow(self, publisher: str, bits: int, *, draft: Writer, now: datetime) -> Changed:
        """Move a publisher to 2**bits bins; BadInput unless that is more than now."""
        edit = self._edit(draft, now)
        top = edit.read_targets("targets")
        role = _role(top, publisher)
        if bits <= publishers.bins_of(edit.read_targets(role.name)).bit_length:
            raise BadInput(f"2**{bits} bins are not more than there are", mend="bins only grow")
        publishers.move(edit, role, _keys(top), bits=bits)
        edit.close()
        return Changed(roles=tuple(edit.written))

    def current(self) -> Current:
        """What clients trust now, as papers of a ceremony are prepared from it."""
        state = read_state(self.tree)
        root, targets = state.role("root"), state.role("targets")
        return Current(
            root=None if root is None else read_root(self.tree, root.version),
            targets=None
            if targets is None
            else read_targets(self.tree, "targets", targets.version),
            trust=state.trust,
        )

    def state(self) -> RepositoryState:
        """Versions, expiries and counts."""
        return read_state(self.tree)

    def _renew(self, edit: Edit, *, bits: int = FIRST_BITS) -> None:
        top = edit.read_targets("targets")
        for role in publishers.delegated_roles(top):
            if is_packs_role(role.name):
                packs.renew(edit, role)
            elif edit.version(role.name):
                publishers.renew(edit, role, _keys(top))
            else:
                publishers.found(edit, role, _keys(top), bits=bits)

    def _renew_packs(self, edit: Edit) -> None:
        top = edit.read_targets("targets")
        for role in publishers.delegated_roles(top):
            if is_packs_role(role.name):
                packs.renew(edit, role)

    def _edit(self, draft: Writer, now: datetime) -> Edit:
        return Edit(draft, self.keys, lifetimes=self.lifetimes, now=now)


def _keys(top: Targets) -> Mapping[str, object]:
    return top.delegations.keys if top.delegations else {}


def _role(top: Targets, name: str) -> DelegatedRole:
    for role in publishers.publishers(top):
        if role.name == name:
            return role
    raise BadInput(f"no publisher is called {name}")


def _by_publisher(
    top: Targets, targets: Mapping[str, bytes | None]
) -> dict[str, dict[str, bytes | None]]:
    """Publisher → its part of the change."""
    sorted_out: dict[str, dict[str, bytes | None]] = {}
    for path, data in targets.items():
        for role in publishers.publishers(top):
            if role.is_delegated_path(path):
                sorted_out.setdefault(role.name, {})[path] = data
                break
        else:
            raise BadInput("no publisher of this feed may sign this path", where=path)
    return sorted_out
