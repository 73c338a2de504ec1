"""bin/run: the whole portal on this machine, with one command."""

import argparse

from cqms.instance import options, packages, portal, system
from cqms.instance.console import run, say
from cqms.instance.folder import DataFolder


def main(arguments: list[str]) -> int:
    """Check, install, start, watch; return when asked to stop."""
    chosen = _parser().parse_args(arguments)
    return run(lambda: _run(chosen, arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/run", description="Start the portal and everything it needs. Ctrl-C stops it."
    )
    parser.add_argument("--port", type=options.port, default=8000, help="the port of the web pages (default: 8000)")
    options.add_data(parser)
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="start empty, without the demo world")
    return parser


def _run(chosen: argparse.Namespace, arguments: list[str]) -> int:
    data = DataFolder(chosen.data)
    data.refuse_if_used()
    portal.listen(chosen.port).close()
    data.check()
    _install(patient=data.is_new)
    packages.enter("run", arguments)
    from cqms.instance import start  # noqa: PLC0415 – needs the packages

    return start.start(data, chosen.port, demo=chosen.demo)


def _install(*, patient: bool) -> None:
    """Packages and system libraries side by side; only a start that has time waits for the libraries."""
    missing = system.missing_for_pdf()
    installation = system.begin_install(missing)
    patient = packages.ensure(packages.RUNTIME) or patient
    if not missing:
        return
    if installation and not patient:
        say(f"Installing beside: {' '.join(missing)}")
    elif installation and installation.succeeded():
        say(f"Installed for PDFs: {' '.join(missing)}")
    else:
        say(f"PDFs cannot be made until you type: {system.line_to_type(missing)}")
