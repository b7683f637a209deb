"""The witness over HTTP, and killed while it works."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from seawall.cli.main import root
from seawall_verify import VerifierKey, cosignatures, witness_server
from seawall_verify.witness import Witness
from seawall_verify.witness_memory import Memory
from seawall_verify.witness_server import make_server
from verify.smalllog import ORIGIN, TestKey, checkpoint, entries, event
from verify.test_witness import request

LOG = TestKey(ORIGIN)
LEAVES = entries(200)


@pytest.fixture
def memory(tmp_path):
    made = Memory.create(tmp_path / "witness.sqlite3", name="witness.example/w")
    made.follow(VerifierKey.parse(LOG.vkey))
    return made


@contextmanager
def served(memory):
    server = make_server(Witness(memory), port=0, clock=lambda: 1_800_000_000.9)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def post(port, body, path="/add-checkpoint", method="POST", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=named)
    answer = connection.getresponse()
    found = answer.status, answer.headers["Content-Type"], answer.read().decode()
    connection.close()
    return found


def test_it_answers_as_tlog_witness_says(memory):
    with served(memory) as port:
        status, kind, text = post(port, request(0, LEAVES[:9]))
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        (found,) = cosignatures(checkpoint(LEAVES[:9], LOG) + text, [memory.vkey()])
        assert found.at == 1_800_000_000
        assert post(port, request(0, LEAVES)) == (409, "text/x.tlog.size", "9\n")
        forked = [event(0, "forged"), *LEAVES[1:]]
        assert post(port, request(9, forked))[0] == 422
        assert post(port, b"nonsense")[0] == 400


def test_a_connection_serves_one_request_after_the_other(memory):
    with served(memory) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.connect()
        first = connection.sock
        for size in (1, 2, 9):
            connection.request(
                "POST", "/add-checkpoint", body=request(memory.logs()[0].size, LEAVES[:size])
            )
            answer = connection.getresponse()
            answer.read()
            assert (answer.status, connection.sock) == (200, first)
        connection.close()


def test_other_calls_are_refused(memory):
    with served(memory) as port:
        assert post(port, request(0, LEAVES), path="/")[0] == 404
        assert post(port, None, method="GET")[0] == 405
        assert post(port, None, method="GET", path="/add-checkpoint")[0] == 405
        assert post(port, iter([b"x"]))[0] == 411
        assert post(port, b"x", Content_Length="1_0")[0] == 411
        assert post(port, b"x", Content_Length=str(10**12))[0] == 413
        assert post(port, b"x", Content_Length="90000")[0] == 413
        assert post(port, b"x", method="PUT")[0] == 501


def test_a_request_that_ends_early_changes_nothing(memory):
    sent = request(0, LEAVES)
    with served(memory) as port, socket.create_connection(("127.0.0.1", port)) as client:
        head = (
            f"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: {len(sent) + 1}\r\n\r\n"
        )
        client.sendall(head.encode() + sent)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    assert memory.logs()[0].size == 0


def test_who_holds_connections_keeps_no_memory_busy(memory, monkeypatch):
    monkeypatch.setattr(witness_server, "_PATIENCE_SECONDS", 0.2)
    with served(memory) as port:
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        assert post(port, request(0, LEAVES))[0] == 200
        for each in idle:
            each.close()


def test_a_witness_without_its_file_says_so(memory):
    with served(memory) as port:
        memory.path.unlink()
        assert post(port, request(0, LEAVES))[0] == 503
        assert not memory.path.exists()


def test_it_listens_on_this_machine_only_unless_told(memory):
    server = make_server(Witness(memory), port=0)
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()


@contextmanager
def running(memory):
    """`seawall log witness serve` in a process of its own; the port."""
    program = "from seawall.cli.main import main; main()"
    call = ["log", "witness", "serve", "--file", str(memory.path), "--port", "0", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *call], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        said = ""
        while not said.endswith("}\n"):
            said += process.stdout.readline()
        document = json.loads(said)
        assert document["key"] == str(memory.vkey())
        yield process, int(document["url"].rpartition(":")[2])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_killed_at_any_moment_it_never_goes_back(memory):
    """Whatever was cosigned before a kill is the least that the next process starts from, and a
    fork of it is refused."""
    cosigned = 0
    forked = [event(0, "forged"), *LEAVES[1:]]
    for round_ in range(3):
        with running(memory) as (process, port):
            begun = memory.logs()[0].size
            assert begun >= cosigned
            if round_:
                assert post(port, request(begun, forked))[0] == 422
            kill = threading.Timer(0.002 * round_, process.send_signal, [signal.SIGKILL])
            try:
                for size in range(begun + 1, len(LEAVES)):
                    if size == begun + 5:
                        kill.start()
                    status, _, text = post(port, request(size - 1, LEAVES[:size]))
                    assert status == 200
                    cosignatures(checkpoint(LEAVES[:size], LOG) + text, [memory.vkey()])
                    cosigned = size
            except (OSError, http.client.HTTPException):
                pass
            kill.join()
    (log,) = memory.logs()
    assert log.size in (cosigned, cosigned + 1) and cosigned >= 12
    assert log.note == checkpoint(LEAVES[: log.size], LOG)


def run(*arguments):
    return CliRunner().invoke(root, ["log", "witness", *map(str, arguments)])


def test_the_commands_make_and_show_a_witness(tmp_path):
    file = tmp_path / "deep" / "w.sqlite3"
    assert run("status", "--file", file).exit_code == 3
    assert run("serve", "--file", file).exit_code == 3
    assert run("add", LOG.vkey, "--file", file).exit_code == 2
    assert run("add", "nonsense", "--name", "w", "--file", file).exit_code == 2
    assert not file.exists()
    made = run("add", LOG.vkey, "--name", "witness.example/w", "--file", file)
    key = str(Memory(file).vkey())
    assert made.output == f"{key}\n  follows 1 log\n  {ORIGIN}: nothing cosigned yet\n"
    assert run("add", LOG.vkey, "--name", "again", "--file", file).exit_code == 2
    Witness(Memory(file)).add_checkpoint(request(0, LEAVES[:1]), now=1_800_000_000)
    said = run("status", "--file", file).output
    assert said.endswith(f"{ORIGIN}: 1 entry, 2027-01-15 08:00\n")
    assert json.loads(run("status", "--file", file, "--json").output) == {
        "name": "witness.example/w",
        "key": key,
        "logs": [
            {
                "origin": ORIGIN,
                "keys": [LOG.vkey],
                "size": 1,
                "root": Memory(file).logs()[0].root.hex(),
                "cosigned_at": 1_800_000_000,
            }
        ],
    }


def test_a_taken_port_is_told(memory):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--file", memory.path, "--port", taken.getsockname()[1])
    assert result.exit_code == 3 and "it cannot listen" in result.output
