"""A package that hands out every gadget an adversary looks for, and proofs written against it."""

import json
from pathlib import Path

from proofs.targets import Prover, working_sandbox
from seawall.proofs.reader import read_reproducer
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.evidence import EvidenceLevel, ValidationRecord, Verdict

PYTHON = '''
"""Careless on purpose. 1.1 is the fixed version; most of it is the same in both."""
import functools
import itertools
import logging
import os
import pathlib
import subprocess
import types
from subprocess import Popen
from subprocess import run as rerun

import depper
from depper import helper as dep_helper

SAFE = {safe}
HANDLERS = {{"system": os.system}}
VIEW = types.MappingProxyType(HANDLERS)
partial = functools.partial(subprocess.run, check=False)


class Shell(subprocess.Popen):
    """Adds nothing to its base."""


class Tool:
    run = staticmethod(os.system)
    popen = Popen

    def __init__(self):
        self.hook = os.system
        self.log = logging.getLogger("tool")

    def work(self, argument):
        return self.hook(argument) if not SAFE else None


class Named(str):
    pass


def run(command):
    if not SAFE:
        subprocess.run([command], check=False)


def run_all(functions, argument):
    return [function(argument) for function in functions]


def run_named(table, name, argument):
    return table[name](argument)


def chained():
    return itertools.chain(HANDLERS.values())


def scope():
    return globals()


def reach(value, path):
    for name in path.split("."):
        value = getattr(value, name)
    return value


def caught():
    try:
        raise ValueError("x")
    except ValueError as error:
        return error


def numbers():
    yield 1


def read(path):
    with open(path) as source:
        return source.read()


def write(path, text):
    with open(path, "w") as out:
        return out.write(text)


def parse(text):
    return text.strip().upper()


def tick(text):
    return len(text)


def tock(text):
    """About 50 ms, whatever the text says."""
    return sum(i for i in range(700_000))


def count(number):
    return sum(1 for _ in range(number))


def deep(value):
    return deep(value[0]) if isinstance(value, list) and value else 0


def loud(text):
    raise type("Error\\x1b[2J\\x1b]0;owned\\x07", (Exception,), {{}})("\\x1b[31m" + text)
'''

DEPPER = """
import os


def helper(command):
    return os.system(command)
"""

NODE = """
'use strict';
const childProcess = require('child_process');
const { EventEmitter } = require('events');
const SAFE = %s;
const hidden = require('./lib/private.js');

exports.bound = childProcess.execSync.bind(null);
exports.proxied = new Proxy(childProcess.execSync, {});
exports.table = new Map([['exec', childProcess.execSync]]);
exports.list = [childProcess.execSync];
exports.run = (command) => { if (!SAFE) hidden.run(command); };
exports.runAll = function runAll(functions, argument) {
  for (const fn of functions) fn(argument);
};
exports.reach = function reach(value, path) {
  for (const name of path.split('.')) value = value[name];
  return value;
};
exports.text = (value) => String(value);
exports.tick = (text) => text.length;
exports.parse = (text) => text.trim();
exports.Tool = class Tool extends EventEmitter {
  constructor() { super(); this.exec = childProcess.execSync; }
};
exports.wait = async (value) => value;
"""
PRIVATE = "'use strict';\nexports.run = (command) => require('child_process').execSync(command);\n"

E0, E1, E2, E3 = (EvidenceLevel(n) for n in range(4))
UNSUPPORTED = (Verdict.UNSUPPORTED, E0)
SILENT = (Verdict.NOT_REPRODUCED, E0)
FORGED = (Verdict.FORGED, E0)
ERROR = (Verdict.ERROR, E0)
REPRODUCED = (Verdict.CONFIRMED, E1)
COMMAND = 'kind = "command"'


def gadget_prover(root: Path) -> Prover:
    """A prover over fresh trees of gadget 1.0 and 1.1, each with its dependency depper."""
    for version, safe in (("1.0", False), ("1.1", True)):
        tree = root / "python" / version
        for path, text in {
            "target/gadget/__init__.py": PYTHON.format(safe=safe),
            "deps/depper.py": DEPPER,
            "deps/gadget/evil.py": DEPPER,
        }.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        package = root / "node" / version / "node_modules"
        exports = {".": "./index.js", "./package.json": "./package.json"}
        about = {"name": "gadget", "version": version, "exports": exports}
        for path, text in {
            "gadget/package.json": json.dumps(about),
            "gadget/index.js": NODE % ("true" if safe else "false"),
            "gadget/lib/private.js": PRIVATE,
            "depper/index.js": PRIVATE,
        }.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(text)
    root.chmod(0o755)
    return Prover(sandbox=working_sandbox(), root=root)


def proof(
    steps: str,
    *,
    oracle: str = COMMAND,
    runtime: str = "python",
    fixed: str = "1.1",
    limits: str = "",
    wall: int = 20,
    script: str = "",
    **files: bytes,
) -> Reproducer:
    """A reproducer of gadget 1.0 from the TOML of its parts."""
    purl = {"python": "pkg:pypi/gadget", "node": "pkg:npm/gadget"}[runtime]
    manifest = f"""
format = 1
title = "A flaw"
{'script = "proof"' if script else ""}
[target]
purl = "{purl}"
affected = "1.0"
{f'fixed = "{fixed}"' if fixed else ""}
runtime = "{runtime}"
[oracle]
{oracle}
[limits]
wall_seconds = {wall}
{limits}
{steps}
"""
    given = {"reproducer.toml": manifest.encode(), **files}
    if script:
        given["proof"] = script.encode()
    return read_reproducer(given)


def step(op: str, ref: str, *args: str, at: str = "step", **more: str) -> str:
    """One step as TOML; `as_` and `await_` are written without the underscore."""
    ref = ref if ref.startswith("[") else f'"{ref}"'
    lines = [f"[[{at}]]", f"{op} = {ref}"]
    if args:
        lines.append(f"args = [{', '.join(args)}]")
    lines += [f"{key.rstrip('_')} = {value}" for key, value in more.items()]
    return "\n".join(lines) + "\n"


def call(ref: str, *args: str, at: str = "step", **more: str) -> str:
    return step("call", ref, *args, at=at, **more)


def get(ref: str, name: str) -> str:
    return step("get", ref, as_=f'"{name}"')


def item(handle: str, key: str, name: str) -> str:
    return step("item", f'["${handle}", {key}]', as_=f'"{name}"')


def outcome(record: ValidationRecord) -> tuple[Verdict, EvidenceLevel]:
    return record.verdict, record.level
