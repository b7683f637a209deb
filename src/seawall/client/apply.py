"""`seawall apply`: what a project asks for, raised to fixed versions of verified releases."""

from collections.abc import Callable, Iterator
from pathlib import Path

from seawall.client.node_files import locked_affected, mend_package_json
from seawall.client.plans import Change, Plan, Refusal, Rewrite
from seawall.client.python_files import Mended, mend_pyproject, mend_requirements
from seawall.client.remedies import Remedies
from seawall.vocab.errors import BadInput

_MAX_FILE = 16 << 20
_PATTERNS: tuple[tuple[str, Callable[[str, str, Remedies], Mended]], ...] = (
    ("*requirements*.txt", mend_requirements),
    ("*constraints*.txt", mend_requirements),
    ("requirements/*.txt", mend_requirements),
    ("pyproject.toml", mend_pyproject),
    ("package.json", mend_package_json),
)
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")


def plan(project: Path, remedies: Remedies) -> Plan:
    """What has to change in the files of `project`; nothing is written. Raises BadInput when a
    file cannot be read, or when there is none that is known."""
    rewrites: list[Rewrite] = []
    changes: list[Change] = []
    refusals: list[Refusal] = []
    notes: list[str] = []
    count = 0
    for path, mend in _files(project):
        count += 1
        name = path.resolve().relative_to(project.resolve()).as_posix()
        before = _read(path)
        text, changed, refused = mend(before, name, remedies)
        changes += changed
        refusals += refused
        if changed:
            rewrites.append(Rewrite(name=name, before=_bytes(before), after=_bytes(text)))
    if not count:
        raise BadInput(
            f"{project} has no file that is known here",
            mend="requirements*.txt, constraints*.txt, pyproject.toml and package.json are",
        )
    notes += _what_is_left(project, changes, remedies)
    return Plan(
        project=project,
        rewrites=tuple(rewrites),
        changes=tuple(changes),
        refusals=tuple(refusals),
        notes=tuple(notes),
    )


def _files(project: Path) -> Iterator[tuple[Path, Callable[[str, str, Remedies], Mended]]]:
    """The known files of a project, each once; links that lead out of it are passed over."""
    if project.is_file():
        raise BadInput(f"{project} is a file; name the folder of the project")
    seen = set()
    for pattern, mend in _PATTERNS:
        for path in sorted(project.glob(pattern)):
            real = path.resolve()
            if path.is_file() and real not in seen and real.is_relative_to(project.resolve()):
                seen.add(real)
                yield path, mend


def _what_is_left(project: Path, changes: list[Change], remedies: Remedies) -> Iterator[str]:
    """What only the package manager can do."""
    raised = {change.package for change in changes}
    if any(change.ecosystem == "npm" for change in changes):
        yield "run npm install, so that the lock file and node_modules follow package.json"
    for lock in _LOCKS:
        path = project / lock
        if path.is_file():
            for package, version, ids in locked_affected(_read(path), lock, remedies):
                if package not in raised:
                    yield (
                        f"{lock} still holds {package} {version} ({', '.join(ids)}): run npm update"
                        f" {package}, or give package.json an override"
                    )
    for name in ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"):
        if (project / name).is_file():
            yield f"{name} is not read here: make it anew with its own tool"


def _read(path: Path) -> str:
    if path.stat().st_size > _MAX_FILE:
        raise BadInput(f"larger than {_MAX_FILE >> 20} MiB", where=str(path))
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        raise BadInput("this is not UTF-8 text", where=str(path)) from None


def _bytes(text: str) -> bytes:
    return text.encode()
