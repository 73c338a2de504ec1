"""The types of quality events: each registers once, and lists, links, search, Inbox and times follow from it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cqms.access.policies import Policy
from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.charts.drawing import Drawing
from cqms.configuration.rules import register_due
from cqms.deadlines.inbox import OPEN, name_act
from cqms.signatures.models import Signature
from cqms.workflow.engine import Workflow
from quality_events.models import EventRecord

_ON_A_BUTTON = 16  # characters, in one line


@dataclass(frozen=True)
class Others:
    """What a report tells of besides its record: the lanes in which it stands, and the records as `kind:id`.

    They must exist for who has the report, whenever it is opened.
    """

    lanes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ReportContent:
    """What a printed report holds: answers on the first page, then parts of terms and values, drawings, signatures.

    `others` are the files and the records that it names or links, as far as its reader sees them. With `first_page`
    the answers have the first page for themselves.
    """

    answers: Sequence[tuple[str, str]]
    parts: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    pictures: Sequence[tuple[str, Drawing]] = ()
    signatures: Sequence[Signature] = ()
    others: Others = Others()
    first_page: bool = False


@dataclass(frozen=True)
class Named:
    """A record that an event names in one of its fields: the term, the other record, and how people call it."""

    term: str
    other: Any
    words: str


@dataclass(frozen=True)
class Task:
    """Work that a state waits for: the step that ends it, its words, and the days suggested for it.

    Days are calendar days, or with `working` those on which the organization works. `late` says what happens if it is
    late. `by_quality` is for what quality assurance does, not the owner. `due_on` gives the day from
    the record and the days allowed, where it does not count from today; None then counts after all. `counted` says in
    the settings from where, where that is not the day on which the record came into the state. `only` are the values
    by field that a record must have besides; of several tasks of a state the first that fits is awaited. `key` names it
    in the settings where another state waits for the same step, with other days.
    """

    state: str
    step: str
    label: str
    days: int
    late: str
    by_quality: bool = False
    working: bool = False
    due_on: Callable[[Any, int], dt.date | None] | None = None
    counted: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    def awaits(self, record: Any) -> bool:
        """Whether it is what a record in its state waits for."""
        return record.state == self.state and all(getattr(record, name) == value for name, value in self.only.items())

    @property
    def act(self) -> str:
        """The words on the button that leads to it; beside long ones, which stand before it, "Open" is enough."""
        return self.label if len(self.label) <= _ON_A_BUTTON else OPEN


@dataclass(frozen=True)
class EventType:
    """One type: its model and life, the letters of its numbers, its nouns, and the namespace of its addresses.

    `ends` are the states in which nothing is awaited; `tasks` say what each other state waits for; `words` are those
    by which search finds it, and `found_by` further fields in which its list looks for words: they stand among these.
    `from_report` gives the fields that an initial report does not know: with it triage offers
    the type. `opening` are the words on the button that begins one, `begun_by` says for whom it is there,
    where that is not who may report.
    `category` names the field that says what kind of thing happened: charts and CAPAs count by it. `facts` are the
    terms and values that the type knows besides, `named` the records that it names, each with its term and words,
    `texts` its titled words, blank ones included: page and printed report tell all of them, of what is named as much as
    exists for their reader. `report` says what the printed report holds for a reader, where that is more. `take_step`
    is the service that takes its steps, where more follows from one than from a step of any event; `asks` are the
    fields that each step asks for, and the only ones it is sent. How many of a `watched` type are open stands among the
    first figures of a study.
    """

    model: type[EventRecord]
    workflow: Workflow
    prefix: str
    noun: str
    plural: str
    space: str
    order: int
    ends: frozenset[str]
    tasks: Sequence[Task] = ()
    category: str = ""
    report: Callable[[Any, User], ReportContent] | None = None
    take_step: Callable[..., Any] | None = None
    asks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    facts: Callable[[Any], Sequence[tuple[str, object]]] = field(default=lambda _: ())
    named: Callable[[Any], Sequence[Named]] = field(default=lambda _: ())
    texts: Callable[[Any], Sequence[tuple[str, str]]] = field(default=lambda each: [("Description", each.description)])
    words: Callable[[Any], str] = field(default=lambda record: record.description)
    from_report: Callable[[Any], Mapping[str, Any]] | None = None
    opening: str = ""
    begun_by: Policy | None = None
    found_by: Sequence[str] = ()
    watched: bool = False

    @property
    def kind(self) -> str:
        """The label of its model."""
        return kind_of(self.model)

    @property
    def begins(self) -> str:
        """The words on the button that begins one."""
        noun = self.noun if self.noun.isupper() else f"{self.noun[:1].lower()}{self.noun[1:]}"
        return self.opening or f"New {noun}"

    def task_of(self, record: Any) -> Task | None:
        """What the record waits for now."""
        return next((each for each in self.tasks if each.awaits(record)), None)

    def due_key(self, task: Task) -> str:
        """By which the settings of an organization say how long the task may take."""
        return f"{self.space}.{task.key or task.step}"


_types: dict[str, EventType] = {}


def register(found: EventType) -> None:
    """Add a type; called when its app is ready. Raises ValueError for tasks that share a key, but not their days."""
    _types[found.kind] = found
    days = {found.due_key(task): task.days for task in found.tasks}
    for task in found.tasks:
        if days[found.due_key(task)] != task.days:
            raise ValueError(f"{found.due_key(task)} has two numbers of days: give one of its tasks a key.")
        counted = task.counted or ("working days" if task.working else "days")
        label = f"{found.noun}: {task.label[:1].lower()}{task.label[1:]}"
        register_due(found.due_key(task), label, days=task.days, counted=counted)
        name_act(found.due_key(task), task.act)


def types() -> list[EventType]:
    """Every type in the order in which they are shown."""
    return sorted(_types.values(), key=lambda each: each.order)


def type_of(record: Any) -> EventType:
    """The type of a record or model. Raises KeyError for what is no quality event."""
    return _types[kind_of(record)]


def is_event(kind: str) -> bool:
    """Whether records of this kind are quality events."""
    return kind in _types
