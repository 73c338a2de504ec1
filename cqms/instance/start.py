"""From a checked data folder to a running portal, and back."""

import json
import shlex
from collections.abc import Callable
from contextlib import closing, suppress

import psycopg2

from cqms.instance import database, portal, postgres, services, valkey
from cqms.instance.build import build
from cqms.instance.console import Failure, Refusal, Stopped, full_disk, say, seconds
from cqms.instance.folder import DataFolder, write_private
from cqms.instance.options import DEFAULT_DATA
from cqms.instance.services import Services
from cqms.instance.supervisor import Supervisor

_SIGN_IN = "/accounts/login/"
_MANAGED = ("web", "worker", "beat", "postgres", "valkey")


def start(data: DataFolder, port: int, *, demo: bool) -> int:
    """Start everything in the data folder and keep it running until we are asked to stop; returns the exit code.

    A first start that is refused takes back what it made.
    """
    new = data.is_new
    try:
        data.make()
        _run_unless_full(data, port, demo=demo, kind="Cold" if new else "Warm")
    except (Refusal, OSError):
        if new:
            _take_back(data)
        raise
    return 0


def _run_unless_full(data: DataFolder, port: int, *, demo: bool, kind: str) -> None:
    """Name the full disk where a program of ours met it and said something else."""
    try:
        _run(data, port, demo=demo, kind=kind)
    except (Failure, psycopg2.Error) as error:
        if data.is_full():
            raise Refusal(full_disk(data.path)) from error
        raise


def _run(data: DataFolder, port: int, *, demo: bool, kind: str) -> None:
    lock = data.lock("run")
    data.run_file.unlink(missing_ok=True)  # of a start that was killed
    with closing(portal.listen(port)) as listener, Supervisor(lock) as supervisor:
        secrets = data.secrets()
        url = f"http://{portal.NAME}:{port}"
        addresses = services.start(supervisor, data, secrets)
        environment = services.portal_environment(data, secrets.secret_key, url, addresses)
        build(data, addresses, environment, demo=demo)
        web, *others = portal.programs(data, listener, environment)
        supervisor.start(web, *others)
        supervisor.wait_until(lambda: portal.is_healthy(f"http://{portal.HOST}:{port}"), web)
        if database.is_empty(addresses.app, "accounts_user"):
            say(_how_to_begin(data))
        _watch(supervisor, data, url, addresses, lambda: _introduce(data, url, kind, demo=demo))
    say("Everything has stopped")


def _watch(
    supervisor: Supervisor, data: DataFolder, url: str, addresses: Services, introduce: Callable[[], None]
) -> None:
    """Keep run.json true while the portal runs; it is there before anybody is told that the portal is."""

    def write() -> None:
        pids = {name: supervisor.pids.get(name) for name in _MANAGED}
        roles = {"app": addresses.app, "owner": addresses.owner, "superuser": addresses.superuser or None}
        running = {"url": url, "signin": _SIGN_IN, "pids": pids, "database": roles, "redis": addresses.redis}
        write_private(data.run_file, running)

    try:
        write()
        with suppress(Stopped):
            introduce()
            supervisor.watch(write)
    finally:
        data.run_file.unlink(missing_ok=True)
    say("Stopping")


def _introduce(data: DataFolder, url: str, kind: str, *, demo: bool) -> None:
    say(f"The portal is at {url}/")
    if demo and data.demo_file.exists():
        accounts = json.loads(data.demo_file.read_text())["accounts"]
        columns = ("email", "password", "role", "organization")
        widths = [max(len(account[column]) for account in accounts) for column in columns]
        for account in accounts:
            cells = (account[column].ljust(width) for column, width in zip(columns, widths, strict=True))
            say(f"  {'  '.join(cells).rstrip()}")
    say(f"{kind} start: {seconds():.1f} s. Ctrl-C stops everything.")


def _how_to_begin(data: DataFolder) -> str:
    manage = "bin/manage" if data.path == DEFAULT_DATA else shlex.join(["bin/manage", "--data", str(data.path)])
    return (
        f"Nobody has an account yet. Make your organization and its administrator: {manage} found_organization "
        '--name "Your Company" --slug company --zone Europe/Berlin --email you@example.org --person "Your Name"'
    )


def _take_back(data: DataFolder) -> None:
    with suppress(Refusal, OSError):
        for server in (postgres, valkey):
            server.in_folder(data, data.secrets()).remove()
    data.remove()
