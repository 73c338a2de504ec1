"""One management command: with the addresses of the running portal, or with services of its own for that long."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

from cqms.instance import archive, children, database, portal, services
from cqms.instance.console import Refusal
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from cqms.instance.services import Services
from cqms.instance.supervisor import Supervisor

_NEED_THE_OWNER = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration"}
_NEEDS_THE_SUPERUSER = "seed_load"
_PREPARE = "prepare_database"
_BACKUP, _RESTORE = "backup", "restore"
_WITH_FILE = 2


def run(data: DataFolder, command: list[str]) -> int:
    """Run the command and return its exit code. Refuses while the portal is just starting."""
    if command[0] == _PREPARE:
        database.prepare_from(os.environ)
        return 0
    if command[0] in (_BACKUP, _RESTORE) and len(command) != _WITH_FILE:
        raise Refusal(f"Name the file: bin/manage {command[0]} FILE")
    if command[0] == _RESTORE:
        archive.check(Path(command[1]))
    if data.is_used():
        return _in_running(data, command)
    data.check()
    data.make()
    with Supervisor(data.lock("manage")) as supervisor:
        secrets = data.secrets()
        with redirect_stdout(sys.stderr):  # standard output belongs to the command
            addresses = services.start(supervisor, data, secrets)
        url = f"http://{portal.HOST}:8000"
        environment = services.portal_environment(data, secrets.secret_key, url, addresses)
        if command[0] == _RESTORE:
            with redirect_stdout(sys.stderr):
                archive.restore(data, addresses, Path(command[1]).resolve(), environment)
            command = ["verify_trail"]
        return _call(data, command, addresses, environment)


def _in_running(data: DataFolder, command: list[str]) -> int:
    try:
        running = json.loads(data.run_file.read_text())
    except FileNotFoundError:
        raise Refusal(f"The portal in {data.path} is just starting or stopping: try again in a moment.") from None
    except ValueError:
        raise Refusal(f"{data.run_file} cannot be read: stop the portal and start it again.") from None
    if command[0] == _RESTORE:
        raise Refusal(f"The portal in {data.path} is running: stop it, or restore into another folder with --data.")
    roles = running["database"]
    addresses = Services(roles["app"], roles["owner"], roles["superuser"] or "", running["redis"])
    secret_key = data.secrets().secret_key
    return _call(data, command, addresses, services.portal_environment(data, secret_key, running["url"], addresses))


def _call(data: DataFolder, command: list[str], addresses: Services, environment: Mapping[str, str]) -> int:
    """Run it on our terminal. Ctrl-C reaches it there too, and its end is ours."""
    if command[0] == _BACKUP:
        with redirect_stdout(sys.stderr):
            archive.backup(data, addresses, Path(command[1]).resolve())
        return 0
    if command[0] in _NEED_THE_OWNER:
        environment = {**environment, "DATABASE_URL": addresses.owner}
    if command[0] == _NEEDS_THE_SUPERUSER:
        environment = {**environment, "DATABASE_URL": addresses.owner, "DATABASE_SUPERUSER_URL": addresses.superuser}
    return children.attend([sys.executable, ROOT / "manage.py", *command], environment)
