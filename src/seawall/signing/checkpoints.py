"""Checkpoints: a log's signed word for its size and root (C2SP tlog-checkpoint)."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from seawall.signing.keys import Signer
from seawall.signing.notes import Note, sign_note
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """What a checkpoint says: the log's name, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, body: str) -> "TreeHead":
        """Read the text of a checkpoint's note; lines after the third are ignored. Raises
        BadInput; whose word it is, is not known yet."""
        lines = body.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise BadInput("a checkpoint has at least three lines, none of them empty")
        if not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
            raise BadInput("the second line of a checkpoint is its size", where=lines[1][:80])
        if not re.fullmatch("[A-Za-z0-9+/]{43}=", lines[2]):
            raise BadInput("the third line of a checkpoint is its root", where=lines[2][:80])
        return cls(origin=lines[0], size=int(lines[1]), root=b64decode(lines[2]))


def sign_checkpoint(head: TreeHead, *, signer: Signer) -> Note:
    """The checkpoint of a tree, signed in the name of its origin."""
    return sign_note(head.body, name=head.origin, signer=signer)
