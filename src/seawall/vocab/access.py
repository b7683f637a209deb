"""Access: tiers of reading, roles of members, parts in a case, and what can be done."""

from enum import IntEnum, StrEnum


class Tier(IntEnum):
    """How much of a case somebody may read."""

    T0 = 0
    """That it exists: id, states, dates."""
    T1 = 1
    """Summary: title, target, severity, timeline."""
    T2 = 2
    """Technical detail: description, evidence, messages, fixes."""
    T3 = 3
    """Working reproducer."""


class MemberRole(StrEnum):
    """What a member does for a party, least first."""

    VIEWER = "viewer"
    """Reads."""
    MEMBER = "member"
    """Reads and works: writes, uploads, submits."""
    LEAD = "lead"
    """Decides for the party: accepts terms, releases, sponsors."""

    @property
    def rank(self) -> int:
        """0 for a viewer up to 2 for a lead."""
        return list(MemberRole).index(self)


class Part(StrEnum):
    """A party's part in one case (CERT Guide to CVD, "Roles in CVD")."""

    FINDER = "finder"
    VENDOR = "vendor"
    COORDINATOR = "coordinator"
    DEPLOYER = "deployer"
    OTHER = "other"


class Act(StrEnum):
    """What somebody can do in a case."""

    WRITE = "write in the room"
    ATTACH = "attach a file"
    ADD_FIX = "add a candidate fix"
    OBSERVE = "record what happened"
    DECIDE_REPORT = "decide about the report"
    PROPOSE_EMBARGO = "propose an embargo"
    ANSWER_EMBARGO = "answer a proposed embargo"
    END_EMBARGO = "end an embargo"
    CONSENT = "consent to the embargo for one's party"
    INVITE = "bring a party in"
    READ_IN = "read somebody in"
    BAR = "bar somebody"
    SET_TLP = "set the marking"
    HAND_OVER = "hand the case over"
    RELAY = "pass the case on"
    CREDIT = "edit credits"
    MERGE = "merge and split"
    DRAFT = "draft the advisory"
    PUBLISH = "publish the advisory"
    FETCH_PROOF = "fetch the reproducer"
    SHRED = "shred the case"
