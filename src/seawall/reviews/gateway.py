"""What the gateway asks for each request: whose a token is, and what decides about it now.

Plain SQL over a connection of its own, outside any transaction, so that each question sees what
was committed last; nothing of an answer is kept for the next request.
"""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connections

from seawall.core.gateway_rules import Quota, Standing
from seawall.reviews.models import Upstream

__all__ = ["Known", "Provider", "Reader", "ReaderFailed", "Spent", "provider_of"]


class ReaderFailed(Exception):
    """The database did not answer. Nobody is served; trying again may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A token that is known, and its grant, as of now."""

    key: int
    digest: str
    binding: str
    thumbprint: str
    grant: int
    alias: str
    purpose: str
    quota: Quota
    hours: tuple[int, ...]
    retain_days: int
    transcript_key: str
    submission: int
    upstream: str | None
    """The revision of the endpoint; None when the lab has set none."""
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a grant has used according to the journal."""

    requests_in_minute: int
    tokens_today: int
    tokens_in_hour: int
    told: tuple[tuple[str, datetime], ...]
    """Kinds of signals of the last day, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where a submission's model is asked, and with which key."""

    url: str
    model: str
    key: str
    apis: frozenset[str]


_COLUMNS = (
    "k.id",
    "k.token_digest",
    "k.binding",
    "k.thumbprint",
    "k.expires_at",
    "k.revoked_at",
    "g.id",
    "g.alias",
    "g.state",
    "g.purpose",
    "g.starts_at",
    "g.ends_at",
    "g.requests_per_minute",
    "g.tokens_per_day",
    "g.concurrent",
    "g.hours",
    "g.retain_days",
    "g.key_id",
    "p.state",
    "p.expires_at",
    "s.id",
    "s.state",
    "s.opens_at",
    "s.closes_at",
    "s.partner_release_at",
    "s.withdrawn_at",
    "s.deleted_at",
    "u.revision",
)
_FROM = (
    " FROM reviews_boundkey k JOIN reviews_grant g ON g.id = k.grant_id"
    " JOIN reviews_partner p ON p.id = g.partner_id"
    " JOIN reviews_submission s ON s.id = g.submission_id"
    " LEFT JOIN reviews_upstream u ON u.submission_id = s.id"
)
_STOPPED = (
    "EXISTS(SELECT 1 FROM reviews_stop t WHERE t.lifted_at IS NULL"
    " AND (t.grant_id = g.id OR t.submission_id = s.id"
    " OR (t.grant_id IS NULL AND t.submission_id IS NULL)))"
)
_SPENT = (
    "SELECT COUNT(*), COALESCE(SUM(input_tokens + output_tokens), 0) FROM reviews_call"
    " WHERE grant_id = %s AND started_at >= %s"
)
_TOLD = "SELECT kind, at FROM reviews_abusesignal WHERE grant_id = %s AND at >= %s"
_CERTIFICATES = (
    "SELECT certificate FROM reviews_boundkey WHERE binding = 'mtls'"
    " AND certificate <> '' AND revoked_at IS NULL"
)


class Reader:
    """Asks over a connection of its own; for one thread at a time. Raises ReaderFailed."""

    def __init__(self) -> None:
        self._raw: Any = None
        """The driver's own connection."""
        vendor = connections["default"].vendor
        self.is_local = vendor == "sqlite"
        """Whether an answer takes no more than a look into a file of this machine."""
        # A column in an expression is read as the text that it is, which is faster.
        shown = [f"{name} || ''" if self.is_local else name for name in _COLUMNS]
        self._select = f"SELECT {', '.join(shown)}, {_STOPPED}{_FROM} WHERE "

    def known(self, digests: Sequence[str]) -> dict[str, Known]:
        """The tokens of these digests that there are, by digest."""
        return {row.digest: row for row in self._where("k.token_digest", digests)}

    def again(self, keys: Sequence[int]) -> dict[int, Known]:
        """The same tokens by their row, for requests that are running."""
        return {row.key: row for row in self._where("k.id", keys)}

    def spent(self, grant: int, *, now: datetime) -> Spent:
        """What the journal says that a grant has used."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        sums = [
            self._rows(_SPENT, [grant, self._instant(since)])[0]
            for since in (now - timedelta(minutes=1), day, now - timedelta(hours=1))
        ]
        told = self._rows(_TOLD, [grant, self._instant(now - timedelta(days=1))])
        return Spent(
            requests_in_minute=int(sums[0][0]),
            tokens_today=int(sums[1][1]),
            tokens_in_hour=int(sums[2][1]),
            told=tuple((kind, _moment(at)) for kind, at in told),
        )

    def certificates(self) -> list[str]:
        """The certificates (PEM) of the tokens that are bound to one and in force."""
        return [text for (text,) in self._rows(_CERTIFICATES, [])]

    def close(self) -> None:
        if self._raw is not None:
            raw, self._raw = self._raw, None
            raw.close()

    def _where(self, column: str, values: Iterable[Any]) -> list[Known]:
        wanted = list(values)
        if not wanted:
            return []
        marks = ", ".join(["%s"] * len(wanted))
        # Rows of a file are texts: what the same text says need not be read out of it again.
        read = _known_of_text if self.is_local else _known
        return [read(row) for row in self._rows(f"{self._select}{column} IN ({marks})", wanted)]

    def _rows(self, sql: str, values: list[Any]) -> list[Any]:
        try:
            raw = self._open()
            asked = sql.replace("%s", "?") if self.is_local else sql
            return list(raw.execute(asked, values).fetchall())
        except Exception as error:
            if not isinstance(error, (DatabaseError, *_raw_errors())):
                raise
            self._forget()
            raise ReaderFailed(type(error).__name__) from None

    def _open(self) -> Any:
        if self._raw is None:
            # Django makes no connections in a thread that runs an event loop.
            with ThreadPoolExecutor(1) as thread:
                self._raw = thread.submit(self._connect).result()
        return self._raw

    def _connect(self) -> Any:
        made = connections.create_connection("default")
        made.ensure_connection()
        if self.is_local:
            made.connection.execute("PRAGMA busy_timeout=250")
        return made.connection

    def _forget(self) -> None:
        try:
            self.close()
        except (DatabaseError, *_raw_errors()):
            self._raw = None

    def _instant(self, at: datetime) -> Any:
        return _as_text(at) if self.is_local else at


@lru_cache(maxsize=1)
def _raw_errors() -> tuple[type[Exception], ...]:
    """What the drivers raise below Django."""
    import sqlite3

    import psycopg

    return sqlite3.Error, psycopg.Error


def _known(row: Sequence[Any]) -> Known:
    standing = Standing(
        key_expires_at=_moment(row[4]),
        key_revoked_at=_moment_or_none(row[5]),
        grant=row[8],
        starts_at=_moment(row[10]),
        ends_at=_moment(row[11]),
        partner=row[18],
        partner_expires_at=_moment_or_none(row[19]),
        submission=row[21],
        opens_at=_moment_or_none(row[22]),
        closes_at=_moment_or_none(row[23]),
        partner_release_at=_moment(row[24]),
        withdrawn_at=_moment_or_none(row[25]),
        deleted_at=_moment_or_none(row[26]),
        stopped=bool(row[28]),
    )
    return Known(
        key=int(row[0]),
        digest=row[1],
        binding=row[2],
        thumbprint=row[3],
        grant=int(row[6]),
        alias=row[7],
        purpose=row[9],
        quota=Quota(
            requests_per_minute=int(row[12]), tokens_per_day=int(row[13]), concurrent=int(row[14])
        ),
        hours=_hours(row[15]) if isinstance(row[15], str) else tuple(row[15]),
        retain_days=int(row[16]),
        transcript_key=row[17],
        submission=int(row[20]),
        upstream=row[27],
        standing=standing,
    )


@lru_cache(maxsize=4096)
def _known_of_text(row: tuple[Any, ...]) -> Known:
    """The same for the same row; the row itself is asked for each time."""
    return _known(row)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        return _parsed(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _moment_or_none(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _as_text(at: datetime) -> str:
    """As Django keeps it in SQLite."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


@lru_cache(maxsize=256)
def _hours(text: str) -> tuple[int, ...]:
    found = json.loads(text)
    return tuple(n for n in found if isinstance(n, int)) if isinstance(found, list) else ()


def provider_of(submission: int) -> Provider | None:
    """Where the submission's model is asked; None when nobody has said. Raises what
    `sealing.unseal` raises."""
    row = Upstream.objects.select_related("submission").filter(submission=submission).first()
    if row is None:
        return None
    said = row.content
    return Provider(
        url=said["url"], model=said["model"], key=said["key"], apis=frozenset(said["apis"])
    )
