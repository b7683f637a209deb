"""Which function carries out which topic of the outbox."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from seawall.vocab.actors import Actor, ActorKind

# Each module registers its topics when it is imported.
MODULES = (
    "seawall.jobs.findings",
    "seawall.jobs.cases",
    "seawall.jobs.advisories",
    "seawall.jobs.inventory",
    "seawall.jobs.shredding",
    "seawall.jobs.headstart",
    "seawall.jobs.ledger",
    "seawall.jobs.notices",
    "seawall.jobs.relays",
    "seawall.jobs.claims",
    "seawall.jobs.reviews",
    "seawall.jobs.gateway",
    "seawall.jobs.distribution",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work. `key` is the same each time that the same outbox row is carried out."""

    topic: str
    key: str
    ids: Mapping[str, Any]
    now: datetime

    @property
    def actor(self) -> Actor:
        return Actor(kind=ActorKind.JOB, id=self.topic)


Handler = Callable[[Work], None]

_handlers: dict[str, Handler] = {}


class Postponed(Exception):
    """The work cannot be done here and now; it is tried again after `delay`."""

    def __init__(self, reason: str, *, delay: timedelta) -> None:
        super().__init__(reason)
        self.delay = delay


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register the one function for `topic`. It may be run again after it succeeded."""

    def register(handler: Handler) -> Handler:
        known = _handlers.get(topic)
        if known is not None and known.__qualname__ != handler.__qualname__:
            raise ValueError(f"{topic} has a handler already: {known.__qualname__}")
        _handlers[topic] = handler
        return handler

    return register


def topics() -> tuple[str, ...]:
    """All topics that somebody handles."""
    _load()
    return tuple(sorted(_handlers))


def handler_of(topic: str) -> Handler:
    _load()
    return _handlers[topic]


def _load() -> None:
    for module in MODULES:
        importlib.import_module(module)
