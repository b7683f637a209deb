"""`seawall completion`: the script that makes the shell complete `seawall`."""

import click
from click.shell_completion import get_completion_class

from seawall.cli.output import emit_json, json_option


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
def command(shell: str, as_json: bool) -> None:
    """Print the completion script: `eval "$(seawall completion bash)"`, the same for zsh, or
    `seawall completion fish | source`."""
    from seawall.cli.main import root

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} cannot be completed")
    script = kind(root, {}, "seawall", "_SEAWALL_COMPLETE").source()
    if as_json:
        emit_json({"shell": shell, "script": script})
    else:
        click.echo(script)
