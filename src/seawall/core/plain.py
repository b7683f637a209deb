"""Frozen values of `vocab` as plain JSON values, and back without loss."""

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, IntEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class NotThisType(ValueError):
    """Stored JSON does not have the shape of the type it is read as."""


def to_plain(value: Any) -> Any:
    """Dataclasses become objects, tuples and sets lists, enums their value (names for numbered
    ones), moments ISO 8601. Bytes have no place here and raise TypeError."""
    match value:
        case None | bool() | str():
            return value.value if isinstance(value, Enum) else value
        case IntEnum():
            return value.name
        case Enum():
            return value.value
        case int() | float():
            return value
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): to_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [to_plain(item) for item in value]
        case set() | frozenset():
            return sorted(to_plain(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(kind: type[T], value: Any) -> T:
    """Read what `to_plain` wrote as a `kind`; absent fields take their defaults and unknown ones
    are ignored, so that older and newer records stay readable. Raises NotThisType."""
    try:
        read: T = _read(kind, value)
    except (KeyError, TypeError, ValueError) as error:
        raise NotThisType(f"not a {kind.__name__}: {error}") from error
    return read


def _read(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), value)
    if origin is tuple:
        return _read_tuple(get_args(kind), value)
    if origin in (frozenset, set):
        return origin(_read(get_args(kind)[0], item) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _read(get_args(kind)[1], item) for key, item in dict(value).items()}
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, value)
    if issubclass(kind, IntEnum):
        return kind[value]
    if issubclass(kind, Enum):
        return kind(value)
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    return _read_scalar(kind, value)


def _read_scalar(kind: Any, value: Any) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r:.80} is no {kind.__name__}")
    return value


def _read_union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        if type(None) in kinds:
            return None
        raise TypeError("null has no place here")
    some = [kind for kind in kinds if kind is not type(None)]
    if len(some) != 1:
        raise TypeError("only a type or null can be told apart")
    return _read(some[0], value)


def _read_tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r:.80} is no list")
    if len(kinds) == 2 and kinds[1] is ...:
        return tuple(_read(kinds[0], item) for item in value)
    return tuple(_read(kind, item) for kind, item in zip(kinds, value, strict=True))


def _read_dataclass(kind: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r:.80} is no object")
    hints = _hints(kind)
    given = {name: _read(hint, value[name]) for name, hint in hints.items() if name in value}
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}
