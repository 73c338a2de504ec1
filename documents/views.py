"""Pages of documents: load, ask the form, call the service, answer."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import mark_safe

from cqms.access.policies import exists_for
from cqms.attachments.downloads import download_response
from cqms.reports.documents import markdown_to_html
from cqms.ui.atoms import Button
from cqms.ui.components import Empty, Lifecycle, SignDialog, Timeline
from cqms.ui.items import Crumb
from cqms.ui.story import timeline_of
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage, Page, StepPage
from documents import owners, presentation, renditions, reviews, services, steps
from documents.forms import (
    ChangeDocumentForm,
    ChangeDraftForm,
    NewDocumentForm,
    NewVersionForm,
    PlanReviewForm,
    ScheduleForm,
    VerdictForm,
)
from documents.models import Document, DocumentType, PeriodicReview, Version, VersionState
from documents.policies import (
    may_change_document,
    may_control,
    may_draft,
    may_draft_somewhere,
    may_edit,
    may_read_somewhere,
)
from documents.selectors import SOUGHT, documents_with_versions, versions_for
from documents.workflow import PERIODIC_REVIEW, VERSION
from studies.presentation import study_options

_LABEL = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})", re.ASCII)


def document_or_404(request: HttpRequest, number: str) -> Document:
    """The document of that number if it exists for this person."""
    return get_object_or_404(documents_with_versions(request.user), number=number)


def version_or_404(request: HttpRequest, number: str, label: str) -> Version:
    """The version if its document exists for this person."""
    found = _LABEL.fullmatch(label)
    if found is None:
        raise Http404
    major, minor = found.groups()
    return get_object_or_404(versions_for(request.user), document__number=number, major=major, minor=minor)


class DocumentList(ListPage):
    """All controlled documents the reader may see, the effective version of each first."""

    title = "Documents"
    rail = "documents"
    template_name = "documents/list.html"
    order = "number"
    search_label = "Search documents"
    search_placeholder = "Number or title"
    sought = SOUGHT
    file_name = "documents"
    columns = (
        Column("Number", presentation.number, lambda d: d.number, sort="number", css="fit"),
        Column("Title", lambda d: d.title, sort="title", css="lead"),
        Column("Type", lambda d: d.get_type_display(), sort="type", css="col-2"),
        Column("Version", presentation.shown_label, css="fit num"),
        Column("State", presentation.shown_badge, presentation.shown_state, css="state"),
        Column("Owner", lambda d: d.owner.name, sort="owner__name", css="col-2"),
        Column("Department", lambda d: d.department, sort="department", css="col-2", shown=False),
        Column("Study", lambda d: d.study.number if d.study else "", sort="study__number", css="col-2 nowrap"),
        Column("Next review", presentation.next_review, presentation.next_review_day, css="fit col-2 named"),
    )
    filters = (
        Filter("type", "Type", lambda _r: DocumentType.choices, lambda rows, value: rows.filter(type=value),
               count="type"),
        Filter("state", "State", lambda _r: VersionState.choices,
               presentation.with_a_version_in, count="versions__state"),
        Filter("study", "Study", study_options, lambda rows, value: rows.filter(study__number=value),
               count="study__number"),
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Document]:
        may_read_somewhere.demand(self.request.user)
        return documents_with_versions(self.request.user)

    def empty(self, *, filtered: bool) -> Empty:
        if filtered or not self.may_create:
            return super().empty(filtered=filtered)
        start = Button("New document", "primary", href=reverse("documents:new"))
        return Empty("No documents yet", "The first policy or SOP begins as a draft.", start)

    @property
    def may_create(self) -> bool:
        """Whether the page offers a new document."""
        return may_draft_somewhere(self.request.user)


class DocumentDetail(Page):
    """The address of a document leads to the version people work to, else to the newest."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """Go to the version that counts now."""
        version = presentation.shown_version(document_or_404(request, number))
        return VersionDetail.as_view()(request, number=number, label=version.label)


class VersionDetail(DetailPage):
    """One version: its content, signatures, participants, files, the other versions, and what happened."""

    template_name = "documents/version.html"
    rail = "documents"
    workflow = VERSION

    def get_record(self) -> Version:
        return version_or_404(self.request, self.kwargs["number"], self.kwargs["label"])

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Documents", reverse("documents:list")), Crumb(self.kwargs["number"])]

    def describe(self, record: Version) -> Mapping[str, object]:
        return presentation.version_page(record, self.request)

    def step_url(self, record: Version, key: str) -> str:
        return presentation.version_path(record, "documents:step", step=key)

    def quiet_steps(self, record: Version) -> list[Button]:
        return presentation.quiet_steps(record, self.request.user)

    def lifecycle(self, record: Version) -> Lifecycle:
        return presentation.lifecycle(record)

    def timeline(self, record: Version) -> Timeline | None:
        return timeline_of(record.document, self.request)


class NewDocument(FormPage):
    """Open a document with its first draft."""

    title = "New document"
    rail = "documents"
    template_name = "documents/form.html"
    form_class = NewDocumentForm
    submit = "Save the draft"
    lede = "The number is given when you save. Nothing is sent to anybody yet."

    def get_record(self) -> None:
        may_draft_somewhere.demand(self.request.user)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.request.user}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return preview(self) if "preview" in request.POST else super().post(request, *args, **kwargs)

    def save(self, form: NewDocumentForm, record: Any) -> str:
        data = form.cleaned_data
        version = services.open_document(
            actor=self.request.user, type=data["type"], title=data["title"], owner=data["owner"], study=data["study"],
            department=data["department"], draft=form.draft(),
        )  # fmt: skip
        return presentation.version_path(version)


class NewVersion(FormPage):
    """Begin the next version of a document."""

    rail = "documents"
    template_name = "documents/form.html"
    form_class = NewVersionForm
    submit = "Save the draft"
    lede = "The text of the newest version is taken over; change what must change."

    def get_title(self) -> str:
        return f"New version of {self.kwargs['number']}"

    def get_record(self) -> None:
        self.document = document_or_404(self.request, self.kwargs["number"])
        may_draft.demand(self.request.user, self.document)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.request.user}

    def initial(self, record: Any) -> dict[str, Any]:
        return presentation.next_version_values(self.document)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return preview(self) if "preview" in request.POST else super().post(request, *args, **kwargs)

    def save(self, form: NewVersionForm, record: Any) -> str:
        version = services.begin_version(
            self.document, actor=self.request.user, minor=form.cleaned_data["size"] == "minor", draft=form.draft()
        )
        return presentation.version_path(version)


class ChangeDraft(FormPage):
    """Change a draft."""

    rail = "documents"
    template_name = "documents/form.html"
    form_class = ChangeDraftForm
    submit = "Save the draft"

    def get_title(self) -> str:
        return f"Edit {self.kwargs['number']} version {self.kwargs['label']}"

    def get_record(self) -> Version:
        version = version_or_404(self.request, self.kwargs["number"], self.kwargs["label"])
        may_edit.demand(self.request.user, version)
        services.demand_draft(version)
        return version

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.request.user}

    def initial(self, record: Version) -> dict[str, Any]:
        return presentation.draft_values(record)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return preview(self) if "preview" in request.POST else super().post(request, *args, **kwargs)

    def save(self, form: ChangeDraftForm, record: Version) -> str:
        revision = form.cleaned_data["revision"]
        row = services.change_draft(record, actor=self.request.user, revision=revision, draft=form.draft())
        return presentation.version_path(row)


def preview(page: FormPage) -> HttpResponse:
    """The same form with everything typed, and the text as it will read; nothing is saved."""
    record = page.get_record()
    form = page.form_class(initial=page.begin_with(record), **page.form_kwargs(record))
    form.initial.update(presentation.typed(form, page.request.POST))
    html, problems = markdown_to_html(page.request.POST.get("markdown", ""))
    return page.show(form, record, preview=mark_safe(html), problems=problems)  # noqa: S308 - cleaned by nh3


class VersionStep(StepPage):
    """One step in the life of a version."""

    rail = "documents"
    workflow = VERSION

    def get_record(self) -> Version:
        return version_or_404(self.request, self.kwargs["number"], self.kwargs["label"])

    @property
    def form_class(self) -> type[Any]:  # type: ignore[override]
        return ScheduleForm if self.kwargs["step"] == "schedule" else super().form_class

    def perform(self, record: Version, form: Any) -> None:
        data = form.cleaned_data
        values = {"effective_on": data["effective_on"]} if "effective_on" in data else None
        steps.take_step(
            record, self.kwargs["step"], actor=self.request.user, revision=data["revision"],
            credentials=form.credentials(), reason=data.get("reason", ""), values=values,
        )  # fmt: skip

    def record_url(self, record: Version) -> str:
        return presentation.version_path(record)

    def version(self, record: Version) -> str:
        return f"version {record.label}"

    def rendition(self, record: Version) -> object:
        return presentation.rendition_link(record)


class ChangeDocument(FormPage):
    """Change who answers for a document."""

    rail = "documents"
    form_class = ChangeDocumentForm

    def get_title(self) -> str:
        return f"Change {self.kwargs['number']}"

    def get_record(self) -> Document:
        document = document_or_404(self.request, self.kwargs["number"])
        may_change_document.demand(self.request.user, document)
        return document

    def initial(self, record: Document) -> dict[str, Any]:
        return {"owner": record.owner_id, "department": record.department}

    def save(self, form: ChangeDocumentForm, record: Document) -> str:
        return presentation.document_path(owners.change_document(record, actor=self.request.user, **form.cleaned_data))


class PlanReview(FormPage):
    """Set another date for the next review of a version."""

    rail = "documents"
    form_class = PlanReviewForm
    lede = "The review is opened 60 days before this day."

    def get_title(self) -> str:
        return f"Next review of {self.kwargs['number']}"

    def get_record(self) -> Version:
        version = version_or_404(self.request, self.kwargs["number"], self.kwargs["label"])
        may_control.demand(self.request.user, version)
        return version

    def initial(self, record: Version) -> dict[str, Any]:
        return {"next_review_on": record.next_review_on}

    def save(self, form: PlanReviewForm, record: Version) -> str:
        data = form.cleaned_data
        row = reviews.plan_review(
            record, actor=self.request.user, revision=data["revision"], day=data["next_review_on"],
            reason=data["reason"],
        )  # fmt: skip
        return presentation.version_path(row)


class ReviewStep(StepPage):
    """The signed verdict of a periodic review."""

    rail = "documents"
    workflow = PERIODIC_REVIEW
    form_class = VerdictForm
    signs_what_is_typed = True

    def get_record(self) -> PeriodicReview:
        reviews_ = PeriodicReview.objects.select_related("version__document__owner", "version__document__study")
        review = get_object_or_404(reviews_, pk=self.kwargs["review"])
        if not exists_for(self.request.user, review) or review.version.document.number != self.kwargs["number"]:
            raise Http404
        return review

    def initial(self, record: PeriodicReview) -> dict[str, Any]:
        return {"verdict": record.verdict, "comment": record.comment}

    def perform(self, record: PeriodicReview, form: Any) -> None:
        data = form.cleaned_data
        reviews.conclude_review(
            record, actor=self.request.user, verdict=data["verdict"], comment=data["comment"],
            credentials=form.credentials(), revision=data["revision"],
        )  # fmt: skip

    def as_signed(self, typed: QueryDict) -> PeriodicReview:
        """With the verdict and the grounds, which are given on this page."""
        review = copy(self.record)
        review.verdict, review.comment = typed.get("verdict", ""), typed.get("comment", "").strip()
        return review

    def statement(self, form: Any) -> SignDialog:
        """Without a hash: it covers the verdict, which is given on this page."""
        return replace(super().statement(form), hash="")

    def record_url(self, record: PeriodicReview) -> str:
        return presentation.version_path(record.version)

    def rendition(self, record: PeriodicReview) -> object:
        return presentation.rendition_link(record.version)


class Download(Page):
    """A file of a version: `pdf` the issued copy (or the rendition while in work), `source`, or `signed`."""

    def get(self, request: HttpRequest, number: str, label: str, which: str) -> HttpResponseBase:
        """Hand it out and write it down."""
        version = version_or_404(request, number, label)
        found = {"pdf": renditions.file_of, "source": lambda v: v.source, "signed": lambda v: v.rendition}[which](
            version
        )
        if found is None:
            raise Http404
        name = version.source_name if which == "source" else f"{number} {label} {which}.pdf".replace(" pdf.", ".")
        return download_response(found, name, person=request.user, record=version, inline=which != "source")
