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
from seawall.feed.tuf.papers import Papers, sign
from seawall.feed.tuf.places import Feed
from seawall.feed.tuf.repository import Changed
from seawall.signing.keys import KeyUnusable
from seawall.vocab.errors import BadInput

_WORDS = "passphrase.txt"
HOLDERS = ("key-1", "key-2", "key-3")
THRESHOLD = 2


def quick_papers(
    installation: Installation, folder: Path, *, now: datetime, work: int = 1
) -> Papers:
    """Make three "offline" keys in `folder`, with their passphrase beside them; gives the papers
    of a new feed, signed by two of them. `work` is that of a passphrase nobody has to guess."""
    passphrase = _passphrase(folder)
    keys, signers = [], []
    for name in HOLDERS:
        path = folder / f"{name}.pem"
        if not path.exists():
            new_key(path, passphrase, holder=f"Demo {name}", work=work)
        signers.append(open_key(path, passphrase))
        keys.append(tuf_key(signers[-1].public, holder=f"Demo {name}"))
    holders = Holders(keys=keys, threshold=THRESHOLD)
    papers = found(installation, root=holders, targets=holders, now=now)
    for signer in signers[:THRESHOLD]:
        sign(papers, signer)
    return papers


def quick_ceremony(
    feed: Feed, installation: Installation, folder: Path, *, now: datetime
) -> Changed:
    """Found a feed with `quick_papers`, and log nothing."""
    demand_new(feed)
    return feed.install(check(quick_papers(installation, folder, now=now), now=now), now=now)


def demand_new(feed: Feed) -> None:
    """Raise BadInput when the feed was founded already."""
    if feed.current().root is not None:
        raise BadInput("there is a feed already", mend="`seawall feed rotate` changes its keys")


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
