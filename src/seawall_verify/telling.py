"""What a verification found, in words and as a JSON document."""

import base64
from typing import Any

from seawall_verify.failures import Forked, Missing, RolledBack, Unreachable
from seawall_verify.logs import Report
from seawall_verify.proofs import Proven

_KINDS = ((Forked, "forked"), (RolledBack, "rolled back"), (Missing, "missing"))


def report_document(report: Report) -> dict[str, Any]:
    """A sound log as JSON; `root` is base64."""
    return {
        "sound": True,
        "origin": report.checkpoint.origin,
        "size": report.checkpoint.size,
        "root": base64.b64encode(report.checkpoint.root).decode(),
        "entries": report.entries,
        "unseen": report.unseen,
        "since": report.since,
        "cosigned_by": list(report.cosigned_by),
    }


def report_words(report: Report) -> str:
    """A sound log in a few lines."""
    lines = [
        f"Sound: {printable(report.checkpoint.origin)}",
        f"  {report.checkpoint.size} entries, root "
        f"{base64.b64encode(report.checkpoint.root).decode()}",
    ]
    if report.unseen:
        lines.append(f"  {report.unseen} of them are not given out; their hashes are counted in")
    if report.since is not None:
        lines.append(f"  continues the log of {report.since} entries that was seen before")
    return "\n".join(lines + _cosigned(report.cosigned_by))


def proven_document(proven: Proven) -> dict[str, Any]:
    """An entry that is in the log, as JSON."""
    return {
        "sound": True,
        "origin": proven.checkpoint.origin,
        "index": proven.index,
        "size": proven.checkpoint.size,
        "cosigned_by": list(proven.cosigned_by),
    }


def proven_words(proven: Proven) -> str:
    """An entry that is in the log, in a line or two."""
    first = (
        f"In the log: entry {proven.index} of the {proven.checkpoint.size} of "
        f"{printable(proven.checkpoint.origin)}"
    )
    return "\n".join([first, *_cosigned(proven.cosigned_by)])


def failure_document(error: Exception) -> dict[str, Any]:
    """What went wrong, as JSON; `kind` tells programs apart what the sentence tells people.
    `sound` is null when nothing is known."""
    kind = next((name for kind, name in _KINDS if isinstance(error, kind)), "does not verify")
    if isinstance(error, Unreachable):
        return {"sound": None, "kind": "unreachable", "problem": str(error)}
    return {"sound": False, "kind": kind, "problem": str(error)}


def failure_words(error: Exception) -> str:
    """What went wrong, in a sentence; how to prove it to others when it can be proven."""
    if isinstance(error, Forked):
        return (
            f"{error}\nKeep both checkpoints, the earlier and the log's present one: both carry "
            "the log's signature and prove this to anybody."
        )
    return str(error)


def printable(text: str) -> str:
    """Foreign text without what could drive a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _cosigned(names: tuple[str, ...]) -> list[str]:
    return [f"  cosigned by {', '.join(map(printable, names))}"] if names else []
