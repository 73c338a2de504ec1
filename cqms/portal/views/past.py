"""A record as it was at a moment, and what is different between two moments."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from cqms.access.policies import exists_for
from cqms.access.reach import hidden_fields
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.past import Past, began, differences, neighbours
from cqms.audit.services import closed_lane_of
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.portal.views.timeline import record_or_404
from cqms.records.past import Parts, fields_not_told, parts_then, past_for, signatures_then
from cqms.ui import addresses, times
from cqms.ui.atoms import Button
from cqms.ui.components import Diff, Facts, Links
from cqms.ui.items import Change, Crumb, Related
from cqms.ui.moments import MomentInput, PastMomentField, as_shown, as_typed
from cqms.ui.story import manifestation
from cqms.ui.views import Page


class MomentsForm(forms.Form):
    """At which moment, and against which other one."""

    as_of = PastMomentField(
        label="As it was at", help_text="In your time zone.", widget=MomentInput(to_the_second=True)
    )
    against = PastMomentField(
        label="Compared with",
        required=False,
        help_text="Another moment, before or after.",
        widget=MomentInput(to_the_second=True),
    )


class RecordAsOf(Page):
    """The facts of any record as they were, marked as past; and field by field what differs at another moment.

    Whoever may read the record as it is now may read its past, except what it was while in a lane closed to them.
    """

    template_name = "portal/as_of.html"

    def get_title(self) -> str:
        return f"{self.record} as it was"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(str(self.record), self.now_path), Crumb("As it was")] if self.now_path else [Crumb("As it was")]

    @cached_property
    def record(self) -> TrackedModel:
        """The record as it is now. Raises Http404."""
        return record_or_404(self.request, self.kwargs["kind"], self.kwargs["pk"])

    @cached_property
    def now_path(self) -> str:
        """Where the record's page is, blank for one without a page."""
        return addresses.address_of(kind_of(self.record), self.record)

    def get(self, request: HttpRequest, **parts: Any) -> HttpResponse:
        """Show it; wrong moments are said beside their fields, with nothing below."""
        asked = request.GET.copy()
        asked.setdefault("as_of", as_typed(timezone.now()))
        form = MomentsForm(asked)
        record = request.viewed = self.record
        if record.field_lanes and not hidden_fields(self.reader, record):
            request.viewed_lane = closed_lane_of(record)
        if not form.is_valid():
            return self.answer(status=422, form=form)
        moment, other = form.cleaned_data["as_of"], form.cleaned_data["against"]
        shown = MomentsForm(initial={"as_of": as_shown(moment), "against": other and as_shown(other)})
        found = past_for(self.reader, record, moment)
        if found is None:
            return self.answer(form=shown, absent=self._absent(moment))
        return self.answer(form=shown, **self._about(found, moment), **(self._against(found, moment, other)))

    def _about(self, found: Past, moment: dt.datetime) -> dict[str, object]:
        return {
            "moment": times.moment(moment),
            "past": found,
            "head": Facts(_head(found)),
            "facts": Facts([(_capital(each.label), times.told(each.words)) for each in found.values]),
            "signatures": [manifestation(each) for each in signatures_then(self.record, moment)],
            "parts": self._parts(moment),
            "ways": self._ways(moment),
        }

    def _against(self, found: Past, moment: dt.datetime, other: dt.datetime | None) -> dict[str, object]:
        if other is None:
            return {}
        first, last = sorted((moment, other))
        there = past_for(self.reader, self.record, other)
        if there is None:
            return {"untold": self._absent(other)}
        before, after = (found, there) if other >= moment else (there, found)
        rows = [Change(_capital(each.label), each.before, each.after) for each in differences(before, after)]
        return {"compared": (times.moment(first), times.moment(last)), "diff": Diff(rows) if rows else None}

    def _absent(self, moment: dt.datetime) -> object:
        start = began(self.record)
        if moment < start:
            return format_html(
                "The record did not exist at {}. It begins at {}.", times.moment(moment), times.moment(start)
            )
        return format_html("There is nothing you may see of this record at {}.", times.moment(moment))

    def _parts(self, moment: dt.datetime) -> dict[str, object] | None:
        capability = Capability.READ if exists_for(self.reader, self.record) else Capability.ADMINISTER
        found: Parts = parts_then(self.reader, self.record, moment, capability)
        if not found.newest:
            return None
        return {"links": Links([_part(each, moment) for each in found.newest]), "more": found.more}

    def _ways(self, moment: dt.datetime) -> list[Button]:
        earlier, later = neighbours(self.record, moment, fields_not_told(self.reader, self.record))
        kind, pk = kind_of(self.record), self.record.pk
        ways = [
            Button(label, small=True, href=addresses.past_of(kind, pk, as_typed(at)))
            for label, at in (("The state before", earlier), ("The state after", later))
            if at is not None
        ]
        return [*ways, Button("As it is now", small=True, href=self.now_path)] if self.now_path else ways


def _head(found: Past) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("Revision then", str(found.record.revision)),
        ("Since", times.moment(found.since)),
    ]
    if hasattr(found.record, "get_state_display"):
        rows.insert(0, ("State then", found.record.get_state_display()))
    if found.event is not None:
        rows.append(("By", f"{found.event.actor_name} {found.event.sentence}"))
        if found.event.reason:
            rows.append(("Reason", found.event.reason))
    return rows


def _part(event: AuditEvent, moment: dt.datetime) -> Related:
    return Related(
        event.record_label,
        addresses.past_of(event.record_kind, event.record_id, as_typed(moment)),
        times.moment(event.at),
        f"{event.actor_name} {event.sentence}",
    )


def _capital(label: str) -> str:
    return f"{label[:1].upper()}{label[1:]}"
