"""What may be said of a case on each way out. Every sender asks here, at the moment of sending.

The markings are TLP 2.0 (FIRST, August 2022): RED is for the eyes of named people, AMBER+STRICT
stays in the recipient's organisation, AMBER may reach its clients, GREEN its community. Mail and
webhooks pass through hands that nobody named, so they say less than a page does.
"""

from enum import IntEnum, StrEnum

from seawall.vocab.access import Tier
from seawall.vocab.tlp import Tlp


class Way(StrEnum):
    """How something leaves this installation."""

    PAGE = "page"
    """To somebody who signed in."""
    API = "api"
    """To the holder of a token."""
    MAIL = "mail"
    WEBHOOK = "webhook"
    FEED = "feed"
    """To everybody."""
    EXPORT = "export"
    """A file for somebody who signed in."""
    LOG = "log"
    """The ledger, which witnesses read, and the logs of the server."""
    RELAY = "relay"
    """Another coordinator, vendor or system."""


class Say(IntEnum):
    """How much may be said, each level with all below it."""

    NOTHING = 0
    SIGN_IN = 1
    """That there is something new: no id, no word of what."""
    ID = 2
    """The id of the case."""
    STATE = 3
    """States, dates, what happened in a word."""
    TITLE = 4
    """Summary: title, target, severity."""
    DETAIL = 5
    """Description, evidence, messages, fixes."""
    PROOF = 6
    """The working reproducer."""


def in_force(tlp: Tlp, *, embargo_holds: bool) -> Tlp:
    """The marking in force: under an embargo never more open than AMBER."""
    if embargo_holds and tlp.openness > Tlp.AMBER.openness:
        return Tlp.AMBER
    return tlp


def may_say(*, tlp: Tlp, tier: Tier | None, embargo_holds: bool, way: Way) -> Say:
    """The most that may be said of a case on `way` to a recipient who reads it to `tier`; None
    for one who may not know of it, and on ways to nobody in particular."""
    marking = in_force(tlp, embargo_holds=embargo_holds)
    if way is Way.LOG:
        return Say.ID if marking is Tlp.RED else Say.STATE
    if way is Way.FEED:
        return Say.DETAIL if marking is Tlp.CLEAR else Say.NOTHING
    if tier is None:
        return Say.NOTHING
    return min(_BY_TIER[tier], _LIMITS[way][marking])


_BY_TIER = {Tier.T0: Say.STATE, Tier.T1: Say.TITLE, Tier.T2: Say.DETAIL, Tier.T3: Say.PROOF}
_SIGNED_IN = dict.fromkeys(Tlp, Say.PROOF)
_IN_PASSING = {
    Tlp.RED: Say.SIGN_IN,
    Tlp.AMBER_STRICT: Say.ID,
    Tlp.AMBER: Say.STATE,
    Tlp.GREEN: Say.TITLE,
    Tlp.CLEAR: Say.TITLE,
}
_LIMITS: dict[Way, dict[Tlp, Say]] = {
    Way.PAGE: _SIGNED_IN,
    Way.API: _SIGNED_IN,
    Way.MAIL: _IN_PASSING,
    Way.WEBHOOK: _IN_PASSING,
    # A file outlives the grant under which it was made.
    Way.EXPORT: _SIGNED_IN | {Tlp.RED: Say.NOTHING},
    # Passing on is to another organisation, which RED and AMBER+STRICT forbid.
    Way.RELAY: _SIGNED_IN | {Tlp.RED: Say.NOTHING, Tlp.AMBER_STRICT: Say.NOTHING},
}
