"""Strict reading of TOML tables: every key known, every type right, every mistake with a place."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, overload

from seawall.vocab.errors import BadInput

_MISSING = object()


class Table:
    """A TOML table and where it stands. Each `take…` removes a key; `end` refuses what is left."""

    def __init__(self, data: Any, where: str, *, keys: Iterable[str]) -> None:
        if not isinstance(data, dict):
            raise BadInput("wants a table", where=where)
        self._data = dict(data)
        self.where = where
        known = sorted(keys)
        for key in data:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                raise BadInput(
                    f"unknown key {key!r}",
                    where=where,
                    mend=f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}",
                )

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def place(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def raw(self, key: str, default: Any = None) -> Any:
        return self._data.get(key, default)

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        limit: int = 300,
        pattern: str = "",
        hint: str = "",
    ) -> str:
        """Give a string; without `default` the key is required."""
        value = self._need(key, default)
        if not isinstance(value, str):
            raise BadInput("wants a string", where=self.place(key))
        if len(value) > limit:
            raise BadInput(f"is longer than {limit} characters", where=self.place(key))
        if value != default and pattern and not re.fullmatch(pattern, value):
            raise BadInput(f"{value[:60]!r} is not usable here", where=self.place(key), mend=hint)
        return value

    def texts(
        self, key: str, *, count: int = 64, limit: int = 300, pattern: str = "", hint: str = ""
    ) -> tuple[str, ...]:
        """Give an array of strings, empty when absent."""
        value = self.raw(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise BadInput("wants an array of strings", where=self.place(key))
        if len(value) > count or any(len(v) > limit for v in value):
            raise BadInput(
                f"has more than {count} entries or one longer than {limit} characters",
                where=self.place(key),
            )
        for i, entry in enumerate(value):
            if pattern and not re.fullmatch(pattern, entry):
                raise BadInput(
                    f"{entry[:60]!r} is not usable here", where=f"{self.place(key)}[{i}]", mend=hint
                )
        return tuple(value)

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        """Give a number between `least` and `most`."""
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput("wants a number", where=self.place(key))
        if not least <= value <= most:
            raise BadInput(f"is not between {least:g} and {most:g}", where=self.place(key))
        return float(value)

    def flag(self, key: str) -> bool:
        value = self.raw(key, False)
        if not isinstance(value, bool):
            raise BadInput("wants true or false", where=self.place(key))
        return value

    @overload
    def choice(self, key: str, choices: Iterable[str]) -> str: ...
    @overload
    def choice(self, key: str, choices: Iterable[str], default: str) -> str: ...
    def choice(self, key: str, choices: Iterable[str], default: str | None = None) -> str:
        """Give one of `choices`."""
        value = self.text(key, default)
        known = list(choices)
        if value not in known:
            near = difflib.get_close_matches(value, known, n=1)
            raise BadInput(
                f"{value[:60]!r} is not one of {', '.join(known)}",
                where=self.place(key),
                mend=f"did you mean {near[0]!r}?" if near else "",
            )
        return value

    def _need(self, key: str, default: str | None) -> Any:
        value = self._data.get(key, _MISSING)
        if value is not _MISSING:
            return value
        if default is None:
            raise BadInput(f"{key!r} is missing", where=self.where)
        return default
