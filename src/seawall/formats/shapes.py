"""Tables that tie the fields of a JSON object to those of a frozen type, in both directions.

Reading keeps everything: a key without a field goes to the type's `extra` as it is, and so does a
value whose canonical spelling differs from the one that was read (an empty array, a time with
nanoseconds). Writing uses that spelling again as long as it still means the field's value, so
that what was not changed is written as it was read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from seawall.formats.bounded import as_list, as_object, as_text, pointer
from seawall.vocab.errors import BadInput

T = TypeVar("T")
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How one key is read and written. `attr` may be several, comma-separated, whose values are
    then read and written as one tuple. `empty` stands for an absent or null value."""

    attr: str
    read: Callable[[Any, str], Any]
    write: Callable[[Any], Any]
    empty: Any = ""
    required: bool = False


class Shape(Generic[T]):
    """The table of one type `make`, which must have a field `extra`."""

    def __init__(self, make: type[T], fields: Mapping[str, Field]) -> None:
        self._make = make
        self._fields = fields
        self._split = {key: tuple(field.attr.split(",")) for key, field in fields.items()}

    def read(self, value: Any, where: str = "") -> T:
        """The typed form of a JSON object, or BadInput with the pointer of what is wrong."""
        obj = as_object(value, where)
        found: dict[str, Any] = {}
        extra = {key: item for key, item in obj.items() if key not in self._fields}
        for key, field in self._fields.items():
            raw = obj.get(key, _ABSENT)
            item = self._item(field, key, raw, where)
            attrs = self._split[key]
            found.update(zip(attrs, item if len(attrs) > 1 else (item,), strict=True))
            if raw is not _ABSENT and self._canonical(field, item) != raw:
                extra[key] = raw
        make: Callable[..., T] = self._make
        return make(**found, extra=extra)

    def write(self, value: T) -> dict[str, Any]:
        """The JSON object of a typed value; the inverse of `read`."""
        extra: Mapping[str, Any] = value.extra  # type: ignore[attr-defined]
        made: dict[str, Any] = {}
        for key, field in self._fields.items():
            attrs = self._split[key]
            item = (
                getattr(value, attrs[0])
                if len(attrs) == 1
                else tuple(getattr(value, attr) for attr in attrs)
            )
            kept = extra.get(key, _ABSENT)
            if kept is not _ABSENT and self._means(field, key, kept, item):
                made[key] = kept
            elif (canonical := self._canonical(field, item)) is not _ABSENT:
                made[key] = canonical
        made.update((key, item) for key, item in extra.items() if key not in self._fields)
        return made

    def _item(self, field: Field, key: str, raw: Any, where: str) -> Any:
        if raw is _ABSENT or raw is None:
            if field.required:
                raise BadInput(f"the field {key!r} is missing", where=where or "/")
            return field.empty
        return field.read(raw, pointer(where, key))

    def _canonical(self, field: Field, item: Any) -> Any:
        return _ABSENT if item == field.empty and not field.required else field.write(item)

    def _means(self, field: Field, key: str, raw: Any, item: Any) -> bool:
        try:
            return bool(self._item(field, key, raw, "") == item)
        except BadInput:
            return False


def text(attr: str, *, required: bool = False) -> Field:
    """A string; "" when absent. A required one may not be blank."""

    def read(value: Any, where: str) -> str:
        found = as_text(value, where)
        if required and not found.strip():
            raise BadInput("this must not be empty", where=where)
        return found

    return Field(attr=attr, read=read, write=str, required=required)


def texts(attr: str, *, required: bool = False) -> Field:
    """An array of strings as a tuple."""
    return Field(attr=attr, read=read_texts, write=list, empty=(), required=required)


def read_texts(value: Any, where: str) -> tuple[str, ...]:
    return tuple(as_text(item, f"{where}/{i}") for i, item in enumerate(as_list(value, where)))


def moment(attr: str, *, required: bool = False) -> Field:
    """A time (RFC 3339); None when absent or Go's zero time, which stands for "not set"."""
    return Field(attr=attr, read=read_moment, write=write_moment, empty=None, required=required)


def read_moment(value: Any, where: str) -> datetime | None:
    word = as_text(value, where)
    try:
        found = datetime.fromisoformat(word)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            "not a time", where=where, mend='write it like "2026-06-02T14:00:00Z"'
        ) from None
    return None if found.year == 1 else found


def write_moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shapes(attr: str, shape: Shape[Any], *, required: bool = False) -> Field:
    """An array of objects of one shape as a tuple."""

    def read(value: Any, where: str) -> tuple[Any, ...]:
        return tuple(
            shape.read(item, f"{where}/{i}") for i, item in enumerate(as_list(value, where))
        )

    def write(value: tuple[Any, ...]) -> list[Any]:
        return [shape.write(item) for item in value]

    return Field(attr=attr, read=read, write=write, empty=(), required=required)


def shape(attr: str, inner: Shape[Any], *, required: bool = False) -> Field:
    """One object of a shape; None when absent."""
    return Field(attr=attr, read=inner.read, write=inner.write, empty=None, required=required)
