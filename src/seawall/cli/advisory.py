"""`seawall advisory`: draft, validate and export advisories."""

from pathlib import Path
from typing import Any

import click

from seawall.cli.advisory_state import draft, export, list_, publish, show, sign
from seawall.cli.output import BAD_INPUT, BAD_NEWS, emit_json, json_option
from seawall.formats.bounded import MAX_BYTES, parse_json
from seawall.formats.validate import DocumentKind, detect_kind, is_valid, validate_document
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.problems import Problem, ProblemSeverity


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Draft, validate, publish and export advisories."""


command.add_command(draft)
command.add_command(export)
command.add_command(list_)
command.add_command(publish)
command.add_command(show)
command.add_command(sign)


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in DocumentKind]),
    help="Take the files for this kind instead of detecting it.",
)
@click.option("--optional", is_flag=True, help="Also run the optional tests of CSAF 2.0 §6.2.")
@json_option
def validate(files: tuple[Path, ...], kind: str | None, optional: bool, as_json: bool) -> None:
    """Check FILES against their official schema and rules.

    Knows CSAF 2.0 (schema and all mandatory tests), OSV, CVE records, OpenVEX, SARIF 2.1.0 and
    CycloneDX. Prints each problem with its place, its clause and how to mend it. Exit code 0:
    all valid (warnings allowed); 1: a file is invalid; 2: a file cannot be read.
    """
    wanted = DocumentKind(kind) if kind else None
    answers = [_check(file, wanted, optional=optional) for file in files]
    if as_json:
        emit_json(answers if len(answers) > 1 else answers[0])
    else:
        for answer in answers:
            _print(answer)
    if any(answer["unreadable"] for answer in answers):
        raise SystemExit(BAD_INPUT)
    if not all(answer["valid"] for answer in answers):
        raise SystemExit(BAD_NEWS)


def _check(file: Path, kind: DocumentKind | None, *, optional: bool) -> dict[str, Any]:
    """Validate one file: an answer for people and programs alike."""
    answer: dict[str, Any] = {
        "file": str(file),
        "kind": "",
        "valid": False,
        "unreadable": "",
        "problems": (),
    }
    try:
        if file.stat().st_size > MAX_BYTES:
            raise BadInput(f"larger than {MAX_BYTES} bytes", mend="split the document")
        document = parse_json(file.read_bytes())
        found = kind or detect_kind(document)
        problems = validate_document(document, found, optional=optional)
    except OSError as error:
        return answer | {"unreadable": error.strerror or str(error)}
    except BadInput as bad:
        return answer | {"unreadable": str(bad)}
    return answer | {"kind": found, "valid": is_valid(problems), "problems": problems}


def _print(answer: dict[str, Any]) -> None:
    name = one_line(answer["file"])
    if answer["unreadable"]:
        click.echo(f"seawall: {name}: {answer['unreadable']}", err=True)
        return
    problems: tuple[Problem, ...] = answer["problems"]
    errors = sum(problem.severity is ProblemSeverity.ERROR for problem in problems)
    counts = [f"{errors} error{'s' * (errors != 1)}"] if errors else []
    if warnings := len(problems) - errors:
        counts.append(f"{warnings} warning{'s' * (warnings != 1)}")
    verdict = "valid" if answer["valid"] else "invalid"
    click.echo(f"{name}: {verdict} {answer['kind'].upper()}" + _listed(counts))
    for problem in problems:
        click.echo(f"  {problem.severity} {problem.clause or problem.test}")
        click.echo(f"    at {one_line(problem.pointer) or '/'}: {one_line(problem.message)}")
        if problem.mend:
            click.echo(f"    mend: {one_line(problem.mend)}")


def _listed(counts: list[str]) -> str:
    return f", {' and '.join(counts)}" if counts else ""
