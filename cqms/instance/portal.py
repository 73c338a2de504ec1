"""The portal's own processes: web, worker and beat."""

import http.client
import socket
import sys
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from cqms.instance.console import Refusal
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from cqms.instance.program import Program

HOST = "127.0.0.1"
NAME = "localhost"
"""What people and programs call it: browsers keep passkeys for names only."""
_WAITING = 512


def listen(port: int) -> socket.socket:
    """The socket the web process serves. It is ours, so visitors wait in line while that process is started again."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError):
            raise Refusal(f"Port {port} may not be used by you: choose another one with --port.") from error
        cure = "stop that program, or choose another port with --port"
        raise Refusal(f"Port {port} is in use by another program: {cure}.") from error
    listener.listen(_WAITING)
    return listener


def programs(data: DataFolder, listener: socket.socket, environment: Mapping[str, str]) -> tuple[Program, ...]:
    """Web, worker and beat of a data folder."""
    celery = ("-m", "celery", "-A", "cqms", "--quiet")
    gunicorn = ("-m", "gunicorn", "--config", str(ROOT / "cqms/instance/gunicorn_settings.py"))
    socket_of_ours = (listener.fileno(),)

    def program(name: str, *words: str, hand_over: tuple[int, ...] = ()) -> Program:
        return Program(name, (sys.executable, *words), data.log(name), environment, ROOT, hand_over=hand_over)

    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    schedule = ("--schedule", str(data.path / "beat"), "--pidfile", "", "--loglevel", "WARNING")
    return (
        program(
            "web", *gunicorn, "--bind", f"fd://{listener.fileno()}", "cqms.wsgi:application", hand_over=socket_of_ours
        ),
        program("worker", *celery, "worker", "--concurrency", "2", *quiet),
        program("beat", *celery, "beat", *schedule),
    )


def is_healthy(url: str) -> bool:
    """Whether the web process answers and says that it is well."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
