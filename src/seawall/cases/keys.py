"""The data key of a case, and the files that are kept under it: diffs, files of its room."""

from seawall.cases.models import CandidateFix, Case, RoomFile
from seawall.ledger.actions import require_transaction
from seawall.parties import sealing


def key_of(case: Case) -> str:
    """The id of the case's data key, made when it has none yet; `case` has it from then on.

    Call it in the transaction that seals. Raises Shredded.
    """
    require_transaction()
    row = Case.objects.select_for_update().get(pk=case.pk)
    if row.shredded_at is not None:
        raise sealing.Shredded(row.shredded_at)
    if not row.key_id:
        row.key_id = sealing.new_key()
        row.save(update_fields=["key_id"])
    case.key_id = row.key_id
    return row.key_id


def keep(case: Case, data: bytes) -> str:
    """Keep a file of the case sealed; give the name of its blob."""
    return sealing.keep(key_of(case), data)


def room_file(file: RoomFile) -> bytes:
    """The bytes of a file of a room. Raises Shredded, BlobMissing, or Damaged."""
    return sealing.kept(file.case.key_id, file.blob)


def diff_of(fix: CandidateFix) -> bytes:
    """The unified diff of a fix; b"" for a version. Raises Shredded, BlobMissing, or Damaged."""
    if not fix.diff_digest:
        return b""
    return sealing.kept(fix.case.key_id, fix.diff_blob, digest=fix.diff_digest)
