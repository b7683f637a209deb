"""Opening an installation: configure Django, bring the tables up to date, make the keys."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def setup(home: Path | None = None) -> Path:
    """Open the installation in `home` (default: see `home_path`) and give its folder back.

    Creates what is missing; when nothing is, this costs one query. Apps can be imported
    afterwards, not before.
    """
    from django.apps import apps
    from django.conf import settings

    if home is not None and not settings.configured:
        os.environ["SEAWALL_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.config.settings")
    if not apps.ready:
        import django

        django.setup()
    opened = Path(settings.SEAWALL_HOME)
    if home is not None and home.absolute() != opened:
        raise RuntimeError(f"{opened} is open already; one process uses one home folder.")
    _migrate_when_needed(opened)
    _make_keys(opened)
    return opened


def _make_keys(home: Path) -> None:
    from seawall.signing.keys import FileKeys

    FileKeys(home / "keys").ensure("attestation")


def _migrate_when_needed(home: Path) -> None:
    if not _missing_migrations():
        return
    from django.core.management import call_command

    with _one_at_a_time(home):
        if _missing_migrations():
            call_command("migrate", verbosity=0, interactive=False)


def _missing_migrations() -> set[tuple[str, str]]:
    """The migrations on disk that the database does not have; reads no migration's code."""
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = {(app, name) for app, name in cursor.fetchall()}
    except DatabaseError:
        applied = set()
    return set(_migrations_on_disk()) - applied


def _migrations_on_disk() -> Iterator[tuple[str, str]]:
    from django.apps import apps

    for config in apps.get_app_configs():
        folder = Path(config.path) / "migrations"
        if folder.is_dir():
            for file in folder.glob("[0-9]*.py"):
                yield config.label, file.stem


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Let one process of this home migrate; a PostgreSQL shared by homes takes its own lock."""
    from django.db import connection

    with open(home / "migrate.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(5234123)")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(5234123)")
