"""A ceremony without holders, for demos and tests: all keys on one machine, which is no security.

What is published in this way can be signed by whoever reads the machine's disk.
"""

import secrets
from datetime import datetime
from pathlib import Path

from seawall.feed.tuf.check import check
from seawall.feed.tuf.founding import Holders, found
from seawall.feed.tuf.installation import Installation
from seawall.feed.tuf.keys import tuf_key
from seawall.feed.tuf.offline import new_key, open_key
from seawall.feed.tuf.papers import sign
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.repository import Changed
from seawall.feed.tuf.roles import FIRST_BITS
from seawall.signing.keys import KeyUnusable
from seawall.vocab.errors import BadInput

_WORDS = "passphrase.txt"
HOLDERS = ("key-1", "key-2", "key-3")
THRESHOLD = 2


def quick_ceremony(
    feed: Feed,
    installation: Installation,
    folder: Path,
    *,
    now: datetime,
    bits: int = FIRST_BITS,
    work: int = 1,
) -> Changed:
    """Make three "offline" keys in `folder`, with their passphrase beside them, and found the
    feed with them. BadInput when there is a feed already."""
    if feed.repository.state().roles:
        raise BadInput("there is a feed already", mend="`seawall feed rotate` changes its keys")
    passphrase = _passphrase(folder)
    for name in HOLDERS:
        if not (folder / f"{name}.pem").exists():
            new_key(folder / f"{name}.pem", passphrase, holder=f"Demo {name}", work=work)
    signers = [open_key(folder / f"{name}.pem", passphrase) for name in HOLDERS]
    keys = [
        tuf_key(signer.public, holder=f"Demo {name}")
        for name, signer in zip(HOLDERS, signers, strict=True)
    ]
    holders = Holders(keys=keys, threshold=THRESHOLD)
    papers = found(installation, root=holders, targets=holders, now=now)
    for signer in signers[:THRESHOLD]:
        sign(papers, signer)
    return feed.install(check(papers, now=now), now=now, bits=bits)


def _passphrase(folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _WORDS
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"{secrets.token_urlsafe(24)}\n")
    text = path.read_text().strip()
    if not text:
        raise KeyUnusable(f"{path} is empty: remove the folder and begin again.")
    return text
