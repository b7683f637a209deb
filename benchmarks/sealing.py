"""Sealing: what it costs, against the bare cipher and against intake in the clear.

    python benchmarks/sealing.py [--reports N]

The cipher's peer is `cryptography`'s AESGCM with the same key and sizes; intake's peer is the same
intake with sealing taken out (no key is made, nothing is encrypted) in the same process, reports
alternating between the two. Times are medians of the runs, so that a busy machine shows less.
"""

import argparse
import json
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

os.environ["SEAWALL_HOME"] = HOME = tempfile.mkdtemp(prefix="seawall-sealing-")

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seawall.blobs.key_file import KeyFile
from seawall.blobs.keyring import Keyring
from seawall.blobs.sealed import Vault, remains_of, seal_part, unseal_part
from seawall.config.bootstrap import setup

AT = {"what": "finding.content", "place": "1"}
KEY_ID = "ab" * 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=60, help="reports of each kind")
    asked = parser.parse_args()
    cipher()
    keyring()
    intake(asked.reports)


def cipher() -> None:
    key = secrets.token_bytes(32)
    bare, nonce, aad = AESGCM(key), secrets.token_bytes(12), b"x" * 96
    print("sealing against bare AES-256-GCM (ratio 1 is no overhead)")
    for size, times in ((1 << 10, 2000), (64 << 10, 500), (4 << 20, 12)):
        data = secrets.token_bytes(size)
        there = bare.encrypt(nonce, data, aad)
        sealed = seal_part(key, KEY_ID, data, **AT)
        ours = _median(lambda: seal_part(key, KEY_ID, data, **AT), times)  # noqa: B023
        theirs = _median(lambda: bare.encrypt(nonce, data, aad), times)  # noqa: B023
        back = _median(lambda: unseal_part(key, sealed, **AT), times)  # noqa: B023
        peer = _median(lambda: bare.decrypt(nonce, there, aad), times)  # noqa: B023
        print(
            f"  {size >> 10:>5} KiB  seal {ours * 1e6:8.1f} us, {ours / theirs:5.2f}x   "
            f"unseal {back * 1e6:8.1f} us, {back / peer:5.2f}x"
        )


def keyring() -> None:
    folder = Path(HOME) / "alone"
    ring = Keyring(path=folder / "ring", wrapper=KeyFile(path=folder / "key"))
    vault, ids = Vault(keyring=ring), [ring.new() for _ in range(50)]
    sealed = [vault.seal(each, b"x" * 1024, **AT) for each in ids]
    new = _median(ring.new, 200)
    get = _median(lambda: ring.get(ids[7]), 2000)
    whole = _median(lambda: vault.unseal(sealed[7], **AT), 2000)
    fsync = _median(_one_fsync(folder / "probe"), 200)
    print("the keyring (key file)")
    print(f"  new key, durable {new * 1e3:7.3f} ms, {new / fsync:5.1f}x one fsync of this disk")
    print(f"  get a key        {get * 1e6:7.1f} us; unseal 1 KiB with it {whole * 1e6:.1f} us")
    print(f"  2,000 findings of 2,000 reports compared: {2000 * whole * 1e3:.0f} ms of unsealing")


def intake(count: int) -> None:
    setup()
    from django.utils import timezone

    from seawall.findings.actions import submit
    from seawall.parties import sealing
    from seawall.vocab.actors import LOCAL

    @contextmanager
    def in_the_clear() -> Iterator[None]:
        def as_it_is(key: bytes, key_id: str, data: bytes, **_: str) -> bytes:
            return remains_of(key_id) + data

        with (
            mock.patch.object(sealing, "seal_part", as_it_is),
            mock.patch("seawall.blobs.sealed.seal_part", as_it_is),
            mock.patch.object(sealing, "new_key", lambda: secrets.token_hex(16)),
            mock.patch.object(sealing, "_key", lambda key_id: b"\0" * 32),
        ):
            yield

    def send(findings: int) -> Callable[[], object]:
        data = _report(findings)
        return lambda: submit(data, name="r.json", by=LOCAL, now=timezone.now())

    print("intake of reports against intake in the clear")
    for findings in (1, 100):
        times: dict[bool, list[float]] = {True: [], False: []}
        for number in range(count * 2):
            is_sealed, work = bool(number % 2), send(findings)
            with mock.MagicMock() if is_sealed else in_the_clear():
                times[is_sealed].append(_once(work))
        ours, theirs = (statistics.median(times[each]) for each in (True, False))
        print(
            f"  {findings:>3} findings  sealed {ours * 1e3:7.2f} ms, in the clear "
            f"{theirs * 1e3:7.2f} ms: {ours / theirs:.2f}x"
        )


def _report(findings: int) -> bytes:
    token = secrets.token_hex(8)
    said = [
        {
            "key": f"{token}-{number}",
            "title": f"Weakness {number} of {token}",
            "target": f"pkg:pypi/{token}@1",
            "description": "It reads past the end of the buffer. " * 30,
        }
        for number in range(findings)
    ]
    return json.dumps({"seawall_report": 1, "findings": said}).encode()


def _one_fsync(path: Path) -> Callable[[], None]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def once() -> None:
        os.pwrite(handle, secrets.token_bytes(4096), 0)
        os.fsync(handle)

    return once


def _median(work: Callable[[], object], times: int) -> float:
    return statistics.median(_once(work) for _ in range(times))


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
