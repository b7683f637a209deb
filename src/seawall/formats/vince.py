"""A case as a report to VINCE, CERT/CC's coordination platform.

The report form of VINCE over its API: `POST …/api/vulreport/` with the form's fields and one file,
answered by 201 with `vrf_id`, or 400 with `errors` (CERT/CC, github.com/CERTCC/VINCE,
vinny/tests/test_vulreport_api.py and the form at kb.cert.org/vince/comm/report; key in the header
`Authorization: Token …`, vuls.cert.org "VINCE API").
"""

import io
import json
import zipfile
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.formats.handover_text import handover_report, handover_text
from seawall.formats.purl import parse_purl
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Attachment
from seawall.vocab.handover import Contact, HandoverPayload

PATH = "/vulreport/"
_LONG = 20_000
_OTHER_REASON = "3"
"""`why_no_attempt`: 1 no contact found, 2 vendor unresponsive, 3 other."""


def vince_form(payload: HandoverPayload, contact: Contact) -> dict[str, str]:
    """The fields of the report form; truth is written "True" and "False"."""
    name, version = _product(payload)
    told = payload.vendor_told_at
    fields = {
        "contact_name": contact.name,
        "contact_org": contact.organisation,
        "contact_email": contact.email,
        "share_release": "False",
        "credit_release": str(bool(payload.credits)),
        "comm_attempt": str(told is not None),
        "vendor_name": payload.vendor or name,
        "multiplevendors": "False",
        "product_name": name,
        "product_version": version or "unknown",
        "vul_description": handover_text(payload)[:_LONG],
        "vul_exploit": (payload.evidence or "See the description.")[:_LONG],
        "vul_impact": f"Severity: {payload.severity}" if payload.severity else "See description.",
        "vul_discovery": "Reported to us; see the description for how it was reproduced.",
        "vul_public": str(payload.is_public),
        "vul_exploited": str(payload.is_exploited),
        "vul_disclose": str(payload.embargo_ends_at is not None),
        "tracking": payload.case,
        "comments": f"{payload.marking}. Passed on by {contact.organisation}.",
    }
    if told is not None:
        fields["first_contact"] = f"{told:%Y-%m-%d}"
        fields["vendor_communication"] = "The vendor is a participant of our case."
    else:
        fields["why_no_attempt"] = _OTHER_REASON
        fields["please_explain"] = "We ask you to coordinate."
    if payload.references and payload.is_public:
        fields["public_references"] = "\n".join(payload.references)
    if payload.embargo_ends_at is not None:
        fields["disclosure_plans"] = f"Not before {payload.embargo_ends_at:%Y-%m-%d %H:%M} UTC."
    return fields


def vince_file(payload: HandoverPayload) -> Attachment:
    """The one file that the form takes: the report with all attachments, zipped."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (
            ("report.json", handover_report(payload)),
            *((f"attachments/{each.name}", each.data) for each in payload.attachments),
        ):
            archive.writestr(zipfile.ZipInfo(name), data)
    return Attachment(
        name=f"{payload.case}.zip", media_type="application/zip", data=packed.getvalue()
    )


def read_vince_answer(data: bytes) -> str:
    """The id that VINCE gave the report ("VRF#…"); raises BadInput for another answer."""
    answer = parse_json(data, name="VINCE's answer")
    if not isinstance(answer, dict) or not isinstance(answer.get("vrf_id"), str | int):
        raise BadInput("the answer names no vrf_id")
    return one_line(str(answer["vrf_id"]), limit=60)


def read_vince_errors(data: bytes) -> str:
    """What VINCE says is wrong with a report, in one line."""
    try:
        answer: Any = parse_json(data, name="VINCE's answer")
    except BadInput:
        return "refused without a reason"
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return one_line(json.dumps(errors)) if errors else "refused without a reason"


def _product(payload: HandoverPayload) -> tuple[str, str]:
    try:
        purl = parse_purl(payload.target)
    except BadInput:
        return payload.target or payload.title, payload.affected_versions
    return purl.name, payload.affected_versions or purl.version or ""
