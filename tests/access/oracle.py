"""A second policy, written from docs/access.md and made of its tables: facts go in, and rules add
facts until none is new. It shares no code with `seawall.core.access`."""

from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs" / "access.md"
World = dict[str, Any]
"""A case as plain values: tlp, embargo (state and end), shredded, parts, read_ins, bars."""
Who = dict[str, Any]
"""Who asks as plain values: kind, person, scopes, seats."""

ROLES = ("viewer", "member", "lead")
PARTS = frozenset({"finder", "vendor", "coordinator", "deployer", "other"})


@cache
def table(first: str) -> list[dict[str, str]]:
    """The rows of the table of docs/access.md whose first heading is `first`."""
    lines = DOCS.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    names = _cells(lines[at])
    rows = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(names, _cells(line), strict=True)))
    return rows


def _cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip().strip("|").split("|")]


@cache
def _role_tiers(column: str) -> dict[str, int]:
    return {row["Role"]: int(row[column][1:]) for row in table("Role")}


def is_installation(who: Who) -> bool:
    return who["kind"] in ("operator", "job") or (
        who["kind"] == "token" and not who["seats"] and who["person"] is None
    )


def can_read(who: Who) -> bool:
    return who["kind"] != "token" or "read" in who["scopes"]


def unbarred(who: Who, world: World) -> list[dict[str, Any]]:
    """The seats that count for this case; none of a person who is barred."""
    people = {bar["person"] for bar in world["bars"] if bar["person"] is not None}
    parties = {bar["party"] for bar in world["bars"] if bar["party"] is not None}
    if who["person"] in people:
        return []
    return [seat for seat in who["seats"] if seat["party"] not in parties]


def holds(world: World, now: int) -> bool:
    """Whether the embargo binds: only in two of its states, and until its end."""
    return world["embargo"] in {"active", "revise"} and world["ends"] > now


def tiers(who: Who, world: World, now: int) -> set[int]:
    """All tiers that `who` has, empty when the case does not exist for them. T2 brings T1 and T0
    with it."""
    if not can_read(who):
        return set()
    if is_installation(who):
        best = {3}
    else:
        best = {tier for tier, closed in _grants(who, world, now) if not closed}
    if world["shredded"] and best:
        best = {0}
    return set(range(max(best) + 1)) if best else set()


def _grants(who: Who, world: World, now: int) -> list[tuple[int, bool]]:
    """Each grant as its tier and whether something takes it away."""
    seats, red, bound = unbarred(who, world), world["tlp"] == "TLP:RED", holds(world, now)
    most, house = _role_tiers("At most, in any party"), _role_tiers("In the house")
    found: list[tuple[int, bool]] = []
    found += [(0 if red else house[seat["role"]], not seat["house"]) for seat in seats]
    for seat, part in product(seats, world["parts"]):
        silent = red or (bound and not part["consented"])
        tier = 0 if silent else sorted((part["tier"], most[seat["role"]]))[0]
        found.append((tier, part["party"] != seat["party"]))
    for grant in world["read_ins"]:
        over = grant["revoked"] or not grant["from"] <= now < grant["until"]
        if grant["person"] is not None:
            found.append((grant["tier"], over or grant["person"] != who["person"] or not seats))
            continue
        for seat in seats:
            tier = sorted((grant["tier"], most[seat["role"]]))[0]
            found.append((tier, over or red or grant["party"] != seat["party"]))
    is_open = world["tlp"] in {"TLP:GREEN", "TLP:CLEAR"} and not bound
    found.append((1, not (is_open and seats)))
    return found


def finding_tiers(who: Who, finding: World, now: int) -> set[int]:
    """`finding`: senders (parties), case (a world or None), shredded."""
    case = finding["case"]
    if not can_read(who):
        return set()
    most, house = _role_tiers("At most, in any party"), _role_tiers("In the house")
    seats = unbarred(who, case) if case else who["seats"]
    best: set[int] = set(tiers(who, case, now)) if case else set()
    best |= {most[seat["role"]] for seat in seats if seat["party"] in finding["senders"]}
    if case is None:
        best |= {house[seat["role"]] for seat in seats if seat["house"]}
    if is_installation(who):
        best |= {3}
    if best and (finding["shredded"] or (case and case["shredded"])):
        best = {0}
    return set(range(max(best) + 1)) if best else set()


def report_tiers(who: Who, report: World, now: int) -> set[int]:
    """`report`: senders, findings."""
    if not report["findings"]:
        bare = {"senders": report["senders"], "case": None, "shredded": False}
        return finding_tiers(who, bare, now)
    seen: set[int] = set()
    for finding in report["findings"]:
        seen |= finding_tiers(who, finding | {"senders": report["senders"]}, now)
    outsider = not is_installation(who) and not any(
        seat["house"] or seat["party"] in report["senders"] for seat in who["seats"]
    )
    return set() if seen == {0} and outsider else seen


@cache
def acts() -> dict[str, dict[str, Any]]:
    """The table of acts, read from the page."""
    everybody = {"all": PARTS, "none": frozenset[str]()}
    return {
        row["Act"]: {
            "tier": int(row["Tier"][1:]),
            "roles": set(ROLES[ROLES.index(row["Role"]) :]),
            "parts": everybody.get(row["Parts"]) or frozenset(row["Parts"].split(", ")) - {"none"},
            "house": row["House"] == "yes",
            "scope": row["Scope"],
        }
        for row in table("Act")
    }


def may(act: str, who: Who, world: World, now: int) -> bool:
    """Whether `who` may do the act of that name in the case."""
    rule = acts()[act]
    if who["kind"] == "token" and rule["scope"] not in who["scopes"]:
        return False
    held = tiers(who, world, now)
    if world["shredded"] or rule["tier"] not in held:
        return False
    return is_installation(who) or bool(speaking(act, who, world))


def speaking(act: str, who: Who, world: World) -> list[int]:
    """The parties for which `who` may do the act, as far as role and part decide."""
    rule = acts()[act]
    pairs = {(part["party"], part["part"]) for part in world["parts"]}
    able = [seat for seat in unbarred(who, world) if seat["role"] in rule["roles"]]
    return [
        seat["party"]
        for seat in able
        if (seat["house"] and rule["house"])
        or any((seat["party"], part) in pairs for part in rule["parts"])
    ]


def may_fetch(who: Who, finding: World, now: int) -> bool:
    """Whether `who` may fetch the reproducer of a finding: its senders that read it, and who may
    fetch it in the case."""
    if 3 not in finding_tiers(who, finding, now):
        return False
    if finding["case"] is None or is_installation(who):
        return True
    seats = unbarred(who, finding["case"])
    own = any(
        seat["party"] in finding["senders"] and seat["role"] in {"member", "lead"} for seat in seats
    )
    return own or may("fetch the reproducer", who, finding["case"], now)


def works_for(who: Who, party: int, scope: str) -> bool:
    """Whether `who` may send reports for a party (scope submit), or describe its systems and close
    its obligations (scope coordinate)."""
    if who["kind"] == "token" and scope not in who["scopes"]:
        return False
    return is_installation(who) or any(
        (seat["party"], seat["role"]) in {(party, "member"), (party, "lead")}
        for seat in who["seats"]
    )


def coordinates(who: Who) -> bool:
    """Whether `who` may link findings and fill the catalogue."""
    if who["kind"] == "token" and "coordinate" not in who["scopes"]:
        return False
    return is_installation(who) or any(
        seat["house"] and seat["role"] != "viewer" for seat in who["seats"]
    )


def sees_inventory(who: Who, owner: int) -> bool:
    own = any(seat["party"] == owner for seat in who["seats"])
    return can_read(who) and (own or is_installation(who))


def sees_obligations(who: Who, owner: int) -> bool:
    authority = any("authority" in seat["party_roles"] for seat in who["seats"])
    return can_read(who) and (authority or sees_inventory(who, owner))
