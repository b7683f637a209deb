"""The words of `vocab` as people read them: translated, each with the tone of its badge.

Pages show a state, level, verdict or marking by `{% badge value %}` or `{{ value|word }}`.
"""

from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy as _

from seawall.vocab.evidence import EvidenceLevel

WORDS: dict[str, Any] = {
    # report states
    "received": _("received"),
    "valid": _("valid"),
    "invalid": _("invalid"),
    "accepted": _("accepted"),
    "deferred": _("deferred"),
    "closed": _("closed"),
    # embargo states
    "none": _("none"),
    "proposed": _("proposed"),
    "active": _("active"),
    "revise": _("revise"),
    "exited": _("exited"),
    # verdicts
    "confirmed": _("confirmed"),
    "not reproduced": _("not reproduced"),
    "flaky": _("flaky"),
    "forged": _("forged"),
    "unsupported": _("unsupported"),
    "error": _("error"),
    # outcomes of fixes
    "verified": _("verified"),
    "ineffective": _("ineffective"),
    "breaks": _("breaks"),
    # evidence
    "claimed": _("claimed"),
    "reproduced": _("reproduced"),
    "differential": _("differential"),
    "attributed": _("attributed"),
    "replicated": _("replicated"),
    # severity
    "critical": _("critical"),
    "high": _("high"),
    "medium": _("medium"),
    "low": _("low"),
    "unknown": _("unknown"),
    # advisories and obligations
    "published": _("published"),
    "draft": _("draft"),
    "open": _("open"),
    "overdue": _("overdue"),
    "remediated": _("remediated"),
    "mitigated": _("mitigated"),
    "not affected": _("not affected"),
    "no longer bound": _("no longer bound"),
    # scan claims and private matching
    "planned": _("planned"),
    "released": _("released"),
    "finished": _("finished"),
    "waiting for points": _("waiting for points"),
    "waiting for answers": _("waiting for answers"),
    "done": _("done"),
    "dates only": _("dates only"),
    "organisation name and dates": _("organisation name and dates"),
    "name, dates, model and purpose": _("name, dates, model and purpose"),
    "It may be the same code: compare with them before you begin.": _(
        "It may be the same code: compare with them before you begin."
    ),
    "They ask to scan it alone: wait, choose other versions, or talk to them.": _(
        "They ask to scan it alone: wait, choose other versions, or talk to them."
    ),
    "You ask to scan it alone and they are there: talk to them, or share the claim.": _(
        "You ask to scan it alone and they are there: talk to them, or share the claim."
    ),
    "You both share it: scan in different ways, or split the versions.": _(
        "You both share it: scan in different ways, or split the versions."
    ),
    # the review of a model: submissions, what is found, regimes
    "submitted": _("submitted"),
    "evaluating": _("evaluating"),
    "determined": _("determined"),
    "window open": _("window open"),
    "window closed": _("window closed"),
    "covered": _("covered"),
    "not covered": _("not covered"),
    "undecided": _("undecided"),
    "in force": _("in force"),
    "offence": _("offence"),
    "defence": _("defence"),
    # trusted partners and their access
    "applied": _("applied"),
    "selected": _("selected"),
    "refused": _("refused"),
    "appealed": _("appealed"),
    "designated": _("designated"),
    "revoked": _("revoked"),
    "requested": _("requested"),
    "provisioned": _("provisioned"),
    "suspended": _("suspended"),
    "government": _("government"),
    "official": _("official"),
    "federal agency": _("federal agency"),
    "state or local government": _("state or local government"),
    "hospital": _("hospital"),
    "community bank": _("community bank"),
    "bank": _("bank"),
    "utility": _("utility"),
    "other critical infrastructure": _("other critical infrastructure"),
    "security vendor or researcher": _("security vendor or researcher"),
    "open-source maintainer": _("open-source maintainer"),
    "bulk pull": _("bulk pull"),
    "off purpose": _("off purpose"),
    "odd hours": _("odd hours"),
    "stolen token": _("stolen token"),
    "many addresses": _("many addresses"),
    "dpop": _("DPoP"),
    "mtls": _("mutual TLS"),
    # the head start of a model
    "Vulnerabilities found with the model": _("Vulnerabilities found with the model"),
    "Proven by execution in the target's own code (E3)": _(
        "Proven by execution in the target's own code (E3)"
    ),
    "With a fix verified against every proof": _("With a fix verified against every proof"),
    "Published": _("Published"),
    "Exposures found in operators' systems": _("Exposures found in operators' systems"),
    "Exposures closed": _("Exposures closed"),
    # roles and parts
    "finder": _("finder"),
    "reporter": _("reporter"),
    "vendor": _("vendor"),
    "coordinator": _("coordinator"),
    "deployer": _("deployer"),
    "authority": _("authority"),
    "lab": _("lab"),
    "evaluator": _("evaluator"),
    "other": _("other"),
    "viewer": _("viewer"),
    "member": _("member"),
    "lead": _("lead"),
    # people, sessions and tokens
    "administrator": _("administrator"),
    "deactivated": _("deactivated"),
    "the house": _("the house"),
    "the installation": _("the installation"),
    "this session": _("this session"),
    "ended": _("ended"),
    "password": _("password"),
    "passkey": _("passkey"),
    "oidc": _("OpenID"),
    # approvals
    "waiting": _("waiting"),
    # notices and webhooks
    "new": _("new"),
    "urgent": _("urgent"),
    "works": _("works"),
    "delivered": _("delivered"),
    "failed": _("failed"),
    "approved": _("approved"),
    "used": _("used"),
    "withdrawn": _("withdrawn"),
    "expired": _("expired"),
    "release under embargo": _("release under embargo"),
    "export of a reproducer": _("export of a reproducer"),
    "break-glass": _("break-glass"),
    "designation": _("designation"),
    "shredding": _("shredding"),
}

TONES = {
    "good": (
        "confirmed",
        "verified",
        "valid",
        "accepted",
        "published",
        "remediated",
        "closed",
        "works",
        "delivered",
        "provisioned",
        "designated",
        "window open",
    ),
    "bad": (
        "forged",
        "error",
        "ineffective",
        "breaks",
        "critical",
        "overdue",
        "invalid",
        "failed",
        "stolen token",
    ),
    "warn": (
        "flaky",
        "not reproduced",
        "high",
        "proposed",
        "revise",
        "mitigated",
        "draft",
        "urgent",
        "covered",
        "refused",
        "revoked",
        "suspended",
    ),
    "hold": (
        "active",
        "received",
        "open",
        "medium",
        "submitted",
        "evaluating",
        "determined",
        "applied",
        "appealed",
        "selected",
        "requested",
        "approved",
    ),
}
_TONE_OF = {word: tone for tone, words in TONES.items() for word in words}


def word(value: Any) -> str:
    """What people read for `value`: an enum of `vocab`, its value, or any other text as it is."""
    if isinstance(value, EvidenceLevel):
        return f"{value.name} {WORDS[value.word]}"
    text = str(value.value) if isinstance(value, Enum) else str(value)
    return str(WORDS.get(text, text))


def tone(value: Any) -> str:
    """The tone of a badge: "good", "bad", "warn", "hold", "plain", or the name of its own class:
    "tlp-amber-strict" for a marking, "level-3" for a level."""
    if isinstance(value, EvidenceLevel):
        return f"level-{int(value)}"
    text = str(value.value) if isinstance(value, Enum) else str(value)
    if text.startswith("TLP:"):
        return "tlp-" + text.removeprefix("TLP:").replace("+", "-").lower()
    return _TONE_OF.get(text, "plain")
