"""Nothing is said on a way out that the marking, the embargo or the tier forbids."""

from itertools import product

import pytest

from seawall.core.ways_out import Say, Way, in_force, may_say
from seawall.vocab.access import Tier
from seawall.vocab.tlp import Tlp

TIERS = [None, *Tier]


@pytest.mark.parametrize("way", [Way.MAIL, Way.WEBHOOK])
@pytest.mark.parametrize(
    ("tlp", "most"),
    [
        (Tlp.RED, Say.SIGN_IN),
        (Tlp.AMBER_STRICT, Say.ID),
        (Tlp.AMBER, Say.STATE),
        (Tlp.GREEN, Say.TITLE),
        (Tlp.CLEAR, Say.TITLE),
    ],
)
def test_mail_and_webhooks_say_what_the_marking_allows(way, tlp, most):
    assert may_say(tlp=tlp, tier=Tier.T3, embargo_holds=False, way=way) is most
    assert may_say(tlp=tlp, tier=Tier.T3, embargo_holds=True, way=way) is min(most, Say.STATE)


def test_whoever_may_not_know_of_it_is_told_nothing():
    for tlp, holds, way in product(Tlp, [False, True], set(Way) - {Way.FEED, Way.LOG}):
        assert may_say(tlp=tlp, tier=None, embargo_holds=holds, way=way) is Say.NOTHING


def test_nobody_is_told_more_than_the_tier_opens():
    opens = {Tier.T0: Say.STATE, Tier.T1: Say.TITLE, Tier.T2: Say.DETAIL, Tier.T3: Say.PROOF}
    for tlp, holds, way, tier in product(Tlp, [False, True], set(Way), Tier):
        if way in (Way.FEED, Way.LOG):
            continue
        assert may_say(tlp=tlp, tier=tier, embargo_holds=holds, way=way) <= opens[tier]


def test_an_embargo_never_lets_more_be_said():
    for tlp, way, tier in product(Tlp, Way, TIERS):
        held = may_say(tlp=tlp, tier=tier, embargo_holds=True, way=way)
        assert held <= may_say(tlp=tlp, tier=tier, embargo_holds=False, way=way)


def test_a_stricter_marking_never_lets_more_be_said():
    for (one, other), holds, way, tier in product(
        zip(list(Tlp)[:-1], list(Tlp)[1:], strict=True), [False, True], Way, TIERS
    ):
        stricter = may_say(tlp=one, tier=tier, embargo_holds=holds, way=way)
        assert stricter <= may_say(tlp=other, tier=tier, embargo_holds=holds, way=way)


def test_the_public_feed_has_only_what_is_clear_and_free():
    for tlp, holds, tier in product(Tlp, [False, True], TIERS):
        said = may_say(tlp=tlp, tier=tier, embargo_holds=holds, way=Way.FEED)
        assert (said is Say.DETAIL) == (tlp is Tlp.CLEAR and not holds)
        assert said in (Say.DETAIL, Say.NOTHING)


@pytest.mark.parametrize("tier", TIERS)
def test_the_log_never_has_a_title(tier):
    for tlp, holds in product(Tlp, [False, True]):
        said = may_say(tlp=tlp, tier=tier, embargo_holds=holds, way=Way.LOG)
        assert said is (Say.ID if tlp is Tlp.RED else Say.STATE)


@pytest.mark.parametrize(
    ("way", "closed"),
    [(Way.EXPORT, {Tlp.RED}), (Way.RELAY, {Tlp.RED, Tlp.AMBER_STRICT})],
)
def test_files_and_relays_stop_where_the_marking_does(way, closed):
    for tlp in Tlp:
        said = may_say(tlp=tlp, tier=Tier.T3, embargo_holds=True, way=way)
        assert said is (Say.NOTHING if tlp in closed else Say.PROOF)


def test_the_marking_in_force_is_the_policy_s():
    from seawall.core.access import CaseFacts, marking

    for tlp, holds in product(Tlp, [False, True]):
        facts = CaseFacts(tlp=tlp, embargo_holds=holds)
        assert in_force(tlp, embargo_holds=holds) is marking(facts)
