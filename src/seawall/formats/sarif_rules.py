"""SARIF rules: found for a result, with their texts, weaknesses and levels.

Rules are read softly: a text of the wrong type counts as absent, for a result must not suffer
from its rule.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.formats import bounded
from seawall.formats.identifiers import cwes_in, read_cwe, unique
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import RejectedPart

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d{1,3})\}")
_MAX_FILLED = 16 << 10
"""Longest message made from a template, in characters."""
_MAX_RULE_TEXT = 2000
"""What of a rule's text goes into each of its findings, in characters."""
_MAX_RULE_ID = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule says; all empty for a result without one."""

    id: str = ""
    name: str = ""
    short: str = ""
    description: str = ""
    help: str = ""
    help_uri: str = ""
    level: str = ""
    security_severity: str = ""
    tags: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    strings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.short or self.name or self.id

    def taxa(self, taxa: Any) -> tuple[str, ...]:
        """The weaknesses among the taxa of a result."""
        return _cwe_taxa(taxa)


class Rules:
    """The rules of one run's tool: driver and extensions (SARIF 2.1.0 §3.52.3)."""

    def __init__(self, tool: Mapping[str, Any], where: str) -> None:
        self.rejected: list[RejectedPart] = []
        driver = soft_object(tool, "driver")
        extensions = tool.get("extensions")
        self._driver = self._listed(driver, f"{where}/driver")
        self._extensions = [
            self._listed(one, f"{where}/extensions/{i}") if isinstance(one, dict) else []
            for i, one in enumerate(extensions if isinstance(extensions, list) else [])
        ]
        self._by_id: dict[str, Rule] = {}
        for rule in (*self._driver, *(rule for part in self._extensions for rule in part)):
            if rule is not None and rule.id:
                self._by_id.setdefault(rule.id, rule)
        self.global_strings = soft_object(driver, "globalMessageStrings")

    def of(self, result: Mapping[str, Any], where: str) -> Rule:
        """The rule of a result: by index, else by id, else by the beginning of the id; one that
        is not described has only an id."""
        said = soft_object(result, "rule")
        rule_id = bounded.text(result, "ruleId", where) or soft_text(said, "id")
        index = bounded.whole(result, "ruleIndex", where, default=-1)
        if index < 0 and isinstance(said.get("index"), int):
            index = said["index"]
        component = soft_object(said, "toolComponent").get("index")
        listed = self._driver
        if isinstance(component, int) and 0 <= component < len(self._extensions):
            listed = self._extensions[component]
        found = listed[index] if 0 <= index < len(listed) else None
        if found and (not rule_id or rule_id == found.id or rule_id.startswith(f"{found.id}/")):
            return found
        word = rule_id if len(rule_id) <= _MAX_RULE_ID else ""
        while word:
            if word in self._by_id:
                return self._by_id[word]
            word = word.rpartition("/")[0]
        return Rule(id=rule_id, cwes=cwes_in(rule_id))

    def _listed(self, component: Mapping[str, Any], where: str) -> list[Rule | None]:
        listed = component.get("rules")
        found: list[Rule | None] = []
        for index, raw in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(raw, dict):
                found.append(_rule(raw))
            else:
                reason = f"expected an object, found {bounded.kind(raw)}"
                self.rejected.append(RejectedPart(where=f"{where}/rules/{index}", reason=reason))
                found.append(None)
        return found


def _rule(raw: Mapping[str, Any]) -> Rule:
    properties = soft_object(raw, "properties")
    tags = tuple(strings_in(properties.get("tags")))
    score = properties.get("security-severity")
    rule_id = soft_text(raw, "id")
    said = [rule_id, soft_text(raw, "name"), *tags, *strings_in(properties)]
    return Rule(
        id=rule_id,
        name=soft_text(raw, "name"),
        short=_text_of(raw, "shortDescription"),
        description=_text_of(raw, "fullDescription")[:_MAX_RULE_TEXT],
        help=_text_of(raw, "help")[:_MAX_RULE_TEXT],
        help_uri=soft_text(raw, "helpUri"),
        level=soft_text(soft_object(raw, "defaultConfiguration"), "level"),
        security_severity=str(score)[:20] if isinstance(score, str | int | float) else "",
        tags=tags,
        cwes=unique((*_related(raw.get("relationships")), *cwes_in("\n".join(said)))),
        properties=properties,
        strings=soft_object(raw, "messageStrings"),
    )


def message_text(message: Mapping[str, Any], *, rule: Rule, strings: Mapping[str, Any]) -> str:
    """The text of a message (SARIF 2.1.0 §3.11): its own, or the rule's with its arguments."""
    text = soft_text(message, "text") or soft_text(message, "markdown")
    if not text and (key := soft_text(message, "id")):
        text = _text_of(rule.strings, key) or _text_of(strings, key)
    arguments = message.get("arguments")
    if isinstance(arguments, list) and arguments and text:
        text = _filled(text, arguments)
    return text.strip()


def _filled(text: str, arguments: list[Any]) -> str:
    def one(found: re.Match[str]) -> str:
        if found.group(1) is None:
            return found.group()[0]
        index = int(found.group(1))
        known = index < len(arguments) and isinstance(arguments[index], str)
        return arguments[index] if known else found.group()

    longest = max((len(word) for word in arguments if isinstance(word, str)), default=0)
    if len(text) + longest * text.count("{") > _MAX_FILLED:
        return text
    return _PLACEHOLDER.sub(one, text)


def _related(relationships: Any) -> tuple[str, ...]:
    targets = [
        soft_object(one, "target")
        for one in (relationships if isinstance(relationships, list) else ())
        if isinstance(one, dict)
    ]
    return _cwe_taxa(targets)


def _cwe_taxa(taxa: Any) -> tuple[str, ...]:
    found: list[str] = []
    for one in taxa if isinstance(taxa, list) else ():
        if not isinstance(one, dict):
            continue
        word = one.get("id")
        if "cwe" in soft_text(soft_object(one, "toolComponent"), "name").lower():
            try:
                found.append(read_cwe(word, ""))
            except BadInput:
                found.extend(cwes_in(word) if isinstance(word, str) else ())
        elif isinstance(word, str):
            found.extend(cwes_in(word))
    return unique(found)


def _text_of(obj: Mapping[str, Any], key: str) -> str:
    """The text of a message or multi-format message at `key`."""
    inner = soft_object(obj, key)
    return (soft_text(inner, "text") or soft_text(inner, "markdown")).strip()


def soft_text(obj: Mapping[str, Any], key: str) -> str:
    """The string at `key`; "" when it is absent or no string."""
    value = obj.get(key)
    return value if isinstance(value, str) else ""


def soft_object(obj: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at `key`; empty when it is absent or no object."""
    value = obj.get(key)
    return value if isinstance(value, dict) else {}


def strings_in(value: Any) -> Iterator[str]:
    """Every string value in a JSON value, keys aside."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from strings_in(item)
        case list() | tuple():
            for item in value:
                yield from strings_in(item)
