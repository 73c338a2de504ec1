"""Mail of the embedded run, which is written to files instead of being sent.

What opens an account that is somebody's already is read by nobody but them: an administrator could sign as that person
(21 CFR 11.200(a)(3)).
"""

import email
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from django.conf import settings

_FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
_LINE = b"-" * 79
_KEY_LENGTH = 16
_MOST = 500
OPENS_ACCOUNT = "X-Opens-Account"
"""The header of a mail with a link that sets a new password."""


@dataclass(frozen=True)
class Mail:
    """One mail as it was written."""

    key: str
    at: datetime
    to: tuple[str, ...]
    subject: str
    opens_account: bool
    content: bytes

    @property
    def text(self) -> str:
        """What it says, without its headers; read when it is opened, because a list of mails shows none of it."""
        message: EmailMessage = email.message_from_bytes(self.content, policy=policy.default)  # type: ignore[assignment]
        body = message.get_body(("plain",))
        return str(body.get_content()) if body else ""


def is_written_to_files() -> bool:
    """Whether this run keeps its mail instead of sending it."""
    return bool(settings.EMAIL_BACKEND == _FILE_BACKEND)


def mails_to(addresses: set[str]) -> list[Mail]:
    """The mails to any of these addresses, the newest first; at most 500."""
    found = [mail for mail in map(_mail, _contents()) if addresses.intersection(mail.to)]
    return sorted(found, key=lambda mail: mail.at, reverse=True)[:_MOST]


def _contents() -> Iterator[bytes]:
    folder = Path(settings.MAIL_DIR)
    for file in sorted(folder.glob("*.log")) if folder.is_dir() else ():
        for part in file.read_bytes().split(b"\n" + _LINE + b"\n"):
            if part.strip():
                yield part


def _mail(content: bytes) -> Mail:
    headers = BytesHeaderParser().parsebytes(content)
    return Mail(
        key=hashlib.sha256(content).hexdigest()[:_KEY_LENGTH],
        at=_moment(str(headers["Date"])),
        to=tuple(address.lower() for _, address in getaddresses([str(headers["To"])])),
        opens_account=OPENS_ACCOUNT in headers,
        subject=" ".join(str(make_header(decode_header(str(headers["Subject"])))).split()),
        content=content,
    )


def _moment(written: str) -> datetime:
    """A mail that names no zone was written in UTC (RFC 5322, "-0000")."""
    moment = parsedate_to_datetime(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
