"""Real programs from the registries, built by us: the flaw fires before the fix and not after."""

import random

import pytest

from proofs.native_bundles import a_sandbox
from seawall.proofs.native import NativeRuntime
from seawall.proofs.native_tools import find_symbolizer
from seawall.proofs.placeholders import draw_secrets
from seawall.proofs.reader import read_reproducer
from seawall.vocab.evidence import RunRecord, Side

pytestmark = [pytest.mark.online, pytest.mark.slow, pytest.mark.enable_socket]

JQ = """
format = 1
title = "A number literal with a huge exponent overflows the heap when printed"
identifiers = ["CVE-2023-50246"]
[target]
purl = "pkg:pypi/jq"
affected = "1.6.0"
fixed = "1.7.0"
runtime = "native"
[oracle]
kind = "sanitizer"
[build]
inner = "deps/jq-*.tar.gz"
commands = [
  ["./configure", "--disable-shared", "--with-oniguruma=builtin", "--disable-docs",
   "--disable-maintainer-mode"],
  ["make", "-j4"],
]
program = "jq"
sanitizers = ["address"]
[run]
args = ["."]
stdin = "input.json"
"""

EXPAT = """
format = 1
title = "A long chain of entities exhausts the stack"
identifiers = ["CVE-2024-8176"]
[target]
purl = "pkg:deb/debian/expat"
affected = "2.5.0-1"
fixed = "2.5.0-1+deb12u2"
runtime = "native"
[oracle]
kind = "sanitizer"
[build]
root = "expat"
sources = ["lib/xmlparse.c", "lib/xmlrole.c", "lib/xmltok.c", "xmlwf/xmlwf.c", "xmlwf/xmlfile.c",
           "xmlwf/codepage.c", "xmlwf/unixfilemap.c"]
include = ["lib", "xmlwf"]
defines = ["XML_DTD=1", "XML_GE=1", "XML_NS=1", "XML_CONTEXT_BYTES=1024", "HAVE_GETRANDOM=1",
           "BYTEORDER=1234", "XML_STATIC"]
files = { "lib/expat_config.h" = "config.h" }
without_patches = ["expat-2.5.0-CVE-2024-8176.patch"]
program = "xmlwf"
sanitizers = ["address"]
[run]
args = ["{input}"]
inputs = ["input.xml"]
"""


def both_sides(tmp_path, manifest: str, **files: bytes) -> tuple[RunRecord, RunRecord]:
    native = NativeRuntime(a_sandbox(), tmp_path)
    named = {name.replace("_", "."): content for name, content in files.items()}
    reproducer = read_reproducer({"reproducer.toml": manifest.encode(), **named})
    records = []
    for side in (Side.AFFECTED, Side.FIXED):
        prepared = native.prepare(reproducer, side)
        secrets = draw_secrets(random.SystemRandom())
        records.append(native.run(reproducer, prepared, side=side, index=0, secrets=secrets))
    return records[0], records[1]


def test_jq_from_its_python_source_release(tmp_path):
    affected, fixed = both_sides(tmp_path, JQ, input_json=b"-10E-1000000001")
    assert affected.fired
    assert affected.attributed == bool(find_symbolizer())
    assert affected.sanitizer.kind == "heap-buffer-overflow"
    assert affected.stack[0].function == "decToString"
    assert (fixed.fired, fixed.problem) == (False, "")


def test_expat_with_a_debian_patch_taken_back(tmp_path):
    entities = "".join(f"<!ENTITY e{i} '&e{i - 1};'>\n" for i in range(1, 30000))
    text = f"<!DOCTYPE a [\n<!ENTITY e0 'x'>\n{entities}]>\n<a>&e29999;</a>\n"
    affected, fixed = both_sides(
        tmp_path, EXPAT, input_xml=text.encode(), config_h=b"/* all of it is in `defines` */\n"
    )
    assert affected.fired
    assert affected.sanitizer.kind == "stack-overflow"
    assert affected.attributed == bool(find_symbolizer())
    assert (fixed.fired, fixed.problem) == (False, "")
