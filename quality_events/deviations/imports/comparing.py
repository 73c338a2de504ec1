"""The dry run: what would become of each row of a file, compared with the deviations that are there."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from cqms.accounts.models import User
from cqms.lists.reading import Line
from quality_events.deviations.imports.columns import BY_KEY, COLUMNS, read
from quality_events.deviations.imports.reading import Place, by_number, title_of, value_of
from quality_events.deviations.models import DeviationImport, ProtocolDeviation
from quality_events.deviations.services import NO_CODE, check_deviation
from quality_events.privacy import doubts, is_code
from quality_events.selectors import events_for
from quality_events.services import check_record
from studies.conduct.selectors import protocol_versions_of
from studies.selectors import sites_for

QUESTIONED = ("title", "description", "immediate_action", "visit", "noticed_by")
_NEEDED = "It is empty and must not be."


class Fate(Enum):
    """What becomes of a row."""

    NEW = "new", "good"
    SAME = "there already", "neutral"
    DIFFERS = "differs", "warn"
    WRONG = "wrong", "bad"

    @property
    def label(self) -> str:
        """The word on screen and in files."""
        return self.value[0]

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return self.value[1]


_ORDER = (Fate.WRONG, Fate.DIFFERS, Fate.NEW, Fate.SAME)


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row: the head of the column, blank for the row as a whole, and the sentence."""

    column: str
    words: str


@dataclass
class Outcome:
    """A row, what it means, and what becomes of it. `known` is the deviation that is there, if the reader sees it."""

    line: Line
    fate: Fate
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    questions: list[Fault] = field(default_factory=list)
    known: ProtocolDeviation | None = None

    @property
    def is_told(self) -> bool:
        """Whether somebody has to look at it: it is not simply new."""
        return bool(self.questions) or self.fate != Fate.NEW

    @property
    def words(self) -> str:
        """What is wrong, or what it is compared with."""
        if self.faults:
            return " ".join(f"{each.column}: {each.words}" if each.column else each.words for each in self.faults)
        return "" if self.known is None else f"{self.known.number}"


def compare(record: DeviationImport, lines: Iterable[Line], reader: User) -> list[Outcome]:
    """What would become of each row for a reader. Nothing is written; few queries whatever the rows."""
    heads, place = read(record.columns), _place_of(record, reader)
    outcomes = [_read_line(record, line, heads, place) for line in lines]
    _find_doubles(outcomes, heads)
    _find_known(record, outcomes, heads, reader)
    return outcomes


def counted(outcomes: Sequence[Outcome]) -> str:
    """How many rows have which fate: “480 new, 15 there already, 5 wrong”."""
    numbers = {fate: sum(each.fate == fate for each in outcomes) for fate in Fate}
    return ", ".join(f"{number:,} {fate.label}" for fate, number in numbers.items() if number)


def to_look_at(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The rows that are not simply new, the wrong ones first."""
    told = [each for each in outcomes if each.is_told]
    return sorted(told, key=lambda each: (_ORDER.index(each.fate), each.line.number))


def rows_of(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, str, str, str]]:
    """Row number, fate, column and words of every fault, question and difference; a row without any has one line."""
    for each in outcomes:
        told = [*each.faults, *each.questions]
        for fault in told:
            yield each.line.number, each.fate.label, fault.column, fault.words
        if not told:
            yield each.line.number, each.fate.label, "", each.words


def _place_of(record: DeviationImport, reader: User) -> Place:
    sites = by_number(sites_for(reader, record.study), "number")
    protocols = by_number(protocol_versions_of(record.study), "label")
    return Place(sites, protocols, reader.zone or "UTC")


def _read_line(record: DeviationImport, line: Line, heads: Mapping[str, str], place: Place) -> Outcome:
    found = Outcome(line, Fate.NEW, {})
    for each in COLUMNS:
        text = line[heads[each.key]] if each.key in heads else ""
        try:
            found.values[each.key] = value_of(each.key, text, place)
        except ValueError as error:
            found.faults.append(Fault(heads[each.key], str(error)))
            continue
        if each.needed and not text:
            found.faults.append(Fault(heads.get(each.key, each.label), _NEEDED))
    if not found.faults:
        found.values["title"] = found.values["title"] or title_of(found.values["description"])
        found.faults += _broken_rules(record, found.values, heads)
    elif not is_code(found.values.get("subject_code") or "0"):
        found.faults.append(Fault(heads["subject_code"], NO_CODE))
    if found.faults:
        found.fate = Fate.WRONG
    for key in (each for each in QUESTIONED if each in heads):
        found.questions += [Fault(heads[key], sentence) for sentence in doubts(found.values.get(key) or "")]
    return found


def _broken_rules(record: DeviationImport, values: Mapping[str, Any], heads: Mapping[str, str]) -> list[Fault]:
    """What the rules of every deviation say about the row."""
    faults: list[Fault] = []
    known = {**values, "study": record.study, "aware_at": values["aware_at"] or timezone.now()}
    checks = (
        lambda: check_deviation(known),
        lambda: check_record(ProtocolDeviation(organization=record.organization, zone="UTC", **known)),
    )
    for check in checks:
        try:
            check()
        except ValidationError as error:
            told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
            faults += [Fault(heads.get(key, ""), " ".join(sentences)) for key, sentences in told.items()]
    return faults


def _find_doubles(outcomes: Sequence[Outcome], heads: Mapping[str, str]) -> None:
    """An id that stands twice in the file is wrong the second time."""
    first: dict[str, int] = {}
    for each in outcomes:
        key = each.values.get("source_id", "")
        if key and key in first:
            each.faults.append(Fault(heads["source_id"], f"“{key}” stands in row {first[key]} already."))
            each.fate = Fate.WRONG
        elif key:
            first[key] = each.line.number


def _find_known(record: DeviationImport, outcomes: Sequence[Outcome], heads: Mapping[str, str], reader: User) -> None:
    """Compare with what is there. What the reader may not see, or was voided, is there and nothing more is said."""
    keys = [each.values["source_id"] for each in outcomes if each.values.get("source_id")]
    same = ProtocolDeviation.objects.filter(source_system=record.source_system, source_id__in=keys)
    studies = dict(same.values_list("source_id", "study_id"))
    seen = {row.source_id: row for row in events_for(ProtocolDeviation, reader).filter(pk__in=same.values("pk"))}
    for each in outcomes:
        key = each.values.get("source_id", "")
        if each.faults or key not in studies:
            continue
        if studies[key] != record.study_id:
            each.fate = Fate.WRONG
            each.faults.append(Fault(heads["source_id"], "This id of the source system belongs to another study."))
            continue
        each.fate, each.known = Fate.SAME, seen.get(key)
        each.questions = []
        if each.known is not None:
            _find_differences(each, heads)


def _find_differences(outcome: Outcome, heads: Mapping[str, str]) -> None:
    """Name the columns that say something else than the deviation does now; it is never overwritten."""
    for key in BY_KEY:
        if key in heads and _plain(outcome.values[key]) != _plain(getattr(outcome.known, key)):
            told = f"{outcome.known.number} says “{_plain(getattr(outcome.known, key))[:80]}”."  # type: ignore[union-attr]
            outcome.questions.append(Fault(heads[key], told))
            outcome.fate = Fate.DIFFERS


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="minutes")
    for name in ("number", "label"):
        if hasattr(value, name):
            return str(getattr(value, name))
    return "" if value is None else str(value)
