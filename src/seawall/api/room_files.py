"""/cases/{id}/messages, files, timeline: what is said and kept in a case room."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from seawall.api.auth import acting, caller
from seawall.api.downloads import attachment
from seawall.api.openapi import refuses, takes
from seawall.api.tiers import TierName
from seawall.cases import access, messages
from seawall.cases.messages import Said, Upload
from seawall.cases.models import RoomFile
from seawall.cases.speakers import own_party_named
from seawall.cases.timeline import timeline
from seawall.vocab.access import Act, Tier
from seawall.vocab.tlp import Tlp

router = Router(tags=["case rooms"])


class FileOut(Schema):
    """`media_type` is what the first bytes show, not what the sender said."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    tier: str
    at: datetime


class MessageOut(Schema):
    """`party` and `person` are who wrote it, null for what Seawall wrote itself; of what came
    `by_mail` it is who was asked and whom the mail names, nobody signed in for it."""

    id: str
    at: datetime
    party: str | None
    person: str | None
    tier: str
    tlp: str
    text: str
    by_mail: bool
    files: list[FileOut]


class MessageIn(Schema):
    """`tier`: who reads it; `tlp`: a stricter marking than the case's; `party`: for whom one
    writes, of one's own."""

    text: str = Field(min_length=1, max_length=messages.MAX_TEXT)
    tier: TierName = "T2"
    tlp: Tlp | None = None
    party: str = Field(default="", max_length=200)


class FileQuery(Schema):
    name: str = Field(min_length=1, max_length=500)
    tier: TierName = "T2"


class EntryOut(Schema):
    """One thing that happened; `by` is empty where this token does not learn who did it."""

    at: datetime
    what: str
    text: str
    by: str


@router.get("/{id}/timeline", response=list[EntryOut])
def show_timeline(request: HttpRequest, id: str) -> Any:
    """What happened in the case, as far as this token may know, oldest first."""
    by, now = caller(request), timezone.now()
    row = access.case(by, id, now=now)
    return timeline(row, tier=access.tier(by, row, now=now), by=by, now=now)


@router.get("/{id}/messages", response=list[MessageOut])
def room_messages(request: HttpRequest, id: str) -> Any:
    """The newest 200 messages of the room that this token may read, oldest first."""
    by, now = caller(request), timezone.now()
    row = access.case(by, id, now=now)
    return [_message(each) for each in messages.messages_for(row, by=by, now=now)]


@router.post("/{id}/messages", response={201: MessageOut}, openapi_extra=refuses())
def write(request: HttpRequest, id: str, body: MessageIn) -> Any:
    """Write in the room. Nobody writes to a tier that they do not read themselves."""
    by, now = acting(request, Act.WRITE), timezone.now()
    row = access.case(by, id, act=Act.WRITE, now=now)
    made = messages.write(
        row,
        body.text,
        tier=Tier[body.tier],
        tlp=body.tlp,
        party=own_party_named(by, body.party),
        by=by,
        now=now,
    )
    return Status(201, _message(messages.said(made, row, now=now)))


@router.get("/{id}/files", response=list[FileOut])
def room_files(request: HttpRequest, id: str) -> Any:
    """The files of the room that this token may fetch, oldest first."""
    by, now = caller(request), timezone.now()
    row = access.case(by, id, now=now)
    return [_file(each) for each in messages.files_for(row, by=by, now=now)]


@router.post(
    "/{id}/files",
    response={201: FileOut},
    openapi_extra=takes(f"The file, at most {messages.MAX_FILE_BYTES >> 20} MiB.") | refuses(),
)
def attach(request: HttpRequest, id: str, asked: Query[FileQuery]) -> Any:
    """Put a file in the room, sent as the body. Neither its name nor its type is believed."""
    by, now = acting(request, Act.ATTACH), timezone.now()
    row = access.case(by, id, act=Act.ATTACH, now=now)
    upload = Upload(name=asked.name, data=request.body)
    made = messages.attach(row, upload, tier=Tier[asked.tier], by=by, now=now)
    return Status(201, _file(made))


@router.get("/{id}/files/{file}")
def fetch(request: HttpRequest, id: str, file: str) -> HttpResponse:
    """One file, always as an attachment."""
    by, now = caller(request), timezone.now()
    row = messages.file_for(access.case(by, id, now=now), file, by=by, now=now)
    return attachment(messages.content_of(row, by=by, now=now), name=row.name)


def _message(each: Said) -> dict[str, Any]:
    row = each.row
    return {
        "id": row.public_id,
        "at": row.at,
        "party": row.party.name if row.party else None,
        "person": row.person.name if row.person else None,
        "tier": Tier(row.tier).name,
        "tlp": each.tlp.value,
        "text": each.text,
        "by_mail": each.by_mail,
        "files": [_file(file) for file in each.files],
    }


def _file(row: RoomFile) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "tier": Tier(row.tier).name,
        "at": row.at,
    }
