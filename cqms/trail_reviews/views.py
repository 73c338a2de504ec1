"""Pages of reviews of the trail: load, ask the form, call the service, answer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.audit.models import AuditEvent
from cqms.organizations.capabilities import Capability
from cqms.records.story import seen_by, with_signatures
from cqms.trail_reviews import presentation, services
from cqms.trail_reviews.forms import AnswerForm, ChangePlanForm, CommentForm, PlanForm, SignForm
from cqms.trail_reviews.models import Frequency, ReviewState, TrailComment, TrailReview
from cqms.trail_reviews.policies import is_concerned, may_plan, may_plan_somewhere, may_review, may_see_reviews
from cqms.trail_reviews.selectors import comments_of, entries_of, reviews_for
from cqms.trail_reviews.workflow import TRAIL_REVIEW
from cqms.ui import times
from cqms.ui.atoms import Button, Number
from cqms.ui.components import Lifecycle, Timeline
from cqms.ui.items import Crumb
from cqms.ui.step_form import StepForm
from cqms.ui.story import entry_of, timeline_of
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage, StepPage

_RAIL = "trail_reviews"
_A_QUARTER = dt.timedelta(days=90)


def review_or_404(request: HttpRequest, number: str) -> TrailReview:
    """The review of that number if it exists for this person."""
    return get_object_or_404(reviews_for(request.user), number=number)


def above(*crumbs: Crumb) -> list[Crumb]:
    """The way to a review."""
    return [Crumb("Trail reviews", reverse("trail_reviews:list")), *crumbs]


class ReviewList(ListPage):
    """The reviews of the trail the reader may see."""

    title = "Trail reviews"
    rail = _RAIL
    template_name = "trail_reviews/list.html"
    order = "-number"
    search_label = "Search reviews"
    search_placeholder = "Number or words"
    file_name = "trail-reviews"
    columns = (
        Column("Number", lambda r: Number(r.number, presentation.review_path(r)), lambda r: r.number, "number", "fit"),
        Column("Title", lambda r: r.title, sort="title", css="lead"),
        Column("State", presentation.badge_of, lambda r: r.get_state_display(), "state", "state"),
        Column("Reviewer", lambda r: r.owner.name, sort="owner__name", css="col-2"),
        Column("Entries", lambda r: "" if r.entry_count is None else f"{r.entry_count:,}", css="num fit"),
        Column("Due", lambda r: times.day(r.due_on), lambda r: r.due_on, "due_on", "fit"),
    )
    filters = (
        Filter("state", "State", lambda _: ReviewState.choices, lambda rows, value: rows.filter(state=value),
               count="state"),
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[TrailReview]:
        may_see_reviews.demand(self.request.user)
        return reviews_for(self.request.user)

    def search(self, queryset: QuerySet[TrailReview], words: str) -> QuerySet[TrailReview]:
        return queryset.filter(Q(number__icontains=words) | Q(title__icontains=words))

    @property
    def may_create(self) -> bool:
        """Whether the page offers to plan one."""
        return may_plan_somewhere(self.request.user)


class ReviewDetail(DetailPage):
    """One review: what was asked, what was flagged, the entries with comments, signatures, and what happened."""

    template_name = "trail_reviews/review.html"
    rail = _RAIL
    workflow = TRAIL_REVIEW

    def get_record(self) -> TrailReview:
        return review_or_404(self.request, self.kwargs["number"])

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.kwargs["number"]))

    def describe(self, record: TrailReview) -> Mapping[str, object]:
        return presentation.review_page(record, self.request)

    def step_url(self, record: TrailReview, key: str) -> str:
        return presentation.review_path(record, "trail_reviews:step", step=key)

    def quiet_steps(self, record: TrailReview) -> list[Button]:
        if record.state != ReviewState.PLANNED or not may_plan(self.reader, record):
            return []
        return [Button("Change the plan", icon="edit", href=presentation.review_path(record, "trail_reviews:edit"))]

    def lifecycle(self, record: TrailReview) -> Lifecycle | None:
        return presentation.lifecycle(record)

    def timeline(self, record: TrailReview) -> Timeline:
        return timeline_of(record, self.request)


class PlanReview(FormPage):
    """Plan a review."""

    title = "Plan a review of the trail"
    rail = _RAIL
    form_class: type[Any] = PlanForm
    submit = "Plan the review"
    lede = "The number is given when you save. The reviewer is asked in their Inbox."

    @property
    def cancel_url(self) -> str:  # type: ignore[override]
        """Back to the list."""
        return reverse("trail_reviews:list")

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.get_title()))

    def get_record(self) -> Any:
        may_plan_somewhere.demand(self.reader)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.reader, "organization": self.request.organization}

    def initial(self, record: Any) -> dict[str, Any]:
        today = self.request.organization.today()
        return {
            "starts_on": today - _A_QUARTER, "ends_on": today, "due_on": today + services.TIME_TO_REVIEW,
            "frequency": Frequency.QUARTERLY,
        }  # fmt: skip

    def save(self, form: PlanForm, record: Any) -> str:
        return presentation.review_path(services.plan_review(form.plan(), actor=self.reader))


class ChangePlan(PlanReview):
    """Change what is planned."""

    form_class = ChangePlanForm
    submit = "Save the plan"
    lede = ""

    def get_title(self) -> str:
        return f"Change the plan of {self.kwargs['number']}"

    @property
    def cancel_url(self) -> str:  # type: ignore[override]
        """Back to the review."""
        return reverse("trail_reviews:review", kwargs=self.kwargs)

    def get_record(self) -> TrailReview:
        review = review_or_404(self.request, self.kwargs["number"])
        may_plan.demand(self.reader, review)
        return review

    def initial(self, record: TrailReview) -> dict[str, Any]:
        names = ("why_critical", "frequency", "starts_on", "ends_on", "kinds", "due_on")
        known = {name: getattr(record, name) for name in names}
        return {**known, "owner": record.owner_id, "place": f"{record.place_kind}:{record.place_id}"}

    def save(self, form: ChangePlanForm, record: TrailReview) -> str:
        revision = form.cleaned_data["revision"]
        changed = services.change_plan(record, form.plan(), actor=self.reader, revision=revision)
        return presentation.review_path(changed)


class ReviewStep(StepPage):
    """One step in the life of a review."""

    rail = _RAIL
    workflow = TRAIL_REVIEW

    def get_record(self) -> TrailReview:
        return review_or_404(self.request, self.kwargs["number"])

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.kwargs["number"], self.record_url(self.record)))

    @property
    def form_class(self) -> type[StepForm]:  # type: ignore[override]
        return SignForm if self.kwargs["step"] == "sign" else StepForm

    def initial(self, record: TrailReview) -> dict[str, Any]:
        return {"conclusion": record.conclusion} if self.kwargs["step"] == "sign" else {}

    def perform(self, record: TrailReview, form: StepForm) -> None:
        data, key = form.cleaned_data, self.kwargs["step"]
        if key == "start":
            services.start(record, actor=self.reader, revision=data["revision"])
        elif key == "sign":
            services.sign_review(
                record, actor=self.reader, conclusion=data["conclusion"], credentials=form.credentials(),
                revision=data["revision"],
            )  # fmt: skip
        else:
            services.cancel(record, actor=self.reader, reason=data["reason"], revision=data["revision"])

    def record_url(self, record: TrailReview) -> str:
        return presentation.review_path(record)


class AboutEntry(FormPage):
    """A form below the entry it is about."""

    rail = _RAIL
    template_name = "trail_reviews/entry_form.html"

    def crumbs(self) -> Sequence[Crumb]:
        number = self.kwargs["number"]
        return above(Crumb(number, self.cancel_url), Crumb(self.get_title()))

    @property
    def cancel_url(self) -> str:  # type: ignore[override]
        """Back to the review."""
        return reverse("trail_reviews:review", kwargs={"number": self.kwargs["number"]})

    def entry(self, event: AuditEvent) -> Timeline:
        """The entry in words."""
        return Timeline([entry_of(each, named=True) for each in with_signatures([event])])


class CommentOnEntry(AboutEntry):
    """Say something about an entry of a running review."""

    title = "Comment on an entry"
    form_class = CommentForm
    submit = "Save the comment"

    @cached_property
    def event(self) -> AuditEvent:
        """The entry, if it is one of the review and exists for the reader."""
        rows = seen_by(self.reader, entries_of(self.review), Capability.INSPECT)
        return get_object_or_404(rows, pk=self.kwargs["entry"])

    @cached_property
    def review(self) -> TrailReview:
        """The review of the address."""
        return review_or_404(self.request, self.kwargs["number"])

    def get_record(self) -> None:
        may_review.demand(self.reader, self.review)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"review": self.review}

    def around(self, form: Any, record: Any) -> Mapping[str, Any]:
        return {**super().around(form, record), "entry": self.entry(self.event)}

    def save(self, form: CommentForm, record: Any) -> str:
        services.comment(self.review, self.event.pk, actor=self.reader, **form.cleaned_data)
        return f"{presentation.review_path(self.review)}?flag=commented#entries"


class AnswerComment(AboutEntry):
    """Answer what a reviewer asks about an entry."""

    title = "Answer a comment"
    form_class = AnswerForm
    submit = "Answer"

    def get_record(self) -> TrailComment:
        review = review_or_404(self.request, self.kwargs["number"])
        found = get_object_or_404(comments_of(review, self.reader), pk=self.kwargs["comment"])
        is_concerned.demand(self.reader, found)
        return found

    def around(self, form: Any, record: TrailComment) -> Mapping[str, Any]:
        said = presentation.comment_words(record)
        return {**super().around(form, record), "entry": self.entry(record.entry), "said": said}

    def save(self, form: AnswerForm, record: TrailComment) -> str:
        data = form.cleaned_data
        services.answer(record, actor=self.reader, text=data["answer"], revision=data["revision"])
        return self.cancel_url
