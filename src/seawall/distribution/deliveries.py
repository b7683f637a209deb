"""Deliveries: copies for one recipient each, placed in the restricted tree under paths that say
nothing, taken out again when they may no longer be had."""

import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from seawall.cases.actions import awake
from seawall.cases.models import Case
from seawall.distribution import feeds, parts
from seawall.distribution.marking import mark_of, marker
from seawall.distribution.models import Delivery, Recipient
from seawall.distribution.recipients import CLEAR, holds
from seawall.feed.leaks import Found, whose
from seawall.feed.marks import Mark
from seawall.feed.restricted import make_copy
from seawall.feed.tree import Tree
from seawall.feed.tuf.roles import METADATA, TARGETS, target_path
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties.access import NotFound
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput

_METADATA = re.compile(r"timestamp\.json|[1-9][0-9]{0,8}\.[a-z0-9-]{1,100}\.json")


class DeliveryRefused(ValueError):
    """Nothing was delivered; the message says what to mend."""


def deliver(
    case: Case,
    recipient: Recipient,
    *,
    wanted: Collection[str] = (),
    by: Actor,
    now: datetime,
) -> Delivery:
    """Make a copy for a recipient and place it; `wanted` are parts, all that its tier allows when
    it is empty. All of it or nothing.

    Raises BadInput, DeliveryRefused, NotPermitted, Shredded; NotFounded and KeyUnusable without
    the ceremony and the keys of the restricted tree; TreeBusy, after which retrying helps.
    """
    asked = tuple(dict.fromkeys(wanted)) or parts.parts_for(recipient)
    if strange := set(asked) - set(parts.PARTS):
        raise BadInput(
            f"there is no part {min(strange)}", mend=f"choose of {', '.join(parts.PARTS)}"
        )
    with transaction.atomic():
        recipient = Recipient.objects.select_for_update().get(pk=recipient.pk)
        if not holds(recipient, now=now):
            raise DeliveryRefused(f"{recipient.public_id} is no longer a recipient.")
        return _deliver(awake(case), recipient, asked, by=by, now=now)


def _deliver(
    case: Case, recipient: Recipient, asked: tuple[str, ...], *, by: Actor, now: datetime
) -> Delivery:
    members = parts.gather(case, recipient, wanted=asked, now=now)
    if not members:
        raise DeliveryRefused(f"{case.public_id} has nothing of {', '.join(asked)}.")
    mark = Mark(id=secrets.token_hex(16), made_at=now)
    made = make_copy(
        members,
        visible=_visible(case, recipient, asked),
        marker=marker(),
        mark=mark,
        recipient=recipient.age_key,
    )
    row = Delivery.objects.create(
        recipient=recipient,
        case=case,
        parts=list(asked),
        mark=mark.id,
        path=f"{secrets.token_hex(16)}/{secrets.token_hex(16)}",
        plaintext_digest=made.plaintext_digest,
        ciphertext_digest=made.ciphertext_digest,
        ciphertext_bytes=len(made.ciphertext),
        made_by=str(by),
        made_at=now,
        placed_at=now,
    )
    facts = {
        "case": case.public_id,
        "recipient": recipient.public_id,
        "parts": list(asked),
        "ciphertext": made.ciphertext_digest,
    }
    ledger.record(by=by, what="delivery.made", on=row, facts=facts, at=now)
    outbox.send(CLEAR, key=f"{CLEAR}:{row.pk}", due_at=recipient.expires_at)
    _place(row.path, made.ciphertext, now=now)  # last: whatever fails leaves no row behind
    return row


def fetch(row: Delivery, *, by: Actor, now: datetime) -> bytes:
    """The ciphertext, for whom `access.delivery_to_fetch` gave the row; the ledger notes each
    time. Raises DeliveryRefused when it may no longer be had."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("recipient__party").get(pk=row.pk)
        if row.removed_at is not None or not holds(row.recipient, now=now):
            raise DeliveryRefused(f"{row.public_id} is no longer given out.")
        data = feeds.restricted().tree.read(target_path(row.path, row.ciphertext_digest))
        if row.fetched_at is None:
            row.fetched_at = now
            row.save(update_fields=["fetched_at"])
        ledger.record(by=by, what="delivery.fetched", on=row, at=now)
    return data


def metadata(name: str) -> bytes:
    """A file of metadata of the restricted repository; raises NotFound."""
    if _METADATA.fullmatch(name):
        with suppress(OSError, BadInput):
            return feeds.restricted().tree.read(f"{METADATA}/{name}")
    raise NotFound(f"There is no metadata {name}.")


@transaction.atomic
def clear(*, by: Actor, now: datetime) -> int:
    """Take out of the tree what may no longer be had, and what no row knows of because a process
    died in between; how many rows. Safe to run twice.

    Raises what changing the tree raises. Nothing is delivered meanwhile, so that a copy that was
    just placed is not taken for a stray.
    """
    ledger.alone()
    over, feed = _over(now), feeds.restricted()
    ended = {row.path for row in over}
    known = set(Delivery.objects.filter(removed_at=None).values_list("path", flat=True)) - ended
    gone = {file: path for file, path in _placed(feed.tree).items() if path not in known}
    for row in over:
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        ledger.record(by=by, what="delivery.removed", on=row, at=now)
    if gone:
        with feed.tree.change() as draft:
            feed.repository.change(dict.fromkeys(gone.values()), draft=draft, now=now)
            for file in gone:
                draft.remove(file)
    return len(over)


@transaction.atomic
def forget_deliveries(case_ids: Collection[int], *, at: datetime) -> None:
    """Ask that the copies of cases that were shredded leave the tree."""
    if Delivery.objects.filter(case__in=case_ids, removed_at=None).exists():
        outbox.send(CLEAR, due_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Whose copy a file seems to be, and why."""

    delivery: Delivery
    found: Found


def whose_copy(data: bytes) -> tuple[Leak, ...]:
    """The deliveries whose marks are left in a file, the surest first."""
    rows = Delivery.objects.select_related("recipient__party", "case")
    by_mark = {row.mark: row for row in rows}
    if not by_mark:
        return ()
    copies = [mark_of(row) for row in by_mark.values()]
    found = whose(data, marker=marker(), copies=copies)
    return tuple(Leak(delivery=by_mark[each.mark], found=each) for each in found)


def _visible(case: Case, recipient: Recipient, asked: tuple[str, ...]) -> dict[str, Any]:
    return {
        "recipient": recipient.public_id,
        "party": recipient.party.name,
        "case": case.public_id,
        "tlp": case.tlp,
        "parts": list(asked),
    }


def _place(path: str, data: bytes, *, now: datetime) -> None:
    feed = feeds.restricted()
    with feed.tree.change() as draft:
        feed.repository.change({path: data}, draft=draft, now=now)


def _over(now: datetime) -> list[Delivery]:
    """Deliveries in the tree that may no longer be had."""
    ended = Q(recipient__revoked_at__isnull=False) | Q(recipient__expires_at__lte=now)
    ended |= Q(case__shredded_at__isnull=False) | Q(case__merged_into__shredded_at__isnull=False)
    return list(Delivery.objects.filter(ended, removed_at=None))


def _placed(tree: Tree) -> dict[str, str]:
    """The files of deliveries in the tree, each with the path that its target has."""
    found = {}
    for file in tree.files():
        folder, _, name = file.removeprefix(f"{TARGETS}/").rpartition("/")
        digest, _, rest = name.partition(".")
        if file.startswith(f"{TARGETS}/") and folder and len(digest) == 64 and rest:
            found[file] = f"{folder}/{rest}"
    return found
