"""The audit trail on screen: of the organization, of a person, and the way from an entry to its record."""

from collections.abc import Sequence
from dataclasses import replace

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode

from cqms.access.policies import exists_for
from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.audit.refusals import Denied
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, TrackedModel
from cqms.portal.forms import FilterForm
from cqms.portal.policies import ABOUT_PEOPLE, may_administer, may_inspect, may_read_trail
from cqms.records.models import find
from cqms.ui import addresses
from cqms.ui.items import Crumb
from cqms.ui.story import (
    EVERYTHING,
    Story,
    anchor_chips,
    anchor_names,
    choice_chip,
    entry_path,
    field_chip,
    kinds_of_records,
    number,
    period_of,
    story,
)
from cqms.ui.views import Page


class TimelinePage(Page):
    """Entries of more than one record, newest first."""

    template_name = "portal/timeline.html"
    rail = "timeline"
    filtered = ("by", "since", "until")

    def story(self, capability: Capability, within: Q = EVERYTHING) -> Story:
        """The entries the reader may see with the capability."""
        about, kinds = self.request.GET.get("about", ""), kinds_of_records()
        if capability == Capability.ADMINISTER:
            kinds = {kind: label for kind, label in kinds.items() if kind in ABOUT_PEOPLE}
        chips = [choice_chip(self.request, "About", "about", kinds, "Every record")]
        if about in kinds:
            chips.append(field_chip(self.request, about))
        if capability != Capability.ADMINISTER:  # whoever manages people is told no study
            chips += anchor_chips(self.request, capability)
        return story(self.request, within=within, capability=capability, chips=chips, named=True)

    def export_url(self, **chosen: str) -> str:
        """The same filters as an export takes them; whole entries are exported always."""
        names = ("shows", "about", "field", *self.filtered, *anchor_names())
        asked = [*self.kept(*(name for name in names if name not in chosen)), *chosen.items()]
        return f"{reverse('portal:trail_export')}?{urlencode(asked)}"

    def kept(self, *names: str) -> list[tuple[str, str]]:
        """Parameters of the address that the filter form carries along."""
        return [(name, self.request.GET[name]) for name in names if self.request.GET.get(name)]


class OrganizationTimeline(TimelinePage):
    """What happened in the organization. An administrator without the right to inspect sees people and roles only."""

    title = "Audit trail"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it, or say why not."""
        sentence = may_read_trail.why_not(request.user)
        if sentence:
            raise Denied(sentence)
        inspects = may_inspect(request.user)
        told = (
            self.story(Capability.INSPECT)
            if inspects
            else self.story(Capability.ADMINISTER, Q(subject_kind__in=ABOUT_PEOPLE))
        )
        return self.answer(
            story=told,
            filter=FilterForm(initial={name: request.GET.get(name, "") for name in self.filtered}),
            hidden=self.kept("shows", "about", "field", *anchor_names()),
            export_url=self.export_url() if inspects else "",
            limited="" if inspects else "You see what concerns members and their roles.",
        )


class PersonTimeline(TimelinePage):
    """What one person did here; one's own for everybody, others' for who may read the trail."""

    def get_title(self) -> str:
        return f"What {self.person} did"

    def crumbs(self) -> Sequence[Crumb]:
        if not may_read_trail(self.request.user):
            return ()
        return [Crumb("Audit trail", reverse("portal:timeline")), Crumb(str(self.person))]

    def get(self, request: HttpRequest, person: int) -> HttpResponse:
        """Show it, or say why not."""
        self.person: User = get_object_or_404(Membership.objects.select_related("user"), user=person).user
        mine = Q(actor=self.person)
        if may_inspect(request.user):
            told = self.story(Capability.INSPECT, mine)
        elif self.person == request.user and reach_of(request.user).anywhere(Capability.READ):
            told = self.story(Capability.READ, mine)
        elif may_administer(request.user):
            told = self.story(Capability.ADMINISTER, mine & Q(subject_kind__in=ABOUT_PEOPLE))
        else:
            raise Denied(may_inspect.refusal)
        export_url = self.export_url(by=str(person)) if may_inspect(request.user) else ""
        return self.answer(story=replace(told, period=period_of(request)), export_url=export_url)


def record_or_404(request: HttpRequest, kind: str, pk: int) -> TrackedModel:
    """The record that is known by kind and id, if it exists for the reader. Raises Http404."""
    try:
        found: TrackedModel | None = find(kind, pk) if kind in kinds_of_records() else None
    except (ObjectDoesNotExist, OverflowError):
        raise Http404 from None
    if found is None or not (
        exists_for(request.user, found) or (kind in ABOUT_PEOPLE and may_administer(request.user))
    ):
        raise Http404
    return found


def record(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Forward to the page of a record that is known by kind and id, if it exists for the reader.

    `event` in the address names an entry to show there.
    """
    found = record_or_404(request, kind, pk)
    place = addresses.address_of(kind, found)
    if not place:
        raise Http404
    event = request.GET.get("event", "")
    return HttpResponseRedirect(entry_path(place, found, number(event)) if event.isdecimal() else place)
