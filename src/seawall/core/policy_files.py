"""What all policy files have in common: they are YAML mappings, and cite their sources."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import yaml

from seawall.vocab.disclosure import Citation
from seawall.vocab.errors import BadInput

MAX_TEXT = 64 << 10
T = TypeVar("T")


def read_file(text: str, *, name: str, what: str, read: Callable[[Mapping[str, Any]], T]) -> T:
    """Give what `read` makes of the mapping in a policy file. BadInput names the file; `what` is
    what the file describes, such as "a regime"."""
    if len(text) > MAX_TEXT:
        raise BadInput(f"more than {MAX_TEXT} characters", where=name)
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInput(f"not YAML: {error}", where=name) from None
    if not isinstance(raw, dict):
        raise BadInput(f"{what} is a mapping", where=name)
    try:
        return read(raw)
    except BadInput as bad:
        where = f"{name}: {bad.where}" if name and bad.where else name or bad.where
        raise BadInput(bad.what, where=where, mend=bad.mend) from None


def refuse_unknown(raw: Mapping[str, Any], known: frozenset[str], *, mend: str) -> None:
    """Raise BadInput for a part that is not known: a slip of the pen must not go unnoticed."""
    unknown = sorted(str(key) for key in raw if key not in known)
    if unknown:
        raise BadInput("unknown part", where=unknown[0], mend=mend)


def text_of(raw: Mapping[str, Any], name: str, *, below: str = "") -> str:
    """A part that must be text; `below` is where its mapping stands, with a slash at its end."""
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput("missing or not text", where=f"{below}{name}")
    return " ".join(value.split())


def sources_of(raw: Mapping[str, Any], *, what: str) -> tuple[Citation, ...]:
    """Where the policy is written; at least one, each a web address and what it says."""
    value = raw.get("sources")
    if not isinstance(value, list) or not value:
        raise BadInput(f"{what} cites its source", where="sources", mend="add url and says")
    found = []
    for number, part in enumerate(value):
        below = f"sources/{number}"
        if not isinstance(part, dict):
            raise BadInput("not a mapping", where=below)
        cited = Citation(
            url=text_of(part, "url", below=f"{below}/"),
            says=text_of(part, "says", below=f"{below}/"),
        )
        if not cited.url.startswith(("https://", "http://")):
            raise BadInput("not a web address", where=f"{below}/url")
        found.append(cited)
    return tuple(found)
