"""What changes any quality event: opening, changing, taking a step, links, files, and the deadlines that follow."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from cqms.access.policies import Policy, exists_for
from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.attachments.kinds import CSV, EXCEL, JPEG, PDF, PNG, TEXT, WORD
from cqms.attachments.models import Attachment
from cqms.attachments.services import attach, attachments_of
from cqms.audit import services as audit
from cqms.audit.models import kind_of
from cqms.audit.refusals import Changed, Denied, WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.notifications.services import Message, notify
from cqms.numbering.services import record_number
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization
from cqms.organizations.scope import today
from cqms.signatures.services import Credentials
from cqms.workflow.engine import Option, Workflow
from quality_events.models import EventLink, EventRecord, latest_today
from quality_events.policies import may_attach, may_edit, may_report
from quality_events.selectors import files_of_parts, is_linkable, is_withdrawn, withdrawal_of
from quality_events.types import Task, type_of

Event = TypeVar("Event", bound=EventRecord)

EVIDENCE = (PDF, PNG, JPEG, TEXT, WORD, EXCEL, CSV)
"""The kinds of files that are taken as evidence."""


def open_event(
    record: Event,
    *,
    actor: User | None,
    values: Mapping[str, Any],
    reporter: User | None = None,
    allowed: Policy = may_report,
    origin: str = "",
) -> Event:
    """Open a record of a type, with a number and the deadline of its first task.

    `values` are fields by name; without an owner the actor answers for it, and is the reporter unless somebody else
    is. `actor` None is the portal itself, which asks no policy and names both. `origin` says in the trail where it
    comes from. Raises Denied or ValidationError.
    """
    _fill(record, {"owner": actor, **values})
    record.reporter = reporter or actor  # type: ignore[assignment]  # the database refuses a record without one
    if actor is not None:
        allowed.demand(actor, record)
    check_record(record)
    with transaction.atomic():
        found = type_of(record)
        record.number = record_number(found.prefix)
        noun = record._meta.verbose_name
        saved = audit.save(record, actor=actor, verb="open", sentence=f"opened the {noun}{origin}")
        _begin(saved, actor)
        return saved


def days_of_logging(key: str, known: dt.date) -> dict[str, dt.date]:
    """The day on which a deviation is logged, where the organization is, and the last one that is in time.

    `key` says in the settings within how many working days of the day on which it was `known`.
    """
    settings = current_settings()
    return {"logged_on": today(), "log_due_on": settings.after_working_days(known, settings.days_for(key))}


def change_event(record: Event, *, actor: User, values: Mapping[str, Any], revision: int, reason: str = "") -> Event:
    """Change fields of a record that has not ended. Raises a Refused or ValidationError."""
    with refusable(record, actor=actor, attempt=f"change the {record._meta.verbose_name}"):
        row = locked(record)
        may_edit.demand(actor, row)
        if row.revision != revision:
            raise Changed("Somebody changed this record while you had it open. Both versions are shown below.")
        if row.state in type_of(row).ends:  # type: ignore[attr-defined]  # every type declares its state
            raise WrongState("This record has ended: it cannot be changed any more.")
        owner = row.owner_id
        _fill(row, values)
        check_record(row)
        saved = audit.save(row, actor=actor, reason=reason)
        if saved.owner_id != owner:
            _tend(saved, actor)
        return saved


def take_step(
    record: Event,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> Event:
    """Take one step of the type's workflow, with the fields that the step itself sets, and tend the deadlines.

    What is typed with a signed step is stored first, so that the signature covers it; refused, nothing is kept.
    Raises a Refused or ValidationError.
    """
    workflow: Workflow = type_of(record).workflow
    with refusable(record, actor=actor, attempt=workflow.attempt(key)):
        row = locked(record)
        given = dict(values or {})
        signed = {name: given[name] for name in given if name in row.signed_fields}
        if signed and workflow.step(key).signature and _may_try(workflow, row, key, actor, revision):
            _fill(row, signed)
            check_record(row)
            noun = row._meta.verbose_name
            row = audit.save(
                row, actor=actor, verb="decide", sentence=f"wrote down the decision about the {noun}", in_step=True
            )
            given = {name: value for name, value in given.items() if name not in signed}
            revision = None
        row = workflow.perform(
            row, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=given
        )
        check_record(row)
        _tend(row, actor)
        return row


def take_step_of_type(record: Any, key: str, *, values: Mapping[str, Any] | None = None, **how: Any) -> Any:
    """Take a step with everything that follows from it in its type; see take_step.

    Raises ValidationError for each field that this step does not ask for: another step sets it, from other people.
    """
    found, sent = type_of(record), values or {}
    foreign = sorted(set(sent) - found.asks.get(key, frozenset()))
    if foreign:
        raise ValidationError(dict.fromkeys(foreign, "This step does not take it."))
    return (found.take_step or take_step)(record, key, values=sent, **how)


def _may_try(workflow: Workflow, row: Any, key: str, actor: User, revision: int | None) -> bool:
    """Whether nothing but something that must be done first can stand against the step."""
    if revision is not None and row.revision != revision:
        return False
    option: Option | None = next((each for each in workflow.available(row, actor) if each.step.key == key), None)
    return option is not None and not isinstance(option.refusal, Denied)


def locked(record: Event) -> Event:
    """The row as it is now, locked until the transaction ends."""
    found: Event = type(record)._base_manager.select_for_update(of=("self",)).get(pk=record.pk)
    return found


def check_left(record: EventRecord, needed: Mapping[str, str]) -> None:
    """What a step must have left in the record: a sentence for each field. Raises ValidationError beside them."""
    missing = {name: said for name, said in needed.items() if is_blank(getattr(record, name))}
    if missing:
        raise ValidationError(missing)


def is_blank(value: object) -> bool:
    """Whether nothing was said: 0 is an answer, blanks are none."""
    return value is None or (isinstance(value, str) and not value.strip())


def check_record(record: EventRecord) -> None:
    """What holds for every type. Raises ValidationError beside the field."""
    if record.site is not None and record.study_id is not None and record.site.study_id != record.study_id:
        raise ValidationError({"site": "This site does not belong to the study."})
    if record.site is not None and record.study_id is None:
        raise ValidationError({"study": "Name the study of the site."})
    days = [getattr(record, name, None) for name in ("occurred_on", "discovered_on")]
    for name, day in zip(("occurred_on", "discovered_on"), days, strict=True):
        if day is not None and day > latest_today():
            raise ValidationError({name: "This day has not come yet."})
    if days[0] and days[1] and days[1] < days[0]:
        raise ValidationError({"discovered_on": "It cannot be found before it happened."})
    aware = getattr(record, "aware_at", None)
    if aware is not None and aware > timezone.now() + dt.timedelta(minutes=5):
        raise ValidationError({"aware_at": "This moment has not come yet."})
    record.clean()


def _fill(record: Any, values: Mapping[str, Any]) -> None:
    known = {field.name for field in record._meta.concrete_fields} - {"number", "reporter", "organization"}
    for name, value in values.items():
        if name not in known:
            raise KeyError(name)
        setattr(record, name, value.strip() if isinstance(value, str) else value)


# Links


def link(record: EventRecord, other: Any, *, actor: User | None, why: str) -> EventLink:
    """Say that two records have to do with each other, and why; `actor` None is the portal itself.

    Raises Denied or ValidationError.
    """
    with refusable(record, actor=actor, attempt="link the record"):
        row = locked(record)
        if actor is not None:
            may_report.demand(actor, row)
        _check_link(row, other, actor, why)
        made = EventLink(
            from_kind=kind_of(row), from_id=row.pk, to_kind=kind_of(other), to_id=other.pk,
            to_label=_label(other), why=why.strip(),
        )  # fmt: skip
        return audit.save(made, actor=actor, verb="link", sentence=f"linked it with {made.to_label}")


def withdraw_link(found: EventLink, *, actor: User, reason: str) -> EventLink:
    """End a link, with the reason. Raises Denied, WrongState or ValidationError."""
    with refusable(found, actor=actor, attempt="withdraw a link"):
        row: EventLink = EventLink.objects.select_for_update(of=("self",)).get(pk=found.pk)
        may_report.demand(actor, row)
        demand_standing(row, actor)
        row.withdrawn_at = timezone.now()
        said = f"withdrew the link with {row.to_label}"
        return audit.save(row, actor=actor, verb="unlink", sentence=said, reason=reason)


def _check_link(row: EventRecord, other: Any, actor: User | None, why: str) -> None:
    if not why.strip():
        raise ValidationError({"why": "Say what the two have to do with each other."})
    if not is_linkable(kind_of(other)) or (kind_of(other), other.pk) == (kind_of(row), row.pk):
        raise ValidationError("A record cannot be linked with this.")
    if actor is not None and not hasattr(other, "user_id") and not exists_for(actor, other):
        raise ValidationError("There is no such record.")
    for one, two in ((row, other), (other, row)):
        ends = {"from_kind": kind_of(one), "from_id": one.pk, "to_kind": kind_of(two), "to_id": two.pk}
        if EventLink.objects.filter(**ends, withdrawn_at__isnull=True).exists():
            raise ValidationError("The two are linked already.")


def _label(other: Any) -> str:
    return str(getattr(other, "user", other))[:300]


# Files


def add_files(record: EventRecord, files: Sequence[File], *, actor: User) -> list[Attachment]:
    """Attach files as evidence. Raises Denied, or UnusableFile: nothing is kept then."""
    with refusable(record, actor=actor, attempt="attach files"):
        may_attach.demand(actor, record)
        return [attach(record, each, name=each.name or "file", actor=actor, allowed=EVIDENCE) for each in files]


def demand_standing(part: Any, reader: User, noun: str = "") -> None:
    """Raises WrongState for a withdrawn part of an event: it says who did it and when, in the reader's zone."""
    told = withdrawal_of(part) if is_withdrawn(part) else None
    if told is not None:
        what, at = noun or part._meta.verbose_name, told.at.astimezone(ZoneInfo(reader.zone or "UTC"))
        when = f"{at:%-d %b %Y at %H:%M} ({at.tzname()})"
        raise WrongState(f"{told.actor_name} withdrew this {what} on {when}. It stays as it was.")


def complete_part(part: Any, *, actor: User, evidence: str, files: Sequence[File], noun: str) -> Any:
    """Store a locked part of an event as done, with evidence in words or files; its deadlines are met.

    What was attached to it before is evidence as well. Raises ValidationError without any.
    """
    if not evidence.strip() and not files and not files_of_parts([part])[part.pk]:
        raise ValidationError({"evidence": "Give evidence: words that lead to it, or a file."})
    part.evidence, part.done_at = evidence.strip(), timezone.now()
    done = audit.save(part, actor=actor, verb="complete", sentence=f"completed the {noun} “{part}”")
    for each in files:
        attach(done, each, name=each.name or "file", actor=actor, allowed=EVIDENCE)
    for deadline in open_deadlines_about(done):
        deadlines.meet(deadline, actor=actor)
    return done


def share_files(record: EventRecord, other: EventRecord, *, actor: User) -> list[Attachment]:
    """Attach the files of a record to another one as well; the bytes are stored once."""
    shared = []
    for each in attachments_of(record, actor):
        copy = Attachment(
            file=each.file,
            name=each.name,
            label=each.label,
            record_kind=kind_of(other),
            record_id=other.pk,
            lane=each.lane,
            added_by=actor,
        )
        said = f"attached {each.name} of {record.number}"
        shared.append(audit.save(copy, actor=actor, verb="attach", sentence=said))
    return shared


# Deadlines and news


def _tend(record: Any, actor: User | None) -> None:
    """Bring the deadline of the record in line with its state: met, and the next one opened, or none at its end."""
    found = type_of(record)
    task = found.task_of(record)
    wanted = found.due_key(task) if task else ""
    for deadline in open_deadlines_about(record):
        if deadline.kind == wanted:
            heir = record.owner
            if task and not task.by_quality and deadline.owner_id != heir.pk:
                reason = "The record has another owner."
                deadlines.hand_over(deadline, to=heir, actor=actor or heir, reason=reason)
            return
        if deadline.kind in {found.due_key(each) for each in found.tasks}:
            deadlines.meet(deadline, actor=actor)
    _begin(record, actor)


def _begin(record: Any, actor: User | None) -> None:
    """Open the deadline of the task that the state of a record waits for, where nothing runs yet."""
    found = type_of(record)
    task = found.task_of(record)
    if task is not None:
        _open_deadline(record, task, found.due_key(task), actor)


def _open_deadline(record: Any, task: Task, key: str, actor: User | None) -> None:
    organization: Organization = record.organization
    people = people_with(Capability.ASSURE, record) if task.by_quality else [record.owner]
    owner = people[0] if people else record.owner
    path = organization.path(f"{type_of(record).space}:step", number=record.number, step=task.step)
    duty = deadlines.Duty(key, f"{task.label}: {record.number}", path)
    deadlines.open_deadline(record, duty, due=_due_day(record, task, key), owner=owner, actor=actor)
    for person in people:
        if actor is None or person.pk != actor.pk:
            tell(record, person, f"{task.label}: {record}", occasion=task.step, path=path)


def _due_day(record: Any, task: Task, key: str) -> dt.date:
    """The day that the record gives, else so many days from today, counted as the task says, where we are."""
    settings = current_settings()
    here, days = record.organization.today(), settings.days_for(key)
    given = task.due_on(record, days) if task.due_on else None
    if given is not None:
        return max(given, here)
    return settings.after_working_days(here, days) if task.working else here + dt.timedelta(days=days)


def tell(record: Any, person: User, subject: str, *, occasion: str, path: str = "") -> None:
    """Tell a person about a record once for each time it comes into its present state."""
    space = type_of(record).space
    message = Message(
        key=f"{space}:{record.pk}:{record.state_revision}:{occasion}", kind=f"{space}.{occasion}",
        subject=subject[:200], body=record.description,
        path=path or record.organization.path(f"{space}:detail", number=record.number),
    )  # fmt: skip
    if exists_for(person, record):
        notify(person, message, record=record)


__all__ = [
    "EVIDENCE", "add_files", "change_event", "check_left", "check_record", "complete_part", "days_of_logging",
    "demand_standing", "link", "locked", "open_event", "share_files", "take_step", "tell", "withdraw_link",
]  # fmt: skip
