# SPDX-License-Identifier: Apache-2.0
"""The command `rolodial`: one module in config.commands for each verb, found by its name."""

import importlib
import pkgutil

import click

import config.commands
from crm_core.domain.errors import CrmError


class Verbs(click.Group):
    """Loads a verb's module only when it is asked for, so that `rolodial route` starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        names = (module.name for module in pkgutil.iter_modules(config.commands.__path__))
        return sorted(name.rstrip("_").replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"config.commands.{name if name != 'import' else 'import_'}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """An error that a person can act on is a line, not a traceback."""
        try:
            return super().invoke(ctx)
        except CrmError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Verbs)
def main() -> None:
    """Rolodial: a call-center CRM round Asterisk."""
