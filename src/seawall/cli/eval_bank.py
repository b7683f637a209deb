"""`seawall eval bank`: the banks that items are drawn from."""

from typing import Any

import click

from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table
from seawall.vocab.evals import Task


@click.group()
def bank() -> None:
    """Show the banks that items are drawn from, and seal private ones."""


@bank.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the banks with their roots."""
    open_state()
    from seawall.reviews import banks
    from seawall.reviews.models import PrivateBank

    rows: list[dict[str, Any]] = [
        {
            "name": banks.PRACTICE,
            "items": len(banks.bank(banks.PRACTICE)),
            "root": banks.root_of_bank(banks.PRACTICE),
            "sealed": False,
        }
    ]
    rows += [
        {"name": row.name, "items": row.size, "root": row.root, "sealed": True}
        for row in PrivateBank.objects.all()
    ]
    if as_json:
        emit_json({"banks": rows})
        return
    print_table(
        ("bank", "items", "sealed", "root"),
        [(r["name"], str(r["items"]), "yes" if r["sealed"] else "public", r["root"]) for r in rows],
    )


@bank.command()
@click.argument("name", default="practice")
@json_option
def items(name: str, as_json: bool) -> None:
    """List the items of a bank: family, task, difficulty, floor. Those of a sealed bank are secret:
    keep the output to yourself."""
    open_state()
    from seawall.reviews import banks

    with clear_errors():
        found = [item.facts for item in banks.bank(name)]
    if as_json:
        emit_json({"items": found})
        return
    print_table(
        ("item", "task", "a", "b", "floor"),
        [
            (
                f.id,
                f.task,
                f"{f.discrimination:.1f}",
                f"{f.difficulty:+.1f}",
                "floor" if f.floor else "",
            )
            for f in found
        ],
    )
    families = len({fact.family for fact in found})
    say(f"{len(found)} items in {families} families.", err=True)


@bank.command()
@click.argument("name")
@click.argument("cases", nargs=-1, required=True, metavar="C-NUMBER…")
@click.option("--owner", required=True, help="Whose the cases are.")
@click.option("--by", "given_by", required=True, help="Who consented for the owner.")
@click.option(
    "--task",
    "tasks",
    multiple=True,
    type=click.Choice([each.value for each in Task]),
    default=["prove"],
    show_default=True,
    help="To what they consented.",
)
@json_option
def seal(
    name: str,
    cases: tuple[str, ...],
    owner: str,
    given_by: str,
    tasks: tuple[str, ...],
    as_json: bool,
) -> None:
    """Seal a private bank of proven CASES whose owner consented, and put its root into the ledger.

    Nothing is kept when one of the cases makes no item.
    """
    open_state()
    from django.utils import timezone

    from seawall.cases import access
    from seawall.reviews import banks
    from seawall.reviews.case_items import family_from_case
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    with clear_errors():
        try:
            families = [
                family_from_case(
                    access.case(LOCAL, each),
                    owner=owner,
                    given_by=given_by,
                    given_at=now,
                    tasks=[Task(task) for task in tasks],
                )
                for each in cases
            ]
        except access.NotFound as missing:
            fail(str(missing), code=BAD_INPUT)
        row = banks.keep_bank(name, families, by=LOCAL, now=now)
    if as_json:
        emit_json({"name": row.name, "items": row.size, "root": row.root})
    else:
        say(f"{row.name} is sealed with {row.size} items; its root {row.root} is in the ledger.")
