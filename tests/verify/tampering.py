"""Ways to tamper with a log. Each is a function of a source of chance and the log; it gives the
files that somebody is shown instead of the true ones, and what the verifier must say of it.

Without the log's key: edits, drops, swaps, truncations, forgeries. With the log's key: forks,
rollbacks, entries with false indexes; then an earlier checkpoint or a witness gives it away.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from verify.real_log import SIZES, RealLog
from verify.smalllog import TestKey, body, bundle, checkpoint, files, name

Files = dict[str, bytes]
Tamper = Callable[[Random, RealLog], Files]
SEEN = SIZES[1]
"""The size at which the verifier saw the log before."""


@dataclass(frozen=True)
class Kind:
    """One way of tampering; `says` is what the verifier's sentence must match."""

    name: str
    tamper: Tamper
    says: str
    since: int | None = SEEN


KINDS: dict[str, Kind] = {}

WRONG_TILE = r"does not have the hash that|holds another hash for"
WRONG_ROOT = r"do not give the root that its checkpoint signs"
WRONG_BUNDLE = r"ends within its entry|entries; there are|does not have the hash"
WRONG_NOTE = (
    r"checkpoint|signature|signed note|control characters|not UTF-8|witnesses|number|base64|"
    r"root|expected"
)
WRONG_LENGTH = r"bytes; a tile there has|longer than|ends within its entry|entries; there are"
FORKED = r"was forked: its first|was forked: it signed two roots"


def kind(says: str, since: int | None = SEEN) -> Callable[[Tamper], Tamper]:
    """Register a way of tampering under the name of its function."""

    def register(tamper: Tamper) -> Tamper:
        KINDS[tamper.__name__] = Kind(name=tamper.__name__, tamper=tamper, says=says, since=since)
        return tamper

    return register


def signed(log: RealLog, leaves: list[bytes], *, cosigned: bool = True) -> Files:
    """A whole log of `leaves` with the true keys: nothing is wrong in it but what it holds."""
    signers = [log.log, log.witness] if cosigned else [log.log]
    made = checkpoint(leaves, *signers, origin=log.origin)
    return files(leaves) | {"checkpoint": made.encode()}


def flipped(random: Random, data: bytes, start: int = 0, end: int | None = None) -> bytes:
    at = random.randrange(start, len(data) if end is None else end)
    return data[:at] + bytes([data[at] ^ random.randrange(1, 256)]) + data[at + 1 :]


def pick(random: Random, log: RealLog, beginning: str) -> str:
    return random.choice(sorted(path for path in log.files if path.startswith(beginning)))


def bundles(leaves: list[bytes]) -> Files:
    return {path: data for path, data in files(leaves).items() if "entries" in path}


def edited(random: Random, log: RealLog, start: int = 0, end: int | None = None) -> list[bytes]:
    """The leaves with one byte of one of them changed, the index in it untouched."""
    leaves = list(log.leaves)
    at = random.randrange(start, len(leaves) if end is None else end)
    entry = leaves[at]
    if entry.startswith(b"{"):
        digits = entry.index(b'"release":"') + 11
    else:
        digits = entry.rindex(b"\n", 0, -1) + 1
    place = random.randrange(digits, digits + 40)
    other = random.choice([c for c in b"0123456789abcdef" if c != entry[place]])
    leaves[at] = entry[:place] + bytes([other]) + entry[place + 1 :]
    return leaves


# Without any key: the files.


@kind(WRONG_BUNDLE)
def a_byte_of_an_entry(random: Random, log: RealLog) -> Files:
    return log.files | bundles(edited(random, log))


@kind(WRONG_BUNDLE)
def a_byte_of_a_bundle(random: Random, log: RealLog) -> Files:
    path = pick(random, log, "tile/entries/")
    return log.files | {path: flipped(random, log.files[path])}


@kind(WRONG_TILE)
def a_byte_of_a_lowest_tile(random: Random, log: RealLog) -> Files:
    path = pick(random, log, "tile/0/")
    return log.files | {path: flipped(random, log.files[path])}


@kind(WRONG_TILE)
def a_byte_of_an_upper_tile(random: Random, log: RealLog) -> Files:
    path = pick(random, log, "tile/1/")
    return log.files | {path: flipped(random, log.files[path])}


@kind(WRONG_NOTE)
def a_byte_of_the_checkpoint(random: Random, log: RealLog) -> Files:
    return log.files | {"checkpoint": flipped(random, log.files["checkpoint"])}


@kind(WRONG_LENGTH)
def a_file_is_cut(random: Random, log: RealLog) -> Files:
    path = pick(random, log, "tile/")
    return log.files | {path: log.files[path][: random.randrange(len(log.files[path]))]}


@kind(WRONG_LENGTH)
def a_file_is_longer(random: Random, log: RealLog) -> Files:
    path = pick(random, log, "tile/")
    return log.files | {path: log.files[path] + random.randbytes(random.randrange(1, 99))}


@kind(WRONG_NOTE)
def the_checkpoint_is_cut(random: Random, log: RealLog) -> Files:
    text = log.files["checkpoint"]
    return log.files | {"checkpoint": text[: random.randrange(len(text))]}


@kind(r"is missing from the log")
def a_file_is_missing(random: Random, log: RealLog) -> Files:
    gone = pick(random, log, "")
    return {path: data for path, data in log.files.items() if path != gone}


@kind(WRONG_BUNDLE + "|" + WRONG_TILE + "|" + WRONG_LENGTH)
def two_files_are_swapped(random: Random, log: RealLog) -> Files:
    one, other = random.sample(sorted(path for path in log.files if path != "checkpoint"), 2)
    return log.files | {one: log.files[other], other: log.files[one]}


@kind(r"differs from|ends within its entry")
def a_partial_file_of_before_is_another(random: Random, log: RealLog) -> Files:
    older = random.choice([p for p in log.at[SEEN] if p.endswith(f".p/{SEEN % 256}")])
    return log.files | {older: bytes(flipped(random, log.at[SEEN][older], start=40))}


@kind(r"is beyond the 700 entries|is not the name of a file of a log")
def a_file_is_added(random: Random, log: RealLog) -> Files:
    path = random.choice(
        [
            name(0, 2, random.randrange(189, 256)),
            name(0, random.randrange(3, 9), 256),
            name("entries", random.randrange(3, 9), random.randrange(1, 256)),
            name(1, 0, random.randrange(3, 256)),
            name(random.randrange(2, 63), 0, random.randrange(1, 256)),
            f"tile/{random.randrange(0, 9)}/{random.randrange(0, 99)}",
            f"tile/notes/{random.randrange(0, 999):03}",
        ]
    )
    return log.files | {path: random.randbytes(64)}


# Without any key: entries.


@kind(WRONG_BUNDLE)
def an_entry_is_dropped(random: Random, log: RealLog) -> Files:
    at = random.randrange(len(log.leaves))
    first = at - at % 256
    some = log.leaves[first : first + 256]
    path = name("entries", at // 256, len(some))
    return log.files | {path: bundle(some[: at - first] + some[at - first + 1 :])}


@kind(WRONG_BUNDLE)
def an_entry_is_dropped_and_all_move_up(random: Random, log: RealLog) -> Files:
    at = random.randrange(len(log.leaves))
    leaves = log.leaves[:at] + log.leaves[at + 1 :]
    moved = bundles(leaves)
    last = bundle(leaves[512:])
    return log.files | {path: moved.get(path, last) for path in bundles(log.leaves)}


@kind(WRONG_BUNDLE)
def an_entry_is_added_at_the_end(random: Random, log: RealLog) -> Files:
    path = name("entries", 2, 188)
    return log.files | {path: log.files[path] + bundle([random.choice(log.leaves)])}


@kind(WRONG_BUNDLE)
def an_entry_is_doubled(random: Random, log: RealLog) -> Files:
    at = random.randrange(len(log.leaves) - 1)
    leaves = [*log.leaves[: at + 1], log.leaves[at], *log.leaves[at + 2 :]]
    return log.files | bundles(leaves)


@kind(WRONG_BUNDLE)
def two_entries_are_swapped(random: Random, log: RealLog) -> Files:
    return log.files | bundles(_swapped(random, log.leaves))


@kind(r"Entry \d+ says that it is entry \d+")
def two_entries_are_swapped_and_all_is_hashed_again(random: Random, log: RealLog) -> Files:
    return log.files | files(_swapped(random, log.leaves))


@kind(WRONG_ROOT)
def an_entry_is_edited_and_all_is_hashed_again(random: Random, log: RealLog) -> Files:
    return log.files | files(edited(random, log))


@kind(WRONG_TILE, since=None)
def an_entry_is_edited_and_the_lowest_tile_hashed_again(random: Random, log: RealLog) -> Files:
    again = files(edited(random, log, end=512))
    lowest = {p: d for p, d in again.items() if p.startswith(("tile/0/", "tile/entries/"))}
    return log.files | lowest


def _swapped(random: Random, leaves: list[bytes]) -> list[bytes]:
    one, other = random.sample(range(len(leaves)), 2)
    swapped = list(leaves)
    swapped[one], swapped[other] = leaves[other], leaves[one]
    return swapped


# Without any key: checkpoints and signatures.


@kind(r"is wrong")
def the_log_is_made_anew_under_the_old_signature(random: Random, log: RealLog) -> Files:
    leaves = edited(random, log)
    text = log.files["checkpoint"].decode()
    return files(leaves) | {
        "checkpoint": (body(leaves, log.origin) + text[text.index("\n\n") + 1 :]).encode()
    }


@kind(r"is not signed by the expected key")
def the_log_is_made_anew_and_signed_by_another_key(random: Random, log: RealLog) -> Files:
    leaves = edited(random, log)
    forger = TestKey(log.origin, seed=str(random.random()))
    made = checkpoint(leaves, forger, log.witness, origin=log.origin)
    return files(leaves) | {"checkpoint": made.encode()}


@kind(r"is wrong")
def the_signature_is_forged(random: Random, log: RealLog) -> Files:
    return _with_line(log, 0, 4, random.randbytes(64))


@kind(r"cosignature of the witness .* is wrong")
def the_cosignature_is_forged(random: Random, log: RealLog) -> Files:
    return _with_line(log, 1, 12, random.randbytes(64))


@kind(r"cosignature of the witness .* is wrong")
def the_cosignature_says_another_time(random: Random, log: RealLog) -> Files:
    return _with_line(log, 1, 4, random.getrandbits(62).to_bytes(8, "big"))


@kind(r"cosignature of the witness .* is wrong")
def the_cosignature_is_of_another_checkpoint(random: Random, log: RealLog) -> Files:
    text, other = (log.at[size]["checkpoint"].decode() for size in (700, random.choice(SIZES[:2])))
    lines = [*text.split("\n")[:-2], other.split("\n")[-2], ""]
    return log.files | {"checkpoint": "\n".join(lines).encode()}


@kind(r"0 of 1 known witnesses cosigned")
def the_cosignature_is_taken_away(random: Random, log: RealLog) -> Files:
    stranger = TestKey(f"witness.example/w{random.randrange(2, 99)}", 4)
    return log.files | {
        "checkpoint": checkpoint(log.leaves, log.log, stranger, origin=log.origin).encode()
    }


@kind(r"is not signed by the expected key|is wrong|signed note")
def the_signature_is_taken_away(random: Random, log: RealLog) -> Files:
    stranger = TestKey(f"log{random.randrange(99)}.example")
    made = checkpoint(log.leaves, stranger, log.witness, origin=log.origin)
    return log.files | {"checkpoint": made.encode()}


@kind(r"is wrong")
def the_checkpoint_says_another_size(random: Random, log: RealLog) -> Files:
    size = random.choice([n for n in range(1, 1000) if n != 700])
    text = log.files["checkpoint"].decode().replace("\n700\n", f"\n{size}\n")
    return log.files | {"checkpoint": text.encode()}


@kind(r"is not base64")
def a_signature_is_spelled_otherwise(random: Random, log: RealLog) -> Files:
    """The same bytes in another base64: who compares texts would take it for another note."""
    lines = log.files["checkpoint"].decode().split("\n")
    line = random.choice([4, 5])
    lines[line] = _respelled(lines[line])
    return log.files | {"checkpoint": "\n".join(lines).encode()}


def _respelled(line: str) -> str:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    found = re.fullmatch(r"(.*)([^=])(=+)", line)
    if found is None:  # no bits to spare: one padding too many
        return line + "="
    return f"{found[1]}{digits[digits.index(found[2]) + 1]}{found[3]}"


def _with_line(log: RealLog, number: int, start: int, data: bytes) -> Files:
    """The checkpoint with bytes of its `number`-th signature replaced."""
    head, _, lines = log.files["checkpoint"].decode().partition("\n\n")
    found = lines.split("\n")
    dash, signer, encoded = found[number].split(" ")
    raw = base64.b64decode(encoded)
    raw = raw[:start] + data + raw[start + len(data) :]
    found[number] = f"{dash} {signer} {base64.b64encode(raw).decode()}"
    return log.files | {"checkpoint": f"{head}\n\n{chr(10).join(found)}".encode()}


# With the log's own key (and, unless said otherwise, with its witness): history.


@kind(r"was rolled back: it had 500 entries, now it has 200")
def the_log_is_cut_back_to_an_older_checkpoint(random: Random, log: RealLog) -> Files:
    return log.at[200]


@kind(r"was rolled back: it had 500 entries, now it has")
def the_log_is_cut_and_signed_again(random: Random, log: RealLog) -> Files:
    return signed(log, log.leaves[: random.randrange(SEEN)])


@kind(r"is beyond the \d+ entries", since=200)
def the_checkpoint_is_an_older_one(random: Random, log: RealLog) -> Files:
    return log.at[SEEN] | log.files | {"checkpoint": log.at[SEEN]["checkpoint"]}


@kind(FORKED)
def the_past_is_edited_and_signed_again(random: Random, log: RealLog) -> Files:
    return signed(log, edited(random, log, end=SEEN)[: random.randrange(SEEN, 701)])


@kind(FORKED)
def an_entry_of_the_past_is_taken_out_and_signed_again(random: Random, log: RealLog) -> Files:
    """The indexes inside are mended, too."""
    at = random.randrange(SEEN)
    return signed(log, renumbered(log.leaves[:at] + log.leaves[at + 1 :]))


@kind(FORKED)
def an_entry_is_put_into_the_past_and_signed_again(random: Random, log: RealLog) -> Files:
    at = random.randrange(SEEN)
    added = log.leaves[random.randrange(700)]
    return signed(log, renumbered([*log.leaves[:at], added, *log.leaves[at:]]))


@kind(FORKED, since=SIZES[-1])
def the_last_entries_are_edited_and_signed_again(random: Random, log: RealLog) -> Files:
    return signed(log, edited(random, log, start=SEEN))


@kind(r"0 of 1 known witnesses cosigned")
def the_present_is_edited_and_signed_again_but_not_witnessed(random: Random, log: RealLog) -> Files:
    return signed(log, edited(random, log, start=SEEN), cosigned=False)


@kind(r"Entry \d+ says that it is entry \d+")
def an_entry_names_another_index(random: Random, log: RealLog) -> Files:
    at = random.randrange(SEEN, 700)
    other = random.choice([n for n in range(1000) if n != at])
    leaves = [*log.leaves[:at], renumber(log.leaves[at], other), *log.leaves[at + 1 :]]
    return signed(log, leaves)


@kind(r"Entry \d+ says that it is entry \d+")
def an_index_is_left_out(random: Random, log: RealLog) -> Files:
    """The log drops an event before it signs it: the indexes have a gap."""
    at = random.randrange(SEEN, 699)
    return signed(log, log.leaves[:at] + log.leaves[at + 1 :])


@kind(r"Entry \d+ is neither an event nor a commitment to one")
def an_entry_says_nothing_readable(random: Random, log: RealLog) -> Files:
    at = random.randrange(SEEN, 700)
    return signed(log, [*log.leaves[:at], random.randbytes(40), *log.leaves[at + 1 :]])


@kind(r"is of the log .*; expected was|is not signed by the expected key")
def the_log_speaks_under_another_name(random: Random, log: RealLog) -> Files:
    """Its key signs for another log, too; a checkpoint of the one is none of the other."""
    other = f"other{random.randrange(99)}.example/log"
    made = checkpoint(log.leaves, log.log, log.witness, origin=other)
    return log.files | {"checkpoint": made.encode()}


def renumbered(leaves: list[bytes]) -> list[bytes]:
    return [renumber(leaf, index) for index, leaf in enumerate(leaves)]


def renumber(leaf: bytes, index: int) -> bytes:
    """The entry with another index inside."""
    if leaf.startswith(b"{"):
        return re.sub(rb'"index":\d+', b'"index":%d' % index, leaf, count=1)
    return re.sub(rb"\n\d+\n", b"\n%d\n" % index, leaf, count=1)
