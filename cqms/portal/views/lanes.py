"""Who may see a record, who had seen it, and moving it to another lane."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from cqms.access.parts import lanes_open_to
from cqms.access.policies import exists_for, may
from cqms.access.reach import known_to, reach_of
from cqms.audit.models import Lane
from cqms.organizations.capabilities import Capability
from cqms.portal import lanes
from cqms.portal.forms import ReasonForm
from cqms.records.models import find
from cqms.ui import addresses, times
from cqms.ui.components import Table
from cqms.ui.items import Crumb, Head
from cqms.ui.story import kinds_of_records
from cqms.ui.views import FormPage, Page


class OfRecord:
    """A page about a record that exists for the reader and stands in a lane of its own."""

    def find_record(self) -> Any:
        """The record of the address, or Http404."""
        kind, pk = self.kwargs["kind"], self.kwargs["pk"]
        try:
            found = find(kind, pk) if kind in kinds_of_records() else None
        except (ObjectDoesNotExist, OverflowError):
            raise Http404 from None
        if found is None or not lanes.has_lane(found) or not exists_for(self.request.user, found):
            raise Http404
        return found

    def back(self, record: Any) -> str:
        """The page of the record."""
        return addresses.address_of(self.kwargs["kind"], record)


class WhoMaySee(OfRecord, Page):
    """Everybody for whom the record exists, with the reason; for who inspects it or decides about its lane.

    A guest sees no list of people, so they see those who hold a role where they do.
    """

    template_name = "portal/who_may_see.html"

    def get_title(self) -> str:
        return f"Who may see {self.record}"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(str(self.record), self.back(self.record)), Crumb("Who may see it")]

    def get(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        """Show it."""
        self.record = record = self.find_record()
        decides = lanes.may_reclassify(request.user, record)
        if not decides:
            may(Capability.INSPECT).demand(request.user, record)
        found = {each.person: each.because for each in lanes.who_may_see(record)}
        may_see = [(person, found[person]) for person in known_to(request.user, found)]
        place = reverse("portal:record_lane", kwargs={"kind": kind, "pk": pk})
        return self.answer(
            lane=Lane(record.lane).label,
            may_see=Table([Head("Person", "lead"), Head("Because of")], may_see, "Who may see it"),
            had_seen=had_seen_table(record, request.user),
            move_url=place if decides else "",
            limited=reach_of(request.user).is_guest,
        )


class LaneForm(ReasonForm):
    """Another lane, and why."""

    lane = forms.ChoiceField(label="Lane", choices=Lane.choices, widget=forms.RadioSelect)

    field_order = ("lane", "reason")

    def __init__(self, *args: Any, lanes: Sequence[Lane], **kwargs: Any) -> None:
        """`lanes` are those the reader may see where the record is."""
        super().__init__(*args, **kwargs)
        self.fields["lane"].choices = [(lane.value, lane.label) for lane in lanes]


class MoveToLane(OfRecord, FormPage):
    """Move a record to another lane. Who had seen it stands below."""

    template_name = "portal/record_lane.html"
    form_class = LaneForm
    submit = "Move it"
    autosave = False

    def get_title(self) -> str:
        return f"Move {self.find_record()} to another lane"

    @property
    def lede(self) -> str:  # type: ignore[override]
        """What becomes of it, and what that means besides."""
        said = "Who may not see the lane loses sight of the record, of its past and of every notice about it."
        return f"{said} {lanes.meaning_of(self.find_record())}".strip()

    @property
    def cancel_url(self) -> str:
        """Back to who may see it."""
        return reverse("portal:record_access", kwargs=self.kwargs)

    @property
    def seen(self) -> Table:
        """Who had to do with it so far."""
        return had_seen_table(self.find_record(), self.request.user)

    def get_record(self) -> None:
        """Only the right to move it."""
        lanes.may_reclassify.demand(self.request.user, self.find_record())

    def initial(self, record: None) -> dict[str, Any]:
        return {"lane": self.find_record().lane}

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"lanes": lanes_open_to(self.request.user, self.find_record())}

    def save(self, form: LaneForm, record: None) -> str:
        clean = form.cleaned_data
        done = lanes.reclassify(self.find_record(), clean["lane"], actor=self.request.user, reason=clean["reason"])
        messages.success(self.request, f"{done} is in the lane {Lane(done.lane).label.lower()} now.")
        return self.cancel_url


def had_seen_table(record: Any, reader: Any, lane: str = "") -> Table:
    """Who viewed, downloaded, exported, changed or signed a record."""
    heads = [
        Head("Person", "lead"), Head("Views", "fit num"), Head("Downloads", "fit num"), Head("Others", "fit num"),
        Head("First", "fit col-2"), Head("Last", "fit"),
    ]  # fmt: skip
    rows = [
        (each.name, each.viewed, each.taken, each.others, times.moment(each.first), times.moment(each.last))
        for each in lanes.had_seen(record, reader, lane)
    ]
    return Table(heads, rows, "Who had seen it")
