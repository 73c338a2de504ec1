"""PostgreSQL and Valkey for one test session: started by the process that leads it, gone with it, even if killed.

The owner migrates one template; every process of the session, and every test that commits, gets a clone of it.
"""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql

from cqms.instance import build, database, kept, postgres, quick, services, valkey
from cqms.instance.folder import DataFolder
from cqms.instance.supervisor import Supervisor

_PREFIX = "cqms-test-"
_LONGEST_BEGIN = 3600
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=512MB",
)


@dataclass(frozen=True)
class Addresses:
    """One database, as each of the three roles reaches it."""

    app: str
    owner: str
    superuser: str


class Session:
    """The services of a test session. The leading process makes it with a new folder, the others with that one's."""

    def __init__(self, folder: Path | None = None) -> None:
        self._leads = folder is None
        if folder is None:
            _remove_left_over()
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=quick.place()))
            folder.chmod(0o711)
        self.data = DataFolder(folder)
        self.data.make()
        if self._leads:
            kept.take(self.data)
        self._supervisor: Supervisor | None = None
        self._secrets = self.data.secrets()
        self._postgres = postgres.in_folder(self.data, self._secrets, _SETTINGS)

    @property
    def redis(self) -> str:
        """The address of Valkey, without the number of a database."""
        return valkey.in_folder(self.data, self._secrets).url.partition("?")[0]

    def addresses(self, name: str) -> Addresses:
        """The addresses of a database by its name."""
        secrets, dsn = self._secrets, self._postgres.dsn
        return Addresses(
            app=dsn(database.APP, secrets.app, name),
            owner=dsn(database.OWNER, secrets.owner, name),
            superuser=dsn(postgres.SUPERUSER, secrets.superuser, name),
        )

    def start(self, fill: str) -> None:
        """Start both services and make the template, in the leading process and only once.

        The owner migrates the template; then the portal's own role runs `fill`, a line of Python, in it.
        """
        if self._supervisor or not self._leads:
            return
        lock = self.data.lock("test")
        if not self._postgres.cluster.exists():
            with Supervisor(lock) as supervisor:
                services.embedded_database(supervisor, self.data, self._secrets, _SETTINGS)
                self._manage("migrate")
            kept.keep(self.data)
        self._supervisor = Supervisor(lock).__enter__()
        services.embedded_database(self._supervisor, self.data, self._secrets, _SETTINGS)
        services.embedded_valkey(self._supervisor, self.data, self._secrets)
        self._manage("migrate")
        self._manage("shell", "--command", fill)

    def _manage(self, command: str, *arguments: str) -> None:
        """Run a management command in the template: migrations as its owner, anything else as the portal does."""
        template = self.addresses(postgres.DATABASE)
        url = template.owner if command == "migrate" else template.app
        told = {"DJANGO_SETTINGS_MODULE": "cqms.settings_test", "CQMS_DATA": str(self.data.path), "DATABASE_URL": url}
        build.manage([command, "--verbosity", "0", *arguments], {**os.environ, **told})

    def stop(self) -> None:
        """Stop the services and remove everything."""
        if self._supervisor:
            self._supervisor.stop()
            self._supervisor = None
        if self._leads:
            self._postgres.remove()
            valkey.in_folder(self.data, self._secrets).remove()
            shutil.rmtree(self.data.path)

    def clone(self, name: str, of: str = postgres.DATABASE) -> Addresses:
        """Make a database like the template, or like another that nobody is connected to, with its privileges."""
        new, template, owner = (sql.Identifier(word) for word in (name, of, database.OWNER))
        self._execute("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY", new, owner, template)
        self._execute("REVOKE ALL ON DATABASE {} FROM PUBLIC", new)
        self._execute("GRANT CONNECT ON DATABASE {} TO {}", new, sql.Identifier(database.APP))
        return self.addresses(name)

    def drop(self, name: str) -> None:
        """Remove a clone, whoever is still connected to it."""
        self._execute("DROP DATABASE {} WITH (FORCE)", sql.Identifier(name))

    def _execute(self, statement: str, *names: sql.Identifier) -> None:
        with database.connected(self.addresses(postgres.SUPERUSER).superuser) as link, link.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*names))


def _remove_left_over() -> None:
    """Remove what killed sessions of ours left behind. A session that is just beginning has no lock yet."""
    for folder in [each for place in quick.places() for each in place.glob(f"{_PREFIX}*")]:
        with suppress(FileNotFoundError):
            status = folder.stat()
            begun = (folder / "lock").exists() or time.time() - status.st_mtime > _LONGEST_BEGIN
            if status.st_uid == os.geteuid() and begun and not DataFolder(folder).is_used():
                shutil.rmtree(folder, ignore_errors=True)
