"""Cases, their candidate fixes with verifications, and proposals to merge."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from seawall.core.cvd import CvdEvent
from seawall.core.plain import from_plain
from seawall.core.public_ids import public_id
from seawall.findings.models import Finding
from seawall.parties import sealing
from seawall.vocab.cases import CvdState, EmbargoState, ReportState
from seawall.vocab.fixes import FixVerification
from seawall.vocab.tlp import Tlp

_HOLDING = [EmbargoState.ACTIVE.value, EmbargoState.REVISE.value]


class Case(models.Model):
    """The coordination of one vulnerability: of all findings in the group of `finding`.

    A case whose findings turn out to be those of an earlier case points to it by `merged_into`
    and sleeps; when that link is undone, it wakes.
    """

    finding = models.OneToOneField(Finding, on_delete=models.PROTECT, related_name="case")
    """The lead of the group when the case was opened."""
    title = models.CharField(max_length=500)
    cve = models.CharField(max_length=30, blank=True, default="")
    opened_at = models.DateTimeField()
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged"
    )
    report_state = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in ReportState]
    )
    embargo_state = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in EmbargoState]
    )
    embargo: Any = models.JSONField(default=dict)
    """The whole `core.embargo.Embargo`; the two columns beside it repeat what is searched by."""
    embargo_ends_at = models.DateTimeField(null=True)
    vendor_aware = models.BooleanField(default=False)
    fix_ready = models.BooleanField(default=False)
    fix_deployed = models.BooleanField(default=False)
    public_aware = models.BooleanField(default=False)
    exploit_public = models.BooleanField(default=False)
    attacks_observed = models.BooleanField(default=False)
    fix_promised_at = models.DateTimeField(null=True)
    """When the vendor says the fix will be out."""
    tlp = models.CharField(
        max_length=20, choices=[(t.value, t.value) for t in Tlp], default=Tlp.AMBER.value
    )
    key_id = models.CharField(max_length=64, blank=True, default="")
    """The data key of what the case keeps sealed; "" while it keeps nothing."""
    shredded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(merged_into__lt=F("id")),
                name="case_merges_into_earlier",
            ),
            models.CheckConstraint(
                condition=~Q(
                    embargo_state__in=[EmbargoState.ACTIVE.value, EmbargoState.REVISE.value]
                )
                | Q(embargo_ends_at__isnull=False),
                name="case_embargo_has_an_end",
            ),
            models.CheckConstraint(
                condition=(Q(vendor_aware=True) | Q(fix_ready=False))
                & (Q(fix_ready=True) | Q(fix_deployed=False)),
                name="case_vfd_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["embargo_state", "embargo_ends_at"], name="case_by_embargo"),
            models.Index(fields=["report_state", "vendor_aware"], name="case_by_report_state"),
            models.Index(
                fields=["fix_promised_at"],
                condition=Q(fix_promised_at__isnull=False),
                name="case_by_promise",
            ),
            models.Index(fields=["tlp"], name="case_by_marking"),
            models.Index(fields=["cve"], name="case_by_cve"),
            models.Index(
                fields=["shredded_at"],
                condition=Q(shredded_at__isnull=False),
                name="case_shredded",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public_id("C", year=self.opened_at.year, number=self.pk)

    @property
    def cvd(self) -> CvdState:
        return CvdState(
            vendor_aware=self.vendor_aware,
            fix_ready=self.fix_ready,
            fix_deployed=self.fix_deployed,
            public_aware=self.public_aware,
            exploit_public=self.exploit_public,
            attacks_observed=self.attacks_observed,
        )


class Covered(models.Model):
    """The case that is awake of a finding's group, of findings that have one. Kept by triggers
    (`cases.covers`): nothing else writes here."""

    finding = models.OneToOneField(
        Finding, on_delete=models.CASCADE, primary_key=True, related_name="covered"
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="covers")

    def __str__(self) -> str:
        return f"{self.finding_id} by {self.case_id}"


class CaseMoment(models.Model):
    """When something of the CVD model happened, or was first known here."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="moments")
    event = models.CharField(max_length=1, choices=[(e.value, e.words) for e in CvdEvent])
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "event"], name="moment_once")]


class CandidateFix(models.Model):
    """A fixed version or a diff that is said to end the vulnerability of a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="fixes")
    label = models.CharField(max_length=200)
    version = models.CharField(max_length=200, blank=True, default="")
    diff_digest = models.CharField(max_length=64, blank=True, default="")
    """sha256 of the unified diff; "" for a version."""
    diff_blob = models.CharField(max_length=64, blank=True, default="")
    """Where the diff is kept, sealed under the case's key."""
    test_argv: Any = models.JSONField(default=list)
    """The project's own tests, run in the sandbox against the fixed target; [] for none."""
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(version="") & ~Q(diff_digest=""))
                | (~Q(version="") & Q(diff_digest="")),
                name="fix_is_a_version_or_a_diff",
            ),
            models.UniqueConstraint(
                fields=["case", "version", "diff_digest"], name="fix_once_per_case"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def public_id(self) -> str:
        return public_id("FIX", year=self.added_at.year, number=self.pk)


class Verification(models.Model):
    """One graded run of a candidate fix against all reproducers of its case."""

    fix = models.ForeignKey(CandidateFix, on_delete=models.CASCADE, related_name="verifications")
    outcome = models.CharField(max_length=30)
    sealed = models.BinaryField(default=b"")
    silenced: Any = models.JSONField(default=list)
    """Digests of the reproducers that this fix silences."""
    recorded_at = models.DateTimeField()
    job_key = models.CharField(max_length=80, null=True, unique=True)

    record = sealing.sealed_json(
        "sealed",
        what="verification.record",
        place=lambda row: f"{row.fix_id} {row.outcome} {sealing.exact(row.recorded_at)}",
        key=lambda row: row.fix.case.key_id,
    )
    """`vocab.fixes.FixVerification`, sealed under the case's key."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.fix}: {self.outcome}"

    def value(self) -> FixVerification:
        """The whole record; raises Shredded."""
        return from_plain(FixVerification, self.record)


class MergeProposal(models.Model):
    """Two cases that seem to be one vulnerability, for a person to decide."""

    earlier = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals_later")
    later = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals_earlier")
    fix = models.ForeignKey(CandidateFix, on_delete=models.SET_NULL, null=True)
    explanation = models.TextField()
    made_at = models.DateTimeField()
    accepted = models.BooleanField(null=True)
    """None: undecided."""
    decided_by = models.CharField(max_length=120, blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="proposal_pair_once"),
            models.CheckConstraint(condition=Q(earlier__lt=F("later")), name="proposal_order"),
        ]

    def __str__(self) -> str:
        return f"{self.earlier} and {self.later}"

    @property
    def public_id(self) -> str:
        return f"M-{self.pk}"
