"""Signed checkpoints of the log: its word about itself, which it can never take back."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from seawall.ledger import nodes, outbox, queries
from seawall.ledger.actions import alone, frontier_of, record
from seawall.ledger.models import Checkpoint, Event
from seawall.signing import merkle
from seawall.signing.checkpoints import TreeHead, sign_checkpoint
from seawall.signing.keys import FileKeys, Signer
from seawall.signing.log_proofs import write_proof
from seawall.signing.notes import Note, NoteKey
from seawall.vocab.actors import Actor, ActorKind

KEY_NAME = "log"
SIGN = "ledger.checkpoint"
COSIGN = "ledger.cosign"
EVERY = timedelta(minutes=1)
_SIGNS = Actor(kind=ActorKind.JOB, id="ledger.checkpoint")


class CheckpointRefused(RuntimeError):
    """The log does not sign: it is empty, or it contradicts what it signed before. In the second
    case it was altered, and nothing more may be signed; retrying does not help."""


def sign(*, now: datetime) -> Checkpoint:
    """Sign the log as it stands in this transaction; the row there is when it was signed at this
    size before. Raises KeyUnusable or CheckpointRefused, and then the deed must not happen."""
    alone()
    signer = _signer()
    _tell_of_new_key(signer, now)
    head = alone()
    root = frontier_of(head).root()
    last = newest()
    _require_extension(last, size=head.size, root=root)
    if last is not None and last.size == head.size:
        return last
    tree = TreeHead(origin=settings.SEAWALL_LOG_ORIGIN, size=head.size, root=root)
    note = sign_checkpoint(tree, signer=signer)
    made = Checkpoint.objects.create(size=head.size, root=root, text=str(note), made_at=now)
    if settings.SEAWALL_WITNESSES:
        outbox.send(COSIGN, due_at=now, key=f"{COSIGN}:{made.size}", size=made.size)
    return made


@transaction.atomic
def ask_when_behind() -> bool:
    """Ask for a checkpoint when something happened since the newest and that is over a minute
    old; whether that was so. Costs two queries when nothing happened."""
    now, last, size = timezone.now(), newest(), queries.size()
    if size == (last.size if last else 0) or (last and last.made_at > now - EVERY):
        return False
    outbox.send(SIGN, due_at=now, key=f"{SIGN}:{size}")
    return True


def newest() -> Checkpoint | None:
    """The newest checkpoint, None when nothing was signed yet."""
    return Checkpoint.objects.order_by("-size").first()


def note_with_cosignatures(checkpoint: Checkpoint) -> str:
    """The signed note with the lines of the witnesses that cosigned it so far."""
    lines = checkpoint.cosignatures.order_by("pk").values_list("line", flat=True)
    return str(checkpoint.text) + "".join(lines)


def proof(event: Event, checkpoint: Checkpoint) -> str:
    """The tlog-proof that the log of this checkpoint holds the event; it convinces whoever knows
    the log's key, without asking anybody."""
    path = nodes.computed(
        lambda node: merkle.inclusion_proof(node, index=event.index, size=checkpoint.size)
    )
    note = note_with_cosignatures(checkpoint)
    return write_proof(index=event.index, path=path, checkpoint=note)


def log_key() -> NoteKey:
    """The key that verifies the log's checkpoints; made when there is none and none was used."""
    return NoteKey(name=settings.SEAWALL_LOG_ORIGIN, public=_signer().public)


def _signer() -> Signer:
    """A key that was lost is never replaced in silence: others know the log by it."""
    keys = FileKeys(Path(settings.SEAWALL_HOME) / "keys")
    return keys.get(KEY_NAME) if Checkpoint.objects.exists() else keys.ensure(KEY_NAME)


def _tell_of_new_key(signer: Signer, now: datetime) -> None:
    """A log that goes on under another key or name says so in itself."""
    last = newest()
    key = NoteKey(name=settings.SEAWALL_LOG_ORIGIN, public=signer.public)
    if last is None or Note.parse(last.text).is_signed_by(key):
        return
    record(by=_SIGNS, what="log.key_changed", on="log:key", facts={"key": key.text}, at=now)


def _require_extension(last: Checkpoint | None, *, size: int, root: bytes) -> None:
    """Refuse to sign what does not extend the newest checkpoint: proven, not believed."""
    if size == 0:
        raise CheckpointRefused("The log is empty; there is nothing to sign.")
    if last is None:
        return
    if last.size <= size:
        path = nodes.computed(lambda node: merkle.consistency_proof(node, old=last.size, new=size))
        if merkle.verify_consistency(
            old=last.size, new=size, old_root=bytes(last.root), new_root=root, proof=path
        ):
            return
    raise CheckpointRefused(
        f"The log of {size} events does not extend its checkpoint of {last.size}: it was altered."
    )
