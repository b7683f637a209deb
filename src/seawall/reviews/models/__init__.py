"""Tables of the review: submissions, evaluations, trusted partners, grants and their use."""

from seawall.reviews.models.banks import PrivateBank
from seawall.reviews.models.evaluations import Determination, Evaluation, ItemRun
from seawall.reviews.models.gateway import Stop, Upstream
from seawall.reviews.models.grants import AbuseSignal, BoundKey, Call, Grant
from seawall.reviews.models.partners import Partner, Selection
from seawall.reviews.models.submissions import Attribution, Submission

__all__ = [
    "AbuseSignal",
    "Attribution",
    "BoundKey",
    "Call",
    "Determination",
    "Evaluation",
    "Grant",
    "ItemRun",
    "Partner",
    "PrivateBank",
    "Selection",
    "Stop",
    "Submission",
    "Upstream",
]
