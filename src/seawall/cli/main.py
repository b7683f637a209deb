"""`seawall`: the root command; each subcommand is imported only when it is used."""

import importlib
import sys
from typing import Any

import click

from seawall import __version__
from seawall.cli.output import BAD_NEWS, MISSING, fail

# name → (module, one line for --help); the module has a click command called `command`.
# Order is the order of --help.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("seawall.cli.demo", "Play one whole story on embedded storage."),
    "check": ("seawall.cli.check", "What hits the components of an SBOM, and by when to act."),
    "sync": ("seawall.cli.sync", "Bring a feed of signed advisories here, verified."),
    "verify": ("seawall.cli.verify", "Is this advisory, document or patch genuine?"),
    "apply": ("seawall.cli.apply", "Raise a project to fixed versions, or apply a patch."),
    "receipt": ("seawall.cli.receipt", "Signed receipts: arrived, installed; send them."),
    "submit": ("seawall.cli.submit", "Send reports to the clearinghouse."),
    "reproduce": ("seawall.cli.reproduce", "Run and grade a reproducer, alone."),
    "dedupe": ("seawall.cli.dedupe", "Group findings or sanitizer reports that are one bug."),
    "claim": ("seawall.cli.claim", "Say what you scan, and see who scans it already."),
    "match": ("seawall.cli.match", "Which findings another party holds too, unseen."),
    "findings": ("seawall.cli.findings", "List and show findings and their evidence."),
    "case": ("seawall.cli.case", "Work on cases: merge, fixes, state, embargo."),
    "advisory": ("seawall.cli.advisory", "Draft, validate and export advisories."),
    "log": ("seawall.cli.log", "The signed log of what happened: verify, prove, export, witness."),
    "feed": ("seawall.cli.feed", "The signed feed: its keys, its ceremonies, its state."),
    "recipient": ("seawall.cli.recipient", "Who gets what is not public, encrypted to which key."),
    "deliver": ("seawall.cli.deliver", "A copy of a case for one recipient, marked, encrypted."),
    "import": ("seawall.cli.import_", "Import advisories, catalogues and SBOMs."),
    "obligations": ("seawall.cli.obligations", "What directives demand, by when, and why."),
    "review": ("seawall.cli.review", "Models put up for review before their release."),
    "eval": ("seawall.cli.eval", "Run, decide and report the evaluation of a model."),
    "partner": ("seawall.cli.partner", "Trusted partners: apply, select, designate."),
    "grant": ("seawall.cli.grant", "Partners' access to models under review."),
    "gateway": ("seawall.cli.gateway", "Models under review for partners' clients; kill switch."),
    "relay": ("seawall.cli.relay", "Pass cases on: to VINCE, to GitHub, by mail."),
    "mail": ("seawall.cli.mail", "Take mails in as reports and as answers."),
    "status": ("seawall.cli.status", "The head-start funnel and the state of the queues."),
    "work": ("seawall.cli.work", "Run the jobs that are due."),
    "serve": ("seawall.cli.serve", "Serve the pages and the REST API."),
    "keys": ("seawall.cli.keys", "Look after the keys under which contents are sealed."),
    "party": ("seawall.cli.party", "Add and list parties, and put people into them."),
    "person": ("seawall.cli.person", "Add, list and deactivate people; links for passwords."),
    "token": ("seawall.cli.token", "Make, list or revoke API tokens."),
    "doctor": ("seawall.cli.doctor", "Say what this machine can run and what is missing."),
    "completion": ("seawall.cli.completion", "Print the shell completion script."),
}

# Commands for whoever develops Seawall; --help leaves them out.
HIDDEN = {"seed": "seawall.cli.seed", "tuf-client": "seawall.cli.tuf_client"}


class _LazyGroup(click.Group):
    """A group whose commands are imported on use, so that `seawall check` starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = HIDDEN.get(cmd_name) or COMMANDS.get(cmd_name, ("",))[0]
        if not place:
            return None
        module = importlib.import_module(place)
        found: click.Command = module.command
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort):
            raise
        except (LookupError, RuntimeError) as error:
            if (code := _exit_code(error)) is None:
                raise
            fail(str(error), code=code)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _exit_code(error: Exception) -> int | None:
    """The exit code for what any command may meet that reads what is sealed; None for others."""
    from seawall.blobs.sealed import Damaged, KeyMissing, Shredded
    from seawall.blobs.wrapping import WrapperUnusable

    match error:
        case Shredded():
            return BAD_NEWS
        case Damaged() | KeyMissing() | WrapperUnusable():
            return MISSING
    return None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seawall")
def root() -> None:
    """Prove vulnerability findings, coordinate their fixes, and close exposure in time.

    Exit codes: 0 done; 1 the answer is bad news (affected, not confirmed, invalid);
    2 the input or the call is wrong; 3 this machine lacks something.
    """


def main() -> None:
    """Entry point of the `seawall` command."""
    try:
        root(prog_name="seawall")
    except BrokenPipeError:
        sys.exit(0)
