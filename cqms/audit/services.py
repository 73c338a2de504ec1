"""The only way to change a tracked record: the row, its history and its event, or nothing."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, Lane, SecurityEvent, SecurityEventKind, kind_of
from cqms.history.action import action
from cqms.organizations.models import TrackedModel

Tracked = TypeVar("Tracked", bound=TrackedModel)

_followers: list[Callable[[AuditEvent], None]] = []

NAMES = "refer"
"""The verb of an entry that tells which record another one names."""

_SYSTEM = "System"
_SURROGATE = re.compile("[\ud800-\udfff]")
_ALWAYS_IGNORED = ("id", "organization", "revision", "closed_revision")


class Stale(Exception):
    """Somebody else changed the record after it was read. Carries the record as it is now."""

    def __init__(self, current: TrackedModel) -> None:
        """`current` is the record as it stands in the database."""
        super().__init__(f"{current} was changed by somebody else in the meantime.")
        self.current = current


def save(
    record: Tracked,
    *,
    actor: User | None,
    verb: str = "",
    sentence: str = "",
    reason: str = "",
    in_step: bool = False,
) -> Tracked:
    """Store a new or changed record with its history row and its event, in the open transaction.

    What is refused is refused before anything is written. What the database refuses takes everything back that was
    done since the last savepoint, so there is none here: it would be a twentieth of what a save costs the database.
    `actor` None is the system. `verb` and `sentence` name the act ("approve", "approved the version"); without
    them the event says created or changed. An unchanged record without a verb is left alone. `in_step` is for the
    workflow engine, which asks for a reason where a step needs one, and for what nobody decided but follows from an
    act: a reason is what a person says. What changed in fields of a closed lane is told in an entry of that lane, the
    only one if nothing else did; which records are named, in one of its own.
    Raises Stale when the row was changed since `record` was read, ValidationError when a controlled field
    changes without a reason (EU Annex 11 9, ICH E6(R3) 4.2.2(a)(ii)).
    """
    with action(actor.pk if actor else None, reason.strip()):
        before = _row_before(record)
        if before is not None and not verb and not _differ(before, record):
            return record
        _demand_storable(record)
        changes = changes_between(before, record)
        if not in_step:
            _demand_reason(record, before, changes, reason)
        opened, closed = _apart(record, changes)
        is_closed = before is not None and bool(closed) and not opened
        name = "closed_revision" if is_closed else "revision"
        setattr(record, name, getattr(record, name) + 1)
        tell = partial(
            append,
            record,
            actor=actor,
            verb=verb or ("change" if before else "create"),
            sentence=sentence or f"{'changed' if before else 'created'} {_article(record)}",
            reason=reason,
        )
        named = [row for row in opened if row["field"] in record.named_fields]
        with transaction.atomic(savepoint=False):
            _write(before, record)
            events = [] if is_closed else [tell(changes=[_unnamed(row) if row in named else row for row in opened])]
            events += [tell(verb=NAMES, sentence=_naming(named), changes=named)] if named else []
            events += [tell(changes=closed, lane=closed_lane_of(record))] if closed else []
            for follow in _followers:
                follow(events[0])
    return record


def after_save(follow: Callable[[AuditEvent], None]) -> None:
    """Call a function with the event of every save, in its transaction: for what is derived from records."""
    if follow not in _followers:
        _followers.append(follow)


def append(
    record: TrackedModel,
    *,
    actor: User | None,
    verb: str,
    sentence: str,
    changes: Sequence[dict[str, str]] = (),
    reason: str = "",
    lane: str = "",
) -> AuditEvent:
    """Write an event about a record without changing it: a signature, an export, a refusal, a download.

    It stands in the lane of the record, or, where that is open, in that of the record on whose page it is told;
    `lane` says otherwise.
    """
    subject = record.subject()
    anchor_kind, anchor_id = next(iter(record.anchors().items()), ("", None))
    with action(actor.pk if actor else None, reason.strip()):
        return AuditEvent.objects.create(
            actor=actor,
            actor_name=actor.name if actor else _SYSTEM,
            zone=actor.zone if actor else "",
            verb=verb,
            sentence=sentence[:300],
            record_kind=kind_of(record),
            record_id=record.pk,
            record_label=str(record)[:300],
            subject_kind=kind_of(subject),
            subject_id=subject.pk,
            anchor_kind=anchor_kind,
            anchor_id=anchor_id,
            lane=lane or lane_of(record, subject),
            changes=list(changes),
            reason=reason.strip(),
        )


def note_security(
    kind: SecurityEventKind,
    *,
    user: User | None,
    email: str = "",
    address: str | None = None,
    device: str = "",
    detail: str = "",
) -> SecurityEvent:
    """Write what happened to an account, whether or not an organization is known. `detail` says to which part."""
    return SecurityEvent.objects.create(
        kind=kind,
        user=user,
        email=(email or (user.email if user else ""))[:254],
        address=address,
        device=device[:300],
        detail=detail[:200],
    )


def changes_between(before: TrackedModel | None, after: TrackedModel) -> list[dict[str, str]]:
    """The changed fields as frozen words: field, label, old and new. A new record lists what it starts with."""
    rows = []
    for field in shown_fields(after):
        if _raw(before, field) == _raw(after, field):
            continue
        old = words(before, field) if before is not None else ""
        new = words(after, field)
        if old or new:
            rows.append({"field": field.name, "label": str(field.verbose_name), "old": old, "new": new})
    return rows


def closed_lane_of(record: TrackedModel | type[TrackedModel]) -> str:
    """The lane of the fields of a record that stand in one of their own; blank where none does."""
    return next(iter(record.field_lanes.values()), "")


def shown_fields(record: TrackedModel | type[TrackedModel]) -> "list[models.Field[Any, Any]]":
    """The fields of a record that the timeline tells, in their order; technical ones are left out."""
    ignored = {*_ALWAYS_IGNORED, *record.trail_ignores}
    return [field for field in record._meta.concrete_fields if field.name not in ignored]


def words(record: TrackedModel, field: "models.Field[Any, Any]") -> str:
    """One field's value as a person reads it. Moments in UTC, choices by their label."""
    value = getattr(record, field.name)
    if value is None or value == "":
        return ""
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _apart(record: TrackedModel, changes: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The changes that everybody of the record's lane may know of, and those of fields in a closed lane."""
    closed = [row for row in changes if row["field"] in record.field_lanes]
    return [row for row in changes if row not in closed], closed


def _unnamed(row: dict[str, str]) -> dict[str, str]:
    """The same change without what is named."""
    new = "another one" if row["old"] and row["new"] else "named" if row["new"] else ""
    return {**row, "old": "named" if row["old"] else "", "new": new}


def _naming(named: Sequence[dict[str, str]]) -> str:
    return f"named the {' and the '.join(row['label'] for row in named)}"


def lane_of(record: TrackedModel, subject: TrackedModel | None = None) -> str:
    """In which lane it is told what happens to a record: its own, or that of the record on whose page it is told."""
    own: str = getattr(record, "lane", Lane.GENERAL)
    if own != Lane.GENERAL:
        return own
    return getattr(subject if subject is not None else record.subject(), "lane", Lane.GENERAL)


def _raw(record: TrackedModel | None, field: "models.Field[Any, Any]") -> Any:
    return None if record is None else getattr(record, field.attname)


def _differ(before: TrackedModel, after: TrackedModel) -> bool:
    return any(_raw(before, field) != _raw(after, field) for field in after._meta.concrete_fields)


def _write(before: TrackedModel | None, record: TrackedModel) -> None:
    """A new row, or what changed of the locked one: every column that is named costs the database a parse."""
    if before is None:
        record.save(force_insert=True)
    else:
        fields = record._meta.concrete_fields
        record.save(update_fields=[each.name for each in fields if _raw(before, each) != _raw(record, each)])


def _row_before(record: Tracked) -> Tracked | None:
    if record.pk is None:
        return None
    before = type(record)._base_manager.select_for_update().get(pk=record.pk)
    if any(getattr(before, name, 0) != getattr(record, name, 0) for name in ("revision", "closed_revision")):
        raise Stale(before)
    return before


def _demand_reason(
    record: TrackedModel, before: TrackedModel | None, changes: list[dict[str, str]], reason: str
) -> None:
    if before is None or reason.strip() or not before.is_controlled():
        return
    touched = [row["label"] for row in changes if row["field"] in record.controlled_fields]
    if touched:
        raise ValidationError(
            {"reason": f"Say why you change {' and '.join(touched)}: the record is controlled (Annex 11 9)."}
        )


def _demand_storable(record: TrackedModel) -> None:
    """Text that the database cannot hold is refused beside its field before anything is written."""
    for field in record._meta.concrete_fields:
        value = getattr(record, field.attname)
        if isinstance(value, str) and ("\x00" in value or _SURROGATE.search(value)):
            raise ValidationError({field.name: "The text holds a character that cannot be stored. Type it again."})


def _article(record: TrackedModel) -> str:
    return f"the {record._meta.verbose_name}"
