"""Everything that changes redactions. The rows themselves are written over by the database, see guard.redact."""

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.accounts.models import User
from cqms.attachments.models import StoredFile
from cqms.attachments.services import take_away
from cqms.audit import services as audit
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import refusable
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.jobs.models import Job
from cqms.notifications.models import Notification
from cqms.numbering.services import record_number
from cqms.organizations.models import TrackedModel
from cqms.organizations.scope import before_end
from cqms.records.models import find
from cqms.redactions.models import Redaction, RedactionWords
from cqms.redactions.places import Place, files_of, places_of, spellings
from cqms.redactions.policies import may_ask, may_decide
from cqms.redactions.selectors import exports_with, tombstones_digest, words_of
from cqms.redactions.workflow import REDACTION
from cqms.search.kinds import kinds as searched_kinds
from cqms.search.services import index
from cqms.signatures.content import canonical
from cqms.signatures.services import Credentials

TIME_TO_DECIDE = dt.timedelta(days=5)
SHORTEST, LONGEST, MOST = 3, 300, 20
"""Characters of one wording, and how many of them."""
_STORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Wish:
    """What shall go from which record: `words` as they stand there, each a line; `files` by their SHA-256."""

    record: TrackedModel
    words: Sequence[str]
    what: str
    why: str
    approver: User
    files: Sequence[str] = field(default=())


def lines_of(text: str) -> list[str]:
    """The wordings of a text field, one a line, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def prepare(wish: Wish, *, actor: User) -> Redaction:
    """Write down what shall go, and look where it stands; nothing changes yet. Raises Denied or ValidationError."""
    record = wish.record.subject()
    may_ask.demand(actor, record)
    words = _checked(wish, actor, record)
    places = places_of(record, words) if words else []
    if words and not places:
        raise ValidationError({"words": "These words stand nowhere in this record, its history or its trail."})
    with transaction.atomic():
        redaction, salt = _new(wish, record, places, actor), os.urandom(16)
        redaction.words_sha256 = hashlib.sha256(salt + "\n".join(words).encode()).hexdigest()
        redaction.number = record_number("RED")
        saved = audit.save(redaction, actor=actor, verb="prepare", sentence="prepared a redaction")
        _check_what_stays(saved, words)
        RedactionWords.objects.create(redaction=saved, words=words, salt=salt)
        return saved


def ask(
    redaction: Redaction, *, actor: User, credentials: Credentials | None, revision: int | None = None
) -> Redaction:
    """Sign the request; who shall approve gets a deadline. Raises a Refused."""
    with refusable(redaction, actor=actor, attempt=REDACTION.attempt("ask")):
        done = REDACTION.perform(redaction, "ask", actor=actor, credentials=credentials, revision=revision)
        duty = deadlines.Duty(
            "redaction", f"Decide about the redaction {done.number}",
            done.organization.path("redactions:redaction", number=done.number),
        )  # fmt: skip
        due = done.organization.today() + TIME_TO_DECIDE
        deadlines.open_deadline(done, duty, due=due, owner=done.approver, actor=actor)
        return done


def approve(
    redaction: Redaction, *, actor: User, credentials: Credentials | None, revision: int | None = None
) -> Redaction:
    """Sign the approval, and take the words and files away in the same transaction. Raises a Refused."""
    with refusable(redaction, actor=actor, attempt=REDACTION.attempt("approve")):
        record, words = find(redaction.record_kind, redaction.record_id), words_of(redaction)
        places = places_of(record, words) if words else []
        values = {
            "approved_by": actor, "redacted_at": timezone.now(), "exports": exports_with(record),
            "found": _counts(places),
        }  # fmt: skip
        done = REDACTION.perform(
            redaction, "approve", actor=actor, credentials=credentials, revision=revision, values=values
        )
        done = _redact(done, places, words, actor)
        _take_files_away(done)
        _tell(done, record, places, actor)
        for deadline in open_deadlines_about(done):
            deadlines.meet(deadline, actor=actor)
        return done


def decline(redaction: Redaction, *, actor: User, reason: str, revision: int | None = None) -> Redaction:
    """Do not approve, with the reason. Raises a Refused."""
    with refusable(redaction, actor=actor, attempt=REDACTION.attempt("decline")):
        done = REDACTION.perform(redaction, "decline", actor=actor, reason=reason, revision=revision)
        return _forget(done, actor, reason)


def withdraw(redaction: Redaction, *, actor: User, revision: int | None = None) -> Redaction:
    """Take the request back. Raises a Refused."""
    with refusable(redaction, actor=actor, attempt=REDACTION.attempt("withdraw")):
        done = REDACTION.perform(redaction, "withdraw", actor=actor, revision=revision)
        return _forget(done, actor, "The request was withdrawn.")


def _checked(wish: Wish, actor: User, record: TrackedModel) -> list[str]:
    """The words to look for. Raises ValidationError beside the field that is wrong."""
    if isinstance(record, Redaction):
        raise ValidationError({"words": "A redaction is itself what the trail keeps: it cannot be redacted."})
    words = list(dict.fromkeys(wish.words))
    if not words and not wish.files:
        raise ValidationError({"words": "Enter the words that have to go, or tick a file."})
    if len(words) > MOST:
        raise ValidationError({"words": f"Enter at most {MOST} wordings at once."})
    for word in words:
        if not SHORTEST <= len(word) <= LONGEST or _STORABLE.search(word):
            raise ValidationError({"words": f"Each wording has {SHORTEST} to {LONGEST} characters: “{word[:40]}”."})
    for name in ("what", "why"):
        if any(word.casefold() in getattr(wish, name).casefold() for word in words):
            raise ValidationError({name: "This stays in the trail: do not repeat the words here."})
    if wish.approver.pk == actor.pk or not may_decide(wish.approver, record) or not exists_for(wish.approver, record):
        raise ValidationError({"approver": f"{wish.approver} cannot approve this redaction."})
    if set(wish.files) - set(files_of(record)):
        raise ValidationError({"files": "Such a file does not belong to this record."})
    return words


def _check_what_stays(redaction: Redaction, words: Sequence[str]) -> None:
    """No word may stand in what is signed for the redaction, nor in what stands instead of words: both must last."""
    told = Redaction.objects.filter(record_kind=redaction.record_kind, record_id=redaction.record_id)
    texts = [canonical(redaction), *(each.instead for each in told)]
    for word in words:
        if any(word.casefold() in text.casefold() for text in texts):
            shown = f"“{word[:40]}” also stands in what the trail keeps of redactions"
            raise ValidationError({"words": f"{shown}: enter more of what is around it."})


def _new(wish: Wish, record: TrackedModel, places: Sequence[Place], actor: User) -> Redaction:
    label = getattr(record, "number", "") or f"{record._meta.verbose_name} {record.pk}"
    anchor_kind, anchor_id = next(iter(record.anchors().items()), ("", None))
    return Redaction(
        title=f"Personal data in {label}"[:250], lane=getattr(record, "lane", Lane.GENERAL), owner=actor,
        record_kind=kind_of(record), record_id=record.pk, record_label=label[:300], anchor_kind=anchor_kind,
        anchor_id=anchor_id, what=wish.what.strip(), why=wish.why.strip(), files=sorted(set(wish.files)),
        found=_counts(places), approver=wish.approver,
    )  # fmt: skip


def _counts(places: Sequence[Place]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place in places:
        found[place.label] = found.get(place.label, 0) + len(place.ids)
    return found


def _redact(redaction: Redaction, places: Sequence[Place], words: Sequence[str], actor: User) -> Redaction:
    """Let the database write over the rows; what is derived from them, and belongs to nobody's evidence, follows."""
    told = json.dumps([place.told() for place in places])
    with connection.cursor() as cursor:
        cursor.execute("SELECT guard.redact(%s, %s)", [redaction.pk, told])
        count = cursor.fetchone()[0]
    for model, names in ((Job, ("label", "doing", "error")), (Notification, ("subject", "body"))):
        for name in names:
            _rewrite(model, name, words, redaction.instead)
    redaction.tombstones_sha256 = tombstones_digest(redaction.pk)
    said = f"wrote over {count} sealed {'entry' if count == 1 else 'entries'}, each with its tombstone"
    return audit.save(redaction, actor=actor, verb="redact", sentence=said)


def _rewrite(model: Any, name: str, words: Sequence[str], instead: str) -> None:
    longest = model._meta.get_field(name).max_length
    for word in spellings(words):
        for row in model.objects.filter(**{f"{name}__contains": word}):
            setattr(row, name, getattr(row, name).replace(word, instead)[:longest])
            row.save(update_fields=[name])


def _take_files_away(redaction: Redaction) -> None:
    for stored in StoredFile.objects.filter(sha256__in=redaction.files).order_by("pk"):
        take_away(stored, sentence=f"The content of this file was redacted ({redaction.number}).")


def _tell(redaction: Redaction, record: TrackedModel, places: Sequence[Place], actor: User) -> None:
    """Each record that changed says so itself, with a new revision, so that nobody saves an older one over it."""
    sentence = f"redacted personal data ({redaction.number})"
    changed = {(kind_of(record), record.pk)}
    for place in places:
        if issubclass(place.model, TrackedModel):
            changed |= {(kind_of(place.model), pk) for pk in place.ids}
    for kind, pk in sorted(changed):
        row = find(kind, pk)
        write: Callable[..., Any] = audit.append if row.append_only else audit.save
        write(row, actor=actor, verb="redact", sentence=sentence, reason=redaction.why)
        if kind in searched_kinds():
            before_end(index, (kind, pk))


def _forget(redaction: Redaction, actor: User, reason: str) -> Redaction:
    RedactionWords.objects.filter(redaction=redaction).delete()
    for deadline in open_deadlines_about(redaction):
        deadlines.cancel(deadline, actor=actor, reason=reason)
    return redaction
