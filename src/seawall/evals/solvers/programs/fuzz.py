"""Fuzz a target through harmless uses of it for some CPU seconds; hand in what first shows.

usage: fuzz.py PLAN   (JSON: see fuzzer.py)

The uses are steps of the reproducer format, or inputs of a program. Each case changes one or two of
their texts by a word of the list, by repeating, or by chance. A child process carries cases out; it
is watched for the effects that count, and replaced when it hangs.
"""

import json
import os
import random
import select
import shutil
import subprocess
import sys
import time

PLANT, SECRET, CANARY = "/work/.fuzz-command", "/work/.fuzz-secret", "/work/.fuzz-canary"
RAN, CONTENT, TOKEN = "/work/.fuzz-ran", "s3cr3t-of-the-fuzzer", "tokenOfTheFuzzer"
GIVEN = {
    "{command}": PLANT, "{secret}": SECRET, "{canary}": CANARY, "{token}": TOKEN,
    "{url}": "http://127.0.0.1:9/", "{work}": "/work/.fuzz-folder",
}  # fmt: skip
HANG = 2.5
WALL = 100.0
"""At most so long whatever the machine does beside; what counts is CPU time."""


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    draw = random.Random(plan["seed"])
    plant()
    until = time.monotonic() + WALL
    child, tried = Child(plan), 0
    while child.cpu_seconds() < plan["seconds"] and time.monotonic() < until:
        steps = mutated(draw.choice(plan["uses"]), plan["words"], draw)
        seen = child.run(steps)
        tried += 1
        kind = effect(seen, plan)
        if kind and child.again(steps, kind, plan):
            hand_in(steps, kind, plan)
            print("found", kind, "after", tried, "cases")
            return
    print("nothing in", tried, "cases")


def plant():
    os.makedirs(GIVEN["{work}"], exist_ok=True)
    with open(PLANT, "w") as file:
        file.write(f"#!/bin/sh\necho ran > {RAN}\n")
    os.chmod(PLANT, 0o700)
    with open(SECRET, "w") as file:
        file.write(CONTENT)


class Child:
    """Carries cases out, one line of JSON in and one out."""

    def __init__(self, plan):
        self.plan = plan
        self.process = None

    def run(self, steps):
        if self.plan["runtime"] == "native":
            return run_program(steps)
        if self.process is None or self.process.poll() is not None:
            self.start()
        try:
            self.process.stdin.write(json.dumps(filled(steps)).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.process = None
            return {}
        ready, _, _ = select.select([self.process.stdout], [], [], HANG)
        if not ready:
            self.process.kill()
            self.process.wait()
            self.process = None
            return {"hung": True}
        try:
            return json.loads(self.process.stdout.readline() or b"{}")
        except ValueError:
            return {}

    def cpu_seconds(self):
        """Of this program and all its children, those that live included."""
        used = sum(os.times()[:4])
        if self.process is not None:
            try:
                with open(f"/proc/{self.process.pid}/stat") as file:
                    ticks = file.read().rpartition(")")[2].split()[11:13]
            except OSError:
                return used
            used += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        return used

    def start(self):
        self.process = subprocess.Popen(
            self.plan["child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def again(self, steps, kind, plan):
        """Whether a fresh child shows it too, and for a hang, not with a harmless text as long."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None
        if effect(self.run(steps), plan) != kind:
            return False
        return kind != "hang" or not self.run(harmless(steps)).get("hung")


def run_program(use):
    for name, data in use["files"].items():
        with open(f"/work/{name}", "wb") as file:
            file.write(bytes.fromhex(data))
    stdin = bytes.fromhex(use["files"][use["stdin"]]) if use["stdin"] else b""
    args = [a.replace("{input}", f"/work/{next(iter(use['files']), '')}") for a in use["args"]]
    environment = {"ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/bin:/bin"}
    try:
        done = subprocess.run(
            ["/target/program", *args], input=stdin, capture_output=True, timeout=10,
            env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"hung": True}
    return {"report": b"Sanitizer" in done.stderr}


def effect(seen, plan):
    wanted = plan["effects"]
    checks = (
        ("command", os.path.exists(RAN)),
        ("file-write", os.path.isfile(CANARY)),
        ("file-read", CONTENT in seen.get("said", "")),
        ("prototype", seen.get("polluted")),
        ("exception", plan["exception"] in seen.get("raised", ())),
        ("hang", seen.get("hung")),
        ("sanitizer", seen.get("report")),
    )
    for name in (RAN, CANARY):
        if os.path.isfile(name):
            os.unlink(name)
        elif os.path.isdir(name):
            shutil.rmtree(name)
    return next((kind for kind, fired in checks if fired and kind in wanted), "")


def filled(value):
    if isinstance(value, str):
        for name, given in GIVEN.items():
            value = value.replace(name, given)
        return value
    if isinstance(value, list):
        return [filled(v) for v in value]
    if isinstance(value, dict):
        return {filled(k): filled(v) for k, v in value.items()}
    return value


def texts(value, path=()):
    """The places of texts that may be changed."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from texts(part, (*path, i))
    elif isinstance(value, dict) and "handle" not in value:
        for key, part in value.items():
            yield from texts(part, (*path, key))


def mutated(use, words, draw):
    made = json.loads(json.dumps(use))
    if isinstance(made, dict):
        for name, data in made["files"].items():
            made["files"][name] = changed_bytes(bytes.fromhex(data), draw).hex()
        return made
    places = [(n, p) for n, step in enumerate(made) for p in texts(step.get("args", []))]
    places += [(n, ("k", *p)) for n, s in enumerate(made) for p in texts(s.get("kwargs", {}))]
    for _ in range(draw.choice((1, 1, 2))):
        if places:
            number, path = draw.choice(places)
            put(made[number], path, words, draw)
    for step in made:
        step["may_raise"] = True
    return made


def put(step, path, words, draw):
    spot = step["kwargs"] if path[0] == "k" else step["args"]
    path = path[1:] if path[0] == "k" else path
    for part in path[:-1]:
        spot = spot[part]
    spot[path[-1]] = changed(spot[path[-1]], words, draw)


def changed(text, words, draw):
    word = draw.choice(words)
    at = draw.randrange(len(text) + 1) if isinstance(text, str) else 0
    text = text if isinstance(text, str) else ""
    match draw.randrange(5):
        case 0:
            return word
        case 1:
            return text[:at] + word + text[at:]
        case 2 | 3:
            count = draw.choice((2, 30, 400, 40_000 // max(len(word), 1)))
            tail = draw.choice(("", "!", "x", "\n", '"', text[at:]))
            return text[:at] + word * count + tail
    letters = [
        draw.choice("aA0 \\/%<>[]{}()*'\"\n.,:;_-\x00é") for _ in range(draw.randrange(1, 40))
    ]
    return "".join(letters)


def changed_bytes(data, draw):
    made = bytearray(data or b"a")
    for _ in range(draw.choice((1, 4, 30))):
        at = draw.randrange(len(made) + 1)
        match draw.randrange(4):
            case 0 if at < len(made):
                made[at] = draw.randrange(256)
            case 1:
                made[at:at] = made[at : at + draw.randrange(1, 60)] * draw.choice((1, 10, 300))
            case 2:
                del made[at : at + draw.randrange(1, 8)]
            case _:
                made[at:at] = draw.choice((b"0" * 40, b"9" * 400, b"(" * 300, b"|" * 900, b"\n"))
    return bytes(made[: 1 << 18])


def harmless(steps):
    made = json.loads(json.dumps(steps))
    for step in made:
        for holder in ("args", "kwargs"):
            spot = step.get(holder)
            if spot:
                step[holder] = plain(spot)
    return made


def plain(value):
    if isinstance(value, str):
        return value if len(value) < 20 and value.isalnum() else "a" * len(value)
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict) and "handle" not in value:
        return {k: plain(v) for k, v in value.items()}
    return value


def hand_in(steps, kind, plan):
    os.makedirs("/work/answer", exist_ok=True)
    head = plan["head"].replace("KIND", kind)
    if kind == "hang":
        head += "cpu_seconds = 1\n"
    if kind == "exception":
        head += f"type = {json.dumps(plan['exception'])}\n"
    if isinstance(steps, dict):
        for name, data in steps["files"].items():
            with open(f"/work/answer/{name}", "wb") as file:
                file.write(bytes.fromhex(data))
        shown = {"args": steps["args"], "stdin": steps["stdin"], "inputs": steps["inputs"]}
        body = table("run", {k: v for k, v in shown.items() if v})
    else:
        body = "".join(table("[step]", step) for step in steps)
        if kind == "hang":
            body += "".join(table("[control]", step) for step in harmless(steps))
    with open("/work/answer/reproducer.toml", "w", encoding="utf-8", errors="replace") as file:
        file.write(head + body)


def table(name, values):
    return f"\n[{name}]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in values.items() if v != [])


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


main()
