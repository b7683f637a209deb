"""The policy agrees with a second one, written from docs/access.md, on 100,000 random worlds."""

import random
from itertools import product

import pytest

from access import oracle
from access.worlds import (
    HOUSE,
    NOW,
    PARTIES,
    actor,
    at,
    case_facts,
    finding_facts,
    highest,
    random_case,
    random_finding,
    random_who,
)
from seawall.core import access
from seawall.core.access import RULES
from seawall.vocab.access import Act, MemberRole, Part, Tier
from seawall.vocab.decisions import Allowed

SHARDS, EACH = 10, 10_000


def check_world(rng: random.Random) -> None:
    """One random world, one who asks, every question."""
    who, case = random_who(rng), random_case(rng)
    by, facts, now = actor(who), case_facts(case), at(NOW)
    act = rng.choice(list(Act))
    assert access.tier_of(by, facts, now=now) == highest(oracle.tiers(who, case, NOW)), (who, case)
    allowed = isinstance(access.may(act, by, facts, now=now), Allowed)
    assert allowed == oracle.may(act.value, who, case, NOW), (act, who, case)
    seats = [seat.party for seat in access.seats_for(act, by, facts)]
    barred = {bar["person"] for bar in case["bars"]} & {who["person"]} - {None}
    assert barred or seats == oracle.speaking(act.value, who, case), (act, who, case)
    finding = random_finding(rng, case if rng.random() < 0.8 else None)
    held = access.finding_tier(by, finding_facts(finding), now=now)
    assert held == highest(oracle.finding_tiers(who, finding, NOW)), (who, finding)
    fetches = isinstance(access.may_fetch(by, finding_facts(finding), now=now), Allowed)
    assert fetches == oracle.may_fetch(who, finding, NOW), (who, finding)
    check_the_rest(rng, who, finding)


def check_the_rest(rng: random.Random, who: dict, finding: dict) -> None:
    by, party = actor(who), rng.choice(PARTIES)
    others = [random_finding(rng, None) | {"senders": finding["senders"]} for _ in range(2)]
    held = rng.choice(([], [finding], [finding, *others], others))
    report = access.ReportFacts(
        reporters=frozenset(finding["senders"]), findings=tuple(map(finding_facts, held))
    )
    expected = oracle.report_tiers(who, {"senders": finding["senders"], "findings": held}, NOW)
    assert access.report_tier(by, report, now=at(NOW)) == highest(expected), (who, held)
    for scope, ask in (
        ("submit", lambda: access.may_submit(by, party=party)),
        ("coordinate", lambda: access.may_change_inventory(by, owner=party)),
    ):
        assert isinstance(ask(), Allowed) == oracle.works_for(who, party, scope), (who, party)
    assert isinstance(access.may_coordinate(by), Allowed) == oracle.coordinates(who), who
    assert access.may_see_inventory(by, owner=party) == oracle.sees_inventory(who, party), who
    assert access.may_see_obligations(by, owner=party) == oracle.sees_obligations(who, party), who


@pytest.mark.parametrize("shard", range(SHARDS))
def test_100_000_random_worlds_agree_with_the_oracle(shard):
    rng = random.Random(f"worlds {shard}")
    for _ in range(EACH):
        check_world(rng)


def test_a_viewer_of_the_sender_who_reads_on_elsewhere_fetches_nothing():
    """Rare among the random worlds: the tier comes through one seat, the report through another."""
    seats = [
        {"party": party, "role": role, "house": False, "admin": False, "party_roles": []}
        for party, role in ((1, "viewer"), (2, "member"))
    ]
    who = {"kind": "person", "person": 100, "scopes": set(), "seats": seats}
    case = {"tlp": "TLP:AMBER", "embargo": "none", "ends": 0, "shredded": False, "bars": []}
    for part, expected in (("deployer", False), ("vendor", True)):
        entry = {"party": 2, "part": part, "tier": 3, "consented": True}
        finding = {"senders": {1}, "case": case | {"parts": [entry], "read_ins": []}}
        finding |= {"shredded": False}
        said = access.may_fetch(actor(who), finding_facts(finding), now=at(NOW))
        assert isinstance(said, Allowed) == expected == oracle.may_fetch(who, finding, NOW)


def test_every_act_for_every_role_part_and_tier():
    """Exhaustive where the random worlds are thin: who takes part once, and nothing else."""
    people = product(MemberRole, (True, False), Part, Tier, ("read", "submit", "coordinate", ""))
    for role, in_house, part, tier, scope in people:
        seat = {"party": HOUSE if in_house else 1, "role": role.value, "house": in_house}
        who = {
            "kind": "token" if scope else "person",
            "person": 100,
            "scopes": {"read", scope} if scope else set(),
            "seats": [seat | {"admin": False, "party_roles": []}],
        }
        entry = {"party": seat["party"], "part": part.value, "tier": tier, "consented": True}
        for shredded in (False, True):
            case = {"tlp": "TLP:AMBER", "embargo": "none", "ends": 0, "shredded": shredded}
            case |= {"parts": [entry], "read_ins": [], "bars": []}
            for act in Act:
                said = access.may(act, actor(who), case_facts(case), now=at(NOW))
                expected = oracle.may(act.value, who, case, NOW)
                assert isinstance(said, Allowed) == expected, (act, who, case)


def test_the_page_names_every_act():
    assert sorted(oracle.acts()) == sorted(act.value for act in Act)
    assert set(RULES) == set(Act)


def test_the_page_says_the_way_outs_as_they_are():
    """The table of docs/access.md against `core.ways_out`, word by word."""
    from seawall.core.ways_out import Say, Way, may_say
    from seawall.vocab.tlp import Tlp

    words = {
        "by tier": Say.PROOF,
        "nothing": Say.NOTHING,
        '"there is something new"': Say.SIGN_IN,
        "the id": Say.ID,
        "states, dates": Say.STATE,
        "title": Say.TITLE,
        "detail": Say.DETAIL,
    }
    ways = {
        "page, API": (Way.PAGE, Way.API),
        "mail, webhook": (Way.MAIL, Way.WEBHOOK),
        "export to a file": (Way.EXPORT,),
        "relay to another coordinator": (Way.RELAY,),
        "feed": (Way.FEED,),
        "ledger, logs": (Way.LOG,),
    }
    rows = oracle.table("Way")
    assert {way for row in rows for way in ways[row["Way"]]} == set(Way)
    for row, tlp in product(rows, Tlp):
        for way in ways[row["Way"]]:
            said = may_say(tlp=tlp, tier=Tier.T3, embargo_holds=False, way=way)
            assert said is words[row[tlp.value.removeprefix("TLP:")]], (way, tlp)


def test_administrators_manage_people_and_nothing_else():
    """A party's admins manage its people, those of the house everybody's; no token does."""
    rng = random.Random("admins")
    for _ in range(2000):
        who, party = random_who(rng), rng.choice(PARTIES)
        by, seats = actor(who), who["seats"]
        admin_of = {seat["party"] for seat in seats if seat["admin"]}
        in_house = any(seat["admin"] and seat["house"] for seat in seats)
        person = who["kind"] != "token"
        whole = person and oracle.is_installation(who)
        managed = isinstance(access.may_manage(by, party=party), Allowed)
        assert managed == (whole or (person and (in_house or party in admin_of))), who
        runs = isinstance(access.may_administer(by), Allowed)
        assert runs == (whole or (person and in_house)), who
        ranks = [list(MemberRole).index(MemberRole(s["role"])) for s in seats if s["house"]]
        expected = 2 if oracle.is_installation(who) else max(ranks, default=None)
        assert access.house_rank(by) == expected, who
