"""What the public log says of a feed's root and targets, which offline holders signed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from seawall.feed.tuf.files import newest_root_version
from seawall.feed.tuf.places import Feed
from seawall.ledger import actions as ledger
from seawall.ledger.models import Event
from seawall.vocab.actors import Actor

WORD = "feed.trust_changed"
_FOUND = "found in the tree after an interruption"


def name_of(*, opaque: bool) -> str:
    """What the events of a feed are about."""
    return "feed:restricted" if opaque else "feed:public"


def tell(facts: Mapping[str, Any], *, opaque: bool, by: Actor, now: datetime) -> None:
    """Record a change, in the transaction in which it is published."""
    ledger.record(by=by, what=WORD, on=name_of(opaque=opaque), facts=facts, at=now)


def catch_up(feed: Feed, *, opaque: bool, by: Actor, now: datetime) -> bool:
    """Record the root that the tree gives out when a process ended between the swap of the tree
    and the end of its transaction, so that nothing said so; whether that was needed."""
    version = newest_root_version(feed.tree)
    told = Event.objects.filter(on=name_of(opaque=opaque), what=WORD).order_by("-index").first()
    known = json.loads(told.entry)["facts"]["root"] if told else 0
    if version <= known:
        return False
    tell({"why": _FOUND, "root": version}, opaque=opaque, by=by, now=now)
    return True
