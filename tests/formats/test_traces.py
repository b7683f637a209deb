"""Stack traces of other runtimes, in the shape of a sanitizer's report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.formats.traces import parse_trace

PYTHON = """noise
Traceback (most recent call last):
  File "/app/run.py", line 3, in <module>
    parse("[" * 9999)
  File "/usr/lib/python3/site-packages/sqlparse/sql.py", line 214, in flatten
    yield from token.flatten()
RecursionError: maximum recursion depth exceeded
"""
NODE = """TypeError: Cannot read properties of undefined (reading 'x')
    at setKey (/w/node_modules/minimist/index.js:70:11)
    at async Object.parse (file:///w/node_modules/minimist/index.js:9:2)
    at node:internal/main/run_main_module:23:47
    at /w/run.js:1:1
"""
JAVA = """Exception in thread "main" java.lang.ArrayIndexOutOfBoundsException: 9
\tat org.apache.poi.ddf.EscherRecord.fill(EscherRecord.java:88)
\tat java.base/java.util.HashMap.get(HashMap.java:12)
\t... 3 more
"""
GO = """panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
panic({0x45e0a0, 0xc000012345})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
main.parse(0x1, 0x2)
\t/w/parse.go:17 +0x1d
main.main()
\t/w/main.go:5 +0x20
"""
RUST = """thread 'main' panicked at src/lib.rs:10:5:
index out of bounds
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5
   1: img::decode
             at ./src/lib.rs:10:5
"""
GDB = """Program received signal SIGSEGV
#0  0x000055 in read_it (p=0x0) at src/x.c:12
#1  main () at src/main.c:3
"""


@pytest.mark.parametrize(
    ("text", "tool", "kind", "frames"),
    [
        (
            PYTHON,
            "python",
            "RecursionError",
            [
                ("flatten", "/usr/lib/python3/site-packages/sqlparse/sql.py", 214),
                ("<module>", "/app/run.py", 3),
            ],
        ),
        (
            NODE,
            "node",
            "TypeError",
            [
                ("setKey", "/w/node_modules/minimist/index.js", 70),
                ("Object.parse", "/w/node_modules/minimist/index.js", 9),
                ("", "/w/run.js", 1),
            ],
        ),
        (
            JAVA,
            "java",
            "ArrayIndexOutOfBoundsException",
            [
                ("org.apache.poi.ddf.EscherRecord.fill", "EscherRecord.java", 88),
                ("java.util.HashMap.get", "HashMap.java", 12),
            ],
        ),
        (GO, "go", "panic", [("main.parse", "/w/parse.go", 17), ("main.main()", "/w/main.go", 5)]),
        (
            RUST,
            "rust",
            "panic",
            [
                ("rust_begin_unwind", "/rustc/abc/library/std/src/panicking.rs", 645),
                ("img::decode", "./src/lib.rs", 10),
            ],
        ),
        (
            GDB,
            "gdb",
            "crash",
            [("read_it (p=0x0)", "src/x.c", 12), ("main ()", "src/main.c", 3)],
        ),
    ],
)
def test_each_runtimes_trace_gives_its_frames_innermost_first(text, tool, kind, frames):
    report = parse_trace(text)
    assert report is not None
    assert (report.tool, report.kind) == (tool, kind)
    assert [(f.function, f.file, f.line) for f in report.fault] == frames


def test_a_panic_without_a_backtrace_still_has_its_place():
    report = parse_trace("thread 'main' panicked at src/lib.rs:10:5:\nboom\n")
    assert report is not None and report.fault[0].file == "src/lib.rs"


def test_prose_is_no_trace():
    assert parse_trace("") is None
    assert parse_trace("It fails\nat home and at work\n") is None


@given(st.text(alphabet="at File \":,()\n#0123456789.go panic: thread 'Traceback", max_size=300))
def test_no_text_breaks_the_reader(text):
    parse_trace(text)
    parse_trace("Traceback (most recent call last):\n" + text)
    parse_trace("goroutine 1\n" + text)
    parse_trace("thread 'x' panicked at " + text)


def test_a_flood_of_beginnings_is_given_up():
    assert parse_trace("Traceback (most recent call last):\n" * 30000 + NODE) is None
    assert parse_trace("x\n" * 30000 + NODE) is not None
