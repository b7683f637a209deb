"""Settings: safe by default, and production refuses the unsafe ones."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from seawall.config.databases import database, postgres
from seawall.config.safety import unsafe_keys, unsafe_settings

SAFE = {
    "debug": False,
    "secret_key": "x" * 50,
    "allowed_hosts": ["seawall.example"],
    "database_url": "",
    "origin": "https://seawall.example",
}


@pytest.fixture
def private(tmp_path):
    tmp_path.chmod(0o700)
    return tmp_path


def test_safe_settings_may_start(private):
    assert unsafe_settings(home=private, **SAFE) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"debug": True}, "SEAWALL_DEBUG"),
        ({"secret_key": "short"}, "SEAWALL_SECRET_KEY"),
        ({"allowed_hosts": ["*", "seawall.example"]}, "SEAWALL_ALLOWED_HOSTS"),
        ({"allowed_hosts": ["other.example"]}, "SEAWALL_ALLOWED_HOSTS"),
        ({"origin": ""}, "SEAWALL_ORIGIN"),
        ({"origin": "http://seawall.example"}, "SEAWALL_ORIGIN"),
        ({"origin": "https://seawall.example/path"}, "SEAWALL_ORIGIN"),
        ({"database_url": "postgresql://db.example/x"}, "SEAWALL_DATABASE_URL"),
        ({"database_url": "postgresql://db.example/x?sslmode=prefer"}, "SEAWALL_DATABASE_URL"),
    ],
)
def test_each_unsafe_setting_is_named(private, change, names):
    (sentence,) = unsafe_settings(home=private, **SAFE | change)
    assert sentence.startswith(names)


KEYS = {"keyring": "", "key_file": "", "module": "", "token": "", "pin_file": ""}
TOKEN = {"module": "/usr/lib/hsm.so", "token": "seawall", "pin_file": "/run/pin"}


@pytest.mark.parametrize("change", [{}, TOKEN, {"keyring": "/a/ring", "key_file": "/b/key"}])
def test_safe_keys_may_start(private, change):
    assert unsafe_keys(home=private, **KEYS | change) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"module": "/usr/lib/hsm.so"}, "SEAWALL_PKCS11_MODULE needs"),
        ({"module": "/usr/lib/hsm.so", "token": "seawall"}, "SEAWALL_PKCS11_MODULE needs"),
        ({"token": "seawall"}, "SEAWALL_PKCS11_TOKEN is set without"),
        ({"keyring": "/keys/ring", "key_file": "/keys/key"}, "/keys holds"),
    ],
)
def test_each_unsafe_setting_of_the_keys_is_named(private, change, names):
    (sentence,) = unsafe_keys(home=private, **KEYS | change)
    assert sentence.startswith(names)


@pytest.mark.parametrize("name", ["keyring", "key_file"])
def test_a_keyring_or_key_file_that_others_can_read_is_unsafe(private, name):
    path = private / name
    path.touch(mode=0o644)
    other = {"key_file": "/b/key", "keyring": "/a/ring"} | {name: str(path)}
    (sentence,) = unsafe_keys(home=private, **KEYS | other)
    assert sentence == f"{path} can be read by others: chmod 600 it."


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://localhost/x",
        "postgresql:///x?host=/run/postgresql",
        "postgresql://db.example/x?sslmode=verify-full",
    ],
)
def test_a_database_here_or_under_tls_is_safe(private, url):
    assert unsafe_settings(home=private, **SAFE | {"database_url": url}) == []


def test_a_home_that_others_can_read_is_unsafe(tmp_path):
    tmp_path.chmod(0o755)
    (sentence,) = unsafe_settings(home=tmp_path, **SAFE)
    assert "can be read by others" in sentence


def test_sqlite_in_the_home_waits_and_keeps_what_it_acknowledged(tmp_path):
    made = database(home=tmp_path, url="")
    assert made["NAME"] == str(tmp_path / "seawall.sqlite3")
    assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in made["OPTIONS"]["init_command"]
    assert "synchronous=FULL" in made["OPTIONS"]["init_command"]


def test_a_postgresql_url_is_taken_apart():
    made = postgres("postgresql://us%40er:p%2Fw@db:5433/name?sslmode=require")
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["PORT"], made["NAME"]) == (
        "us@er",
        "p/w",
        "db",
        "5433",
        "name",
    )
    assert made["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://db/x", "postgresql://db", "postgresql://db/"])
def test_another_url_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="SEAWALL_DATABASE_URL must look like"):
        postgres(url)


_OPEN = """
from seawall.config.bootstrap import setup
setup()
from django.db import connection
from django.test.utils import CaptureQueriesContext
with CaptureQueriesContext(connection) as queries:
    setup()
from django.conf import settings
print(len(queries), settings.DEBUG, sorted(p.name for p in settings.SEAWALL_HOME.iterdir()))
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_first_start_makes_everything_and_a_second_costs_one_query(tmp_path):
    home = tmp_path / "home"
    done = run(_OPEN, SEAWALL_HOME=str(home))
    assert done.stderr == ""
    assert done.stdout.startswith("1 False ")
    assert "'secret.key'" in done.stdout
    assert home.stat().st_mode & 0o777 == 0o700
    for name in ("seawall.sqlite3", "keys/attestation.pem"):
        assert (home / name).is_file()


def test_production_does_not_start_on_unsafe_settings(tmp_path):
    unsafe = {"SEAWALL_HOME": str(tmp_path / "home"), "SEAWALL_PRODUCTION": "1"}
    done = run(_OPEN, **unsafe, SEAWALL_DEBUG="1", SEAWALL_ALLOWED_HOSTS="*")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "does not start in production: SEAWALL_DEBUG is on" in last
    assert 'SEAWALL_ALLOWED_HOSTS contains "*"' in last


def test_production_does_not_start_on_unsafe_keys(tmp_path):
    unsafe = {"SEAWALL_HOME": str(tmp_path / "home"), "SEAWALL_PRODUCTION": "1"}
    done = run(_OPEN, **unsafe, SEAWALL_PKCS11_MODULE="/usr/lib/hsm.so")
    assert done.returncode == 1
    assert "SEAWALL_PKCS11_MODULE needs" in done.stderr.splitlines()[-1]


def test_models_and_migrations_agree(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
