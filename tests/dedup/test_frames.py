"""Whose frames count, and how functions and paths are made comparable."""

import pytest

from seawall.dedup.frames import Site, in_project, plain_function, plain_path, same_file
from seawall.vocab.sanitizers import SanitizerFrame


def frames(*places: tuple[str, str]) -> tuple[SanitizerFrame, ...]:
    return tuple(
        SanitizerFrame(index=i, function=f, file=p, line=i + 1) for i, (f, p) in enumerate(places)
    )


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("parse(int, char const*)", "parse"),
        ("ns::Box<int>::get(unsigned long) const", "ns::Box::get"),
        ("bool OT::match<OT::Small<2u> >(int)", "OT::match"),
        ("(anonymous namespace)::helper()", "helper"),
        ("std::vector<int>::operator[](unsigned long)", "std::vector::operator[]"),
        ("ns::operator<<(std::ostream&)", "ns::operator<<"),
        ("ns::T::operator()(int) const", "ns::T::operator()"),
        ("operator new(unsigned long)", "operator new"),
        ("read_block.isra.0", "read_block"),
        ("read_block.constprop.1.part.2", "read_block"),
        ("png::decode::h0123456789abcdef", "png::decode"),
        ("f[abi:cxx11](int)", "f"),
        ("__interceptor_memcpy", "memcpy"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_functions_lose_arguments_templates_and_suffixes(name, plain):
    assert plain_function(name) == plain


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/src/libsndfile/src/wav.c", "libsndfile/src/wav.c"),
        ("/home/jo/build/libsndfile/src/wav.c", "build/libsndfile/src/wav.c"),
        ("../src/./a/../wav.c", "src/wav.c"),
        ("/usr/lib/python3/site-packages/jinja2/sandbox.py", "jinja2/sandbox.py"),
        ("C:\\work\\x\\wav.c", "x/wav.c"),
        ("/w/node_modules/lodash/index.js", "lodash/index.js"),
        ("<null>", ""),
    ],
)
def test_paths_lose_where_they_were_built(path, plain):
    assert plain_path(path) == plain


def test_one_file_in_two_builds_is_one_and_two_of_a_name_are_two():
    assert same_file("src/wav.c", "libsndfile-1.1/src/wav.c")
    assert same_file("wav.c", "src/wav.c")
    assert not same_file("lib/a/util.c", "lib/b/util.c")
    assert not same_file("", "")


def test_only_the_targets_frames_count_down_to_the_harness():
    stack = frames(
        ("__asan_memcpy", ""),
        ("memcpy", "/build/glibc-2.36/string/memcpy.c"),
        ("std::__1::vector<int>::at", "/usr/include/c++/v1/vector"),
        ("read_chunk", "/src/t/wav.c"),
        ("open_file", "/src/t/wav.c"),
        ("LLVMFuzzerTestOneInput", "/src/t/wav_fuzzer.cc"),
        ("fuzzer::Fuzzer::ExecuteCallback", ""),
        ("main", ""),
        ("read_chunk", "/src/t/other.c"),
    )
    assert in_project(stack) == (Site("read_chunk", "t/wav.c", 4), Site("open_file", "t/wav.c", 5))


def test_recursion_is_collapsed():
    stack = frames(*[("parse_list", "/src/p.c"), ("parse_value", "/src/p.c")] * 20)
    assert [s.function for s in in_project(stack)] == ["parse_list", "parse_value"]


def test_a_fault_in_the_harness_itself_still_has_a_place():
    stack = frames(("__asan_memset", ""), ("LLVMFuzzerTestOneInput", "/src/x_fuzzer.c"))
    assert in_project(stack) == (Site("LLVMFuzzerTestOneInput", "x_fuzzer.c", 2),)


def test_project_functions_that_only_look_like_the_runtimes_stay():
    stack = frames(
        ("string_copy", "/src/s.c"), ("free_all", "/src/s.c"), ("memory_read", "/src/s.c")
    )
    assert len(in_project(stack)) == 3


def test_the_interpreters_own_files_are_no_target():
    stack = frames(
        ("raw_decode", "/usr/lib/python3.11/json/decoder.py"),
        ("_call", "<frozen importlib._bootstrap>"),
        ("flatten", "/usr/lib/python3.11/site-packages/sqlparse/sql.py"),
        ("runtime_panic", "/usr/local/go/src/runtime/panic.go"),
    )
    assert in_project(stack) == (Site("flatten", "sqlparse/sql.py", 3),)
