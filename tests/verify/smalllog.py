"""A small writer of logs for tests: tlog-tiles files straight from the definitions, with the keys
of a log and of witnesses. It shares nothing with the ledger's writer or with the verifier."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "log.example/seawall"


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1 over entries, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


@dataclass(frozen=True)
class TestKey:
    """An Ed25519 key that signs notes (kind 1) or cosigns them (kind 4): a `real` one, or always
    the same for a name or a `seed`."""

    __test__ = False
    name: str
    kind: int = 1
    seed: str = ""
    real: Ed25519PrivateKey | None = None

    @property
    def private(self) -> Ed25519PrivateKey:
        if self.real is not None:
            return self.real
        seed = hashlib.sha256((self.seed or self.name).encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def _public(self) -> bytes:
        return bytes([self.kind]) + self.private.public_key().public_bytes_raw()

    @property
    def _id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self._public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self._id.hex()}+{base64.b64encode(self._public).decode()}"

    def line(self, body: str, *, at: int = 1_800_000_000) -> str:
        """The signature line of this key below the note text `body`."""
        if self.kind == 1:
            value = self.private.sign(body.encode())
        else:
            message = f"cosignature/v1\ntime {at}\n{body}".encode()
            value = at.to_bytes(8, "big") + self.private.sign(message)
        return f"— {self.name} {base64.b64encode(self._id + value).decode()}\n"


def event(index: int, say: str = "advisory.published") -> bytes:
    """A public entry as Seawall writes one."""
    return (
        '{"at":"2026-11-23T21:00:00.000000Z","by":"local","facts":{"n":"é"},'
        f'"index":{index},"on":"advisory:SEAWALL-2026-{index:04}","what":"{say}"}}'
    ).encode()


def commitment(index: int) -> bytes:
    """An entry that only commits to an event."""
    digest = base64.b64encode(hashlib.sha256(b"salt%d" % index).digest()).decode()
    return f"seawall-event v1\n{index}\n{digest}\n".encode()


def entries(size: int) -> list[bytes]:
    """Every third entry public, the others committed."""
    return [commitment(i) if i % 3 else event(i) for i in range(size)]


def body(leaves: Sequence[bytes], origin: str = ORIGIN) -> str:
    """The unsigned text of a checkpoint."""
    return f"{origin}\n{len(leaves)}\n{base64.b64encode(mth(leaves)).decode()}\n"


def checkpoint(leaves: Sequence[bytes], *signers: TestKey, origin: str = ORIGIN) -> str:
    """The checkpoint of a log of these entries, signed by all `signers`."""
    text = body(leaves, origin)
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def files(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Every tile and bundle of a log of these entries, by path."""
    made: dict[str, bytes] = {}
    for n in range(0, len(leaves), 256):
        some = leaves[n : n + 256]
        made[name("entries", n // 256, len(some))] = bundle(some)
    level, hashes = 0, [mth([leaf]) for leaf in leaves]
    while hashes:
        for n in range(0, len(hashes), 256):
            some = hashes[n : n + 256]
            made[name(level, n // 256, len(some))] = b"".join(some)
        width = 256 ** (level + 1)
        whole = len(leaves) // width
        hashes = [mth(leaves[i * width : (i + 1) * width]) for i in range(whole)]
        level += 1
    return made


def bundle(some: Sequence[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in some)


def name(level: int | str, n: int, width: int) -> str:
    digits = f"{n:03}" if n < 1000 else f"x{n // 1000:03}/{n % 1000:03}"
    return f"tile/{level}/{digits}" + ("" if width == 256 else f".p/{width}")


def write(folder: Path, made: dict[str, bytes]) -> None:
    for path, data in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def fetcher(made: dict[str, bytes]) -> Callable[[str], bytes]:
    """A fetch function over files in memory."""

    def fetch(path: str) -> bytes:
        if path not in made:
            raise FileNotFoundError(path)
        return made[path]

    return fetch


def inclusion(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    k = _half(len(leaves))
    if index < k:
        return [*inclusion(index, leaves[:k]), mth(leaves[k:])]
    return [*inclusion(index - k, leaves[k:]), mth(leaves[:k])]


def consistency(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962 §2.1.2; empty for the empty tree, as tlog-witness says."""
    return _subproof(old, leaves, True) if old else []


def _subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = _half(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def _half(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def proof_text(index: int, leaves: Sequence[bytes], *signers: TestKey) -> str:
    """A tlog-proof of one entry."""
    hashes = "".join(base64.b64encode(h).decode() + "\n" for h in inclusion(index, leaves))
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{checkpoint(leaves, *signers)}"
