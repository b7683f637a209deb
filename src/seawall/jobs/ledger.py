"""Checking the whole ledger when somebody asks for it; signing it; asking witnesses to cosign."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from seawall.jobs.registry import Postponed, Work, handles
from seawall.ledger import checkpoints, cosigning
from seawall.ledger.checks import TOPIC, carry_out
from seawall.ledger.models import Checkpoint
from seawall.outbound.client import Answer, Caps, Internal, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.signing.witnesses import Witness
from seawall.vocab.errors import BadInput

_WAIT = timedelta(minutes=1)
_LONG_WAIT = timedelta(hours=1)
_CAPS = Caps(seconds=15, body_bytes=1 << 16)


@handles(TOPIC)
def check_ledger(work: Work) -> None:
    """Recompute every hash; the pages show how far it is."""
    carry_out(int(work.ids["check_id"]), now=timezone.now())


@handles(checkpoints.SIGN)
def sign_log(work: Work) -> None:
    """Sign the log as it is now."""
    with transaction.atomic():
        checkpoints.sign(now=timezone.now())


@handles(checkpoints.COSIGN)
def ask_witnesses(work: Work) -> None:
    """Ask each witness that has not cosigned; who does not answer is asked again, until there is
    a newer checkpoint to cosign."""
    checkpoint = Checkpoint.objects.get(size=work.ids["size"])
    newest = checkpoints.newest()
    if newest is None or newest.size > checkpoint.size:
        return
    problems = []
    for witness in cosigning.to_ask(checkpoint):
        try:
            _ask(witness, checkpoint, work.now)
        except (Unwilling, BadInput, OutboundFailed, OutboundRefused) as error:
            problems.append(f"{witness.name}: {error}")
    if problems:
        is_young = work.now - checkpoint.made_at < _LONG_WAIT
        raise Postponed("; ".join(problems), delay=_WAIT if is_young else _LONG_WAIT)


class Unwilling(Exception):
    """A witness answered and did not cosign."""


def _ask(witness: Witness, checkpoint: Checkpoint, now: datetime) -> None:
    old = cosigning.last_size(witness)
    answer = _post(witness, cosigning.question(checkpoint, old=old))
    if answer.status == 409:
        old = _size_seen(answer, asked=old, have=checkpoint.size)
        answer = _post(witness, cosigning.question(checkpoint, old=old))
    if answer.status != 200:
        raise Unwilling(f"answered {answer.status} to the log's {checkpoint.size} events")
    lines = answer.body.decode(errors="replace")
    cosigning.keep(checkpoint, witness=witness, lines=lines, now=now)


def _size_seen(answer: Answer, *, asked: int, have: int) -> int:
    """The size that the witness saw last, when it is one from which ours can be proven."""
    text = answer.body.removesuffix(b"\n")
    if not text.isdigit() or len(text) > 18 or int(text) == asked:
        raise Unwilling(f"saw another log of {asked} events than this one")
    if int(text) > have:
        raise Unwilling(f"saw {int(text)} events, and the log has {have}: it was cut or forked")
    return int(text)


def _post(witness: Witness, body: bytes) -> Answer:
    """Ask a witness at the address that the policy names; whoever wrote the policy may name hosts
    of the own network. What comes back is believed for its signature alone."""
    parts = urlsplit(witness.url)
    plain = parts.scheme == "http"
    here = Internal(
        host=parts.hostname or "", port=parts.port or (80 if plain else 443), plain=plain
    )
    client = Outbound(internal=[here], caps=_CAPS)
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return client.request("POST", f"{witness.url}/add-checkpoint", headers=headers, body=body)
