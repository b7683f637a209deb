"""The two wrappers of data keys: a key file, and a SoftHSM token made for the tests."""

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from seawall.blobs import token_keys
from seawall.blobs.key_file import KeyFile
from seawall.blobs.token_keys import TokenKeys

_LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)
LIBRARY = next((path for path in _LIBRARIES if Path(path).exists()), "")
needs_softhsm = pytest.mark.skipif(
    not (LIBRARY and shutil.which("softhsm2-util")), reason="SoftHSM is not installed here"
)


def key_file(folder: Path) -> KeyFile:
    return KeyFile(path=folder / "keys" / "sealing.key")


def soft_token(folder: Path) -> TokenKeys:
    """Keys of their own in the one token of this test process, made when it is first asked for:
    the library reads the list of tokens once."""
    pin = folder / "pin"
    pin.write_text("1234\n")
    pin.chmod(0o600)
    return TokenKeys(
        module=LIBRARY, token=_token(), pin_file=pin, label=f"kek-{secrets.token_hex(4)}"
    )


def end_sessions() -> None:
    """Let the next use of a token begin with its PIN."""
    while token_keys._sessions:
        token_keys._sessions.popitem()[1].close()


@cache
def _token() -> str:
    home = Path(tempfile.mkdtemp(prefix="seawall-softhsm-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    conf = home / "softhsm2.conf"
    conf.write_text(
        f"directories.tokendir = {home}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(conf)
    label = "seawall-tests"
    pins = ("--pin", "1234", "--so-pin", "5678")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, *pins],
        check=True,
        capture_output=True,
    )
    return label
