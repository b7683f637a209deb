"""The bytes of reports and attachments, which are kept sealed under the report's key."""

from seawall.findings.models import Attachment, Report
from seawall.parties import sealing


def received(report: Report) -> bytes:
    """A report's bytes as they were received. Raises Shredded, BlobMissing, or Damaged."""
    if report.shredded_at is not None:
        raise sealing.Shredded(report.shredded_at)
    return sealing.kept(report.key_id, report.blob, digest=report.digest)


def content(attachment: Attachment) -> bytes:
    """The bytes of an attachment. Raises Shredded, BlobMissing, or Damaged."""
    return sealing.kept(attachment.report.key_id, attachment.blob, digest=attachment.digest)
