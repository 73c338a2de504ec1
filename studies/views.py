"""Pages of studies: load, ask the form, call the service, answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.ui.atoms import Button, Number
from cqms.ui.components import Empty, Lifecycle, Timeline
from cqms.ui.items import Crumb
from cqms.ui.story import timeline_of
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage
from studies import policies, presentation, services
from studies.forms import SiteChangeForm, SiteForm, StudyChangeForm, StudyForm
from studies.models import Phase, Site, Study, StudyStatus
from studies.selectors import sites_for, studies_for, with_words


def study_or_404(request: HttpRequest, number: str) -> Study:
    """The study of that number if it exists for this person."""
    return get_object_or_404(studies_for(request.user), number=number)


class StudyList(ListPage):
    """The studies the reader may see."""

    title = "Studies"
    rail = "studies"
    template_name = "studies/list.html"
    order = "number"
    search_label = "Search studies"
    search_placeholder = "Number, title or sponsor"
    file_name = "studies"
    columns = (
        Column("Number", lambda s: Number(s.number, presentation.study_path(s)), lambda s: s.number, "number", "fit"),
        Column("Title", lambda s: s.title, sort="title", css="lead"),
        Column("Phase", lambda s: s.get_phase_display(), sort="phase", css="fit col-2"),
        Column("Status", presentation.badge_of, lambda s: s.get_status_display(), "status", "fit state"),
        Column("Sponsor", lambda s: s.sponsor, sort="sponsor", css="col-2"),
        Column("Countries", lambda s: s.countries_in_words, css="col-2"),
        Column("Study manager", lambda s: s.manager.name, sort="manager__name"),
    )
    filters = (
        Filter("phase", "Phase", lambda _: Phase.choices, lambda rows, value: rows.filter(phase=value), count="phase"),
        Filter(
            "status",
            "Status",
            lambda _: StudyStatus.choices,
            lambda rows, value: rows.filter(status=value),
            count="status",
        ),
        Filter(
            "country",
            "Country",
            lambda r: presentation.country_options(r.user),
            lambda rows, value: rows.filter(countries__contains=[value]),
        ),
    )

    def get_queryset(self) -> QuerySet[Study]:
        policies.may_list.demand(self.request.user)
        return studies_for(self.request.user)

    def search(self, queryset: QuerySet[Study], words: str) -> QuerySet[Study]:
        return with_words(queryset, words)

    def empty(self, *, filtered: bool) -> Empty:
        if filtered or not self.may_create:
            return super().empty(filtered=filtered)
        start = Button("New study", "primary", href=reverse("studies:new"))
        return Empty("No studies yet", "Records of a trial hang on its study: open the first one.", start)

    @property
    def may_create(self) -> bool:
        """Whether the page offers a new study."""
        return policies.may_open_studies(self.request.user)


class StudyDetail(DetailPage):
    """A study: its facts, sites, people, what other apps add, and what happened."""

    template_name = "studies/detail.html"
    rail = "studies"

    def get_record(self) -> Study:
        return study_or_404(self.request, self.kwargs["number"])

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Studies", reverse("studies:list")), Crumb(self.kwargs["number"])]

    def describe(self, record: Study) -> Mapping[str, object]:
        return presentation.study_page(record, self.request)

    def lifecycle(self, record: Study) -> Lifecycle | None:
        return presentation.lifecycle_of(record)

    def timeline(self, record: Study) -> Timeline | None:
        return timeline_of(record, self.request)


class StudyCreate(FormPage):
    """Open a study."""

    title = "New study"
    rail = "studies"
    form_class = StudyForm
    submit = "Open the study"
    lede = "The study manager may then change it, add its sites and approve its plans."

    def get_record(self) -> None:
        policies.may_open_studies.demand(self.request.user)

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Studies", reverse("studies:list")), Crumb("New study")]

    @property
    def cancel_url(self) -> str:
        """The list."""
        return reverse("studies:list")

    def save(self, form: StudyForm, record: None) -> str:
        study = services.create_study(form.facts(), actor=self.request.user)
        return presentation.study_path(study)


class OfStudy(FormPage):
    """A form below a study that the reader may change."""

    rail = "studies"

    def get_study(self) -> Study:
        """The study of the address. Raises Http404, or Denied for who may not change it."""
        study = study_or_404(self.request, self.kwargs["number"])
        policies.may_change.demand(self.request.user, study)
        return study

    def crumbs(self) -> Sequence[Crumb]:
        number = self.kwargs["number"]
        page = reverse("studies:detail", kwargs={"number": number})
        return [Crumb("Studies", reverse("studies:list")), Crumb(number, page), Crumb(self.get_title())]

    @property
    def cancel_url(self) -> str:
        """The page of the study."""
        return reverse("studies:detail", kwargs={"number": self.kwargs["number"]})


class StudyEdit(OfStudy):
    """Change a study."""

    title = "Edit the study"
    form_class = StudyChangeForm

    def get_record(self) -> Study:
        return self.get_study()

    def initial(self, record: Study) -> dict[str, Any]:
        return {**vars(services.facts_of(record)), "manager": record.manager_id}

    def save(self, form: StudyChangeForm, record: Study) -> str:
        data = form.cleaned_data
        changed = services.change_study(
            record, form.facts(), actor=self.request.user, revision=data["revision"], reason=data["reason"]
        )
        return presentation.study_path(changed)


class SiteCreate(OfStudy):
    """Add a site."""

    title = "Add a site"
    form_class = SiteForm
    submit = "Add the site"

    def get_record(self) -> None:
        self.study = self.get_study()

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"countries": self.study.countries}

    def save(self, form: SiteForm, record: None) -> str:
        services.add_site(self.study, form.facts(), actor=self.request.user)
        return presentation.study_path(self.study)


class SiteEdit(OfStudy):
    """Change a site."""

    title = "Edit the site"
    form_class = SiteChangeForm

    def get_record(self) -> Site:
        return get_object_or_404(sites_for(self.request.user, self.get_study()), number=self.kwargs["site"])

    def form_kwargs(self, record: Site) -> dict[str, Any]:
        return {"countries": record.study.countries}

    def initial(self, record: Site) -> dict[str, Any]:
        return vars(services.site_facts_of(record))

    def save(self, form: SiteChangeForm, record: Site) -> str:
        data = form.cleaned_data
        changed = services.change_site(
            record, form.facts(), actor=self.request.user, revision=data["revision"], reason=data["reason"]
        )
        return presentation.study_path(changed.study)
