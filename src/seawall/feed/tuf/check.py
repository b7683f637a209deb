"""Whether papers are signed well enough for every client to follow them."""

from dataclasses import dataclass
from datetime import datetime

from tuf.api.metadata import Metadata, Root, Targets

from seawall.feed.tuf.papers import Papers, check_trust
from seawall.feed.tuf.repository import SignedOffline
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How far a paper is signed by one set of keys: "new" ones, or "former" ones of the root."""

    paper: str
    keys: str
    need: int
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many more signatures are needed."""
        return max(0, self.need - len(self.signed))


def counts(papers: Papers) -> list[Count]:
    """For every paper, how many of which keys have signed; bad signatures do not count."""
    found = []
    root = papers.next_root.signed
    if papers.root is not None:
        found.append(_count("root", "new", root, papers.root))
        if papers.former.root is not None:
            found.append(_count("root", "former", papers.former.root.signed, papers.root))
    if papers.targets is not None:
        found.append(_count("targets", "new", root, papers.targets))
    return found


def check(papers: Papers, *, now: datetime) -> SignedOffline:
    """The files to publish, or BadInput that says what is missing.

    A client goes from one root to the next, so that a new root is signed by a threshold of its
    own keys and of its predecessor's; targets by a threshold of the keys that the new root names.
    """
    _check_order(papers, now)
    for count in counts(papers):
        if count.missing:
            raise BadInput(
                f"{count.missing} more of the {count.keys} {count.paper} keys must sign",
                where=f"{count.paper}.json",
                mend="`seawall feed ceremony sign DIR --key FILE`",
            )
    return SignedOffline(
        root=None if papers.root is None else papers.root.to_bytes(),
        targets=None if papers.targets is None else papers.targets.to_bytes(),
        trust=papers.trust,
    )


def _check_order(papers: Papers, now: datetime) -> None:
    former = papers.former
    for name, paper, old in (
        ("root.json", papers.root, former.root),
        ("targets.json", papers.targets, former.targets),
    ):
        if paper is not None:
            expected = 1 if old is None else old.signed.version + 1
            if paper.signed.version != expected:
                raise BadInput(f"version {expected} was expected", where=name)
            if paper.signed.expires <= now:
                raise BadInput("it has ended already", where=name, mend="prepare it anew")
    targets = papers.targets or former.targets
    if targets is None:
        raise BadInput("a first ceremony needs targets too", where="targets.json")
    if (
        targets is former.targets
        and _count("targets", "new", papers.next_root.signed, targets).missing
    ):
        raise BadInput(
            "the targets in use would not count under this root",
            where="root.json",
            mend="prepare targets with it",
        )
    if not check_trust(targets.signed, papers.trust or former.trust):
        raise BadInput("not the file that targets.json names", where="trust.json")


def _count(paper: str, keys: str, root: Root, signed: Metadata[Root] | Metadata[Targets]) -> Count:
    found = root.get_verification_result(paper, signed.signed_bytes, signed.signatures)
    return Count(
        paper=paper,
        keys=keys,
        need=found.threshold,
        signed=tuple(found.signed),
        unsigned=tuple(found.unsigned),
    )
