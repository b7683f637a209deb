"""Moments on the command line."""

from datetime import UTC, datetime

from seawall.vocab.errors import BadInput


def moment(text: str) -> datetime | None:
    """A moment as ISO 8601 writes it, UTC where it names no zone; None for "". Raises BadInput."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no moment", mend="2026-12-01 or 2026-12-01T12:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
