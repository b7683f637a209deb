"""The papers of a ceremony: what offline holders sign, in a folder that is carried to them.

ceremony.json   why it was made
root.json       the next root, when it changes
targets.json    the next targets, when they change
trust.json      the next trust.json, when it changes
former/…        the same three as they are now, to compare with
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signature
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONDeserializer

from seawall.feed.tuf.keys import Signs, key_id
from seawall.feed.tuf.roles import TRUST
from seawall.vocab.errors import BadInput

FORMAT = "seawall-ceremony/1"
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """What clients trust now; empty before the first ceremony."""

    root: Metadata[Root] | None = None
    targets: Metadata[Targets] | None = None
    trust: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What is to be signed; None for what stays as it is."""

    why: str
    former: Current
    root: Metadata[Root] | None = None
    targets: Metadata[Targets] | None = None
    trust: bytes | None = None

    @property
    def next_root(self) -> Metadata[Root]:
        """The root that will count."""
        root = self.root or self.former.root
        if root is None:
            raise BadInput("papers without a root", mend="a first ceremony makes one")
        return root

    def signable(self, role: str) -> Metadata[Root] | Metadata[Targets] | None:
        """The paper of "root" or "targets"."""
        return self.root if role == "root" else self.targets

    def signers(self, role: str) -> dict[str, tuple[str, ...]]:
        """Ids of the keys that may sign a paper, by why: "new" keys, "former" ones (root only)."""
        found = {"new": tuple(self.next_root.signed.roles[role].keyids)}
        if role == "root" and self.former.root is not None:
            found["former"] = tuple(self.former.root.signed.roles["root"].keyids)
        return found


def sign(papers: Papers, signer: Signs) -> list[str]:
    """Sign what the key may sign; gives the names of the papers it signed now or earlier."""
    id = key_id(signer.public)
    done = []
    for role in ("root", "targets"):
        paper = papers.signable(role)
        if paper is None or not any(id in ids for ids in papers.signers(role).values()):
            continue
        paper.signatures[id] = Signature(id, signer.sign(paper.signed_bytes).hex())
        done.append(role)
    return done


def check_trust(targets: Targets, trust: bytes | None) -> bool:
    """Whether `targets` names exactly this trust.json."""
    named = targets.targets.get(TRUST)
    if named is None or trust is None:
        return False
    return (named.length, named.hashes) == (len(trust), {"sha256": sha256(trust).hexdigest()})


def write_papers(papers: Papers, folder: Path) -> None:
    """Write the papers into a folder, made when absent."""
    (folder / "former").mkdir(parents=True, exist_ok=True)
    note = json.dumps({"format": FORMAT, "why": papers.why}, indent=1, ensure_ascii=False)
    (folder / "ceremony.json").write_text(f"{note}\n", encoding="utf-8")
    for place, one in ((folder, papers), (folder / "former", papers.former)):
        if one.root is not None:
            (place / "root.json").write_bytes(one.root.to_bytes())
        if one.targets is not None:
            (place / "targets.json").write_bytes(one.targets.to_bytes())
        if one.trust is not None:
            (place / TRUST).write_bytes(one.trust)


def read_papers(folder: Path) -> Papers:
    """The papers in a folder, or BadInput. Their signatures are not checked here."""
    try:
        note = json.loads(_read(folder / "ceremony.json") or b"")
        if note["format"] != FORMAT:
            raise ValueError
        why = str(note["why"])
    except (ValueError, TypeError, KeyError):
        raise BadInput(
            "no ceremony's papers", where=str(folder), mend="`feed ceremony begin` makes them"
        ) from None
    former = folder / "former"
    return Papers(
        why=why,
        root=_read_root(folder / "root.json"),
        targets=_read_targets(folder / "targets.json"),
        trust=_read(folder / TRUST),
        former=Current(
            root=_read_root(former / "root.json"),
            targets=_read_targets(former / "targets.json"),
            trust=_read(former / TRUST),
        ),
    )


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(data) > _MAX_BYTES:
        raise BadInput("larger than a paper can be", where=str(path))
    return data


def _read_root(path: Path) -> Metadata[Root] | None:
    data = _read(path)
    if data is None:
        return None
    read: Metadata[Root] = Metadata.from_bytes(data, _Deserializer(path))
    if not isinstance(read.signed, Root):
        raise BadInput("no root", where=str(path))
    return read


def _read_targets(path: Path) -> Metadata[Targets] | None:
    data = _read(path)
    if data is None:
        return None
    read: Metadata[Targets] = Metadata.from_bytes(data, _Deserializer(path))
    if not isinstance(read.signed, Targets):
        raise BadInput("no targets", where=str(path))
    return read


class _Deserializer(JSONDeserializer):
    """Says in our words which paper cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def deserialize(self, raw_data: bytes) -> Metadata[Any]:
        try:
            return super().deserialize(raw_data)
        except DeserializationError:
            raise BadInput("no TUF metadata", where=str(self._path)) from None
