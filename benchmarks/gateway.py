"""What the gateway adds to a call, beside a bare proxy, and how many calls a core carries.

    python benchmarks/gateway.py [--calls N] [--parallel 32] [--think MS]

Three processes: a model that answers at once (or after --think milliseconds), a bare proxy that is
the gateway's own server and upstream client without any check, and the gateway with everything on:
a DPoP proof (ES256) for each request, the decision from the database, quotas, signals, the journal
on disk before the first byte, sealed transcripts and commitments in the ledger. Asked alternately:
one call at a time for what a call takes (wall), and --parallel at a time for calls per second of
the process's CPU time, which a busy machine does not change much. The limit beside it is how
long this disk takes for one write that is durable (fdatasync), measured in the same run.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # this file hides no package of the tests

PATH = "/v1/chat/completions"
TARGET_P50_MS, TARGET_P99_MS, TARGET_RATE = 0.5, 2.0, 2_000
WARM = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=4_000, help="calls of each kind")
    parser.add_argument("--parallel", type=int, default=32)
    parser.add_argument("--think", type=float, default=0.0, help="ms before the model answers")
    parser.add_argument("--role", choices=("model", "bare", "gateway"), help=argparse.SUPPRESS)
    parser.add_argument("--upstream", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        asyncio.run(ROLES[asked.role](asked))
        return
    home = tempfile.mkdtemp(prefix="seawall-gateway-")
    os.environ["SEAWALL_HOME"] = home
    try:
        _compare(asked, Path(home))
    finally:
        shutil.rmtree(home)


def _compare(asked: argparse.Namespace, home: Path) -> None:
    fsync = _fsyncs(home)
    with (
        _process("model", think=asked.think) as (model, _),
        _process("bare", upstream=model) as (bare, bare_pid),
        _process("gateway", upstream=model, home=home) as (gateway, gateway_pid),
    ):
        holder = _holder(model)
        plain = _Load(bare, asked.calls, dict)
        full = _Load(gateway, asked.calls, holder.proof(gateway), alias=holder.alias)
        added = asyncio.run(_one_by_one(plain, full, asked.calls // 2))
        rates = [
            asyncio.run(_at_once(load, pid, asked.calls // 2, asked.parallel))
            for load, pid in ((plain, bare_pid), (full, gateway_pid))
        ]
        stages = _stages(holder, full.next())
    _print(asked, fsync, added, rates)
    for name, seconds in stages.items():
        print(f"  {name:40}{seconds * 1e6:8.0f} µs of CPU, alone in a loop")


def _stages(partner: "_Partner", request: bytes) -> dict[str, float]:
    """CPU time of the parts of a call that can be run by themselves, in seconds."""
    from seawall.gateway.proofs import read_proof, token_digest
    from seawall.gateway.strict_json import read_object, write
    from seawall.gateway.wire import read_request
    from seawall.reviews.gateway import Reader

    head, _, body = request.partition(b"\r\n\r\n")
    fields = partner.proof(1)()
    token = fields["Authorization"].removeprefix("DPoP ").encode()
    proof, uri, now = fields["DPoP"].encode(), f"http://127.0.0.1:1{PATH}", time.time()
    reader, digest, said = Reader(), token_digest(token), read_object(body)

    def proven() -> bool:
        return read_proof(proof, method=b"POST", uri=uri, token=token, now=now) is not None

    assert proven() and reader.known([digest])
    found = {
        "read the head": _cpu_of(lambda: read_request(head)),
        "check the proof": _cpu_of(proven),
        "read the grant's row": _cpu_of(lambda: reader.known([digest])),
        "read and write the body": _cpu_of(lambda: (read_object(body), write(said))),
    }
    reader.close()
    return found


def _cpu_of(work: Any, times: int = 1_000) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times


def _print(
    asked: argparse.Namespace,
    fsync: list[float],
    added: tuple[list[float], list[float]],
    rates: list[tuple[float, float]],
) -> None:
    bare, full = ([_quantile(each, q) for q in (0.5, 0.99)] for each in added)
    print(f"{'':24}{'p50 ms':>10}{'p99 ms':>10}{'calls/s of CPU':>17}{'calls/s':>10}")
    for name, found, (cpu, wall) in (("bare proxy", bare, rates[0]), ("gateway", full, rates[1])):
        print(f"{name:24}{found[0]:10.2f}{found[1]:10.2f}{cpu:17,.0f}{wall:10,.0f}")
    gap = [full[0] - bare[0], full[1] - bare[1]]
    print(f"{'added':24}{gap[0]:10.2f}{gap[1]:10.2f}")
    limit = [_quantile(fsync, q) for q in (0.5, 0.99)]
    print(f"{'one durable write':24}{limit[0]:10.2f}{limit[1]:10.2f}")
    print(f"{'target (added)':24}{TARGET_P50_MS:10.2f}{TARGET_P99_MS:10.2f}{TARGET_RATE:17,}")
    print(f"added / durable write, p50: {gap[0] / limit[0]:.1f}")
    verify = _verify_seconds()
    print(
        f"one ES256 signature takes {verify * 1e6:.0f} µs to check here; a call costs"
        f" {1 / rates[1][0] / verify:.1f} of them, at most {1 / verify:,.0f} calls/s of CPU."
    )
    print(f"calls for one of the bare proxy's CPU time: {rates[1][0] / rates[0][0]:.2f}")
    think = f"after {asked.think:g} ms" if asked.think else "at once"
    print(f"{asked.calls} calls each; the model answers {think}.")


def _verify_seconds() -> float:
    """CPU time to check one signature: what no gateway with such proofs gets below."""
    key = ec.generate_private_key(ec.SECP256R1())
    kind, said = ec.ECDSA(hashes.SHA256()), b"x" * 400
    signature, public = key.sign(said, kind), key.public_key()
    return _cpu_of(lambda: public.verify(signature, said, kind))


def _quantile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000)[int(share * 1000) - 1] * 1000


def _fsyncs(home: Path) -> list[float]:
    """How long a small durable write takes here, in seconds."""
    found = []
    with (home / "write").open("wb") as file:
        for _ in range(300):
            began = time.perf_counter()
            file.write(b"x" * 512)
            file.flush()
            os.fdatasync(file.fileno())
            found.append(time.perf_counter() - began)
    return found


@contextmanager
def _process(role: str, **more: Any) -> Iterator[tuple[int, int]]:
    """Port and process id of one part, which runs as long as the block."""
    given = [f"--{k}={v}" for k, v in more.items() if k != "home"]
    made = subprocess.Popen(
        [sys.executable, __file__, "--role", role, *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert made.stdout is not None
        yield int(made.stdout.readline()), made.pid
    finally:
        made.communicate()


async def _until_end() -> None:
    await asyncio.to_thread(sys.stdin.read)


async def _model(asked: argparse.Namespace) -> None:
    answer = json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "x" * 600}}],
            "usage": {"prompt_tokens": 200, "completion_tokens": 150, "total_tokens": 350},
        }
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}"
    whole, loop = head.encode() + b"\r\n\r\n" + answer, asyncio.get_running_loop()

    class _Answer(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self._transport, self._got, self._left = transport, b"", 0

        def data_received(self, data: bytes) -> None:
            self._got += data
            head, found, body = self._got.partition(b"\r\n\r\n")
            if not found:
                return
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(body) < length:
                return
            self._got = b""
            if asked.think:
                loop.call_later(asked.think / 1000, self._transport.write, whole)
            else:
                self._transport.write(whole)

    server = await loop.create_server(_Answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await _until_end()


async def _bare(asked: argparse.Namespace) -> None:
    from seawall.gateway.server import Connection, Server
    from seawall.gateway.upstream import Upstreams
    from seawall.gateway.wire import Head
    from seawall.outbound.client import Internal, Outbound
    from seawall.outbound.urls import read_url

    inside = Internal(host="127.0.0.1", port=asked.upstream, plain=True)
    upstreams = Upstreams(Outbound(internal=[inside]))
    target = read_url(f"http://127.0.0.1:{asked.upstream}/v1")

    async def handle(connection: Connection, head: Head) -> None:
        body = await connection.body()
        kind = [("Content-Type", "application/json")]
        reply = await upstreams.send(target, "POST", "/chat/completions", kind, body)
        connection.whole(reply.status, await reply.whole(most=1 << 26))

    parts: list[Server] = []
    loop = asyncio.get_running_loop()
    sock = await loop.create_server(lambda: parts[0](), "127.0.0.1", 0)
    port = sock.sockets[0].getsockname()[1]
    hosts = frozenset({f"127.0.0.1:{port}".encode()})
    parts.append(Server(handle, hosts=hosts, max_body=1 << 24))
    print(port, flush=True)
    await _until_end()


async def _gateway(asked: argparse.Namespace) -> None:
    await asyncio.to_thread(_open)
    from seawall.gateway.checks import Options
    from seawall.gateway.process import listening

    inside = (f"127.0.0.1:{asked.upstream}",)
    async with listening(Options(port=0, plain_upstreams=inside)) as gateway:
        print(gateway.port, flush=True)
        await _until_end()


ROLES = {"model": _model, "bare": _bare, "gateway": _gateway}


def _open() -> None:
    from seawall.config.bootstrap import setup

    setup()


class _Partner:
    """A grant's token and key."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder
        self.alias = holder.alias

    def proof(self, port: int) -> Any:
        origin = f"http://127.0.0.1:{port}"
        return lambda: self._holder.headers(origin, PATH)


def _holder(model: int) -> _Partner:
    _open()
    from gateway.world import holder, submission

    made = holder(
        submission(port=model),
        requests_per_minute=10_000_000,
        tokens_per_day=10**12,
        ends_at=datetime.now(UTC) + timedelta(days=1),
    )
    return _Partner(made)


class _Load:
    """Requests for one of the two, made before they are measured."""

    def __init__(self, port: int, calls: int, fields: Any, alias: str = "m") -> None:
        self.port = port
        body = json.dumps(
            {
                "model": alias,
                "messages": [
                    {"role": "system", "content": "You look for vulnerabilities."},
                    {"role": "user", "content": "Is there an overflow? " + "x" * 700},
                ],
                "max_tokens": 300,
                "temperature": 0.2,
            }
        ).encode()
        self._requests = [self._made(fields(), body) for _ in range(calls + 3 * WARM)]

    def _made(self, fields: dict[str, str], body: bytes) -> bytes:
        usual = {
            "Host": f"127.0.0.1:{self.port}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "keep-alive",
            "User-Agent": "OpenAI/Python",
            "X-Stainless-Lang": "python",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "X-Request": secrets.token_hex(4),
        }
        lines = "".join(f"{k}: {v}\r\n" for k, v in (usual | fields).items())
        return f"POST {PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body

    def next(self) -> bytes:
        return self._requests.pop()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    """Seconds until the whole answer is there."""
    began = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    took = time.perf_counter() - began
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"not served: {head[:60]!r} {body[:200]!r}")
    return took


async def _one_by_one(plain: _Load, full: _Load, calls: int) -> tuple[list[float], list[float]]:
    ends = [await asyncio.open_connection("127.0.0.1", one.port) for one in (plain, full)]
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(calls + WARM):
        for load, end, kept in zip((plain, full), ends, found, strict=True):
            took = await _ask(*end, load.next())
            if turn >= WARM:
                kept.append(took)
    for _, writer in ends:
        writer.close()
    return found


async def _at_once(load: _Load, pid: int, calls: int, parallel: int) -> tuple[float, float]:
    """Calls per second of the process's CPU time, and of the clock."""
    left = [calls]

    async def work() -> None:
        end = await asyncio.open_connection("127.0.0.1", load.port)
        while left[0] > 0:
            left[0] -= 1
            await _ask(*end, load.next())
        end[1].close()
        with suppress(OSError):
            await end[1].wait_closed()

    cpu, wall = _cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(parallel)))
    await asyncio.sleep(0.5)  # what is written after the answers counts too
    return calls / (_cpu_seconds(pid) - cpu), calls / (time.perf_counter() - wall - 0.5)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
