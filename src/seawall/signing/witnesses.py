"""Which witnesses a log asks, and whose word is enough: a policy file (C2SP tlog-policy)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from seawall.signing.notes import COSIGNATURE, NoteKey
from seawall.vocab.errors import BadInput

MAX_LINES = 1_000
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """`name` is this policy's alone; `url` is its submission prefix, "" when it is not asked."""

    name: str
    key: NoteKey
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """At least `need` of the members, which are witnesses and groups by name."""

    need: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Witnesses and the quorum, the name of a witness or a group; "none" asks for nobody's word."""

    witnesses: tuple[Witness, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether the words of the witnesses with these keys' names are enough."""
        return self.quorum == NONE or self._stands(self.quorum, cosigned)

    def _stands(self, name: str, cosigned: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return any(each.name == name and each.key.name in cosigned for each in self.witnesses)
        return sum(self._stands(each, cosigned) for each in group.members) >= group.need


def read_policy(text: str) -> Policy:
    """Read a policy file; raises BadInput with the line. `log` lines are for others and ignored."""
    reader = _Reader()
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise BadInput(f"a policy has at most {MAX_LINES} lines")
    for number, line in enumerate(lines, start=1):
        words = line.strip(" \t").replace("\t", " ").split()
        if words and not words[0].startswith("#"):
            reader.read(words, where=f"line {number}")
    return reader.policy()


class _Reader:
    def __init__(self) -> None:
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def read(self, words: list[str], *, where: str) -> None:
        match words:
            case ["log", _] | ["log", _, _]:
                return
            case ["witness", name, key, *url] if len(url) <= 1:
                self._witness(name, key, url[0] if url else "", where)
            case ["group", name, need, *members] if members:
                self._group(name, need, members, where)
            case ["quorum", name]:
                if self._quorum is not None:
                    raise BadInput("there is one quorum", where=where)
                if name != NONE:
                    self._require_known(name, where)
                self._quorum = name
            case _:
                raise BadInput(
                    "this line is none of a policy's",
                    where=where,
                    mend="witness NAME KEY [URL], group NAME all|any|K NAME…, or quorum NAME",
                )

    def policy(self) -> Policy:
        if self._quorum is None:
            raise BadInput("a policy has a quorum line", mend="quorum none, if nobody's is needed")
        return Policy(
            witnesses=tuple(self._witnesses.values()), groups=self._groups, quorum=self._quorum
        )

    def _witness(self, name: str, key: str, url: str, where: str) -> None:
        self._require_new(name, where)
        parsed = NoteKey.parse(key)
        if parsed.kind != COSIGNATURE:
            raise BadInput("this is no key of a witness", where=where)
        known = self._witnesses.values()
        if any(parsed.public == w.key.public or parsed.name == w.key.name for w in known):
            raise BadInput("two witnesses have one key, or one name in their keys", where=where)
        if url and not re.fullmatch(r"https?://[^\s?#]+", url):
            raise BadInput("a witness's URL begins with https://", where=where)
        self._witnesses[name] = Witness(name=name, key=parsed, url=url.rstrip("/"))

    def _group(self, name: str, need: str, members: list[str], where: str) -> None:
        self._require_new(name, where)
        for each in members:
            self._require_known(each, where)
            if each in self._members:
                raise BadInput(f"{each} is a member of a group already", where=where)
            self._members.add(each)
        count = {"all": str(len(members)), "any": "1"}.get(need, need)
        if not re.fullmatch("[1-9][0-9]{0,3}", count) or int(count) > len(members):
            raise BadInput(f"{need} of {len(members)} members is no rule", where=where)
        self._groups[name] = Group(need=int(count), members=tuple(members))

    def _require_new(self, name: str, where: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise BadInput(f"the name {name} is taken", where=where)

    def _require_known(self, name: str, where: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise BadInput(f"nothing above is called {name}", where=where)
