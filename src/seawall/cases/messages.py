"""Messages and files in a case room: written, read, each only by those it is for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from seawall.cases import keys
from seawall.cases.file_exports import demand_file_export
from seawall.cases.models import Case, Message, RoomFile
from seawall.cases.reading import embargo_holds, facts_of
from seawall.cases.refusals import CaseRefused, require
from seawall.cases.speakers import locked, speaks_for
from seawall.core import access as rules
from seawall.core.access import CaseFacts
from seawall.core.media import safe_name, sniff
from seawall.core.public_ids import id_number
from seawall.core.room_rules import may_address, may_mark_part
from seawall.core.ways_out import in_force
from seawall.ledger import actions as ledger
from seawall.parties.access import NotFound
from seawall.parties.models import Person
from seawall.vocab.access import Act, Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

MAX_TEXT = 100_000
"""Characters of one message."""
MAX_FILE_BYTES = 25 << 20
MAX_ROOM_BYTES = 1 << 30
"""Of all files of one room together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came; neither its name nor its type is believed."""

    name: str
    data: bytes


@transaction.atomic
def write(
    case: Case,
    text: str,
    *,
    tier: Tier = Tier.T2,
    tlp: Tlp | None = None,
    files: Sequence[Upload] = (),
    party: int | None = None,
    by: Actor,
    now: datetime,
    mail_id: str | None = None,
) -> Message:
    """Write in the room, to those who read to `tier`, with a stricter marking if wanted.

    `party` chooses for which of one's parties. With the `mail_id` of an earlier message this
    gives that one. Raises BadInput or CaseRefused.
    """
    locked(case)
    if mail_id and (known := Message.objects.filter(case=case, mail_id=mail_id).first()):
        return known
    text = _text(text)
    facts = facts_of(case, now=now)
    _check_reader(case, facts, tier, tlp, by, now)
    speaker = speaks_for(Act.WRITE, by, facts, wanted=party)
    marked = tlp.value if tlp is not None and tlp is not rules.marking(facts) else ""
    message = Message(
        case=case,
        party=speaker,
        person=Person.objects.filter(pk=by.person).first() if by.person else None,
        by=str(by)[:120],
        at=now,
        tier=tier.value,
        tlp=marked,
        mail_id=mail_id,
    )
    keys.key_of(case)
    message.text = text
    message.save()
    kept = [_keep(case, each, tier=tier, message=message, by=by, now=now) for each in files]
    said = {"message": message.public_id, "tier": tier.name, "files": len(kept)}
    ledger.record(by=by, what="case.message_posted", on=case, facts=said, at=now)
    return message


@transaction.atomic
def attach(
    case: Case, upload: Upload, *, tier: Tier = Tier.T2, by: Actor, now: datetime
) -> RoomFile:
    """Put a file in the room, for those who read to `tier`. Raises BadInput or CaseRefused."""
    locked(case)
    _check_reader(case, facts_of(case, now=now), tier, None, by, now)
    kept = _keep(case, upload, tier=tier, message=None, by=by, now=now)
    said = {"file": kept.public_id, "tier": tier.name, "bytes": kept.size_bytes}
    ledger.record(by=by, what="case.file_attached", on=case, facts=said, at=now)
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as its reader may see it."""

    row: Message
    text: str
    tlp: Tlp
    files: tuple[RoomFile, ...]

    @property
    def by_mail(self) -> bool:
        """Whether it came by mail: then nobody signed in to write it."""
        return self.row.mail_id is not None


def messages_for(case: Case, *, by: Actor, now: datetime, limit: int = 200) -> list[Said]:
    """The newest messages of the room that `by` may read, oldest first."""
    facts = facts_of(case, now=now)
    rows = (
        case.messages.select_related("party", "person", "case")
        .prefetch_related("files")
        .order_by("-at", "-id")
    )
    found: list[Said] = []
    for row in rows.iterator(chunk_size=200):
        if len(found) == limit:
            break
        if _may_read(row, facts, by, now):
            found.append(_said(row, facts))
    return found[::-1]


def said(row: Message, case: Case, *, now: datetime) -> Said:
    """A message that somebody has just written, as they see it."""
    return _said(row, facts_of(case, now=now))


def readable_messages(case: Case, *, by: Actor, now: datetime) -> list[Message]:
    """The messages of the room that `by` may read, oldest first, still sealed."""
    facts = facts_of(case, now=now)
    rows = case.messages.defer("sealed")
    return [row for row in rows if _may_read(row, facts, by, now)]


def files_for(case: Case, *, by: Actor, now: datetime) -> list[RoomFile]:
    """The files of the room that `by` may fetch, oldest first."""
    facts = facts_of(case, now=now)
    return [row for row in case.files.select_related("message") if _may_fetch(row, facts, by, now)]


def file_for(case: Case, public_id: str, *, by: Actor, now: datetime) -> RoomFile:
    """One file by `FILE-2026-000001`; raises NotFound, also for one that is hidden."""
    number = id_number("FILE", public_id)
    row = case.files.select_related("message").filter(pk=number).first() if number else None
    if (
        row is None
        or row.public_id != public_id.strip().upper()
        or not _may_fetch(row, facts_of(case, now=now), by, now)
    ):
        raise NotFound(f"There is no file {public_id}.")
    return row


def content_of(file: RoomFile, *, by: Actor, now: datetime) -> bytes:
    """The bytes of a file that `files_for` or `file_for` gave. Raises NotPermitted for a working
    reproducer of another party whose export nobody approved."""
    demand_file_export(file, by=by, now=now)
    return keys.room_file(file)


def _may_read(row: Message, facts: CaseFacts, by: Actor, now: datetime) -> bool:
    """Those who read the case to its tier under its marking, and who wrote it while they may
    still know of the case."""
    plain = rules.tier_of(by, facts, now=now)
    if plain is None:
        return False
    if by.person is not None and row.person_id == by.person:
        return plain >= Tier.T1
    held = rules.tier_of(by, _under(facts, row.tlp), now=now)
    return held is not None and held >= row.tier


def _may_fetch(row: RoomFile, facts: CaseFacts, by: Actor, now: datetime) -> bool:
    if row.message is not None:
        return _may_read(row.message, facts, by, now)
    held = rules.tier_of(by, facts, now=now)
    return held is not None and held >= row.tier


def _under(facts: CaseFacts, tlp: str) -> CaseFacts:
    """The case as if it bore the stricter of its own and the message's marking."""
    if not tlp or Tlp(tlp).openness >= facts.tlp.openness:
        return facts
    return replace(facts, tlp=Tlp(tlp))


def _said(row: Message, facts: CaseFacts) -> Said:
    marking = rules.marking(facts)
    own = Tlp(row.tlp) if row.tlp else marking
    return Said(
        row=row,
        text=row.text,
        tlp=min(own, marking, key=lambda each: each.openness),
        files=tuple(row.files.all()),
    )


def _check_reader(
    case: Case, facts: CaseFacts, tier: Tier, tlp: Tlp | None, by: Actor, now: datetime
) -> None:
    own = rules.tier_of(by, facts, now=now) or Tier.T0
    require(may_address(tier, own=own), case.public_id)
    if tlp is not None:
        whole = in_force(Tlp(case.tlp), embargo_holds=embargo_holds(case, now=now))
        require(may_mark_part(tlp, whole=whole), case.public_id)


def _keep(
    case: Case,
    upload: Upload,
    *,
    tier: Tier,
    message: Message | None,
    by: Actor,
    now: datetime,
) -> RoomFile:
    name = safe_name(upload.name)
    if not upload.data:
        raise BadInput("the file is empty", where=name)
    if len(upload.data) > MAX_FILE_BYTES:
        raise BadInput(f"a file may take {MAX_FILE_BYTES >> 20} MiB", where=name)
    used = sum(case.files.values_list("size_bytes", flat=True))
    if used + len(upload.data) > MAX_ROOM_BYTES:
        raise CaseRefused(f"{case.public_id}: the files of a room may take 1 GiB together.")
    return RoomFile.objects.create(
        case=case,
        message=message,
        name=name,
        media_type=sniff(upload.data),
        size_bytes=len(upload.data),
        blob=keys.keep(case, upload.data),
        tier=tier.value,
        by=str(by)[:120],
        at=now,
    )


def _text(text: str) -> str:
    found = "".join(c for c in text if c.isprintable() or c in "\n\t").strip()
    if not found:
        raise BadInput("a message has words", where="text")
    if len(found) > MAX_TEXT:
        raise BadInput(f"more than {MAX_TEXT} characters", where="text", mend="attach a file")
    return found
