"""Every door × every kind of visitor × every marking × every state: nobody gets more than the
second policy says, and what is hidden looks like what never was."""

import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.urls import URLResolver, get_resolver

from access import oracle, stage
from access.routes import (
    ADMINS,
    API,
    COORDINATORS,
    DEBUG,
    EVERYBODY,
    HOUSE,
    HOUSE_ADMINS,
    PAGES,
    Door,
)
from access.stage import STATES, Mark, Persona, Stage
from api.test_every_operation import OPERATIONS
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db
ABSENT = {
    "case": "C-2026-999999",
    "finding": "F-2026-999999",
    "report": "R-2026-999999",
    "validation": "V-2026-999999",
    "advisory": "SEAWALL-2026-9999",
    "asset": "A-999999",
    "obligation": "O-999999",
    "proposal": "M-999999",
}
WORLDS = list(product(Tlp, STATES))
FEW = [(list(Tlp)[number % 5], state) for number, state in enumerate(STATES)]
"""Every state once, every marking at least once; each open marking under an embargo."""
PARTS = len(Tlp)
_PLACE = re.compile(r"\{(\w+)\}")
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def _named(world: tuple[Tlp, str]) -> str:
    return f"{world[0].name}-{world[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One method of one address."""

    method: str
    path: str
    door: Door
    is_api: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, ids: dict[str, str]) -> str:
        """The address with the id of the thing that it names, or its other parts."""
        named = "case" if self.door.on == "room" else self.door.on
        first = True

        def fill(match: re.Match[str]) -> str:
            nonlocal first
            if match[1] in self.door.more:
                return self.door.more[match[1]]
            if first:
                first = False
                return ids.get(named, "999999")
            return "999999"

        return _PLACE.sub(fill, self.path) + self.door.query


@cache
def ways() -> tuple[Way, ...]:
    found = []
    for table, is_api in ((API, True), (PAGES, False)):
        for key, door in table.items():
            method, path = key.split(" ", 1)
            root = "/api/v1" if is_api else ""
            if is_api and (known := OPERATIONS.get(f"{method.lower()} {path}")):
                scope, body = known
                door = replace(door, scope=scope.value, body=door.body or body)
            found.append(Way(method=method, path=root + path, door=door, is_api=is_api))
    return tuple(found)


def addresses() -> set[str]:
    """Every address of the URL conf, written as the table writes it."""

    def walk(patterns: Any, before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            else:
                yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", here)

    return set(walk(get_resolver().url_patterns, ""))


# -- what the table must hold --


def test_every_address_and_operation_is_in_the_table():
    from seawall.api.root import api

    listed = {way.path for way in ways()}
    missing = sorted(addresses() - listed)
    assert not missing, (
        f"Say in tests/access/routes.py whom these let in (its first lines tell how): {missing}"
    )
    operations = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    missing = sorted(operations - set(API))
    assert not missing, f"Add these operations to API in tests/access/routes.py: {missing}"
    gone = sorted((listed - addresses()) | {f"API {each}" for each in set(API) - operations})
    assert not gone, f"tests/access/routes.py lists what is not there: {gone}"


def test_a_method_that_is_not_in_the_table_is_not_taken(crowded):
    """Asked by an administrator of the house, so that nothing else can be why."""
    made = crowded(Tlp.AMBER, "none")
    listed: dict[str, set[str]] = {}
    for way in ways():
        listed.setdefault(way.path, set()).add(way.method)
    wrong = []
    for way in {way.path: way for way in ways()}.values():
        if way.door.on == "open" or way.door.lets_in == DEBUG:
            continue
        who = "house admin's token" if way.is_api else "house admin"
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if method in listed[way.path]:
                continue
            said = _send(made.personas[who], method, way.url(made.ids), None)
            if said.status_code not in (404, 405):
                wrong.append(f"{method} {way.path} ({said.status_code})")
    assert not wrong, f"Add a line to tests/access/routes.py for: {wrong}"


# -- the matrix --


@pytest.mark.parametrize("world", FEW, ids=_named)
def test_each_door_for_each_visitor_in_some_world(crowded, world):
    """The default run: half of all pairs of door and visitor, each in a world drawn for it. The
    worlds together have every marking and every state; `slow` tries everything everywhere."""
    made = crowded(*world)
    check_all(made, lambda way, who: _drawn(way, who) == world)


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS, ids=_named)
@pytest.mark.parametrize("part", range(PARTS), ids="part{}".format)
def test_each_door_for_each_visitor_in_every_world(crowded, world, part):
    """All parts together: everything everywhere. Any one of them in all worlds: every pair of door
    and visitor in each state and in each marking, though not in each state with each marking."""
    made = crowded(*world)
    check_all(made, lambda way, who: _part(way, who, world) == part)


def check_all(made: Stage, chosen: Callable[[Way, Persona], bool]) -> None:
    """Every chosen pair; all that is wrong in this world is told at once."""
    wrong = []
    for way, who in product(ways(), made.personas.values()):
        if _fits(way, who) and chosen(way, who):
            try:
                check(made, way, who)
            except AssertionError as error:
                wrong.append(str(error).splitlines()[0])
    assert not wrong, "\n".join(["", *wrong])


_NOT_NOW = [None] * len(FEW)
"""Half of the pairs wait for the whole matrix; which, is the same in every run."""


def _part(way: Way, who: Persona, world: tuple[Tlp, str]) -> int:
    """A Latin square: of the worlds of one state, each has another part of the pairs; so have any
    PARTS worlds of one marking whose states follow each other."""
    tlp, state = world
    drawn = random.Random(f"part of {way.name} {who.name}").randrange(PARTS)
    return (drawn + list(Tlp).index(tlp) + STATES.index(state)) % PARTS


@cache
def _drawn_world(seed: str) -> tuple[Tlp, str] | None:
    return random.Random(seed).choice([*FEW, *_NOT_NOW])


def _drawn(way: Way, who: Persona) -> tuple[Tlp, str] | None:
    return _drawn_world(f"{way.name} {who.name}")


def _fits(way: Way, who: Persona) -> bool:
    """Tokens are for the API and sessions for pages; each kind is tried at the other's doors by
    nobody in particular."""
    return way.is_api == who.is_api or who.name in ("nobody", "no token")


def check(made: Stage, way: Way, who: Persona) -> None:
    """One request: what is said, to whom, and what it leaves behind."""
    where = f"{way.name} by {who.name} ({made.tlp}, {made.state})"
    said, left = _try(made, who, way, made.ids)
    assert said.status_code < 500, f"{where}: {said.status_code} {said.content[:500]!r}"
    look_for_leaks(made, who, said, where, asked=way.url(made.ids))
    if not lets_in(way.door, who):
        check_shut(said, left, where, is_api=way.is_api)
        return
    if way.is_api and way.door.scope not in who.who["scopes"]:
        assert (said.status_code, left) == (403, 0), f"{where}: {said.status_code}"
        return
    known = knows(made, way, who)
    if known is False:
        check_hidden(made, way, who, said, left, where)
    elif known and way.method == "GET":
        held = _tiers(made, way, who)
        if way.door.tier in held and not way.door.needs:
            fine = (200, 204, 303, 410) if made.state == "shredded" else (200, 204, 303)
            assert said.status_code in fine, f"{where}: {said.status_code}"
    if way.method != "GET":
        allowed = may_do(made, way, who)
        if allowed is False:
            assert left == 0, f"{where}: left {left} events"
            assert not (way.is_api and said.status_code < 400), f"{where}: {said.status_code}"
        elif allowed and known is not False:
            assert said.status_code not in (401, 403), (
                f"{where}: {said.status_code} {said.content!r}"
            )


def check_shut(said: Any, left: int, where: str, *, is_api: bool) -> None:
    assert left == 0, f"{where}: left {left} events"
    if is_api:
        assert said.status_code == 401, f"{where}: {said.status_code}"
    else:
        shut = (303, 403, 404, 405)
        assert said.status_code in shut or said.headers.get("HX-Redirect"), (
            f"{where}: {said.status_code}"
        )


def check_hidden(made: Stage, way: Way, who: Persona, said: Any, left: int, where: str) -> None:
    """The same as for an id that was never given, in every byte but the id itself."""
    assert left == 0, f"{where}: left {left} events"
    nothing, _ = _try(made, who, way, ABSENT)
    for method in ("HEAD", "OPTIONS"):
        there = _send(who, method, way.url(made.ids), None)
        absent = _send(who, method, way.url(ABSENT), None)
        assert _plain(there, way.url(made.ids), made.ids) == _plain(
            absent, way.url(ABSENT), ABSENT
        ), f"{where}: {method} tells hidden from absent"
    assert _plain(said, way.url(made.ids), made.ids) == _plain(nothing, way.url(ABSENT), ABSENT), (
        f"{where}: hidden and absent differ"
    )


def _plain(said: Any, url: str, ids: dict[str, str] | None = None) -> tuple[Any, ...]:
    """The answer with the id that was asked for, and what is drawn anew each time, taken out."""
    headers = {
        name: value
        for name, value in said.items()
        if name.lower() not in ("content-length", "content-security-policy")
    }
    text = said.content.decode(errors="replace")
    for each in sorted((ids or {}).values(), key=len, reverse=True):
        text = text.replace(each, "ID")
        headers = {name: value.replace(each, "ID") for name, value in headers.items()}
    text = re.sub(r'(csrfmiddlewaretoken" value|nonce|hx-headers)=(["\']).*?\2', "", text)
    return said.status_code, headers, text.replace(url, "URL")


def look_for_leaks(made: Stage, who: Persona, said: Any, where: str, *, asked: str) -> None:
    """No planted word above the visitor's tier in the body or the headers."""
    text = said.content.decode(errors="replace") + str(dict(said.items()))
    for mark in made.marks:
        if mark.text in text and mark.text not in asked and not may_read(made, mark, who):
            around = text[max(0, text.index(mark.text) - 80) :][:200]
            raise AssertionError(f"{where}: {mark} leaks: …{around}…")


# -- what the second policy says --


def may_read(made: Stage, mark: Mark, who: Persona) -> bool:
    now = made.now.timestamp()
    if mark.kind == "obligation":
        return oracle.sees_obligations(who.who, mark.pk)
    if mark.in_case and mark.tier in oracle.tiers(who.who, made.world, now):
        return True
    return mark.tier in _held(made, mark.kind, mark.pk, who, now)


def _held(made: Stage, kind: str, pk: int, who: Persona, now: float) -> set[int]:
    plain = _plain_of(made, kind, pk)
    if kind == "case":
        return oracle.tiers(who.who, plain, now)
    if kind == "report":
        return oracle.report_tiers(who.who, plain, now)
    return oracle.finding_tiers(who.who, plain, now)


def _plain_of(made: Stage, kind: str, pk: int) -> dict[str, Any]:
    return made.plain(kind, pk)


def lets_in(door: Door, who: Persona) -> bool:
    seats = who.who["seats"]
    house = [seat for seat in seats if seat["house"]]
    signed_in = who.who["kind"] != "public"
    return {
        EVERYBODY: True,
        "signed in": signed_in,
        "link": True,
        DEBUG: False,
        HOUSE: bool(house),
        COORDINATORS: any(seat["role"] != "viewer" for seat in house),
        ADMINS: any(seat["admin"] for seat in seats),
        HOUSE_ADMINS: any(seat["admin"] for seat in house),
    }[door.lets_in]


def knows(made: Stage, way: Way, who: Persona) -> bool | None:
    """Whether the visitor may know of the thing that the address names; None when it names none
    that the stage has."""
    if way.door.on == "advisory":
        return made.state == "published" or 2 in _tiers(made, way, who)
    if way.door.on == "asset":
        return oracle.sees_inventory(who.who, made.owner)
    if way.door.on == "obligation":
        return oracle.sees_obligations(who.who, made.owner)
    if way.door.on == "validation":
        # Who knows of a shredded finding is told that its validations are gone (410).
        return (0 if made.state == "shredded" else 1) in _tiers(made, way, who)
    if way.door.on == "room":
        return None if _tiers(made, way, who) else False
    if way.door.on == "proposal":
        if "proposal" not in made.ids:
            return None
        house = any(s["house"] for s in who.who["seats"]) or oracle.is_installation(who.who)
        return house and made.proposal_tier(who.who) >= 2
    if way.door.on in ("case", "finding", "report"):
        return bool(_tiers(made, way, who))
    return None


def _tiers(made: Stage, way: Way, who: Persona) -> set[int]:
    now = made.now.timestamp()
    if way.door.on in ("finding", "validation"):
        return oracle.finding_tiers(who.who, made.plain("finding", made.first), now)
    if way.door.on == "report":
        return oracle.report_tiers(who.who, made.plain("report", made.first_report), now)
    if way.door.on in ("case", "room", "advisory"):
        if way.door.on == "advisory" and oracle.is_installation(who.who):
            return {0, 1, 2, 3} if oracle.can_read(who.who) else set()
        return oracle.tiers(who.who, _world_of(made, way), now)
    return {0, 1, 2, 3} if knows(made, way, who) else set()


def _world_of(made: Stage, way: Way) -> dict[str, Any]:
    return made.advised if way.door.on == "advisory" else made.world


def may_do(made: Stage, way: Way, who: Persona) -> bool | None:
    """Whether the visitor may do what the door does; None when the table does not say."""
    door, now = way.door, made.now.timestamp()
    if door.act is not None and door.on not in ("proposal", "room"):
        return oracle.may(door.act.value, who.who, _world_of(made, way), now)
    if door.needs == "coordinates":
        return oracle.coordinates(who.who)
    if door.needs == "owns" and door.on:
        return oracle.works_for(who.who, made.owner, "coordinate")
    return None


# -- asking --


def _try(made: Stage, who: Persona, way: Way, ids: dict[str, str]) -> tuple[Any, int]:
    """Ask, count what was written in the ledger, and take everything back."""
    with transaction.atomic():
        before = _ledger_size()
        said = _send(who, way.method, way.url(ids), way.door.body)
        left = _ledger_size() - before
        transaction.set_rollback(True)
    return said, left


def _ledger_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM ledger_head WHERE id = 1")
        return int(cursor.fetchone()[0])


def _send(who: Persona, method: str, url: str, body: Any) -> Any:
    """Ask with the cookies of the beginning: what an answer before set is forgotten."""
    cookies = deepcopy(who.client.cookies)
    try:
        return _ask(who, method, url, body)
    finally:
        who.client.cookies = cookies


def _ask(who: Persona, method: str, url: str, body: Any) -> Any:
    ask = getattr(who.client, method.lower())
    if method == "GET":
        return ask(url)
    if not url.startswith("/api/"):
        data = urlencode(body or {})
        return who.client.generic(method, url, data, "application/x-www-form-urlencoded")
    if isinstance(body, bytes):
        return who.client.generic(method, url, body, "application/octet-stream")
    import json

    data = "" if body is None else json.dumps(body)
    return who.client.generic(method, url, data, "application/json")


@pytest.fixture
def crowded(home, settings, publisher, no_copies):
    """Builds the stage of a world."""
    return lambda tlp, state: stage.build(tlp, state)
