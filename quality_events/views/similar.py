"""Where else could this happen? The events that are like one, each linked in a step."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import urlencode

from cqms.ui.atoms import Badge, Button, Number
from cqms.ui.components import Table
from cqms.ui.items import Head
from quality_events import presentation
from quality_events.likeness import Similar, is_compared, similar_events
from quality_events.models import EventRecord
from quality_events.policies import may_report
from quality_events.types import types
from quality_events.views.event import OfEvent


class SimilarEvents(OfEvent):
    """The events most like one; its own page, and in a panel of the page of the event once asked for there."""

    template_name = "quality_events/similar.html"

    @cached_property
    def model(self) -> type[EventRecord]:  # type: ignore[override]
        """The type of the address. Raises Http404."""
        found = next((each.model for each in types() if each.space == self.kwargs["space"]), None)
        if found is None or not is_compared(found):
            raise Http404
        return found

    def get_title(self) -> str:
        return f"Similar to {self.kwargs['number']}"

    def get(self, request: HttpRequest, space: str, number: str) -> HttpResponse:
        """The nearest first, with what matched."""
        record = self.load()
        links = may_report(self.reader, record)
        rows = [_row(record, each, links=links) for each in similar_events(record, self.reader)]
        heads = [
            Head("Number", "fit"), Head("Title", "lead"), Head("Type", "col-2"), Head("State", "state"),
            Head("What matched"), *([Head("Link", "fit", hidden=True)] if links else []),
        ]  # fmt: skip
        table = Table(heads, rows, f"Events similar to {record.number}") if rows else None
        return self.answer(200, record=record, table=table, crumbs=[*self.crumbs()])


def _row(record: Any, similar: Similar, *, links: bool) -> list[object]:
    entry = similar.found.entry
    noun = next(each.noun for each in types() if each.kind == entry.kind)
    matched = ", ".join([*similar.found.words, *(["same category"] if similar.found.same_category else [])])
    cells: list[object] = [
        Number(entry.number, presentation.entry_path(entry)), entry.title, noun, Badge(entry.state, entry.tone),
        matched or "a title nearly the same",
    ]  # fmt: skip
    if not links:
        return cells
    query = urlencode({"number": entry.number, "why": similar.why})
    href = f"{presentation.event_path(record, 'link')}?{query}"
    return [*cells, "linked" if similar.linked else Button("Link", icon="link", small=True, href=href)]
