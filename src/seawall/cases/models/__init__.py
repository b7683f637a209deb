"""Cases, their fixes and proposals to merge (`case`); what moves their clocks (`clocks`); who and
what is in their rooms (`room`)."""

from seawall.cases.models.case import (
    CandidateFix,
    Case,
    CaseMoment,
    Covered,
    MergeProposal,
    Verification,
)
from seawall.cases.models.clocks import CasePolicy, Sign
from seawall.cases.models.room import (
    Bar,
    CapacityBudget,
    Credit,
    HandlingId,
    Handover,
    Message,
    Participant,
    ReadIn,
    RelayHop,
    RoomFile,
)

__all__ = [
    "Bar",
    "CandidateFix",
    "CapacityBudget",
    "Case",
    "CaseMoment",
    "CasePolicy",
    "Covered",
    "Credit",
    "HandlingId",
    "Handover",
    "MergeProposal",
    "Message",
    "Participant",
    "ReadIn",
    "RelayHop",
    "RoomFile",
    "Sign",
    "Verification",
]
