"""Writing many rows fast through the real models' columns: COPY on PostgreSQL, prepared inserts
with indexes made afterwards on SQLite. Constraints are checked before the load counts."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import DateTimeField, Field, JSONField, Model

from seawall.cases import covers
from seawall.findings import words

_ROWS_AT_ONCE = 4_000


class Table:
    """Buffers rows of one model. Keys are given by whoever adds; columns that are left out take
    the field's default."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        fields = model._meta.concrete_fields
        self._columns = [(field.attname, _default(field), _form(field)) for field in fields]
        self._names = [field.column for field in fields]
        self._known = frozenset(field.attname for field in fields)
        self._rows: list[tuple[Any, ...]] = []
        self.count = 0

    def add(self, **row: Any) -> int:
        """Add a row and give its key: the next number unless `id` is given."""
        if not row.keys() <= self._known:
            raise TypeError(f"{self.model.__name__} has no {sorted(row.keys() - self._known)}")
        self.count += 1
        row.setdefault("id", self.count)
        self._rows.append(
            tuple(form(row.get(name, default)) for name, default, form in self._columns)
        )
        if len(self._rows) >= _ROWS_AT_ONCE:
            self.flush()
        return int(row["id"])

    def put(self, row: Model) -> None:
        """Add an instance that has its key: for models that seal part of themselves."""
        self.count += 1
        self._rows.append(tuple(form(getattr(row, name)) for name, _, form in self._columns))
        if len(self._rows) >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        if not self._rows:
            return
        quote = connection.ops.quote_name
        table = quote(self.model._meta.db_table)
        columns = ", ".join(map(quote, self._names))
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in self._rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self._names))
                cursor.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
                    self._rows,
                )
        self._rows.clear()


class Tables:
    """One `Table` for each model that is asked for."""

    def __init__(self) -> None:
        self._tables: dict[type[Model], Table] = {}

    def __getitem__(self, model: type[Model]) -> Table:
        if model not in self._tables:
            self._tables[model] = Table(model)
        return self._tables[model]

    def flush(self) -> None:
        for table in self._tables.values():
            table.flush()

    def counts(self) -> Mapping[str, int]:
        """Rows written, by table."""
        return {table.model._meta.db_table: table.count for table in self._tables.values()}

    def models(self) -> list[type[Model]]:
        return list(self._tables)


@contextmanager
def bulk_load(step: Callable[[str], None]) -> Iterator[Tables]:
    """Load rows for as long as the context lasts; afterwards indexes, number sequences and the
    planner's statistics are as if the rows had come one by one. Raises IntegrityError when a row
    points to nothing."""
    tables = Tables()
    load = _load_postgres if connection.vendor == "postgresql" else _load_sqlite
    with load(tables, step):
        yield tables


@contextmanager
def _load_sqlite(tables: Tables, step: Callable[[str], None]) -> Iterator[None]:
    """The database is empty but for set-up, so a crash half-way loses nothing: no journal."""
    with connection.schema_editor() as editor:
        words.unindex(editor)
        covers.leave(editor)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute("PRAGMA journal_mode=OFF")
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-400000")
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type='index' AND sql NOT NULL")
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        with transaction.atomic():
            yield
            tables.flush()
        step("making indexes")
        for _, statement in indexes:
            cursor.execute(statement)
        with connection.schema_editor() as editor:
            words.index(editor)
            covers.keep(editor)
        step("checking references")
        connection.check_constraints()
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA journal_mode=WAL")
    connection.close()


@contextmanager
def _load_postgres(tables: Tables, step: Callable[[str], None]) -> Iterator[None]:
    from django.core.management.color import no_style

    with transaction.atomic():
        with connection.schema_editor() as editor:
            covers.leave(editor)
        yield
        tables.flush()
        step("numbering and statistics")
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), tables.models()):
                cursor.execute(statement)
    with connection.schema_editor() as editor:
        covers.keep(editor)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _default(field: "Field[Any, Any]") -> Any:
    return field.get_default() if field.has_default() or not field.null else None


def _form(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    if isinstance(field, JSONField):
        return _json
    if isinstance(field, DateTimeField) and connection.vendor == "sqlite":
        return _sqlite_moment
    return _as_it_is


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _sqlite_moment(value: datetime | None) -> str | None:
    return None if value is None else value.replace(tzinfo=None).isoformat(" ")


def _as_it_is(value: Any) -> Any:
    return value
