"""One throw-away home folder per test process; state that a test can have to itself."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# A busy machine is no failure: no property is judged by how long an example takes.
hypothesis.settings.register_profile(
    "seawall", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("seawall")

_HOME = tempfile.mkdtemp(prefix="seawall-test-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("SEAWALL_")]:
    if _name not in ("SEAWALL_DATA", "SEAWALL_TEST_DATABASE_URL"):
        del os.environ[_name]
os.environ["SEAWALL_HOME"] = _HOME
os.environ["SEAWALL_DATABASE_URL"] = os.environ.get("SEAWALL_TEST_DATABASE_URL", "")
os.environ["DJANGO_SETTINGS_MODULE"] = "seawall.config.settings"

from django.conf import settings as _settings  # noqa: E402

if _settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # What a test wrote need not survive a power cut.
    _settings.DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    # The record of workflows lies in the database of this test process, as it does outside tests.
    from databases import named

    _parts = ["test", _settings.DATABASES["default"]["NAME"]]
    _parts += filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])  # as pytest-django names it
    _settings.SEAWALL_DATABASE_URL = named("_".join(_parts))


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """A home folder of the test's own for blobs, keys and jobs; the database stays shared."""
    settings.SEAWALL_HOME = tmp_path / "home"
    settings.SEAWALL_HOME.mkdir(mode=0o700)
    return settings.SEAWALL_HOME


@pytest.fixture
def own_database() -> Iterator[dict[str, str]]:
    """Environment variables that give a process an empty database, of the kind tested with."""
    from databases import empty_database

    with empty_database() as variables:
        yield variables


@pytest.fixture(autouse=True, scope="session")
def _columns_have_ends() -> Iterator[None]:
    """What PostgreSQL would refuse to keep is an error on SQLite too."""
    from databases import refuse_as_postgresql

    with pytest.MonkeyPatch.context() as patch:
        if _settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            refuse_as_postgresql(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def _ledger_can_be_emptied() -> Iterator[None]:
    """Tests that commit are cleaned up by emptying all tables, which the ledger refuses."""
    from django.db import connection
    from django.test import TransactionTestCase

    from seawall.ledger.seal import seal, unseal

    empty = TransactionTestCase._fixture_teardown

    def _fixture_teardown(self: TransactionTestCase) -> None:
        with connection.schema_editor() as editor:
            unseal(editor)
        empty(self)
        with connection.schema_editor() as editor:
            seal(editor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _fixture_teardown)
        yield
