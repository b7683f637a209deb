"""The values of one run that a proof may name: `{command}`, `{canary}`, … and how they are filled.

They are drawn fresh for every run, so no proof can know them before the run begins.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

NAMES = ("command", "canary", "secret", "url", "token", "work")
_PATTERN = re.compile(r"\{\{(" + "|".join(NAMES) + r")\}\}|\{(" + "|".join(NAMES) + r")\}")
_BYTES_PATTERN = re.compile(_PATTERN.pattern.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSecrets:
    """What is drawn for one run. Paths are absolute in the sandbox.

    `effect` is what the planted command writes to `effect_path`, `secret_content` what the secret
    file holds, `key` marks the harness's own messages: none is ever part of what a proof is given.
    """

    token: str
    work: str
    command: str
    canary: str
    secret: str
    port: int
    effect: str
    effect_path: str
    secret_content: str
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.token}"

    def placeholders(self) -> Mapping[str, str]:
        """Give the value of every placeholder."""
        return {
            "command": self.command,
            "canary": self.canary,
            "secret": self.secret,
            "url": self.url,
            "token": self.token,
            "work": self.work,
        }


def draw_secrets(rng: random.Random, *, root: str = "/work") -> RunSecrets:
    """Draw the values of one run below the writable folder `root`; `rng` is SystemRandom except
    in tests."""

    def word(bits: int = 64) -> str:
        return f"{rng.getrandbits(bits):0{bits // 4}x}"

    return RunSecrets(
        token="t" + word(),
        work=f"{root}/run",
        command=f"{root}/c{word()}",
        canary=f"{root}/o{word(32)}/n{word()}",
        secret=f"{root}/s{word(32)}/k{word()}",
        port=rng.randrange(20000, 60000),
        effect=word(128),
        effect_path=f"{root}/e{word(32)}/f{word()}",
        secret_content=word(128),
        key=word(128),
    )


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the run's values into `text`; `{{command}}` becomes a literal `{command}`."""
    return _PATTERN.sub(lambda m: f"{{{m[1]}}}" if m[1] else values[m[2]], text)


def fill_bytes(data: bytes, values: Mapping[str, str]) -> bytes:
    """As `fill`, for the content of a file."""

    def put(match: re.Match[bytes]) -> bytes:
        return b"{%s}" % match[1] if match[1] else values[match[2].decode()].encode()

    return _BYTES_PATTERN.sub(put, data)


def named_in(text: str | bytes) -> frozenset[str]:
    """Give the placeholders that `text` names."""
    if isinstance(text, bytes):
        return frozenset(m[2].decode() for m in _BYTES_PATTERN.finditer(text) if m[2])
    return frozenset(m[2] for m in _PATTERN.finditer(text) if m[2])
