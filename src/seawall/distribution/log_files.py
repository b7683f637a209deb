"""The log in the public tree: the newest checkpoint that clients will accept, with its tiles."""

from seawall.feed.tree import Draft
from seawall.formats.feed_trust import read_trust
from seawall.ledger import checkpoints, tiles
from seawall.ledger.models import Checkpoint
from seawall.signing.checkpoints import TreeHead
from seawall.signing.notes import Note

CHECKPOINT = "log/checkpoint"


class LogRefused(RuntimeError):
    """The log here is not the one that was published: it is shorter, or says something else. It
    was altered, or brought back from an old backup; nothing more is published over it."""


def checkpoint_to_publish(trust: bytes | None) -> Checkpoint | None:
    """The newest checkpoint that as many witnesses cosigned as `trust` (trust.json) demands;
    None when there is none yet. What it does not cover waits."""
    log = read_trust(trust).log if trust else None
    if log is None:
        return checkpoints.newest()
    names = {witness.name for witness in log.witnesses}
    for row in Checkpoint.objects.order_by("-size").prefetch_related("cosignatures")[:100]:
        signed = {each.witness for each in row.cosignatures.all()} & names
        if len(signed) >= log.need:
            return row
    return None


def write_log(draft: Draft, checkpoint: Checkpoint) -> None:
    """Write what the tree's log lacks up to `checkpoint`; a longer log stays as it is. Raises
    LogRefused."""
    before = _published(draft)
    since = before.size if before else 0
    if before is not None:
        _demand_same_log(before)
    if checkpoint.size < since:
        return
    for path, data in tiles.files(checkpoint.size, since=since):
        draft.add(f"log/{path}", data)
    draft.put(CHECKPOINT, checkpoints.note_with_cosignatures(checkpoint).encode())


def _published(draft: Draft) -> TreeHead | None:
    if not draft.exists(CHECKPOINT):
        return None
    return TreeHead.parse(Note.parse(draft.read(CHECKPOINT).decode()).text)


def _demand_same_log(before: TreeHead) -> None:
    """The checkpoint that was published is one of this log; that each later one extends it was
    checked when that was signed."""
    row = Checkpoint.objects.filter(size=before.size).first()
    if row is None or bytes(row.root) != before.root:
        raise LogRefused(
            f"The feed shows a log of {before.size} events that is not the one of this database; "
            "find out which was altered before anything is published."
        )
