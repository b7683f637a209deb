import os
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pysequoia
import pytest

from seawall.signing.keys import KeyUnusable
from seawall.signing.openpgp import OpenPgpKey

WHO = "Example Clearinghouse <security@clearinghouse.example>"
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


@pytest.fixture
def key(tmp_path):
    return OpenPgpKey.ensure(tmp_path / "keys" / "openpgp.asc", WHO)


@pytest.fixture
def gpg(tmp_path):
    """Call gpg with a home of its own."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def call(*words):
        command = ["gpg", "--homedir", home, "--batch", "--status-fd", "1", *words]
        return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")

    yield call
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True)


def test_the_same_file_is_the_same_key(key, tmp_path):
    path = tmp_path / "keys" / "openpgp.asc"
    assert OpenPgpKey.ensure(path, WHO).fingerprint == key.fingerprint
    assert OpenPgpKey.load(path).public == key.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["openpgp.asc"]
    assert len(key.fingerprint) == 40 and key.fingerprint == key.fingerprint.upper()


def test_two_who_make_the_key_at_once_have_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: OpenPgpKey.ensure(tmp_path / "k.asc", WHO), range(16)))
    assert len({each.fingerprint for each in made}) == 1


def test_the_secret_is_shown_nowhere(key):
    assert "PRIVATE" not in key.public + repr(key)
    assert repr(key) == f"<OpenPgpKey {key.fingerprint}>"
    assert pysequoia.Cert.from_bytes(key.public.encode()).fingerprint.upper() == key.fingerprint


def test_a_key_that_others_can_read_is_not_used(key, tmp_path):
    path = tmp_path / "keys" / "openpgp.asc"
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="can be read by others"):
        OpenPgpKey.ensure(path, WHO)


@pytest.mark.parametrize("what", ["nothing", "no key", "public"])
def test_what_is_no_secret_key_is_not_used(key, tmp_path, what):
    path = tmp_path / "other.asc"
    if what != "nothing":
        path.write_text(key.public if what == "public" else "no key")
        path.chmod(0o600)
    with pytest.raises(KeyUnusable):
        OpenPgpKey.load(path)


@needs_gpg
def test_gpg_verifies_a_detached_signature(key, gpg, tmp_path):
    (tmp_path / "public.asc").write_text(key.public)
    (tmp_path / "file").write_bytes(b"document\n")
    (tmp_path / "file.asc").write_text(key.detached(b"document\n"))
    gpg("--import", tmp_path / "public.asc")
    done = gpg("--verify", tmp_path / "file.asc", tmp_path / "file")
    assert done.returncode == 0
    assert any(
        line.split()[1] == "VALIDSIG" and line.split()[-1] == key.fingerprint
        for line in done.stdout.splitlines()
    )
    (tmp_path / "file").write_bytes(b"Document\n")
    done = gpg("--verify", tmp_path / "file.asc", tmp_path / "file")
    assert done.returncode == 1 and "BADSIG" in done.stdout


@needs_gpg
def test_gpg_verifies_a_clear_signature(key, gpg, tmp_path):
    (tmp_path / "public.asc").write_text(key.public)
    (tmp_path / "text.asc").write_text(key.clear("Contact: mailto:a@b.example\n- é\n"))
    gpg("--import", tmp_path / "public.asc")
    done = gpg("--output", tmp_path / "text", "--decrypt", tmp_path / "text.asc")
    assert done.returncode == 0 and "VALIDSIG" in done.stdout
    assert (tmp_path / "text").read_text() == "Contact: mailto:a@b.example\n- é\n"
