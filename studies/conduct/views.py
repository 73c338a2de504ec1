"""Pages of milestones, protocol versions and participants: load, ask the form, call the service, answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cqms.audit.models import Lane
from cqms.organizations import scope
from cqms.portal.views.lanes import had_seen_table
from cqms.ui.atoms import Button
from cqms.ui.items import Crumb
from cqms.ui.views import FormPage, Page
from studies import policies
from studies.conduct import forms, services
from studies.conduct.selectors import numbers_of_month, protocol_versions_of, recruiting_sites
from studies.models import Milestone, MilestoneKind, ProtocolVersion, Study
from studies.presentation import study_path
from studies.views import OfStudy, study_or_404


class OfOneStudy(OfStudy):
    """A form about a part of a study that the reader may change."""

    @cached_property
    def study(self) -> Study:
        """The study of the address."""
        return self.get_study()

    def get_record(self) -> Any:
        """Only the right to change the study."""
        self.study  # noqa: B018 - raises for who may not
        return None


class MilestoneEdit(OfOneStudy):
    """Plan a milestone, or note when it came."""

    form_class = forms.MilestoneForm
    lede = "What was planned stays beside what came. A date known only to the month is written as a month."

    def get_title(self) -> str:
        return self.kind.label

    @property
    def kind(self) -> MilestoneKind:
        """The milestone of the address. Raises Http404."""
        if self.kwargs["kind"] not in MilestoneKind.values:
            raise Http404
        return MilestoneKind(self.kwargs["kind"])

    def get_record(self) -> Milestone:
        found = Milestone.objects.filter(study=self.study, kind=self.kind).first()
        return found or Milestone(study=self.study, kind=self.kind)

    def initial(self, record: Milestone) -> dict[str, Any]:
        return {"planned_on": record.planned_on, "actual_on": record.actual_on}

    def save(self, form: forms.MilestoneForm, record: Milestone) -> str:
        data = form.cleaned_data
        services.set_milestone(
            self.study, self.kind, data["planned_on"], data["actual_on"],
            actor=self.request.user, revision=data["revision"], reason=data["reason"],
        )  # fmt: skip
        return study_path(self.study)


class Randomisation(Page):
    """The randomisation scheme, for who may see the unblinded lane; each view of it is written down."""

    title = "Randomisation scheme"
    rail = "studies"
    template_name = "studies/randomisation.html"

    def crumbs(self) -> Sequence[Crumb]:
        number = self.kwargs["number"]
        page = reverse("studies:detail", kwargs={"number": number})
        return [Crumb("Studies", reverse("studies:list")), Crumb(number, page), Crumb(self.title)]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """Show it, and who had seen it."""
        study = unblinded_study_or_404(request, number)
        request.viewed, request.viewed_lane = study, Lane.UNBLINDED
        may_change = policies.may_randomise(request.user, study)
        seen = had_seen_table(study, request.user, lane=Lane.UNBLINDED)
        change = reverse("studies:randomisation_edit", kwargs={"number": number}) if may_change else ""
        return self.answer(study=study, change_url=change, seen=seen)


class _Scheme:
    """The scheme of a study as a form sees it: with a revision of its own."""

    def __init__(self, study: Study) -> None:
        self.study, self.revision, self.text = study, study.closed_revision, study.randomisation


class RandomisationEdit(FormPage):
    """Describe how participants are randomised."""

    title = "Change the randomisation scheme"
    rail = "studies"
    form_class = forms.RandomisationForm
    lede = "It is told in the unblinded lane alone. For everybody else nothing of it exists."
    autosave = False

    def get_record(self) -> _Scheme:
        study = unblinded_study_or_404(self.request, self.kwargs["number"])
        policies.may_randomise.demand(self.request.user, study)
        return _Scheme(study)

    @property
    def cancel_url(self) -> str:
        """The page of the scheme."""
        return reverse("studies:randomisation", kwargs={"number": self.kwargs["number"]})

    def initial(self, record: _Scheme) -> dict[str, Any]:
        return {"randomisation": record.text}

    def save(self, form: forms.RandomisationForm, record: _Scheme) -> str:
        data = form.cleaned_data
        services.set_randomisation(
            record.study, data["randomisation"], actor=self.request.user, revision=data["revision"],
            reason=data["reason"],
        )  # fmt: skip
        return self.cancel_url


def unblinded_study_or_404(request: HttpRequest, number: str) -> Study:
    """The study of that number if it exists for this person, unblinded. Raises Http404."""
    study = study_or_404(request, number)
    if not policies.may_see_unblinded(request.user, study):
        raise Http404
    return study


class ProtocolCreate(OfOneStudy):
    """Note a version of the protocol."""

    title = "Add a protocol version"
    form_class = forms.ProtocolForm
    submit = "Add the version"

    def save(self, form: forms.ProtocolForm, record: None) -> str:
        services.add_protocol_version(self.study, form.facts(), actor=self.request.user)
        return study_path(self.study)


class ProtocolEdit(OfOneStudy):
    """Correct a version of the protocol."""

    title = "Change a protocol version"
    form_class = forms.ProtocolChangeForm

    def get_record(self) -> ProtocolVersion:
        return get_object_or_404(protocol_versions_of(self.study), label=self.kwargs["label"])

    def initial(self, record: ProtocolVersion) -> dict[str, Any]:
        return {name: getattr(record, name) for name in services.ProtocolFacts.__dataclass_fields__}

    def save(self, form: forms.ProtocolChangeForm, record: ProtocolVersion) -> str:
        data = form.cleaned_data
        services.change_protocol_version(
            record, form.facts(), actor=self.request.user, revision=data["revision"], reason=data["reason"]
        )
        return study_path(self.study)


@dataclass(frozen=True)
class _Sheet:
    """What was noted for one month; its revision moves with any of its numbers."""

    numbers: dict[int, Any]

    @property
    def revision(self) -> int:
        return sum(row.revision for row in self.numbers.values())


class ParticipantsEdit(OfOneStudy):
    """The participants of one month, every recruiting site in one table."""

    form_class = forms.ParticipantsForm
    template_name = "studies/participants.html"

    def get_title(self) -> str:
        return f"Participants in {self.month:%B %Y}"

    @cached_property
    def month(self) -> Any:
        """The first day of the month that is shown."""
        return forms.MonthForm(self.request.GET).chosen(scope.today())

    def get_record(self) -> _Sheet:
        return _Sheet(numbers_of_month(self.request.user, self.study, self.month))

    def initial(self, record: _Sheet) -> dict[str, Any]:
        return forms.begin_with(record.numbers)

    def form_kwargs(self, record: _Sheet) -> dict[str, Any]:
        return {"sites": recruiting_sites(self.study, self.request.user), "month": self.month}

    def around(self, form: forms.ParticipantsForm, record: _Sheet) -> Mapping[str, Any]:
        file = reverse("studies:participants_file", kwargs={"number": self.study.number})
        return {
            **super().around(form, record),
            "month": f"{self.month:%Y-%m}",
            "this_month": f"{scope.today():%Y-%m}",
            "file": Button("From a file", icon="upload", href=file),
        }

    def save(self, form: forms.ParticipantsForm, record: _Sheet) -> str:
        if form.cleaned_data["revision"] != record.revision:
            raise services.Changed("Somebody changed these numbers while you had them open. Compare before you save.")
        seen = {site: row.revision for site, row in record.numbers.items()}
        counts, reason = form.counts(), form.cleaned_data["reason"]
        services.note_participants(self.study, counts, actor=self.request.user, seen=seen, reason=reason)
        return study_path(self.study)


class ParticipantsFile(OfOneStudy):
    """The participants of many sites and months from a file: all rows or none."""

    title = "Participants from a file"
    form_class = forms.ParticipantsFileForm
    submit = "Note the numbers"

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"sites": recruiting_sites(self.study, self.request.user)}

    def save(self, form: forms.ParticipantsFileForm, record: None) -> str:
        counts, reason = form.cleaned_data["file"], form.cleaned_data["reason"]
        services.note_participants(self.study, counts, actor=self.request.user, reason=reason)
        return study_path(self.study)
