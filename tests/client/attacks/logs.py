"""Logs that a thief of the log's key can make: branches, and the tiles that belong to them."""

import base64
from hashlib import sha256

from client.attacks.thieves import Thief
from formats.bundles import Maker
from seawall.signing.merkle import leaf_hash
from seawall.signing.tiles import bundle_bytes, bundle_path, bundles_of, tile_bytes, tiles_of


def branch(maker: Maker, size: int) -> Maker:
    """A log with the same keys and the same first `size` entries."""
    made = Maker(release_key=maker.release_key, log_key=maker.log_key, origin=maker.origin)
    made.payloads = dict(maker.payloads)
    for entry in maker.entries[:size]:
        leaf = leaf_hash(entry)
        made._nodes[0, len(made.entries)] = leaf
        made.entries.append(entry)
        made._frontier, nodes = made._frontier.append(leaf)
        made._nodes.update({(node.level, node.index): node.hash for node in nodes})
    return made


def give_out(thief: Thief, maker: Maker) -> None:
    """Replace the mirror's log by this one."""
    size = len(maker.entries)
    for tile in tiles_of(size, since=0):
        data = tile_bytes(lambda level, at: maker._nodes[level, at], tile)
        thief.replace(f"log/{tile.path}", data)
    for number, width in bundles_of(size, since=0):
        leaves = maker.entries[number * 256 : number * 256 + width]
        thief.replace(f"log/{bundle_path(number, width=width)}", bundle_bytes(leaves))
    thief.replace("log/checkpoint", maker.checkpoint().encode())


def checkpoint_of(maker: Maker, *, size: int, root: bytes) -> bytes:
    """A checkpoint that says anything, signed by the log's key."""
    text = f"{maker.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    key = maker.log_key.public.raw
    key_id = sha256(maker.origin.encode() + b"\n\x01" + key).digest()[:4]
    signature = base64.b64encode(key_id + maker.log_key.sign(text.encode())).decode()
    return f"{text}\n— {maker.origin} {signature}\n".encode()
