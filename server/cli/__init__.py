"""The command line: one verb per file, each loaded only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from forms.errors import BaikooError, RegistryFaults, WorkbookFaults
from server.cli.words import T, say

# verb -> module of server/cli that holds it, in the order of the help
VERBS = {
    "demo": "demo",
    "serve": "serve",
    "publish": "publish",
    "project": "project",
    "form": "form",
    "user": "user",
    "token": "token",
    "app-user": "app_user",
    "objects": "objects",
    "entities": "entities",
    "round": "round",
    "review": "review",
    "correct": "correct",
    "trash": "trash",
    "scores": "scores",
    "export": "export",
    "verify": "verify",
    "rebuild": "rebuild",
    "ledger": "ledger",
    "audit": "audit",
    "backup": "backup",
    "restore": "restore",
    "doctor": "doctor",
}


class Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"server.cli.{VERBS[cmd_name]}").verb
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=Verbs,
    help=T("Baikoo: questionnaires for joint monitoring and evaluation, their answers and their scores."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
def cli() -> None:
    pass


def main() -> None:
    """Run a verb. An error is one sentence and an exit code: 1 refused, 2 a wrong call, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # a Windows console may speak an old code page, which has no ө
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        code = cli(standalone_mode=False)
    except (WorkbookFaults, RegistryFaults) as error:
        for fault in error.faults:
            where = ", ".join(str(part) for part in (fault.sheet, fault.row, fault.column) if part)
            click.echo(f"{where}: {say(fault.message)}", err=True)
        click.echo(say(error.sentence), err=True)
        sys.exit(1)
    except BaikooError as error:
        click.echo(say(error.sentence), err=True)
        sys.exit(1)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        click.echo(say_os(error), err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def say_os(error: OSError) -> str:
    """A file that cannot be read or written, in one sentence."""
    return T(
        "{file} cannot be used: {reason}", file=str(error.filename or ""), reason=error.strerror or str(error)
    )
