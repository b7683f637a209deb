"""`seawall-verify`: the verifier alone."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seawall_verify.failures import Unreachable, VerificationFailed
from seawall_verify.keys import VerifierKey
from seawall_verify.opening import Asked, Unusable, verify_place, verify_proof_file
from seawall_verify.places import WrongAddress
from seawall_verify.telling import (
    failure_document,
    failure_words,
    proven_document,
    proven_words,
    report_document,
    report_words,
)

SOUND, NOT_SOUND, WRONG_CALL, UNREACHABLE = 0, 1, 2, 3
_EVERY = 100_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the command."""
    parser = _parser()
    given = parser.parse_args(arguments)
    raise SystemExit(_run(parser, given))


def _run(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    if (given.log is None) == (given.proof is None):
        parser.error("name a log, or a proof with --proof and --entry")
    if (given.proof is None) != (given.entry is None):
        parser.error("--proof and --entry belong together")
    try:
        document, words = _verified(given, _asked(parser, given))
    except (WrongAddress, Unusable) as error:
        parser.error(str(error))
    except (VerificationFailed, Unreachable) as error:
        _say(failure_document(error), failure_words(error), given, file=sys.stderr)
        return UNREACHABLE if isinstance(error, Unreachable) else NOT_SOUND
    _say(document, words, given, file=sys.stdout)
    return SOUND


def _verified(given: argparse.Namespace, asked: Asked) -> tuple[dict[str, Any], str]:
    if given.proof is not None:
        proven = verify_proof_file(given.proof, given.entry, asked)
        return proven_document(proven), proven_words(proven)
    watched = sys.stderr.isatty() and not given.quiet and not given.json
    report = verify_place(given.log, asked, **({"tell": _tell} if watched else {}))
    return report_document(report), report_words(report)


def _asked(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Asked:
    try:
        keys = [VerifierKey.parse(text) for text in given.key]
        witnesses = [VerifierKey.parse(text) for text in given.witness]
    except VerificationFailed as error:
        parser.error(str(error))
    need = len(witnesses) if given.need is None else given.need
    if not 0 <= need <= len(witnesses):
        parser.error(f"--need {need} of {len(witnesses)} witnesses cannot be")
    return Asked(
        keys=keys,
        origin=given.origin,
        witnesses=witnesses,
        need=need,
        since=given.since,
        save=given.save,
        first=given.first,
        growing=given.growing,
    )


def _say(document: dict[str, Any], words: str, given: argparse.Namespace, file: Any) -> None:
    if given.json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
    elif not given.quiet:
        print(words, file=file)


def _tell(done: int, size: int) -> None:
    if done % _EVERY < 256 and done < size:
        print(f"\r{done} of {size} entries", end="\r", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seawall-verify",
        description="Verify a transparency log (C2SP tlog-tiles) from its entries to its signed "
        "root, or verify a proof that an entry is in one.",
        epilog="Exit codes: 0 sound; 1 not sound; 2 the call is wrong; 3 unreachable.",
    )
    parser.add_argument("log", nargs="?", help="folder or URL that holds checkpoint and tile/")
    add = parser.add_argument
    add("--key", action="append", required=True, metavar="VKEY", help="the log's verifier key")
    add("--origin", help="the log's name when it is not that of the key")
    add("--witness", action="append", default=[], metavar="VKEY", help="a witness's verifier key")
    add("--need", type=int, metavar="N", help="how many witnesses must cosign (default: all named)")
    add("--since", type=Path, metavar="FILE", help="the checkpoint seen before; must be continued")
    add("--save", type=Path, metavar="FILE", help="keep the checkpoint here when all is sound")
    add("--first", type=int, default=0, metavar="N", help="older entries may be not given out")
    add("--growing", action="store_true", help="the folder may hold more than the checkpoint signs")
    add("--proof", type=Path, metavar="FILE", help="verify this proof (C2SP tlog-proof) instead")
    add("--entry", type=Path, metavar="FILE", help="the entry that the proof is about")
    add("--json", action="store_true", help="print JSON")
    add("--quiet", action="store_true", help="print nothing; the exit code answers")
    return parser


if __name__ == "__main__":
    main()
