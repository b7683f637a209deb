"""Embargo schedules under clocks that jump: nothing leaves early on any way. 10,000 through the
rules alone; some through the doors, the mail server and the webhook receivers."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from seawall.core import access, embargo
from seawall.core.cvd import CvdEvent, record
from seawall.core.embargo import Embargo, ExitReason, Signs
from seawall.core.embargo_length import Length
from seawall.core.ways_out import Say, Way, may_say
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import Actor, ActorKind, Seat
from seawall.vocab.cases import CvdState, EmbargoState
from seawall.vocab.decisions import Allowed, Refused
from seawall.vocab.tlp import Tlp
from validation.records import NOON

HOUR = timedelta(hours=1)
SHARDS, EACH = 4, 2500


@dataclass
class Agreed:
    """What the parties agreed, kept by a bookkeeper who knows no states: until when nothing may
    leave, and whether that is over."""

    until: datetime | None = None
    proposed: datetime | None = None
    over: bool = False

    def holds(self, now: datetime) -> bool:
        return self.until is not None and not self.over and now < self.until


@dataclass
class Scene:
    """One case in one schedule."""

    rng: random.Random
    now: datetime = NOON
    held: Embargo = embargo.NO_EMBARGO
    cvd: CvdState = CvdState()
    signs: Signs = Signs()
    agreed: Agreed = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.agreed = Agreed()


def test_the_length_of_an_embargo_and_moved_clocks_let_nothing_out() -> None:
    """A plain one first: held until its end, whatever the clockwork noticed, and free after."""
    held = Embargo(state=EmbargoState.ACTIVE, ends_at=NOON + HOUR)
    assert not isinstance(embargo.may_publish(held, now=NOON), Allowed)
    assert isinstance(embargo.may_publish(held, now=NOON + HOUR), Allowed)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_10_000_schedules_let_nothing_out_early(shard):
    rng = random.Random(f"schedules {shard}")
    for _ in range(EACH):
        scene = Scene(rng=rng)
        for _ in range(rng.randrange(4, 14)):
            step(scene)
            check_rules(scene)


def step(scene: Scene) -> None:
    """Something happens; time passes, forwards or back; the clockwork runs late or not at all."""
    rng = scene.rng
    rng.choice((propose, propose, accept, accept, reject, end, shorten, observe, leak, clockwork))(
        scene
    )
    scene.now += rng.choice((0, 1, 2, 5, 24, -1, -3)) * HOUR


def propose(scene: Scene) -> None:
    until = scene.now + scene.rng.randrange(-2, 40) * HOUR
    longest = Length(
        ends_at=NOON + scene.rng.choice((10, 30, 90)) * HOUR,
        because="x",
        decided_by="x",
        considered=(),
    )
    after = embargo.propose(
        scene.held, until=until, by="a", cvd=scene.cvd, longest=longest, now=scene.now
    )
    if not isinstance(after, Refused):
        assert scene.now < until <= longest.ends_at
        scene.held, scene.agreed.proposed = after, until


def accept(scene: Scene) -> None:
    after = embargo.accept(scene.held, cvd=scene.cvd, now=scene.now)
    if not isinstance(after, Refused):
        assert scene.agreed.proposed is not None and not scene.agreed.over
        scene.held = after
        scene.agreed.until, scene.agreed.proposed = scene.agreed.proposed, None


def reject(scene: Scene) -> None:
    after = embargo.reject(scene.held)
    if not isinstance(after, Refused):
        scene.held, scene.agreed.proposed = after, None


def end(scene: Scene) -> None:
    after = embargo.exit_embargo(scene.held, reason=ExitReason.PUBLISHED, now=scene.now)
    if not isinstance(after, Refused):
        scene.held, scene.agreed.over = after, True


def shorten(scene: Scene) -> None:
    to = scene.now + scene.rng.randrange(0, 20) * HOUR
    after = embargo.shorten(scene.held, to=to)
    if not isinstance(after, Refused):
        assert scene.agreed.until is not None and to < scene.agreed.until
        scene.held, scene.agreed.until = after, to
        if scene.agreed.proposed is not None and scene.agreed.proposed > to:
            scene.agreed.proposed = None


def observe(scene: Scene) -> None:
    after = record(scene.cvd, scene.rng.choice(list(CvdEvent)))
    if not isinstance(after, Refused):
        scene.cvd = after[0]


def leak(scene: Scene) -> None:
    if scene.rng.random() < 0.2:
        scene.signs = Signs(leaked=scene.rng.random() < 0.5, fix_public=True)


def clockwork(scene: Scene) -> None:
    held = embargo.after(scene.held, cvd=scene.cvd, now=scene.now, signs=scene.signs)
    fired = scene.cvd.public_aware or scene.cvd.exploit_public or scene.cvd.attacks_observed
    fired = fired or scene.signs.leaked or scene.signs.fix_public
    due = scene.agreed.until is not None and scene.agreed.until <= scene.now
    if scene.held.holds and not held.holds:
        assert fired or due, "the clockwork ended what nobody ended"
        scene.agreed.over = True
    if scene.held.holds and (fired or due):
        assert not held.holds
    if held.proposed_until is None:
        scene.agreed.proposed = None
    scene.held = held


def check_rules(scene: Scene) -> None:
    """What every way out asks, at this moment of this clock."""
    holds = scene.agreed.holds(scene.now)
    allowed = isinstance(embargo.may_publish(scene.held, now=scene.now), Allowed)
    assert allowed == (not holds), (scene.held, scene.agreed, scene.now)
    ends = scene.held.ends_at
    in_force = scene.held.holds and ends is not None and scene.now < ends
    assert in_force == holds
    if not holds:
        return
    for tlp in (Tlp.AMBER, Tlp.GREEN, Tlp.CLEAR):
        facts = access.CaseFacts(tlp=tlp, embargo_holds=holds, participants=_PARTS)
        assert access.tier_of(_OUTSIDER, facts, now=scene.now) is None
        assert access.tier_of(_SILENT, facts, now=scene.now) is Tier.T0
        for tier in (None, Tier.T0):
            for way in Way:
                said = may_say(tlp=tlp, tier=tier, embargo_holds=holds, way=way)
                assert said <= (Say.STATE if tier is not None or way is Way.LOG else Say.NOTHING)
        for way in (Way.FEED, Way.MAIL, Way.WEBHOOK, Way.LOG):
            assert may_say(tlp=tlp, tier=Tier.T3, embargo_holds=holds, way=way) <= Say.STATE


def _person(party: int) -> Actor:
    seat = Seat(party=party, party_roles=frozenset(), role=MemberRole.LEAD)
    return Actor(kind=ActorKind.PERSON, id="x", person=party, seats=(seat,))


_OUTSIDER, _SILENT = _person(1), _person(2)
_PARTS = (access.Participation(party=2, part=Part.VENDOR, tier=Tier.T3, consented=False),)


# -- through the doors --


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_schedules_through_the_doors_let_nothing_out_early(seed, doors):
    for number in range(3):
        doors.play(random.Random(f"doors {seed} {number}"), steps=5)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(40))
def test_hundreds_of_schedules_through_the_doors_let_nothing_out_early(seed, doors):
    for number in range(10):
        doors.play(random.Random(f"many doors {seed} {number}"), steps=8)


@pytest.fixture
def doors(home, settings, publisher, no_copies, monkeypatch, post, receiver) -> Any:
    from access.leaving import Doors

    return Doors(monkeypatch=monkeypatch, post=post, receiver=receiver)
