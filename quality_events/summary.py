"""What a study looks like to quality at a glance: figures and types of open events, for the page of the study."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.db.models import CharField, Count, F, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from cqms.accounts.models import User
from cqms.ui.atoms import Badge, Number
from cqms.ui.components import Figures, Table
from cqms.ui.items import Figure, Head
from quality_events.counting import has_grade
from quality_events.models import Severity
from quality_events.presentation import due_cell, entry_path, list_path
from quality_events.selectors import open_events, open_events_of_study
from quality_events.types import EventType, types
from studies.models import Study

SHOWN = 8
_GRADES = (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
_figures: list[Callable[[Study, User], Sequence[Figure]]] = []


def register_figures(figures: Callable[[Study, User], Sequence[Figure]]) -> None:
    """Add what a type of events says in figures of a study, as far as it exists for the reader."""
    if figures not in _figures:
        _figures.append(figures)


def study_panel(request: HttpRequest, study: Any) -> dict[str, object]:
    """How a study stands, what is open by type and severity, and the open events that are due first.

    Two queries whatever the number of types, and those of the registered figures.
    """
    reader = cast("User", request.user)
    found = open_events_of_study(study, reader)
    by_due = sorted(found, key=lambda row: (row.due_at is None, row.due_at))
    table = _events_table(study, by_due[:SHOWN]) if found else None
    return {
        "figures": Figures([*_open_figures(study, found), *_figures_of(study, reader)]),
        "types": _types_table(study, found, reader) if found else None,
        "table": table,
        "count": len(found),
        "more": all_of_study(study) if len(found) > SHOWN else "",
    }


def all_of_study(study: Study) -> str:
    """The list of the quality events of a study."""
    return f"{reverse('quality_events:list')}?{urlencode({'study': study.number})}"


def list_of(found: EventType, study: Study, **filters: str) -> str:
    """The list of a type, narrowed to a study."""
    return f"{list_path(found)}?{urlencode({'study': study.number, **filters})}"


def _figure_of_open(found: EventType, study: Study, open_: Sequence[Any]) -> Figure:
    """How many of a type are open, and how many of those are late."""
    rows = [row for row in open_ if row.kind == found.kind]
    late = sum(_is_late(row) for row in rows)
    tone = "bad" if late else "neutral"
    return Figure(found.plural, len(rows), f"open, {late} overdue" if late else "open", tone, list_of(found, study))


def _open_figures(study: Study, found: Sequence[Any]) -> list[Figure]:
    late = sum(_is_late(row) for row in found)
    return [
        Figure("Open", len(found), "quality events", href=all_of_study(study)),
        Figure("Overdue", late, "they come first below" if late else "nothing is late", "bad" if late else "neutral"),
        *(_figure_of_open(each, study, found) for each in types() if each.watched),
    ]


def _figures_of(study: Study, reader: User) -> list[Figure]:
    return [figure for each in _figures for figure in each(study, reader)]


def _is_late(row: Any) -> bool:
    return row.due_at is not None and row.due_at < timezone.now()


def _types_table(study: Study, found: Sequence[Any], reader: User) -> Table:
    """What is open and late of each type, and how severe it is where a type is graded."""
    counts, late = Counter(row.kind for row in found), Counter(row.kind for row in found if _is_late(row))
    grades = _open_by_grade(study, reader)
    heads = [Head("Type", "lead"), Head("Open", "num fit"), Head("Overdue", "num fit"), Head("Severity")]
    rows = [
        [format_html('<a href="{}">{}</a>', list_of(each, study), each.plural), counts[each.kind],
         late[each.kind] or "", _severities(each, grades)]
        for each in types() if counts[each.kind]
    ]  # fmt: skip
    return Table(heads, rows, f"Open quality events of {study.number} by type")


def _severities(found: EventType, grades: Counter[tuple[str, str]]) -> str:
    """The grades that there are, the worst first: "1 critical, 2 major"."""
    counts = [(grades[found.space, grade], grade.label.lower()) for grade in _GRADES]
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def _open_by_grade(study: Study, reader: User) -> Counter[tuple[str, str]]:
    """How many open events of each graded type have each severity; one query."""
    parts = []
    for each in types():
        if has_grade(each):
            rows = open_events(each, reader).filter(study=study).order_by()
            rows = rows.annotate(type=Value(each.space, output_field=CharField()), grade=F("severity"))
            parts.append(rows.values_list("type", "grade").annotate(count=Count("pk")))
    found = parts[0].union(*parts[1:], all=True) if parts else ()
    return Counter({(space, grade): count for space, grade, count in found})


def _events_table(study: Study, rows: Sequence[Any]) -> Table:
    by_kind = {each.kind: each for each in types()}
    heads = [Head("Number", "fit"), Head("Title", "lead"), Head("Type", "col-2"), Head("State", "state"),
             Head("Due", "fit")]  # fmt: skip
    cells = [
        [Number(row.number, entry_path(row)), row.title, by_kind[row.kind].noun, Badge(row.state, row.tone),
         due_cell(row)]
        for row in rows
    ]  # fmt: skip
    return Table(heads, cells, f"Open quality events of {study.number}, those due first")
