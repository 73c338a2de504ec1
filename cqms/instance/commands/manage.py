"""bin/manage: one management command, against the running portal or with its services started for that command."""

import argparse

from cqms.instance import options, packages
from cqms.instance.console import run
from cqms.instance.folder import DataFolder


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    chosen = _parser().parse_args(arguments)
    return run(lambda: _manage(chosen, arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/manage",
        description="Run a management command against the running portal, or with services started for it alone.",
        epilog="prepare_database makes the roles and the database on a server of your own, from the addresses in "
        "DATABASE_SUPERUSER_URL, DATABASE_OWNER_URL and DATABASE_URL. backup FILE writes database, files and keys to "
        "one archive; restore FILE brings them back to an empty data folder and verifies the trail.",
    )
    options.add_data(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND …", help="the command and its options")
    return parser


def _manage(chosen: argparse.Namespace, arguments: list[str]) -> int:
    packages.ensure(packages.RUNTIME)
    packages.enter("manage", arguments)
    from cqms.instance import one_command  # noqa: PLC0415 – needs the packages

    return one_command.run(DataFolder(chosen.data), chosen.command or ["help"])
