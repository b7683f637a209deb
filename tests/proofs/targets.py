"""Small Python and Node targets that the tests write themselves, with one flaw per function."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from seawall.proofs.checkers import checker_folder
from seawall.proofs.node import NodeRuntime
from seawall.proofs.python import PythonRuntime
from seawall.proofs.reader import read_reproducer
from seawall.proofs.reproduce import reproduce
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared
from seawall.sandbox import Sandbox, SandboxUnavailable, find_sandbox
from seawall.vocab.evidence import Side, ValidationRecord

LEAKY = '''
"""A package with flaws; the fixed version has SAFE = True."""
import os
import re
import subprocess
import urllib.request
from os import system as imported_system

SAFE = {safe}
TABLE = {{"run": os.system}}
__version__ = "{version}"


def run(command):
    if not SAFE:
        subprocess.run([command], check=False)


def always(command):
    subprocess.run([command], check=False)


def save(name, text):
    if SAFE and os.path.isabs(name):
        raise PermissionError("outside")
    with open(name, "w") as out:
        out.write(text)


def load(name):
    if SAFE:
        return ""
    with open(name) as source:
        return source.read()


def fetch(url):
    if not SAFE:
        return urllib.request.urlopen(url, timeout=5).read()


def match(text):
    return bool(re.fullmatch("a+b" if SAFE else "(a|a)+b", text))


def nest(text, depth=0):
    if SAFE and depth > 100:
        raise ValueError("too deep")
    return nest(text[1:], depth + 1) if text else depth


def echo(text):
    return text if not SAFE else text.replace("<", "&lt;")


class Box:
    label = "box"

    def __init__(self, content=""):
        self.content = content

    def put(self, content):
        self.content = content
        return self

    def open(self):
        return run(self.content)


def find(name):
    """Give any object of any module, as careless import helpers do."""
    module, _, attribute = name.rpartition(".")
    return getattr(__import__(module), attribute)


def call(function, argument):
    return function(argument)


def frame():
    import sys
    return sys._getframe()


def later(command):
    yield run(command)


def vanish(code=0):
    os._exit(code)


def kill_harness():
    import signal
    os.kill(os.getppid(), signal.SIGKILL)


def forge():
    """Write a fake result into every open descriptor, as hostile code in the target would."""
    for fd in range(3, 12):
        try:
            os.write(fd, b'{{"k": "x", "t": "sink", "sink": "command", "step": 0}}\\n')
        except OSError:
            pass


def sleep(seconds):
    import time
    time.sleep(seconds)
{extra}
'''

EXTRA_OLD = """

def gone(command):
    return run(command)
"""

LEAKY_JS = """
'use strict';
const childProcess = require('child_process');
const fs = require('fs');
const SAFE = %(safe)s;

exports.version = '%(version)s';
exports.exec = childProcess.execSync;
exports.table = { run: childProcess.execSync };
exports.proto = Object.prototype;

exports.run = function run(command) {
  if (!SAFE) childProcess.execFileSync(command);
};

exports.later = function later(command) {
  if (!SAFE) childProcess.execFile(command);
};

exports.merge = function merge(into, from) {
  for (const key of Object.keys(from)) {
    if (SAFE && key === '__proto__') continue;
    if (typeof from[key] === 'object') {
      if (into[key] === undefined) into[key] = {};
      merge(into[key], from[key]);
    } else into[key] = from[key];
  }
  return into;
};

exports.put = function put(object, key, value) { object[key] = value; };

exports.save = function save(name, text) {
  if (!SAFE) fs.writeFileSync(name, text);
};

exports.load = function load(name) { return SAFE ? '' : fs.readFileSync(name, 'utf8'); };

exports.fetch = function (url) {
  return SAFE ? undefined : fetch(url).then((answer) => answer.text());
};

exports.match = function match(text) { return (SAFE ? /^a+b$/ : /^(a|a)+b$/).test(text); };

exports.nest = function nest(text, depth = 0) {
  if (SAFE && depth > 100) throw new TypeError('too deep');
  return text ? nest(text.slice(1), depth + 1) : depth;
};

exports.render = function render(source) {
  return SAFE ? () => source : new Function('require', 'return ' + source);
};

exports.call = function call(fn, argument) { return fn(argument); };

exports.Box = class Box {
  constructor(content) { this.content = content; }
  open() { return exports.run(this.content); }
};
"""


def python_tree(root: Path) -> None:
    """Write leaky 1.0 (flawed) and 1.1 (fixed) as prepared trees below `root`."""
    for version, safe in (("1.0", False), ("1.1", True)):
        package = root / version / "target" / "leaky"
        package.mkdir(parents=True)
        (root / version / "deps").mkdir()
        text = LEAKY.format(safe=safe, version=version, extra="" if safe else EXTRA_OLD)
        (package / "__init__.py").write_text(text)


def node_tree(root: Path) -> None:
    """As `python_tree`, for the npm package leaky."""
    for version, safe in (("1.0", "false"), ("1.1", "true")):
        package = root / version / "node_modules" / "leaky"
        package.mkdir(parents=True)
        (package / "package.json").write_text(json.dumps({"name": "leaky", "version": version}))
        (package / "index.js").write_text(LEAKY_JS % {"safe": safe, "version": version})


@dataclass(frozen=True, kw_only=True)
class LocalPython(PythonRuntime):
    """The python runtime with trees that are already there."""

    trees: Path

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        return _local(self.trees, reproducer, side)


@dataclass(frozen=True, kw_only=True)
class LocalNode(NodeRuntime):
    """The node runtime with trees that are already there."""

    trees: Path

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        return _local(self.trees, reproducer, side)


def _local(trees: Path, reproducer: Reproducer, side: Side) -> Prepared:
    target = reproducer.target
    version = target.fixed if side is Side.FIXED else target.affected
    (trees / version / "prepared.json").write_text("{}")
    return Prepared(version=version, tree=trees / version, digest=f"{version}", facts={})


def working_sandbox() -> Sandbox:
    try:
        return find_sandbox()
    except SandboxUnavailable as missing:
        pytest.skip(str(missing))


def python_proof(oracle: str, steps: str, **files: bytes) -> Reproducer:
    """A reproducer of leaky 1.0 → 1.1 from the TOML of its oracle and steps."""
    return _proof("python", "pkg:pypi/leaky", oracle, steps, files)


def node_proof(oracle: str, steps: str, **files: bytes) -> Reproducer:
    return _proof("node", "pkg:npm/leaky", oracle, steps, files)


def _proof(runtime: str, purl: str, oracle: str, steps: str, files: dict[str, bytes]) -> Reproducer:
    script = next((f'script = "{name}"' for name in ("proof",) if name in files), "")
    manifest = f"""
format = 1
title = "A flaw"
{script}
[target]
purl = "{purl}"
affected = "1.0"
fixed = "1.1"
runtime = "{runtime}"
[oracle]
{oracle}
[limits]
wall_seconds = 20
{steps}
"""
    return read_reproducer({"reproducer.toml": manifest.encode(), **files})


@dataclass(frozen=True, kw_only=True)
class Prover:
    """Grades proofs of leaky in a real sandbox, without a registry."""

    sandbox: Sandbox
    root: Path

    def driver(self, reproducer: Reproducer) -> PythonRuntime | NodeRuntime:
        name = reproducer.target.runtime.value
        kind = LocalPython if name == "python" else LocalNode
        return kind(
            sandbox=self.sandbox,
            cache=self.root,
            trees=self.root / name,
            checkers=checker_folder(reproducer.oracle.checker),
        )

    def prove(self, reproducer: Reproducer, *, runs: int = 1) -> ValidationRecord:
        return reproduce(
            reproducer,
            sandbox=self.sandbox,
            cache_dir=self.root,
            runs=runs,
            driver=self.driver(reproducer),
        )
