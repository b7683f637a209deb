"""Passing cases on: one interface, one adapter for each system.

What is passed on is decided here, at the moment of sending, by `cases.ways_out`. A receiver that
may have got something is never sent it again without being asked whether it has it.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from seawall.cases.ways_out import may_say_of
from seawall.core.notice_rules import retry_after
from seawall.core.ways_out import Say, Way
from seawall.formats import github_pvr, vince
from seawall.formats.handover_text import payload_digest
from seawall.formats.mail_case import write_case_mail
from seawall.formats.multipart_form import write_form
from seawall.jobs.notices import asked_wait
from seawall.jobs.registry import Postponed, Work, handles
from seawall.notices import outgoing
from seawall.outbound.client import Answer
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.parties.access import actor_for
from seawall.relays import actions, aixcc
from seawall.relays.models import Bundle
from seawall.relays.models import Relay as RelayRow
from seawall.relays.payloads import payload_of
from seawall.vocab.access import Tier
from seawall.vocab.errors import BadInput
from seawall.vocab.handover import Contact, HandoverPayload

_WAIT_FOR_CASE = timedelta(days=1)
_NOT_TAKEN = frozenset({408, 425, 429, 503})
"""Answers that say that nothing was done (RFC 9110 §15, RFC 6585 §4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the receiver calls it; "" when it says nothing."""

    id: str
    url: str = ""


class Refusal(Exception):
    """The receiver, or our settings, say no. Trying again does not help."""


class Unclear(Exception):
    """The receiver may have it."""


class Later(Exception):
    """The receiver does not have it; trying later may help."""

    def __init__(self, reason: str, *, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Relay(Protocol):
    """A way to a receiver."""

    def send(self, payload: HandoverPayload, *, target: str, key: str, now: datetime) -> Sent:
        """Pass a case on; `key` is the same for each attempt. Raises Refusal, Unclear, Later."""
        ...

    def poll(self, *, target: str, id: str) -> str:
        """What the receiver says became of it; "" when it has no way to say."""
        ...


class Vince:
    """CERT/CC's VINCE. It cannot be asked which reports it has."""

    def send(self, payload: HandoverPayload, *, target: str, key: str, now: datetime) -> Sent:
        fields = vince.vince_form(payload, _contact())
        body, kind = write_form(
            fields,
            file_field="user_file",
            file=vince.vince_file(payload),
            boundary=f"seawall{secrets.token_hex(16)}",
        )
        headers = {
            "Authorization": f"Token {_token(settings.SEAWALL_VINCE_TOKEN_FILE, 'VINCE')}",
            "Content-Type": kind,
        }
        answer = _call("POST", f"{settings.SEAWALL_VINCE_URL}{vince.PATH}", headers, body, now)
        if answer.status == 400:
            raise Refusal(vince.read_vince_errors(answer.body))
        _require_ok(answer, "VINCE")
        try:
            return Sent(id=vince.read_vince_answer(answer.body))
        except BadInput as bad:
            raise Unclear(f"VINCE took it, but {bad.what}") from bad

    def poll(self, *, target: str, id: str) -> str:
        return ""


class GitHub:
    """Private vulnerability reporting of a repository."""

    def send(self, payload: HandoverPayload, *, target: str, key: str, now: datetime) -> Sent:
        if known := self._known(payload.case, target, now):
            return known
        body = json.dumps(github_pvr.github_report(payload)).encode()
        answer = _call(
            "POST", self._url(github_pvr.report_path(target)), self._headers(), body, now
        )
        if answer.status in (401, 403, 404, 410, 422) and not _is_limited(answer):
            raise Refusal(f"GitHub: {github_pvr.read_github_message(answer.body)}")
        _require_ok(answer, "GitHub")
        try:
            id, url = github_pvr.read_github_answer(answer.body)
        except BadInput as bad:
            raise Unclear(f"GitHub took it, but {bad.what}") from bad
        return Sent(id=id, url=url)

    def poll(self, *, target: str, id: str) -> str:
        path = github_pvr.advisory_path(target, id)
        answer = _call("GET", self._url(path), self._headers(), b"", None)
        return github_pvr.read_github_state(answer.body) if answer.ok else ""

    def _known(self, case: str, target: str, now: datetime) -> Sent | None:
        """The report of an earlier attempt, if GitHub shows us one."""
        answer = _call("GET", self._url(github_pvr.list_path(target)), self._headers(), b"", now)
        if not answer.ok:
            return None
        try:
            found = github_pvr.find_report(answer.body, case)
        except BadInput:
            return None
        return Sent(id=found[0], url=found[1]) if found else None

    def _url(self, path: str) -> str:
        return f"{settings.SEAWALL_GITHUB_URL}{path}"

    def _headers(self) -> dict[str, str]:
        token = _token(settings.SEAWALL_GITHUB_TOKEN_FILE, "GitHub")
        return github_pvr.HEADERS | {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }


class Mail:
    """A mail with the report and its attachments. Each attempt has the same Message-ID."""

    def send(self, payload: HandoverPayload, *, target: str, key: str, now: datetime) -> Sent:
        server = outgoing.mail_server()
        if server is None:
            raise Refusal("no mail server is set: SEAWALL_SMTP_HOST and SEAWALL_MAIL_FROM")
        sender = settings.SEAWALL_MAIL_FROM
        id = f"{key}@{sender.rpartition('@')[2]}"
        try:
            message = write_case_mail(
                payload,
                contact=_contact(),
                sender=sender,
                recipient=target,
                message_id=id,
                answer_to=settings.SEAWALL_MAIL_IN,
                at=now,
            )
            server.send(message, sender=sender, recipient=target)
        except (BadInput, OutboundRefused) as refused:
            raise Refusal(str(refused)) from refused
        except OutboundFailed as failed:
            raise Later(str(failed)) from failed
        return Sent(id=id)

    def poll(self, *, target: str, id: str) -> str:
        return ""


ADAPTERS: dict[str, Relay] = {
    RelayRow.System.VINCE: Vince(),
    RelayRow.System.GITHUB: GitHub(),
    RelayRow.System.MAIL: Mail(),
}


@handles("relay.send")
def send(work: Work) -> None:
    """Pass a case on, if what its receiver may know of it now is enough to act on."""
    row = RelayRow.objects.select_related("case__finding", "receiver").get(pk=work.ids["relay_id"])
    if row.state != RelayRow.State.WAITING:
        return
    to = actor_for(row.receiver)
    say = may_say_of(row.case, to=to, way=Way.RELAY, now=work.now)
    if say < Say.DETAIL:
        problem = f"{row.receiver} may not have the detail of this case now"
        _end(row, problem, RelayRow.State.REFUSED, work)
        return
    payload = payload_of(row.case, to=to, say=say, now=work.now)
    try:
        done = ADAPTERS[row.system].send(payload, target=row.target, key=str(row.key), now=work.now)
    except Refusal as refusal:
        _end(row, str(refusal), RelayRow.State.REFUSED, work)
    except Unclear as unclear:
        _end(row, str(unclear), RelayRow.State.UNCLEAR, work)
    except Later as later:
        _put_off(row, later, work)
    else:
        actions.sent(
            row,
            their_id=done.id,
            url=done.url,
            tier=Tier.T3 if payload.attachments else Tier.T2,
            digest=payload_digest(payload),
            by=work.actor,
            now=work.now,
        )


def _end(row: RelayRow, problem: str, state: RelayRow.State, work: Work) -> None:
    actions.not_sent(row, problem, state=state, by=work.actor, now=work.now)


def _put_off(row: RelayRow, later: Later, work: Work) -> None:
    attempts = actions.not_sent(
        row, str(later), state=RelayRow.State.WAITING, by=work.actor, now=work.now
    )
    wait = retry_after(attempts, jitter=0.5, asked=later.wait)
    if wait is None:
        _end(row, f"given up: {later}", RelayRow.State.REFUSED, work)
        return
    raise Postponed(f"{row.public_id}: {later}", delay=wait)


@handles("relay.poll")
def poll(work: Work) -> None:
    """Ask a receiver what became of a case that it has."""
    row = RelayRow.objects.get(pk=work.ids["relay_id"])
    if row.state != RelayRow.State.SENT or not row.their_id:
        return
    try:
        state = ADAPTERS[row.system].poll(target=row.target, id=row.their_id)
    except (Refusal, Unclear, Later, BadInput):
        state = ""
    actions.note_state(row, state or row.their_state, now=work.now)


@handles("aixcc.join")
def join(work: Work) -> None:
    """Make the patch of a bundle a candidate fix once its proof has a case; wait for a day."""
    row = Bundle.objects.select_related("pov__report", "patch").get(pk=work.ids["bundle_id"])
    if not aixcc.join(row, by=work.actor, now=work.now) and work.now - row.at < _WAIT_FOR_CASE:
        raise Postponed("The proof of the bundle has no case yet.", delay=timedelta(minutes=2))


def _call(
    method: str, url: str, headers: dict[str, str], body: bytes, now: datetime | None
) -> Answer:
    """One call; raises Later when nothing can have arrived, or the receiver says so, Unclear
    when something may have, Refusal when our own rules forbid the address."""
    try:
        answer = outgoing.outbound(seconds=60).request(method, url, headers=headers, body=body)
    except OutboundRefused as refused:
        raise Refusal(str(refused)) from refused
    except OutboundFailed as failed:
        if failed.sent and method != "GET":
            raise Unclear(str(failed)) from failed
        raise Later(str(failed)) from failed
    if answer.status in _NOT_TAKEN or _is_limited(answer):
        wait = asked_wait(answer, now=now) if now else None
        raise Later(f"answered {answer.status}", wait=wait)
    return answer


def _is_limited(answer: Answer) -> bool:
    """GitHub answers 403 when too much was asked (REST API, "Rate limits")."""
    return answer.status == 403 and (
        "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    )


def _require_ok(answer: Answer, who: str) -> None:
    if answer.status >= 500:
        raise Unclear(f"{who} answered {answer.status}")
    if answer.status in (401, 403):
        raise Refusal(f"{who} does not take our token ({answer.status})")
    if not answer.ok:
        raise Refusal(f"{who} answered {answer.status}")


def _token(file: str, system: str) -> str:
    try:
        token = outgoing.secret_file(file)
    except OSError as error:
        raise Refusal(f"the file of the token for {system} cannot be read") from error
    if not token or not token.isascii() or any(c.isspace() for c in token):
        raise Refusal(f"no token for {system}: set SEAWALL_{system.upper()}_TOKEN_FILE")
    return token


def _contact() -> Contact:
    name = settings.SEAWALL_PUBLISHER_NAME or "Seawall"
    email = settings.SEAWALL_PUBLISHER_CONTACT.removeprefix("mailto:")
    return Contact(
        name=name,
        organisation=name,
        email=email if "@" in email else settings.SEAWALL_MAIL_IN or settings.SEAWALL_MAIL_FROM,
    )
