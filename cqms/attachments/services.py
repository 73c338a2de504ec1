"""Taking files in and giving them out again, unchanged or not at all."""

import errno
import hashlib
import os
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cqms.access.parts import check_lane, lanes_open_to
from cqms.access.policies import may, policy
from cqms.accounts.models import User
from cqms.attachments.kinds import FileKind, look_of
from cqms.attachments.models import Attachment, FileTakenAway, StoredFile, folder_of, place_of
from cqms.audit import services as audit
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import Refused, WrongState, refusable
from cqms.identity.throttle import UPLOAD, spend
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.organizations.prepared import Prepared
from cqms.organizations.scope import current_organization_id

UNLIMITED = sys.maxsize
_BLOCK = 1 << 20
_LONGEST_NAME = 200
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_INCOMING = "incoming"

_log = structlog.get_logger()

Content = bytes | BinaryIO | File


@policy("Only who added a file, or quality assurance, removes it.")
def may_remove(person: User, attachment: Attachment) -> bool:
    """Having added the file, or deciding for quality assurance."""
    return attachment.added_by_id == person.pk or may(Capability.ASSURE)(person, attachment)


class UnusableFile(ValidationError):
    """The file cannot be taken; the message is one plain sentence with the cure."""


class DamagedFile(Refused):
    """The bytes on disk are not the ones that were stored."""


class RedactedFile(DamagedFile):
    """The bytes were taken away on purpose, and it is written down who wanted it."""


@dataclass(frozen=True)
class _Received:
    path: Path
    sha256: str
    size: int


def store(
    content: Content, *, name: str, actor: User | None, allowed: Sequence[FileKind], limit: int | None = None
) -> StoredFile:
    """Keep a file of the open organization: bytes on disk first, then the row; the same content is kept once.

    `name` and content must both be of an allowed kind. `limit` in bytes, the portal's own unless given.
    Raises UnusableFile or TooOften; nothing is stored then.
    """
    if actor is not None:
        spend(actor, UPLOAD)
    shown = clean_name(name)
    kind = _kind_by_name(shown, allowed)
    with _received(content, shown, settings.FILE_LIMIT if limit is None else limit) as received:
        _check_content(received, shown, kind)
        _keep(received)
    stored, is_new = StoredFile.objects.get_or_create(
        sha256=received.sha256,
        defaults={"size": received.size, "media_type": kind.media_type, "stored_by": actor},
    )
    if not is_new and (sentence := why_not_here(stored)):
        stored.path.unlink(missing_ok=True)
        raise UnusableFile(f"“{shown}” cannot be taken again. {sentence}")
    return stored


def take_away(stored: StoredFile, *, sentence: str) -> None:
    """Remove the bytes of a file for ever, once the transaction is committed; `sentence` says why wherever asked."""
    if why_not_here(stored):
        return
    FileTakenAway.objects.create(file=stored, sentence=sentence)
    transaction.on_commit(lambda: stored.path.unlink(missing_ok=True))


def why_not_here(stored: StoredFile) -> str:
    """Why the bytes of a file were taken away; blank when they were not."""
    row = FileTakenAway.objects.filter(file=stored).first()
    return row.sentence if row is not None else ""


def attach(
    record: TrackedModel,
    content: Content,
    *,
    name: str,
    actor: User | None,
    allowed: Sequence[FileKind],
    label: str = "",
    lane: str = Lane.GENERAL,
) -> Attachment:
    """Store a file and attach it to a record, on whose page the trail says so in the lane of the file.

    Raises UnusableFile, and ValidationError for a lane that the actor may not see.
    """
    if actor is not None:
        check_lane(actor, record, lane)
    stored = store(content, name=name, actor=actor, allowed=allowed)
    attachment = Attachment(
        file=stored, name=clean_name(name), label=label.strip(), record_kind=kind_of(record), record_id=record.pk,
        lane=lane, added_by=actor,
    )  # fmt: skip
    return audit.save(attachment, actor=actor, verb="attach", sentence=f"attached {attachment.name}")


def remove(attachment: Attachment, *, actor: User, reason: str) -> Attachment:
    """Take a file off the page of its record; the bytes and the trail stay.

    Raises Denied, WrongState, or ValidationError without a reason.
    """
    with refusable(attachment, actor=actor, attempt="remove a file"):
        row: Attachment = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment.pk)
        may_remove.demand(actor, row)
        if row.removed_at is not None:
            raise WrongState("This file was removed already.")
        if not reason.strip():
            raise ValidationError({"reason": "Say why you remove it."})
        row.removed_at = timezone.now()
        return audit.save(row, actor=actor, verb="remove", sentence=f"removed {row.name}", reason=reason)


def files_of(record: TrackedModel, reader: User) -> QuerySet[Attachment]:
    """The files of a record that exist for the reader and were not removed."""
    return _files(kind_of(record), record.pk, lanes=lanes_open_to(reader, record))


def attachments_of(record: TrackedModel, reader: User) -> list[Attachment]:
    """The files of a record that exist for the reader, in the order they came; one query."""
    return _files_in(tuple(lanes_open_to(reader, record))).ask(kind=kind_of(record), pk=record.pk)


def _files(kind: str, pk: int, *, lanes: Sequence[Lane]) -> QuerySet[Attachment]:
    rows = Attachment.objects.filter(record_kind=kind, record_id=pk, lane__in=lanes, removed_at__isnull=True)
    return rows.select_related("file", "added_by").order_by("id")


@cache
def _files_in(lanes: tuple[Lane, ...]) -> Prepared[Attachment]:
    return Prepared(partial(_files, lanes=lanes), kind=str, pk=int)


def open_checked(stored: StoredFile, *, record: TrackedModel | None = None) -> BinaryIO:
    """The stored bytes, hashed again before anybody gets them. Raises DamagedFile, and says so in the trail.

    RedactedFile where they were taken away. `record` is the one on whose page the damage is told; without it the
    file itself.
    """
    if sentence := why_not_here(stored):
        raise RedactedFile(sentence)
    problem = check(stored)
    if problem:
        _log.error("file_damaged", sha256=stored.sha256, problem=problem)
        audit.append(
            record or stored,  # type: ignore[arg-type]  # a file tells its story like a record
            actor=None,
            verb="damage",
            sentence=f"found {stored} damaged and did not hand it out",
            reason=problem,
        )
        raise DamagedFile(f"{problem} It is not handed out. Tell your administrator: a backup holds the original.")
    return stored.path.open("rb")


def check(stored: StoredFile) -> str:
    """What is wrong with the bytes of a file, in a sentence; blank when they are what was stored."""
    try:
        with stored.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "The stored file is missing."
    return "" if found == stored.sha256 else "The stored file is not the one that was stored: its SHA-256 differs."


def clean_name(name: str) -> str:
    """A file name as it may be shown and offered: no folders, no invisible characters, at most 200 characters."""
    base = unicodedata.normalize("NFC", re.split(r"[\\/]", name)[-1])
    seen = "".join(char for char in base if unicodedata.category(char) not in _UNSEEN)
    path = PurePosixPath(seen.strip(" .") or "file")
    return f"{path.stem[: _LONGEST_NAME - len(path.suffix[:20])]}{path.suffix[:20]}"


def _kind_by_name(name: str, allowed: Sequence[FileKind]) -> FileKind:
    suffix = PurePosixPath(name).suffix.lower()
    for kind in allowed:
        if suffix in kind.suffixes:
            return kind
    *others, last = [str(kind) for kind in allowed]
    choices = f"{', '.join(others)} or {last}" if others else last
    raise UnusableFile(f"“{name}” is of a kind that cannot be used here. Choose {choices}.")


@contextmanager
def _received(content: Content, name: str, limit: int) -> Iterator[_Received]:
    """The content in a file of its own beside its place, hashed on the way; gone after the block unless kept."""
    folder = folder_of(current_organization_id()) / _INCOMING
    path = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
            path = Path(target.name)
            digest, size = hashlib.sha256(), 0
            for block in _blocks(content):
                size += len(block)
                if size > limit:
                    raise UnusableFile(f"“{name}” is larger than {limit // 1024**2} MB. Make it smaller or split it.")
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        yield _Received(path, digest.hexdigest(), size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UnusableFile("The portal has no room left for files. Tell your administrator, then try again.") from error
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def _blocks(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    else:
        content.seek(0)
        yield from iter(lambda: content.read(_BLOCK), b"")


def _check_content(received: _Received, name: str, kind: FileKind) -> None:
    if not received.size:
        raise UnusableFile(f"“{name}” is empty. Choose the file again.")
    with received.path.open("rb") as file:
        if kind.matches(file):
            return
        file.seek(0)
        look = look_of(file.read(64))
    seems = f"it seems to be a {look}" if look else "its content is something else"
    raise UnusableFile(f"“{name}” is named like a {kind.label}, but {seems}. Save it as {kind.label} and try again.")


def _keep(received: _Received) -> None:
    """Move the bytes to their place in one step; bytes that are there already are the same."""
    place = place_of(current_organization_id(), received.sha256)
    place.parent.mkdir(parents=True, exist_ok=True)
    received.path.chmod(0o440)
    received.path.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
