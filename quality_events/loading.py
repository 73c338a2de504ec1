"""What the types of quality events share when a load is written: openings, what search finds, what is due."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cqms.audit.models import kind_of
from cqms.deadlines.models import Deadline
from cqms.deadlines.services import end_of
from cqms.organizations.models import TrackedModel
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.tales import Act, Covered, Person, Place
from quality_events.models import EventRecord
from quality_events.types import EventType, Task, type_of
from studies.models import STUDY


def opened(model: type[EventRecord], at: dt.datetime, person: Person) -> Act:
    """The opening of a record, as the service tells it."""
    return Act(at, person, "open", f"opened the {model._meta.verbose_name}")


def tell(
    load: Load, model: type[EventRecord], begin: Mapping[str, Any], acts: Sequence[Act], found: Iterable[str]
) -> int:
    """A record with everything about it, and its key. `found` names the columns by whose words search finds it."""
    type_, place = type_of(model), Place(f"{begin['number']} {begin['title']}", anchor=(STUDY, begin["study_id"]))
    pk = load.teller.tell(model, begin, acts, place)
    last = {**begin, **{name: value for act in acts for name, value in act.values.items()}}
    words = [type_.noun, *(last[name] for name in found if last.get(name))]
    state = type_.workflow.states(last["state"])
    entry = {"number": last["number"], "title": last["title"], "text": " ".join(words), "state": state.label,
             "tone": type_.workflow.tones[state]}  # fmt: skip
    load.teller.find(model, pk, entry, place)
    _due(load, _Record(type_, pk, last), acts[-1], place)
    return pk


@dataclass(frozen=True)
class Story:
    """A record while it is told with rows of its own: its key and number, the study, its people, when it began.

    `whole` are the columns by which those rows belong to it.
    """

    load: Load
    model: type[EventRecord]
    pk: int
    number: str
    study: int
    owner: Person
    quality: Person
    at: dt.datetime
    whole: Mapping[str, Any]

    def day(self, number: int) -> dt.datetime:
        """So many days after it began."""
        return self.at + dt.timedelta(days=number)

    def part(self, model: type[TrackedModel], values: Mapping[str, Any], acts: Sequence[Act], label: str) -> int:
        """A row that belongs to it and is told on its page, and its key."""
        place = Place(label, (kind_of(self.model), self.pk), (STUDY, self.study))
        return self.load.teller.tell(model, {**self.whole, **values}, acts, place)

    def stage(self, model: type[TrackedModel], kind: Any, content: Mapping[str, Any], day: int) -> Covered:
        """A stage as it is handed in that day, whose `kind` is a choice, for the signatures that cover it."""
        label = f"{kind.label} of {self.number}"
        act = Act(self.day(day), self.owner, "hand in", f"kept the {kind.label.lower()} as it was handed in")
        values = {"kind": kind, "content": content, "made_at": self.day(day)}
        pk = self.part(model, values, [act], label)
        return Covered(model, {**self.whole, **values, "id": pk, "revision": 1}, label)


@dataclass(frozen=True)
class _Record:
    """A record as it is last: its type, its key, its columns."""

    type: EventType
    pk: int
    last: Mapping[str, Any]


def _due(load: Load, record: _Record, act: Act, place: Place) -> None:
    """The deadline of what the last state waits for, if it does; working days are taken for five of seven."""
    found, number, kind = record.type, record.last["number"], record.type.kind
    task = _awaited(found.model, record.last["state"])
    if task is None:
        return
    zone = ZoneInfo(load.teller.zone)
    days = task.days * 7 // 5 if task.working else task.days
    due = end_of(act.at.astimezone(zone).date() + dt.timedelta(days=days), zone)
    label = f"{task.label}: {number}"
    begin = {"kind": found.due_key(task), "label": label, "record_kind": kind, "record_id": record.pk,
             "path": load.organization.path(f"{found.space}:step", number=number, step=task.step),
             "owner_id": load.one("qa").pk if task.by_quality else record.last["owner_id"],
             "original_due": due, "current_due": due}  # fmt: skip
    told = Place(label, (kind, record.pk), place.anchor)
    load.teller.tell(Deadline, begin, [Act(act.at, act.actor, "open deadline", f"set a deadline: {label}")], told)


@cache
def _awaited(model: type[EventRecord], state: str) -> Task | None:
    """What a state waits for; in a load everything that only some wait for is done at once."""
    return next((each for each in type_of(model).tasks if each.state == state and not each.only), None)
