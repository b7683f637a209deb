"""How commands print: JSON for programs, one clear line for errors."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

import click

from seawall.vocab.errors import BadInput, one_line

if TYPE_CHECKING:
    from rich.text import Text

BAD_NEWS, BAD_INPUT, MISSING = 1, 2, 3

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")


def emit_json(value: Any) -> None:
    """Print `value` as one indented JSON document; dataclasses, enums and dates included."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def plain(value: Any) -> Any:
    """Turn dataclasses, enums, dates, tuples and mappings into plain JSON values."""
    match value:
        case Enum():
            return value.name if isinstance(value, int) else value.value
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(plain(k)): plain(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(v) for v in value]
        case bytes():
            return value.decode("utf-8", "replace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def say(text: str, *, err: bool = False) -> None:
    """Print text that may hold words of strangers: control characters become spaces, so that
    they cannot drive the terminal. Line breaks of `text` are kept."""
    click.echo("\n".join(safe(line) for line in text.split("\n")), err=err)


def safe(text: str) -> str:
    """`text` without control characters, which become spaces."""
    return "".join(c if c.isprintable() else " " for c in text)


def counted(number: int, thing: str) -> str:
    """ "1 exposure", "2 exposures"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def cell(text: str) -> "Text":
    """`text` for a table: as it is, without control characters, and never read as markup."""
    from rich.text import Text

    return Text(one_line(text))


def fail(message: str, *, code: int = BAD_INPUT) -> NoReturn:
    """End the command with one line on standard error and `code`."""
    click.echo(f"seawall: {message}", err=True)
    raise SystemExit(code)


@contextmanager
def clear_errors(name: str = "") -> Iterator[None]:
    """Turn BadInput and unreadable files into one line and exit code 2; `name` is the file."""
    prefix = f"{name}: " if name else ""
    try:
        yield
    except BadInput as bad:
        fail(f"{prefix}{bad}")
    except OSError as error:
        fail(f"{error.filename or name}: {error.strerror or error}")
