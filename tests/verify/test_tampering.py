"""Whatever is done to a log, the verifier finds it; and every one of its checks is needed."""

import os
import re
from random import Random

import pytest

from seawall_verify import VerificationFailed, VerifierKey, open_checkpoint, verify_log
from seawall_verify.__main__ import main
from verify.real_log import SIZES, RealLog, real_log
from verify.smalllog import fetcher, write
from verify.tampering import KINDS, Files, Kind

pytestmark = pytest.mark.django_db

FEW, MANY = 8, 10_000


@pytest.fixture(scope="module")
def log(django_db_setup, django_db_blocker, tmp_path_factory) -> RealLog:
    with django_db_blocker.unblock():
        return real_log(tmp_path_factory.mktemp("home"))


def verified(log: RealLog, files: Files, since: int | None):
    keys = [VerifierKey.parse(log.log.vkey)]
    seen = None
    if since is not None:
        seen = open_checkpoint(log.at[since]["checkpoint"].decode(), keys=keys)
    return verify_log(
        fetcher(files),
        keys=keys,
        witnesses=[VerifierKey.parse(log.witness.vkey)],
        need=1,
        since=seen,
        files=lambda: list(files),
    )


def test_what_nobody_tampered_with_verifies(log):
    for size in SIZES:
        for since in (None, *(older for older in SIZES if older <= size)):
            assert verified(log, log.at[size], since).entries == size


def tampered(kind: Kind, log: RealLog, seed: str) -> Files:
    """The files after tampering, which are never the true ones."""
    random = Random(f"{kind.name} {seed}")
    while (files := kind.tamper(random, log)) == log.files:
        pass
    return files


def detect(kind: Kind, log: RealLog, seed: str) -> None:
    files = tampered(kind, log, seed)
    with pytest.raises(VerificationFailed) as found:
        verified(log, files, kind.since)
    assert re.search(kind.says, str(found.value)), f"{kind.name} {seed}: {found.value}"


@pytest.mark.parametrize("name", KINDS)
def test_tampering_is_detected(log, name):
    for seed in range(FEW):
        detect(KINDS[name], log, str(seed))


@pytest.mark.slow
def test_ten_thousand_tamperings_are_detected(log):
    """SEAWALL_TAMPERINGS begins elsewhere in the endless row of them."""
    first, names = int(os.environ.get("SEAWALL_TAMPERINGS", "1000")), list(KINDS)
    for number in range(MANY):
        detect(KINDS[names[number % len(names)]], log, str(first + number))


@pytest.mark.parametrize("name", KINDS)
def test_the_command_tells_tampering_by_its_exit_code(log, name, tmp_path, capsys):
    write(tmp_path / "log", tampered(KINDS[name], log, "command"))
    call = [str(tmp_path / "log"), "--key", log.log.vkey, "--witness", log.witness.vkey]
    if KINDS[name].since is not None:
        (tmp_path / "seen").write_bytes(log.at[KINDS[name].since]["checkpoint"])
        call += ["--since", str(tmp_path / "seen")]
    with pytest.raises(SystemExit) as ended:
        main(call)
    assert ended.value.code == 1
    assert re.search(KINDS[name].says, capsys.readouterr().err)
