"""Names that others register: CWE weaknesses and BCP 47 language subtags, read once.

`cwe-names.json` holds every weakness of CWE 1.0 to 4.20 with the names it has had, oldest first.
`language-subtags.json` is the IANA Language Subtag Registry, reduced to its subtags.
"""

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_TAG = re.compile(
    r"(?P<language>[a-z]{2,8})(?P<extlang>(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*)(?:-x(?:-[a-z0-9]{1,8})+)?"
)
_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+")


@cache
def cwe_names() -> dict[str, list[str]]:
    """Give each weakness's names by id ("CWE-79"), oldest first."""
    names: dict[str, list[str]] = _read("cwe-names.json")
    return names


@lru_cache(maxsize=4096)
def language_problem(tag: str) -> str:
    """Say why `tag` is not a valid BCP 47 language tag (RFC 5646 §2.2.9); "" when it is one."""
    text = tag.lower()
    registry = _registry()
    if text in registry["grandfathered"] or _PRIVATE.fullmatch(text):
        return ""
    match = _TAG.fullmatch(text)
    if match is None:
        return "is not a well-formed language tag"
    for kind in ("language", "script", "region"):
        subtag = match[kind]
        if subtag and not _registered(registry, kind, subtag):
            return f"has the unregistered {kind} {subtag!r}"
    for subtag in match["extlang"].split("-")[1:]:
        if registry["extlang"].get(subtag) != match["language"]:
            return f"has the extended language {subtag!r} after {match['language']!r}"
    return _repetition(registry, match)


def is_default_language(tag: str) -> bool:
    """Say whether `tag` is "i-default" (RFC 2277 §4.5)."""
    return tag.lower() == "i-default"


def is_private_language(tag: str) -> bool:
    """Say whether `tag` uses a private subtag: x-…, -x-…, or a code of a private range."""
    text = tag.lower()
    if text.startswith("x-") or "-x-" in text:
        return True
    match = _TAG.fullmatch(text)
    if match is None:
        return False
    if match["region"] in ("aa", "zz"):  # registered one by one as "Private use"
        return True
    ranges = _registry()["ranges"]
    return any(
        low <= (match[kind] or "") <= high and len(match[kind]) == len(low)
        for kind, pairs in ranges.items()
        for low, high in pairs
        if match[kind]
    )


def _repetition(registry: dict[str, Any], match: re.Match[str]) -> str:
    variants = match["variants"].split("-")[1:]
    for subtag in variants:
        if subtag not in registry["variant"]:
            return f"has the unregistered variant {subtag!r}"
    singletons = re.findall(r"-([a-wyz0-9])(?=-)", match["extensions"])
    if len(set(variants)) < len(variants) or len(set(singletons)) < len(singletons):
        return "repeats a variant or an extension"
    return ""


def _registered(registry: dict[str, Any], kind: str, subtag: str) -> bool:
    if subtag in registry[kind]:
        return True
    return any(
        low <= subtag <= high and len(subtag) == len(low)
        for low, high in registry["ranges"].get(kind, ())
    )


@cache
def _registry() -> dict[str, Any]:
    raw: dict[str, Any] = _read("language-subtags.json")
    words = ("language", "script", "region", "variant", "grandfathered")
    return raw | {kind: frozenset(raw[kind].split()) for kind in words}


def _read(name: str) -> Any:
    return json.loads(files(__package__).joinpath(name).read_text("utf-8"))
