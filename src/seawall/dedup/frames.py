"""Stack frames made comparable: whose code a frame is, and its function and file in plain form."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from seawall.vocab.sanitizers import SanitizerFrame

MAX_FRAMES = 16
"""In-project frames that are kept of a stack."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the target's code: plain function name, path without build prefix, line or 0."""

    function: str
    file: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " in ".join(part for part in (place, self.function) if part) or "an unknown place"


def in_project(frames: Iterable[SanitizerFrame]) -> tuple[Site, ...]:
    """Give the target's own frames, innermost first, recursion collapsed.

    Frames of the sanitizer, the C and C++ runtimes and allocators are skipped, and the stack
    ends where the fuzzing harness or the program's start begins. When nothing is left, the
    frames that are not the runtime's are given even if they belong to the harness.
    """
    kept: list[Site] = []
    harness: list[Site] = []
    seen: set[tuple[str, str]] = set()
    for frame in frames:
        site, whose = _judge(frame.function, frame.file, frame.line)
        if whose == "runtime":
            continue
        if whose == "harness":
            harness.append(site)
            if kept:
                break
            continue
        mark = (site.function, site.file)
        if mark not in seen:
            seen.add(mark)
            kept.append(site)
            if len(kept) == MAX_FRAMES:
                break
    return tuple(kept or harness[:1])


@lru_cache(maxsize=16384)
def _judge(function: str, file: str, line: int) -> tuple[Site, str]:
    site = Site(plain_function(function), plain_path(file), line)
    if not site.function and not site.file:
        return site, "runtime"
    if _RUNTIME_FUNCTION.match(site.function) or _RUNTIME_FILE.search(file):
        return site, "runtime"
    if not site.file and _LIBC_FUNCTION.match(site.function):
        return site, "runtime"
    if _HARNESS_FUNCTION.match(site.function) or _HARNESS_FILE.search(site.file):
        return site, "harness"
    if not site.file and site.function in ("main", "_main", "wmain", "start"):
        return site, "harness"
    if not site.file and "." in site.function and _HARNESS_FILE.search(site.function):
        return site, "harness"
    return site, "target"


_RUNTIME_FUNCTION = re.compile(
    r"(?:__(?:asan|hwasan|msan|tsan|ubsan|lsan|sanitizer|interceptor|interception)_?"
    r"|__libc_|__GI_|__restore_rt|__pthread_|_IO_|__assert_fail|__cxa_|__gxx_|_Unwind_"
    r"|__libcpp_|_dl_|__stack_chk"
    r"|(?:asan|msan|sanitizer|__sanitizer|__asan|__interception)::"
    r"|std::|__gnu_cxx::|__cxxabiv1::|operator (?:new|delete)"
    r"|(?:core|alloc)::|rust_(?:panic|begin_unwind)|__rust|runtime\.|jazzer\."
    r"|java\.|javax\.|jdk\.|sun\.|libc(?:\.so)?$|libpthread|ld-linux)"
)
_LIBC_FUNCTION = re.compile(
    r"(?:(?:m|c|re|v|pv)alloc$|(?:posix_)?memalign$|aligned_alloc$|c?free$|reallocarray$"
    r"|(?:mem(?:cpy|move|set|cmp|chr|mem|rchr|pcpy)|bcmp|bcopy|bzero)(?:_\w{1,40})?$"
    r"|(?:strn?(?:cpy|cat|cmp|len|dup|casecmp|str)|strr?chr|strspn|strcspn|strpbrk|strtok|stpcpy"
    r"|wcs(?:len|cpy|cmp|chr))$"
    r"|strto(?:l|ul|ll|ull|d|f)$|ato[ilf]$|qsort$|bsearch$"
    r"|v?[sf]?n?printf(?:_\w{1,20})?$|v?[sf]?scanf$|f?(?:read|write|puts|gets)$"
    r"|abort$|raise$|gsignal$|kill$|exit$|pthread_kill$|clone\d?$|start_thread$)"
)
"""Names of the C library, unless the frame's file shows that the target has its own."""
_RUNTIME_FILE = re.compile(
    r"(?:compiler-rt/|/sysdeps/|^csu/|/csu/|/glibc|^\./(?:stdlib|nptl|string|malloc|csu)/|nptl/"
    r"|/usr/include/|/c\+\+/v1/|/c\+\+/\d|libcxx|libstdc\+\+|/rustc/|sanitizer_common"
    r"|java\.base/|/lib/python\d(?:\.\d{1,2})?/(?!(?:site|dist)-packages/)|^node:|^<frozen "
    r"|/go/src/(?:runtime|internal|testing)/)"
)
_HARNESS_FUNCTION = re.compile(
    r"(?:LLVMFuzzer|fuzzer::|ExecuteFiles|afl_|__afl|HonggFuzz|HF_ITER|libfuzzer_sys"
    r"|_start$|__scrt_|invoke_main$|fuzzerTestOneInput"
    r"|FuzzMe|fuzz_target|rust_fuzzer)"
)
_HARNESS_FILE = re.compile(
    r"(?:fuzz|afl|honggfuzz)[\w.-]{0,60}\.(?:c|cc|cpp|cxx|rs|o|h|java|go|py)$", re.I
)

_OPERATOR = re.compile(r"\boperator(?:\(\)|<=>|<<=?|>>=?|[<>]=?|->\*?|-[-=]?)")
_CLONE = re.compile(r"(?:\.(?:isra|constprop|part|cold|llvm|lto_priv|localalias)(?:\.\d{1,20})?)+$")
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$")


@lru_cache(maxsize=16384)
def plain_function(name: str) -> str:
    """Give `name` without arguments, template arguments, return type and compiler suffixes."""
    name = name[:2000].strip()
    name = name.replace("(anonymous namespace)::", "").replace("`anonymous namespace'::", "")
    name = name.replace("[abi:cxx11]", "").replace("<null>", "")
    name = _outside_brackets(name)
    name = _RUST_HASH.sub("", _CLONE.sub("", name)).strip()
    for prefix in ("__interceptor_", "___interceptor_", "__interceptor_trampoline_"):
        name = name.removeprefix(prefix)
    if "operator " in name:
        return name[max(0, name.rfind(" ", 0, name.index("operator "))) :].strip()
    return name.rsplit(" ", 1)[-1].lstrip("*&")


def _outside_brackets(name: str) -> str:
    """Drop everything in (), <> and {}; the names of operators are kept."""
    if found := _OPERATOR.search(name):
        return _outside_brackets(name[: found.start()]) + found[0]
    if "(" not in name and "<" not in name:
        return name.split(" const")[0]
    kept, depth = [], 0
    for c in name:
        if c in "(<{":
            depth += 1
        elif c in ")>}":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(c)
    text = "".join(kept).strip()
    return text.removesuffix(" const").strip()


_PREFIX = re.compile(
    r"^(?:[A-Za-z]:)?(?:.*/(?:site-packages|dist-packages|node_modules|vendor|third_party"
    r"|gems)/|/(?:src|work|build|builds|tmp|root|app|workspace|mnt|out)/|/home/[^/]+/|\.\.?/)+"
)


@lru_cache(maxsize=16384)
def plain_path(path: str) -> str:
    """Give `path` without build and home prefixes and `..` steps; at most its last four parts."""
    path = path.strip()[-400:].replace("\\", "/")
    if path in ("<null>", "??"):
        return ""
    path = _PREFIX.sub("", path)
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if parts:
                parts.pop()
            continue
        parts.append(part)
    return "/".join(parts[-4:])


def basename(path: str) -> str:
    """The last part of a plain path, lower case."""
    return path.rsplit("/", 1)[-1].lower()


def same_file(a: str, b: str) -> bool:
    """Say whether two plain paths can be one file: the shorter is the end of the longer, or
    their last two parts agree."""
    if not a or not b:
        return False
    if a == b:
        return True
    left, right = a.lower().split("/"), b.lower().split("/")
    shared = min(len(left), len(right), 2)
    return left[-shared:] == right[-shared:]
