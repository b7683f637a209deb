"""A reproducer as a value: what docs/reproducer.md describes, read and complete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.vocab.evidence import OracleKind, Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is proven vulnerable; `purl` has no version, `fixed` is "" when none is named."""

    purl: str
    affected: str
    fixed: str = ""
    runtime: Runtime
    pins: tuple[str, ...] = ()
    """Versions of dependencies: "name==version" (python) or "name@version" (node)."""

    @property
    def kind(self) -> str:
        """The purl's type: "pypi", "npm", "deb", "generic"."""
        return self.purl.removeprefix("pkg:").split("/", 1)[0]

    @property
    def path(self) -> str:
        """The purl's namespace and name, such as "jinja2", "@scope/name", "debian/expat"."""
        return self.purl.removeprefix("pkg:").split("/", 1)[1].replace("%40", "@")

    @property
    def name(self) -> str:
        """The purl's name alone."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """What must be observed, with the parameter of its kind."""

    kind: OracleKind
    type: str = ""
    """exception: name of the class, bare or with its module."""
    cpu_seconds: float = 0.0
    """hang: CPU time that the steps must exceed."""
    checker: str = ""
    """check: name of a reviewed checker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLimits:
    """What the proof asks for; the runner takes the stricter of this and its own."""

    wall_seconds: float = 30.0
    memory_mb: int = 1024
    runs: int = 0
    """Runs per side when more than the runner's own; more runs only make the proof harder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, as data. `op` is one of call, new, get, item, builtin, set, enter, exit.

    `ref` is "module:dotted.name", "$handle.attr", "$handle" or a builtin's name. Values are JSON
    trees in which a table with one known key is a constructor (see `proofs.values`).
    """

    op: str
    ref: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None
    """set: the new value; item: the key."""
    save_as: str = ""
    awaits: bool = False
    may_raise: bool = False

    def as_json(self) -> dict[str, Any]:
        """Give the step as the harness reads it."""
        return {
            "op": self.op,
            "ref": self.ref,
            "args": list(self.args),
            "kwargs": dict(self.kwargs),
            "value": self.value,
            "as": self.save_as,
            "await": self.awaits,
            "may_raise": self.may_raise,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a native target is built, by us (docs/reproducer.md, [build])."""

    root: str = ""
    sources: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    include: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    libs: tuple[str, ...] = ()
    program: str
    sanitizers: tuple[str, ...] = ("address", "undefined")
    without_patches: tuple[str, ...] = ()
    inner: str = ""
    """Archive inside the source archive that holds the source to build; `*` is allowed in it."""
    archive: str = ""
    """Bundle file with the affected source (pkg:generic)."""
    fixed_archive: str = ""
    """Bundle file with the fixed source."""
    fix: str = ""
    """Bundle file with a unified diff that turns the affected source into the fixed one."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path in the source → bundle file with a text header."""
    driver: str = ""
    """Bundle file with the reporter's own main(); runs only when its digest is endorsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeRun:
    """Arguments and input of the built program; names are files of the bundle."""

    args: tuple[str, ...] = ()
    stdin: str = ""
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproducer:
    """A reproducer, read. Exactly one of `steps`, `script`, `run` carries the proof."""

    digest: str
    """sha256 of the canonical content, hex (`proofs.archive.digest_of`)."""
    title: str
    description: str = ""
    identifiers: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()
    target: Target
    oracle: Oracle
    limits: ProofLimits = ProofLimits()
    steps: tuple[Step, ...] = ()
    control: tuple[Step, ...] = ()
    script: str = ""
    build: Build | None = None
    run: NativeRun | None = None
    control_run: NativeRun | None = None
    files: Mapping[str, bytes] = field(repr=False)
    """All files of the bundle."""

    @property
    def has_control(self) -> bool:
        return bool(self.control) or self.control_run is not None

    @property
    def needs_endorsement(self) -> bool:
        """Whether code of the reporter would run in the build or in the observed process: a source
        archive or diff of the bundle, a driver, a header written into the source, a macro that is
        more than a switch, or a build command that is more than a plain call of the target's own
        build system."""
        build = self.build
        return build is not None and (
            bool(build.driver or build.files or build.archive or build.fixed_archive or build.fix)
            or not all(_SWITCH.fullmatch(define) for define in build.defines)
            or not all(_is_plain(argv) for argv in build.commands)
        )


_SWITCH = re.compile(
    r"(HAVE|HAS|USE|WITH|WITHOUT|ENABLE|DISABLE|NO|[A-Z0-9]+(_[A-Z0-9]+)*_(USE|OMIT|ENABLE|DISABLE"
    r"|STATIC|NO|HAVE|WITH|THREADSAFE))(_[A-Z0-9_]+)?(=[01])?"
    r"|(DEBUG|NDEBUG|_GNU_SOURCE|_DEFAULT_SOURCE|_POSIX_C_SOURCE|_LARGEFILE_SOURCE)(=[0-9]+L?)?"
    r"|_FILE_OFFSET_BITS=64|(PACKAGE|VERSION)(_[A-Z]+)?=\\?\"[A-Za-z0-9 ._-]*\\?\""
)
"""Macros that switch a part of the target on or off, as its own build system would."""
_BUILD_TOOLS = frozenset({"./configure", "./autogen.sh", "autoreconf", "cmake", "make", "ninja"})
_PLAIN_WORD = re.compile(
    r"\.|\.\.|-j[0-9]*|-(i|fi|B|S|G)|--(with|without|enable|disable)-[a-z0-9-]+(=[a-z0-9]+)?"
    r"|--build|--target|-D[A-Z0-9_]+=(ON|OFF|[0-9]+|Debug|Release)|[a-z0-9][a-z0-9_./-]*"
)


def _is_plain(argv: tuple[str, ...]) -> bool:
    return argv[0] in _BUILD_TOOLS and all(_PLAIN_WORD.fullmatch(word) for word in argv[1:])
