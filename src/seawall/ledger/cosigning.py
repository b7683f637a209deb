"""The word of witnesses on checkpoints: who is asked what, and what they said."""

from base64 import b64encode
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from seawall.ledger import checkpoints, queries
from seawall.ledger.models import Checkpoint, Cosignature
from seawall.signing.cosignatures import read_cosignature
from seawall.signing.notes import Note
from seawall.signing.witnesses import Policy, Witness, read_policy
from seawall.vocab.errors import BadInput


def policy() -> Policy:
    """The policy that SEAWALL_WITNESSES names; nobody without one. Raises BadInput."""
    if not settings.SEAWALL_WITNESSES:
        return Policy()
    path = Path(settings.SEAWALL_WITNESSES)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the file of witnesses cannot be read: {error}", where=str(path)) from error
    return read_policy(text)


def to_ask(checkpoint: Checkpoint) -> list[Witness]:
    """The witnesses of the policy that can be asked and have not cosigned the checkpoint."""
    done = _names(checkpoint)
    return [each for each in policy().witnesses if each.url and each.key.name not in done]


def last_size(witness: Witness) -> int:
    """The size of the newest checkpoint that the witness is known to have cosigned, else 0."""
    seen = Cosignature.objects.filter(witness=witness.key.name)
    return int(seen.aggregate(last=Max("checkpoint_id"))["last"] or 0)


def question(checkpoint: Checkpoint, *, old: int) -> bytes:
    """What add-checkpoint of a witness takes (C2SP tlog-witness): the size that it saw last, the
    proof that the log only grew since, and the checkpoint."""
    size = checkpoint.size
    path = queries.consistency_proof(old=old, new=size) if 0 < old < size else ()
    lines = [f"old {old}", *(b64encode(each).decode() for each in path)]
    return ("\n".join(lines) + "\n\n" + str(checkpoint.text)).encode()


def keep(checkpoint: Checkpoint, *, witness: Witness, lines: str, now: datetime) -> Cosignature:
    """Keep what a witness answered, once it verifies; raises BadInput. Its word given before stays
    as it is."""
    body = Note.parse(checkpoint.text).text
    said = read_cosignature(lines, body=body, witness=witness.key, now=now)
    return Cosignature.objects.get_or_create(
        checkpoint=checkpoint,
        witness=witness.key.name,
        defaults={"line": said.line, "signed_at": said.at},
    )[0]


def newest_witnessed() -> Checkpoint | None:
    """The newest checkpoint with the quorum of the policy: the one to give out. Where none has
    it yet, the newest of all; who needs witnesses will refuse it."""
    asked = policy()
    if asked.is_met(()):
        return checkpoints.newest()
    rows = Checkpoint.objects.filter(cosignatures__isnull=False).distinct().order_by("-size")
    for row in rows[:_LOOKED_AT]:
        if asked.is_met(_names(row)):
            return row
    return checkpoints.newest()


_LOOKED_AT = 200


def _names(checkpoint: Checkpoint) -> set[str]:
    return set(checkpoint.cosignatures.order_by().values_list("witness", flat=True))
