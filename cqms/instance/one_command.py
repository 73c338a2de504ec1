"""One management command: with the addresses of the running portal, or with services of its own for that long."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout

from cqms.instance import children, database, portal, services
from cqms.instance.console import Refusal
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from cqms.instance.services import Services
from cqms.instance.supervisor import Supervisor

_NEED_THE_OWNER = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "optimizemigration"}
_PREPARE = "prepare_database"


def run(data: DataFolder, command: list[str]) -> int:
    """Run the command and return its exit code. Refuses while the portal is just starting."""
    if command[0] == _PREPARE:
        database.prepare_from(os.environ)
        return 0
    if data.is_used():
        return _in_running(data, command)
    data.check()
    data.make()
    with Supervisor(data.lock("manage")) as supervisor:
        secrets = data.secrets()
        with redirect_stdout(sys.stderr):  # standard output belongs to the command
            addresses = services.start(supervisor, data, secrets)
        url = f"http://{portal.HOST}:8000"
        return _call(command, addresses, services.portal_environment(data, secrets.secret_key, url, addresses))


def _in_running(data: DataFolder, command: list[str]) -> int:
    try:
        running = json.loads(data.run_file.read_text())
    except FileNotFoundError:
        raise Refusal(f"The portal in {data.path} is just starting or stopping: try again in a moment.") from None
    except ValueError:
        raise Refusal(f"{data.run_file} cannot be read: stop the portal and start it again.") from None
    roles = running["database"]
    addresses = Services(roles["app"], roles["owner"], roles["superuser"] or "", running["redis"])
    secret_key = data.secrets().secret_key
    return _call(command, addresses, services.portal_environment(data, secret_key, running["url"], addresses))


def _call(command: list[str], addresses: Services, environment: Mapping[str, str]) -> int:
    """Run it on our terminal. Ctrl-C reaches it there too, and its end is ours."""
    if command[0] in _NEED_THE_OWNER:
        environment = {**environment, "DATABASE_URL": addresses.owner}
    return children.attend([sys.executable, ROOT / "manage.py", *command], environment)
