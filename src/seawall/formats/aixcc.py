"""Submissions of AI cyber reasoning systems, as the competition API of AIxCC has them, to reports.

The bodies and statuses are those of DARPA AIxCC's Competition API v1 ("types.POVSubmission",
"types.PatchSubmission", "types.SARIFSubmission", "types.SubmissionStatus"): a test case of at most
2 MiB, a diff of at most 100 KiB, both in base64.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from seawall.formats.archives import pack_zip
from seawall.formats.report import write_seawall_report
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.evidence import Verdict
from seawall.vocab.findings import Attachment, Finding, Provenance, Report, ReportFormat
from seawall.vocab.fixes import FixOutcome

MAX_TESTCASE, MAX_PATCH = 2 << 20, 100 << 10
TESTCASE = "testcase"
"""The file of a reproducer that holds the test case."""


class Status(StrEnum):
    """What became of a submission."""

    ACCEPTED = "accepted"
    """Taken; work on it goes on."""
    PASSED = "passed"
    FAILED = "failed"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    ERRORED = "errored"
    """It could not be judged here."""
    INCONCLUSIVE = "inconclusive"
    """It can be judged by nobody: nothing says how to run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pov:
    """A proof of vulnerability: an input and the fuzzer that it crashes."""

    fuzzer: str
    sanitizer: str
    engine: str
    architecture: str
    testcase: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """sha256, hex, over everything."""
        said = "\0".join([self.fuzzer, self.sanitizer, self.engine, self.architecture, ""])
        return hashlib.sha256(said.encode() + self.testcase).hexdigest()


def read_base64(text: str, *, where: str, max_bytes: int) -> bytes:
    """The bytes; raises BadInput for no base64, nothing, or too much."""
    if len(text) > max_bytes * 4 // 3 + 4:
        raise BadInput(f"more than {max_bytes >> 10} KiB", where=where)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("not base64", where=where) from None
    if not data or len(data) > max_bytes:
        raise BadInput(f"empty, or more than {max_bytes >> 10} KiB", where=where)
    return data


def pov_report(pov: Pov, *, target: str, label: str, template: str) -> bytes:
    """The proof as a Seawall report with one finding.

    With a `template`, the reproducer.toml of the task for this fuzzer, its reproducer is that
    with the test case as the file `testcase`; without one the test case is an attachment only.
    """
    if template:
        files = {"reproducer.toml": template.encode(), TESTCASE: pov.testcase}
        attachment = Attachment(
            name="reproducer", media_type="application/zip", data=pack_zip(files)
        )
    else:
        attachment = Attachment(
            name=TESTCASE, media_type="application/octet-stream", data=pov.testcase
        )
    fuzzer = one_line(pov.fuzzer, limit=200)
    finding = Finding(
        key="1",
        title=one_line(f"{pov.sanitizer} sanitizer fires in {fuzzer}", limit=300),
        description=f"An input for the fuzzer {fuzzer} ({pov.engine}, {pov.architecture}) of the "
        f"task {one_line(label, limit=200)} makes the {pov.sanitizer} sanitizer report an error.",
        target=target,
        reproducer=attachment.name if template else "",
        extra={"fuzzer": pov.fuzzer, "sanitizer": pov.sanitizer, "engine": pov.engine},
    )
    report = Report(
        format=ReportFormat.SEAWALL,
        digest="",
        provenance=Provenance(),
        findings=(finding,),
        attachments=(attachment,),
    )
    document = write_seawall_report(report)
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def sarif_bytes(sarif: Mapping[str, Any]) -> bytes:
    """A submitted SARIF log as the bytes of a report, the same for the same log."""
    return json.dumps(sarif, ensure_ascii=False, sort_keys=True).encode()


def pov_status(*, has_reproducer: bool, is_unreadable: bool, verdict: Verdict | None) -> Status:
    """The status of a proof from its validation; None while there is none."""
    if is_unreadable:
        return Status.ERRORED
    if not has_reproducer:
        return Status.INCONCLUSIVE
    return _OF_VERDICT[verdict] if verdict is not None else Status.ACCEPTED


_OF_VERDICT = {
    Verdict.CONFIRMED: Status.PASSED,
    Verdict.NOT_REPRODUCED: Status.FAILED,
    Verdict.FLAKY: Status.FAILED,
    Verdict.FORGED: Status.FAILED,
    Verdict.UNSUPPORTED: Status.ERRORED,
    Verdict.ERROR: Status.ERRORED,
}


def patch_status(outcome: FixOutcome | None) -> tuple[Status, bool | None]:
    """The status of a patch from its verification, and whether the feature still works; None
    for not known."""
    match outcome:
        case None:
            return Status.ACCEPTED, None
        case FixOutcome.VERIFIED:
            return Status.PASSED, True
        case FixOutcome.INEFFECTIVE:
            return Status.FAILED, None
        case FixOutcome.BREAKS:
            return Status.FAILED, False
        case FixOutcome.ERROR:
            return Status.ERRORED, None


_GRAVEST = (
    Status.DEADLINE_EXCEEDED,
    Status.FAILED,
    Status.ERRORED,
    Status.INCONCLUSIVE,
    Status.ACCEPTED,
)


def bundle_status(parts: Iterable[Status]) -> Status:
    """The status of a bundle: that of its worst part, passed when all have."""
    found = set(parts)
    return next((each for each in _GRAVEST if each in found), Status.PASSED)
