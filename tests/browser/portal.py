"""The real thing: bin/run with the demo world, started once per session and stopped at its end."""

import email
import email.policy
import json
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from cqms.instance import quick
from tests.platform.instances import Run, eventually, free_port, running

IN_BROWSER = [pytest.mark.browser, pytest.mark.xdist_group("portal")]
"""What a test with a browser carries: all of them share one portal, so they run in one process."""

_ATTACHED = "CQMS_TEST_PORTAL"
_RULE = "-" * 79
_LINK = re.compile(r"^http\S+$", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """A mail that left the portal."""

    to: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        """The address the mail leads to."""
        return _LINK.search(self.text)[0]


@dataclass(frozen=True)
class Portal:
    """A running portal and what a test may ask of it from outside."""

    data: Path
    slug: str = "alder"

    @property
    def url(self) -> str:
        return self.running["url"]

    @property
    def running(self) -> dict[str, Any]:
        """What run.json says now; the process ids change when something is killed."""
        return eventually(self._read)

    @cached_property
    def accounts(self) -> list[dict[str, str]]:
        return json.loads((self.data / "demo.json").read_text())["accounts"]

    @property
    def password(self) -> str:
        return self.accounts[0]["password"]

    def email_of(self, who: str, slug: str = "") -> str:
        return f"{who.replace('_', '.')}@{slug or self.slug}.example"

    def mounted(self, path: str) -> str:
        """The address of a page of the organization."""
        return f"{self.url}/o/{self.slug}{path}"

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Ask the database as its superuser, past every wall."""
        link = psycopg2.connect(self.running["database"]["superuser"])
        try:
            with link, link.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
        finally:
            link.close()

    def mails_to(self, address: str) -> list[Mail]:
        """Every mail to an address, the oldest first."""
        files = sorted((self.data / "mail").glob("*"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        found = [mail for file in files for mail in _mails(file.read_text(encoding="utf-8"))]
        return [mail for mail in found if mail.to == address]

    def manage(self, *words: str) -> str:
        """Run a management command; what it said."""
        with Run("--data", self.data, *words, command="manage") as command:
            code = command.end()
        assert code == 0, command.output
        return command.output

    def kill(self, name: str) -> None:
        """End one of its processes the hard way, and wait until another one stands in its place."""
        before = self.running["pids"][name]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self.running["pids"][name] not in (before, None), 30)

    def _read(self) -> dict[str, Any] | None:
        try:
            return running(self.data)
        except (FileNotFoundError, json.JSONDecodeError):
            return None


def _mails(text: str) -> Iterator[Mail]:
    """The mails of one file, as Django's file backend writes them."""
    for part in text.split(_RULE):
        if part.strip():
            message = email.message_from_string(part.strip(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            yield Mail(str(message["to"]), str(message["subject"]), body.get_content().strip() if body else "")


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """The running portal. With CQMS_TEST_PORTAL, the data folder of one that runs already, that one."""
    if os.environ.get(_ATTACHED):
        yield Portal(Path(os.environ[_ATTACHED]))
        return
    folder = Path(tempfile.mkdtemp(prefix="cqms-portal-", dir=quick.place()))
    folder.chmod(0o711)
    data = folder / "data"
    try:
        with Run("--data", data, "--port", free_port()) as run:
            begun = time.monotonic()
            run.until("Ctrl-C stops everything", 300)
            print(f"The portal was ready after {time.monotonic() - begun:.0f} s")
            yield Portal(data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
