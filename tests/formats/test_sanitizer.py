"""Reading what the sanitizers print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realdata import read_jsonl
from seawall.formats.sanitizer import MAX_REPORTS, parse_all, parse_sanitizer
from seawall.vocab.sanitizers import SanitizerFrame

ASAN = """\
=================================================================
==29415==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000010 at pc 0x55 bp 0x7f
WRITE of size 4 at 0x602000000010 thread T0
    #0 0x556dac516437 in read_fmt(int, char const*) /src/my lib/wavlike.cc:353:31
    #1 0x556dac51e627 in std::vector<int, std::allocator<int> >::operator[](unsigned long) /usr/v:3
    #2 0x556dac606e2d in ExecuteFiles aflpp_driver.o
    #3 0x556dac606c28 in operator new(unsigned long) (/src/f.afl+0x266c28) (BuildId: a94ae673)
    #4 0x556dac606c29  (/src/f.afl+0x266c29)

0x602000000011 is located 0 bytes to the right of 1-byte region [0x602000000010,0x602000000011)
allocated by thread T0 here:
    #0 0x556dac47f598 in __interceptor_calloc (/src/f.afl+0xdf598)
    #1 0x556dac5161ec in read_fmt /src/my lib/wavlike.cc:332:30

SUMMARY: AddressSanitizer: heap-buffer-overflow /src/my lib/wavlike.cc:353:31 in read_fmt
Shadow bytes around the buggy address:
  0x0c047fff7fb0: 00 00 00
==29415==ABORTING
"""


def test_an_address_sanitizer_report_gives_type_access_and_stacks():
    report = parse_sanitizer("noise\n" + ASAN)
    assert report is not None
    assert (report.tool, report.kind) == ("AddressSanitizer", "heap-buffer-overflow")
    assert (report.access, report.size, report.address) == ("WRITE", 4, "0x602000000010")
    assert [s.title for s in report.stacks] == ["", "allocated by"]
    assert [(f.function, f.file, f.line, f.column, f.module) for f in report.fault] == [
        ("read_fmt(int, char const*)", "/src/my lib/wavlike.cc", 353, 31, ""),
        (
            "std::vector<int, std::allocator<int> >::operator[](unsigned long)",
            "/usr/v",
            3,
            0,
            "",
        ),
        ("ExecuteFiles", "aflpp_driver.o", 0, 0, ""),
        ("operator new(unsigned long)", "", 0, 0, "/src/f.afl"),
        ("", "", 0, 0, "/src/f.afl"),
    ]
    assert report.stacks[1].frames[1].line == 332
    assert report.summary.startswith("AddressSanitizer: heap-buffer-overflow")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("SEGV on unknown address 0x000000000000 (pc 0x1 bp 0x2 sp 0x3 T0)", "SEGV"),
        ("FPE on unknown address 0x56 (pc 0x56 bp 0x7f sp 0x7f T0)", "FPE"),
        ("attempting double-free on 0x602000000010 in thread T0:", "double-free"),
        ("attempting free on address which was not malloc()-ed: 0x7f in thread T0", "bad-free"),
        ("negative-size-param: (size=-1)", "negative-size-param"),
        ("stack-overflow on address 0x7ffe (pc 0x1)", "stack-overflow"),
        ("requested allocation size 0xffff exceeds maximum", "allocation-size-too-big"),
        ("alloc-dealloc-mismatch (operator new [] vs free) on 0x60", "alloc-dealloc-mismatch"),
        ("memcpy-param-overlap: memory ranges [0x1,0x2) and", "memcpy-param-overlap"),
        ("odr-violation (0x1):", "odr-violation"),
        ("", "unknown"),
    ],
)
def test_the_type_is_the_sanitizers_own_word(header, kind):
    report = parse_sanitizer(f"==1==ERROR: AddressSanitizer: {header}\n    #0 0x1 in f /a.c:1:1\n")
    assert report is not None and report.kind == kind


def test_the_signal_line_gives_the_access():
    text = (
        "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x10 (pc 0x1)\n"
        "==1==The signal is caused by a READ memory access.\n    #0 0x1 in f /a.c:1:1\n"
    )
    report = parse_sanitizer(text)
    assert report is not None and (report.access, report.address) == ("READ", "0x10")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("signed integer overflow: 1 + 2 cannot be represented", "signed-integer-overflow"),
        ("index 5 out of bounds for type 'int [4]'", "index-out-of-bounds"),
        ("load of null pointer of type 'int'", "null-pointer-use"),
        ("applying non-zero offset 8 to null pointer", "nullptr-with-offset"),
        ("shift exponent 64 is too large for 32-bit type 'int'", "shift-exponent"),
        ("member access within misaligned address 0x1", "misaligned-pointer-use"),
        ("something new", "undefined-behavior"),
    ],
)
def test_undefined_behaviour_without_a_stack_keeps_its_place(message, kind):
    report = parse_sanitizer(f"/src/a b.c:12:7: runtime error: {message}\n")
    assert report is not None
    assert (report.tool, report.kind) == ("UndefinedBehaviorSanitizer", kind)
    assert report.fault == (
        SanitizerFrame(index=0, function="", file="/src/a b.c", line=12, column=7),
    )


def test_undefined_behaviour_with_a_stack_gives_the_stack():
    text = (
        "x.c:1:2: runtime error: division by zero\n"
        "    #0 0x1 in div x.c:1:2\n    #1 0x2 in main m.c:9\n"
    )
    report = parse_sanitizer(text)
    assert report is not None and [f.function for f in report.fault] == ["div", "main"]


def test_a_crash_goes_before_undefined_behaviour_noted_on_the_way():
    text = "x.c:1:2: runtime error: division by zero\n" + ASAN
    report = parse_sanitizer(text)
    assert report is not None and report.tool == "AddressSanitizer"
    assert [r.tool for r in parse_all(text)] == ["UndefinedBehaviorSanitizer", "AddressSanitizer"]


def test_memory_sanitizer_gives_the_origin():
    text = (
        "==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n    #0 0x1 in f /a.c:1:1\n\n"
        "  Uninitialized value was created by a heap allocation\n    #0 0x2 in malloc (/b+0x1)\n"
    )
    report = parse_sanitizer(text)
    assert report is not None and report.kind == "use-of-uninitialized-value"
    assert [(s.title, s.frames[0].function) for s in report.stacks] == [
        ("", "f"),
        ("created by", "malloc"),
    ]


def test_thread_sanitizer_gives_both_accesses():
    text = (
        "WARNING: ThreadSanitizer: data race (pid=1)\n"
        "  Write of size 8 at 0x7b by thread T1:\n    #0 put q.c:3:4 (a.out+0x1)\n"
        "    #1 main <null> (a.out+0x12)\n\n"
        "  Previous read of size 8 at 0x7b by main thread:\n    #0 get q.c:9 (a.out+0x2)\n\n"
        "  Thread T1 (tid=2, running) created by main thread at:\n"
        "    #0 pthread_create (a.out+0x3)\n"
        "SUMMARY: ThreadSanitizer: data race q.c:3:4 in put\n"
    )
    report = parse_sanitizer(text)
    assert report is not None
    assert (report.kind, report.access, report.size) == ("data-race", "WRITE", 8)
    assert [(s.title, s.frames[0].function) for s in report.stacks] == [
        ("", "put"),
        ("previous read", "get"),
        ("thread created", "pthread_create"),
    ]
    assert report.fault[1].function == "main" and report.fault[1].file == ""


def test_leak_sanitizer_gives_where_memory_was_allocated():
    text = (
        "==1==ERROR: LeakSanitizer: detected memory leaks\n\n"
        "Direct leak of 16 byte(s) in 1 object(s) allocated from:\n    #0 0x1 in malloc (/b+0x1)\n"
        "    #1 0x2 in make /a.c:5:1\n\nIndirect leak of 3 byte(s) in 1 object(s) allocated from:\n"
        "    #0 0x3 in strdup (/b+0x3)\n\nSUMMARY: AddressSanitizer: 19 byte(s) leaked\n"
    )
    report = parse_sanitizer(text)
    assert report is not None
    assert (report.tool, report.kind, report.size) == ("LeakSanitizer", "memory-leak", 16)
    assert [s.title for s in report.stacks] == ["", "indirect leak"]
    assert [f.function for f in report.fault] == ["malloc", "make"]


def test_libfuzzer_timeouts_are_reports_too():
    text = "==9== ERROR: libFuzzer: timeout after 61 seconds\n    #0 0x1 in slow /a.c:5:1\n"
    report = parse_sanitizer(text)
    assert report is not None
    assert (report.tool, report.kind) == ("libFuzzer", "timeout")
    assert report.fault[0].function == "slow"


def test_an_ossfuzz_summary_gives_names_without_places():
    text = (
        "OSS-Fuzz report: https://example.org/1\n\n```\nCrash type: Heap-buffer-overflow READ 8\n"
        "Crash state:\nns::f<int>\nmain loop\n```\n"
    )
    report = parse_sanitizer(text)
    assert report is not None
    assert (report.tool, report.kind, report.access, report.size) == (
        "OSS-Fuzz",
        "heap-buffer-overflow",
        "READ",
        8,
    )
    assert [f.function for f in report.fault] == ["ns::f<int>", "main loop"]


def test_text_without_a_report_is_none():
    assert parse_sanitizer("") is None
    assert (
        parse_sanitizer("AddressSanitizer is a tool\nERROR: nothing here\n#0 0x1 in f a.c:1")
        is None
    )


def test_a_flood_of_reports_and_frames_is_cut():
    flood = "".join(f"a.c:{n}:1: runtime error: division by zero\n" for n in range(1, 1000))
    assert len(parse_all(flood)) == MAX_REPORTS
    deep = "==1==ERROR: AddressSanitizer: SEGV\n" + "".join(
        f"    #{n} 0x1 in f /a.c:1:1\n" for n in range(5000)
    )
    report = parse_sanitizer(deep)
    assert report is not None and len(report.fault) == 256


@given(
    st.text(
        alphabet="#0x1 in<>():./a\n=ERROR: AddressSanitizer:runtime error: of size", max_size=400
    )
)
def test_no_text_breaks_the_reader(text):
    parse_all(text)
    parse_all("==1==ERROR: AddressSanitizer: " + text)


def test_every_report_of_the_planted_bugs_is_read():
    records = list(read_jsonl("findings/libsndfile-asan-labelled.jsonl.zst"))
    reports = [parse_sanitizer(r["report"]) for r in records]
    assert len(reports) == 4133
    assert {r.kind for r in reports if r} == {
        "heap-buffer-overflow",
        "global-buffer-overflow",
        "negative-size-param",
        "FPE",
        "SEGV",
    }
    assert all(r is not None and r.fault for r in reports)


def test_a_flood_of_summaries_without_a_state_is_given_up():
    summary = "Crash type: UNKNOWN\nCrash state:\nf\n"
    assert parse_sanitizer("Crash type: x\nCrash state:\n" * 30000 + summary) is None
    assert parse_sanitizer("noise\n" * 30000 + summary) is not None
