"""A log as Seawall writes one: events recorded in the ledger, signed, witnessed, exported."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from seawall.ledger import checkpoints, queries, tiles
from seawall.ledger.actions import Said, record_all
from seawall.ledger.models import Checkpoint, Cosignature
from seawall.vocab.actors import LOCAL
from seawall_verify import VerifierKey
from seawall_verify.entries import read_bundle
from seawall_verify.witness import Witness
from seawall_verify.witness_memory import Memory
from verify.smalllog import TestKey, name

SIZES = (200, 500, 700)
"""Where the log signed; who verifies it saw it at 500 before."""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class RealLog:
    """All that there is of a log: its files at each of SIZES, its leaves, and its secret keys."""

    at: dict[int, dict[str, bytes]]
    leaves: list[bytes]
    log: TestKey
    witness: TestKey

    @property
    def files(self) -> dict[str, bytes]:
        return self.at[SIZES[-1]]

    @property
    def origin(self) -> str:
        return self.log.name


def real_log(home: Path) -> RealLog:
    """The log, made in an empty ledger that is empty again afterwards, with keys in `home`."""
    with override_settings(SEAWALL_HOME=home), transaction.atomic():
        assert queries.size() == 0
        made = _make(home)
        transaction.set_rollback(True)
    return made


def _make(folder: Path) -> RealLog:
    memory = Memory.create(folder / "witness.sqlite3", name="witness.example/w1")
    memory.follow(VerifierKey.parse(checkpoints.log_key().text))
    at, before = {}, 0
    for size in SIZES:
        with transaction.atomic():
            record_all(by=LOCAL, events=[_said(index) for index in range(before, size)], at=NOW)
            checkpoint = checkpoints.sign(now=NOW)
        _cosign(checkpoint, Witness(memory), before)
        tiles.export(folder / str(size))
        at[size] = _files(folder / str(size))
        before = size
    return RealLog(
        at=at, leaves=_leaves(at[before], before), log=_log_key(), witness=_witness_key(memory)
    )


def _said(index: int) -> Said:
    if index % 5 == 0:
        facts = {"release": f"{index:064x}", "title": "Zu großer Puffer"}
        return Said(what="advisory.published", on=f"advisory:SEAWALL-2026-{index:04}", facts=facts)
    return Said(what="report.received", on=f"report:R-2026-{index:06}", facts={"findings": index})


def _cosign(checkpoint: Checkpoint, witness: Witness, before: int) -> None:
    proof = queries.consistency_proof(old=before, new=checkpoint.size) if before else ()
    lines = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
    request = f"old {before}\n{lines}\n{checkpoint.text}".encode()
    answer = witness.add_checkpoint(request, now=int(NOW.timestamp()))
    assert answer.status == 200, answer
    Cosignature.objects.create(
        checkpoint=checkpoint, witness="witness.example/w1", line=answer.text, signed_at=NOW
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _leaves(files: dict[str, bytes], size: int) -> list[bytes]:
    widths = [min(256, size - start) for start in range(0, size, 256)]
    paths = [name("entries", n, width) for n, width in enumerate(widths)]
    return [entry for path in paths for entry in read_bundle(files[path], path)]


def _log_key() -> TestKey:
    pem = (Path(settings.SEAWALL_HOME) / "keys" / "log.pem").read_bytes()
    return TestKey(checkpoints.log_key().name, real=load_pem_private_key(pem, password=None))


def _witness_key(memory: Memory) -> TestKey:
    return TestKey(memory.name(), 4, real=memory.private())
