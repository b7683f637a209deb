"""Watch one replay from outside its process: plant, start, observe, report.

Runs in the sandbox as the first process and never loads the target. Whether a command ran, a
file was written, a request came in or CPU time was burnt is seen here, where code in the
observed process cannot pretend it. Reads one JSON plan from standard input, writes one JSON
report to standard output. Standard library only.
"""

import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

CHANNEL_BYTES = 4 << 20
OUTPUT_BYTES = 256 << 10
DUMP_BYTES = 256 << 10
TICK = 0.02
SETTLE_SECONDS = 1.0
DUMPS = 5
SHELL = "/bin/sh"


def main():
    plan = json.load(sys.stdin)
    # The observed process has our user id: keep it from reading our memory and descriptors.
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
    secrets = plan["secrets"]
    plant(secrets)
    watch = Watch(plan)
    watch.run()
    report = watch.report()
    messages = list(watch.messages())
    report["command_ran"] = watch.settle(
        wait=any(isinstance(m, dict) and m.get("sink") == "command" for m in messages)
    )
    report["canary_written"] = os.path.lexists(secrets["canary"])
    report["secret_seen"] = secrets["secret_content"] in "".join(watch.texts())
    if plan.get("checker"):
        report["check"] = run_checker(plan, watch)
    sys.stdout.write(json.dumps(report))
    sys.stdout.flush()


def plant(secrets):
    """Make the command, the secret file and the folder in which nothing may be written."""
    os.makedirs(secrets["work"], exist_ok=True)
    for path in (secrets["canary"], secrets["secret"], secrets["effect_path"]):
        os.makedirs(os.path.dirname(path))
    with open(secrets["secret"], "w") as out:
        out.write(secrets["secret_content"])
    # The command answers through a pipe and waits until it has been seen: what it writes can be
    # read in it and written by others, but only a running shell holds the pipe open.
    place = secrets["effect_path"]
    for pipe in (place, place + ".seen"):
        os.mkfifo(pipe, 0o600)
    with open(secrets["command"], "w") as out:
        out.write(
            f"#!{SHELL}\nexec 3>{place}\nprintf '%s\\n' {secrets['effect']} >&3\n"
            f"read seen <{place}.seen\n"
        )
    os.chmod(secrets["command"], 0o700)


def shell_holds(path, observed):
    """Whether a shell, which the observed process is not, has `path` open."""
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if int(pid) == observed or not os.path.samefile(f"/proc/{pid}/exe", SHELL):
                continue
            folder = f"/proc/{pid}/fd"
            if any(os.path.realpath(f"{folder}/{fd}") == path for fd in os.listdir(folder)):
                return True
        except OSError:  # gone, or not ours to look at
            continue
    return False


class Watch:
    """The observed process and everything that comes out of it."""

    def __init__(self, plan):
        self.plan = plan
        self.key = plan["child_plan"]["key"]
        self.channel = bytearray()
        self.dumps = bytearray()
        self.output = bytearray()
        self.dropped = 0
        self.requests = []
        self.stopped_by = ""
        self.noted = 0  # bytes of the channel whose messages have been looked at
        self.began = False
        self.own = False  # whether the step under way has called the target
        self.cpu_before = None  # of the step under way; None while the harness itself works
        self.cpu_used = 0.0  # of the longest step
        self.hung = False
        self.hung_in_target = False
        self.command_ran = False
        place = plan["secrets"]["effect_path"]
        self.effect = os.open(place, os.O_RDWR | os.O_NONBLOCK)
        self.seen = os.open(place + ".seen", os.O_RDWR | os.O_NONBLOCK)
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", plan["secrets"]["port"]))
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, "listener")
        self.selector.register(self.effect, selectors.EVENT_READ, "effect")

    def run(self):
        channel_r, channel_w = os.pipe()
        dump_r, dump_w = os.pipe()
        plan = self.plan
        control_r, self.control = os.pipe()
        os.set_blocking(control_r, False)
        child_plan = dict(plan["child_plan"], channel=channel_w, dump=dump_w, control=control_r)
        started = time.monotonic()
        self.child = subprocess.Popen(
            plan["argv"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=plan["secrets"]["work"],
            env=plan["environment"],
            pass_fds=(channel_w, dump_w, control_r),
        )
        os.close(channel_w)
        os.close(dump_w)
        os.close(control_r)
        self.pending = memoryview(json.dumps(child_plan).encode())
        os.set_blocking(self.child.stdin.fileno(), False)
        self.selector.register(self.child.stdin, selectors.EVENT_WRITE, "plan")
        for source, name in ((channel_r, "channel"), (dump_r, "dump"), (self.child.stdout, "out")):
            self.selector.register(source, selectors.EVENT_READ, name)
        deadline = started + plan["wall_seconds"]
        while self.child.poll() is None:
            self.turn(TICK)
            self.count_cpu()
            if self.cpu_used > plan["cpu_seconds"]:
                self.hung = True
                self.hung_in_target = self.own
                self.stopped_by = "cpu"
                self.dump_stacks()
            elif time.monotonic() > deadline:
                self.stopped_by = "wall"
                self.dump_stacks()
            if self.stopped_by:
                self.child.kill()
                self.child.wait()
        while self.turn(0):
            pass

    def turn(self, timeout):
        """Handle what is ready; give how many sources were."""
        handled = 0
        for key, _ in self.selector.select(timeout):
            handled += 1
            if key.data == "plan":
                self.send_plan()
            elif key.data == "listener":
                self.accept()
            elif key.data == "effect":
                self.read_effect()
            elif key.data == "request":
                self.read_request(key.fileobj)
            else:
                self.read(key)
        return handled

    def send_plan(self):
        try:
            self.pending = self.pending[os.write(self.child.stdin.fileno(), self.pending) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.pending = b""
        if not len(self.pending):
            self.selector.unregister(self.child.stdin)
            self.child.stdin.close()

    def read(self, key):
        fd = key.fileobj if isinstance(key.fileobj, int) else key.fileobj.fileno()
        data = os.read(fd, 65536)
        if not data:
            self.selector.unregister(key.fileobj)
            return
        kept, room = {
            "channel": (self.channel, CHANNEL_BYTES),
            "dump": (self.dumps, DUMP_BYTES),
            "out": (self.output, OUTPUT_BYTES),
        }[key.data]
        kept += data[: max(0, room - len(kept))]
        self.dropped += max(0, len(data) - max(0, room - len(kept)))
        if key.data == "channel":
            self.follow()

    def follow(self):
        """Look at new messages: where a step enters code that counts, and where it has ended."""
        end = self.channel.rfind(b"\n") + 1
        lines, self.noted = bytes(self.channel[self.noted : end]).split(b"\n"), end
        for line in filter(None, lines):
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if not isinstance(message, dict) or message.get("k") != self.key:
                continue
            kind = message.get("t")
            if kind == "steps":
                self.began = True
            elif kind == "enter":
                self.own = message.get("own") is True
                self.cpu_before = cpu_seconds(self.child.pid)
            elif kind in ("value", "raised"):
                self.count_cpu()
                self.cpu_before = None

    def read_effect(self):
        """The planted command answers; take it for an answer only while a shell holds the pipe."""
        told = os.read(self.effect, 4096)
        if self.plan["secrets"]["effect"].encode() in told and shell_holds(
            self.plan["secrets"]["effect_path"], self.child.pid
        ):
            self.command_ran = True
        os.write(self.seen, b"\n")

    def settle(self, wait):
        """Say whether the planted command ran; one started late gets a moment to begin."""
        deadline = time.monotonic() + (SETTLE_SECONDS if wait else 0)
        while self.turn(0) or (not self.command_ran and time.monotonic() < deadline):
            self.turn(TICK)
        return self.command_ran

    def count_cpu(self):
        if self.cpu_before is not None:
            self.cpu_used = max(self.cpu_used, cpu_seconds(self.child.pid) - self.cpu_before)

    def dump_stacks(self):
        """Ask the observed process where it is, a few times; what came unasked does not count."""
        self.turn(0)
        self.dumps.clear()
        for _ in range(DUMPS):
            if self.child.poll() is not None:
                return
            if self.plan["dump_by"] == "signal":
                self.child.send_signal(signal.SIGUSR1)
            else:
                os.write(self.control, b"d")
            until = time.monotonic() + 0.1
            while time.monotonic() < until:
                self.turn(TICK)

    def accept(self):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        if len(self.requests) >= 20:
            connection.close()
            return
        connection.setblocking(False)
        self.requests.append(bytearray())
        self.selector.register(connection, selectors.EVENT_READ, "request")
        self.current = getattr(self, "current", {})
        self.current[connection] = self.requests[-1]

    def read_request(self, connection):
        try:
            data = connection.recv(4096)
            if data:
                kept = self.current[connection]
                kept += data[: max(0, 8192 - len(kept))]
                if b"\r\n\r\n" not in kept and b"\n\n" not in kept and len(kept) < 8192:
                    return
                connection.send(
                    b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
                    b"Content-Length: 3\r\nConnection: close\r\n\r\nok\n"
                )
        except OSError:
            pass
        self.selector.unregister(connection)
        connection.close()

    def messages(self):
        for line in bytes(self.channel).split(b"\n"):
            if line:
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    continue

    def texts(self):
        """Everything the target gave back as text: values, errors, output."""
        for message in self.messages():
            if isinstance(message, dict) and message.get("k") == self.key:
                if message.get("t") == "value":
                    yield json.dumps(message.get("value"), ensure_ascii=False)
                if message.get("t") == "raised":
                    yield str(message.get("text"))
        yield bytes(self.output).decode("utf-8", "replace")

    def report(self):
        token = self.plan["secrets"]["token"].encode()
        code = self.child.returncode
        return {
            "channel": bytes(self.channel).decode("utf-8", "replace"),
            "channel_full": len(self.channel) >= CHANNEL_BYTES,
            "dumps": bytes(self.dumps).decode("utf-8", "replace"),
            "output_tail": bytes(self.output[-4000:]).decode("utf-8", "replace"),
            "called_back": any(token in bytes(r) for r in self.requests),
            "requests": [bytes(r[:300]).decode("latin-1") for r in self.requests],
            "exit_code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "stopped_by": self.stopped_by,
            "hung": self.hung,
            "hung_in_target": self.hung_in_target,
            "cpu_seconds": self.cpu_used,
            "began": self.began,
        }


def cpu_seconds(pid):
    """CPU time of a process in seconds, 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rsplit(b")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_checker(plan, watch):
    """Ask the reviewed checker about the values; it runs in a process of its own."""
    values = [m for m in watch.messages() if isinstance(m, dict) and m.get("k") == watch.key]
    question = {
        "token": plan["secrets"]["token"],
        "values": [
            {"step": m.get("step"), "value": m.get("value")}
            for m in values
            if m.get("t") == "value"
        ],
        "output": bytes(watch.output).decode("utf-8", "replace"),
    }
    try:
        done = subprocess.run(
            plan["checker"],
            input=json.dumps(question).encode(),
            capture_output=True,
            timeout=10,
            env={},
            cwd="/",
        )
        answer = json.loads(done.stdout)
        return {
            "fired": answer["fired"] is True,
            "step": int(answer.get("step", -1)),
            "detail": str(answer.get("detail", ""))[:300],
        }
    except (ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
        return {"error": f"the checker failed: {type(error).__name__}"}


main()
