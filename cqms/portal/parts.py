"""Files and comments of a record on its page: which records take them, from whom, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.files import File

from cqms.access.policies import Policy, exists_for, policy
from cqms.accounts.models import User
from cqms.attachments import services as attachments
from cqms.attachments.kinds import KINDS, FileKind
from cqms.attachments.models import Attachment
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import refusable
from cqms.comments import services as comments
from cqms.comments.models import Comment
from cqms.notifications.services import Message, notify
from cqms.records.models import find
from cqms.ui import addresses

_LONGEST_QUOTE = 400


@policy("Records of this kind take no comments.")
def nobody(_person: User, _record: Any) -> bool:
    """Whoever may say something where nothing is said."""
    return False


def always(record: Any, _actor: User) -> Any:
    """A record whose files come and go in whatever state it is."""
    return record


@dataclass(frozen=True)
class Takes:
    """That records of a kind take files and comments: from whom, which files, and whom new comments are told.

    `held` gives the record as it is now, locked, for an actor who adds or removes a file; it raises Denied, or
    WrongState when its files stay as they are.
    """

    may_add: Policy
    may_say: Policy
    answers: str
    kinds: tuple[FileKind, ...] = KINDS
    held: Callable[[Any, User], Any] = always


_registered: dict[str, Takes] = {}


def register(kind: str, takes: Takes) -> None:
    """Let records of a kind take files and comments; `parts_panels.register` shows them on their page as well."""
    _registered[kind] = takes


def takes_of(record: Any) -> Takes:
    """What a record of a registered kind takes. Raises KeyError."""
    return _registered[kind_of(record)]


def find_for(reader: User, kind: str, pk: int) -> Any:
    """The record that takes files and comments, if it exists for the reader; else None."""
    try:
        found = find(kind, pk) if kind in _registered else None
    except (ObjectDoesNotExist, OverflowError):
        return None
    return found if found is not None and exists_for(reader, found) else None


def add(record: Any, file: File, *, actor: User, label: str, lane: str) -> Attachment:
    """Attach a file to a record. Raises Denied, WrongState, TooOften, or ValidationError beside the field."""
    takes = takes_of(record)
    with refusable(record, actor=actor, attempt="attach a file", lane=_closed(lane)):
        takes.may_add.demand(actor, record)
        try:
            return attachments.attach(
                takes.held(record, actor),
                file,
                name=file.name or "file",
                actor=actor,
                allowed=takes.kinds,
                label=label,
                lane=lane,
            )
        except attachments.UnusableFile as error:
            raise ValidationError({"file": error.messages}) from error


def take_off(record: Any, file: Attachment, *, actor: User, reason: str) -> Attachment:
    """Take a file off its record. Raises Denied, WrongState, or ValidationError without a reason."""
    with refusable(file, actor=actor, attempt="remove a file"):
        takes_of(record).held(record, actor)
        return attachments.remove(file, actor=actor, reason=reason)


def say(record: Any, text: str, *, actor: User, lane: str) -> Comment:
    """Write a comment and tell whoever answers for the record and whoever commented before, if they may see it.

    Raises Denied or ValidationError.
    """
    with refusable(record, actor=actor, attempt="comment", lane=_closed(lane)):
        takes_of(record).may_say.demand(actor, record)
        made = comments.write_comment(record, text, actor=actor, lane=lane)
    before = Comment.objects.filter(record_kind=made.record_kind, record_id=made.record_id).select_related("author")
    people = {row.author for row in before} | {getattr(record, takes_of(record).answers)}
    for person in sorted(people - {actor}, key=lambda each: each.pk):
        if exists_for(person, made):
            _tell(made, person)
    return made


def _closed(lane: str) -> str:
    """The lane where it is a closed one: what is refused leaves its trace there, else where the record is."""
    return "" if lane == Lane.GENERAL else lane


def _tell(comment: Comment, person: User) -> None:
    path = comment.organization.path(addresses.FORWARD, kind=comment.record_kind, pk=comment.record_id)
    message = Message(
        key=f"comment:{comment.pk}",
        subject=f"{comment.author} commented on {comment.record}"[:200],
        body=comment.text[:_LONGEST_QUOTE],
        path=path,
        stands_alone=True,
    )
    notify(person, message, record=comment)
