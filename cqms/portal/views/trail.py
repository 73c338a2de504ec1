"""The trail to take home: choose what, read exactly what will be in it, start."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from cqms.access.policies import exists_for
from cqms.audit.refusals import Denied
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.portal.forms import TrailForm
from cqms.portal.selectors import members_by_name
from cqms.records.models import find
from cqms.records.story import seen_by
from cqms.reports.policies import may_export
from cqms.reports.trail_export import Acts, Files, request_trail_export
from cqms.reports.trail_export_words import Asked, selection_in_words
from cqms.ui import addresses
from cqms.ui.items import Crumb
from cqms.ui.story import SHOWS, anchors_asked, day_of, kinds_of_records, number
from cqms.ui.views import FormPage


class TrailExport(FormPage):
    """Choose, look at what that gives, start.

    `kind` and `id` in the address name the record, else the first place in it (`study`) does, else it is the
    organization's; every other place narrows it, and so does `field`, one that changed.
    """

    template_name = "portal/trail_export.html"
    rail = "reports"
    form_class = TrailForm
    submit = "Make the files"
    autosave = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.subject, self.places = self._places(request)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return f"Audit trail of {self.subject or self.request.organization}"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Reports", reverse("portal:reports")), Crumb("Export the trail")]

    @property
    def changed(self) -> str:
        """The field of the address that changed in every entry; blank for any."""
        asked = self.request.GET.get("field", "")
        return asked if asked.isidentifier() else ""

    @property
    def cancel_url(self) -> str:
        """Back to the record, or to the trail."""
        if self.subject is None:
            return reverse("portal:timeline")
        kind = self.subject._meta.label_lower
        return addresses.address_of(kind, self.subject) or reverse("portal:timeline")

    def get_record(self) -> None:
        sentence = may_export(self.subject).why_not(self.request.user, self.subject)
        if sentence:
            raise Denied(sentence)

    def initial(self, record: None) -> dict[str, Any]:
        asked = self.request.GET
        days = {name: day_of(asked.get(name, "")) for name in ("since", "until")}
        by = asked.get("by", "") if asked.get("by") in dict(members_by_name()) else ""
        shows = asked.get("shows", "") if asked.get("shows") in SHOWS else ""
        about = [kind for kind in asked.getlist("about") if kind in kinds_of_records()]
        return {**days, "by": by, "shows": shows, "about": about, "formats": ["pdf", "json"], "paper": "A4"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count first when that was asked for, else start."""
        if "count" not in request.POST:
            return super().post(request, *args, **kwargs)
        self.get_record()
        form = TrailForm(request.POST)
        return self.show(form, None, status=200 if form.is_valid() else 422)

    def around(self, form: TrailForm, record: None) -> Mapping[str, Any]:
        asked = self._asked(form)
        return {**super().around(form, record), "preview": asked and self._preview(asked)}

    def save(self, form: TrailForm, record: None) -> str:
        clean = form.cleaned_data
        job = request_trail_export(
            actor=self.request.user,
            subject=self.subject,
            start=clean["since"],
            end=clean["until"],
            person=form.person(),
            acts=Acts(form.kinds(), self.changed, self.places),
            files=Files(clean["formats"], clean["paper"]),
        )
        return reverse("portal:job", kwargs={"key": job.pk})

    def _places(self, request: HttpRequest) -> tuple[TrackedModel | None, tuple[TrackedModel, ...]]:
        """The record whose trail is meant, and what else narrows it."""
        kind, pk = request.GET.get("kind", ""), request.GET.get("id", "")
        if kind and (kind not in kinds_of_records() or not pk.isdecimal()):
            raise Http404
        asked = [(kind, number(pk))] if kind else []
        asked += [each for each in anchors_asked(request.GET).items() if each not in asked]
        found = [self._found(*each) for each in asked]
        return (found[0], tuple(found[1:])) if found else (None, ())

    def _found(self, kind: str, pk: int) -> TrackedModel:
        try:
            found: TrackedModel = find(kind, pk)
        except ObjectDoesNotExist:
            raise Http404 from None
        if not exists_for(self.request.user, found):
            raise Http404
        return found

    def _asked(self, form: TrailForm) -> Asked | None:
        """What the form asks for; on the first view what the address asked for, None while it is wrong."""
        filled = form if form.is_bound else TrailForm(form.initial)
        if not filled.is_valid():
            return None
        clean, kinds = filled.cleaned_data, tuple(filled.kinds())
        return Asked(
            self.request.organization, self.subject, clean["since"], clean["until"], filled.person(), kinds,
            clean["paper"], changed=self.changed, places=self.places,
        )  # fmt: skip

    def _preview(self, asked: Asked) -> dict[str, Any]:
        rows = seen_by(self.request.user, asked.selection().events(), Capability.INSPECT)
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        return {"count": rows.count(), "sentence": selection_in_words(asked, self.request.user, last)}
