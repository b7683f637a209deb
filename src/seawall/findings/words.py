"""Finding findings by words of their title or target, quickly among millions.

SQLite keeps an FTS5 index beside the table, kept right by triggers; PostgreSQL has a GIN index.
"""

import re
import unicodedata
from typing import Any

from django.db import NotSupportedError, connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from seawall.findings.models import Finding

MOST = 1_000
"""Of a common word only the newest so many findings are looked at."""
_MOST_WORDS = 8

_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS finding_words USING fts5(title, target, "
    "content='findings_finding', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER IF NOT EXISTS finding_words_insert AFTER INSERT ON findings_finding BEGIN "
    "INSERT INTO finding_words(rowid, title, target) VALUES (new.id, new.title, new.target); END",
    "CREATE TRIGGER IF NOT EXISTS finding_words_delete AFTER DELETE ON findings_finding BEGIN "
    "INSERT INTO finding_words(finding_words, rowid, title, target) "
    "VALUES ('delete', old.id, old.title, old.target); END",
    "CREATE TRIGGER IF NOT EXISTS finding_words_update AFTER UPDATE OF title, target "
    "ON findings_finding BEGIN "
    "INSERT INTO finding_words(finding_words, rowid, title, target) "
    "VALUES ('delete', old.id, old.title, old.target); "
    "INSERT INTO finding_words(rowid, title, target) VALUES (new.id, new.title, new.target); END",
    "INSERT INTO finding_words(finding_words) VALUES ('rebuild')",
)
_SQLITE_AWAY = (
    "DROP TRIGGER IF EXISTS finding_words_insert",
    "DROP TRIGGER IF EXISTS finding_words_delete",
    "DROP TRIGGER IF EXISTS finding_words_update",
    "DROP TABLE IF EXISTS finding_words",
)
# PostgreSQL's own parser would keep URLs, paths and addresses whole ("pypi/lxml@5.0" as one word):
# accents and marks go first, as FTS5 takes them away.
_ACCENTS = r"[\u0300-\u036f]"
_MARKS = r"[!-/:-@\[-`{-~]"
_DOCUMENT = (
    "to_tsvector('simple', regexp_replace(regexp_replace("
    f"normalize(title || ' ' || target, NFKD), '{_ACCENTS}', '', 'g'), '{_MARKS}', ' ', 'g'))"
)
_POSTGRES = (
    f"CREATE INDEX IF NOT EXISTS finding_words ON findings_finding USING gin ({_DOCUMENT})",
)
_POSTGRES_AWAY = ("DROP INDEX IF EXISTS finding_words",)


def with_words(rows: QuerySet[Finding], text: str, *, most: int = MOST) -> QuerySet[Finding]:
    """Those of `rows` that have every word of `text`, or one that begins so, in their title or
    target; none when `text` has no word. Of the newest `most` that do."""
    words = _words(text)
    if not words:
        return rows.none()
    if connection.vendor == "postgresql":
        asked = " & ".join(map(_prefix, words))
        hits = RawSQL(  # noqa: S611 - the words are a parameter
            f"SELECT id FROM findings_finding WHERE {_DOCUMENT} @@ to_tsquery('simple', %s) "  # noqa: S608
            "ORDER BY id DESC LIMIT %s",
            [asked, most],
        )
    else:
        asked = " ".join(f'"{word}"*' for word in words)
        hits = RawSQL(
            "SELECT rowid FROM finding_words WHERE finding_words MATCH %s "
            "ORDER BY rowid DESC LIMIT %s",
            [asked, most],
        )
    return rows.filter(pk__in=hits)


def _words(text: str) -> list[str]:
    """The words to look for; single letters and digits, which begin far too many, only when there
    is nothing else."""
    found = re.findall(r"_*[^\W_]\w*", text.lower())[:_MOST_WORDS]
    return [word for word in found if len(word) > 1] or found


def _prefix(word: str) -> str:
    """As PostgreSQL asks for a word that begins so; what an underline joins stands side by side."""
    plain = re.sub(_ACCENTS, "", unicodedata.normalize("NFKD", word))
    return " <-> ".join(re.findall(r"[^\W_]+", plain)) + ":*"


def index(schema_editor: Any) -> None:
    """Make the index, and the triggers that keep it, where they are missing."""
    for statement in _statements(schema_editor.connection.vendor, _SQLITE, _POSTGRES):
        schema_editor.execute(statement)


def unindex(schema_editor: Any) -> None:
    """Take them away."""
    for statement in _statements(schema_editor.connection.vendor, _SQLITE_AWAY, _POSTGRES_AWAY):
        schema_editor.execute(statement)


def _statements(vendor: str, sqlite: tuple[str, ...], postgres: tuple[str, ...]) -> tuple[str, ...]:
    if vendor == "sqlite":
        return sqlite
    if vendor == "postgresql":
        return postgres
    raise NotSupportedError(f"no index of words for {vendor}; use SQLite or PostgreSQL")
