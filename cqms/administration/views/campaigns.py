"""Access reviews: campaigns, one reviewer's part, and the signature under it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.models import AccessReview, ReviewState
from cqms.access.segregation import REVIEWER_NOT_OF_OWN_RIGHTS
from cqms.administration import campaigns, reviews
from cqms.administration.paths import review_path
from cqms.administration.policies import may_decide_about_roles
from cqms.administration.views.settings import above
from cqms.portal.forms import DayField, ReasonForm
from cqms.portal.views.guarded import Guarded
from cqms.ui import times
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Facts, Table, Timeline
from cqms.ui.forms import RevisionForm
from cqms.ui.items import Crumb, Head
from cqms.ui.step_form import StepForm
from cqms.ui.story import story
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage, StepPage

_CHOICES = [("", "No answer yet"), *reviews.DECISIONS.items()]


def badge(review: AccessReview) -> Badge:
    """The state with its tone."""
    return Badge(review.get_state_display(), reviews.REVIEW.tones[review.state])


def _link(review: AccessReview) -> object:
    return format_html('<a href="{}">{}</a>', review_path(review), review.title)


class ReviewList(Guarded, ListPage):
    """Every reviewer's part of every campaign."""

    policy = may_decide_about_roles
    title = "Access reviews"
    rail = "administration"
    template_name = "administration/reviews.html"
    file_name = "access-reviews"
    order = "-opened_at"
    filters = (Filter("state", "State", lambda _: ReviewState.choices, lambda rows, value: rows.filter(state=value)),)
    columns = (
        Column("Campaign", _link, lambda r: r.title, "title", "lead"),
        Column("Reviewer", lambda r: r.reviewer.name, sort="reviewer__name"),
        Column("Rights", lambda r: len(r.answers), css="fit num"),
        Column("Open", lambda r: r.unanswered(), css="fit num"),
        Column("Due", lambda r: times.day(r.due_on), lambda r: r.due_on, "due_on", "fit"),
        Column(
            "Opened", lambda r: times.day(r.opened_at), lambda r: times.as_day(r.opened_at), "opened_at", "fit col-2"
        ),
        Column("State", badge, lambda r: r.get_state_display(), css="fit state"),
    )

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.title))

    def get_queryset(self) -> QuerySet[AccessReview]:
        return reviews.reviews()


class CampaignForm(forms.Form):
    """A campaign."""

    title = forms.CharField(label="Title", max_length=200, help_text="For example “Rights, second half of the year”.")
    due_on = DayField(label="Answer until", help_text="The last day on which reviewers can answer.")


class OpenCampaign(Guarded, FormPage):
    """Ask about every right."""

    policy = may_decide_about_roles
    title = "Review all rights"
    rail = "administration"
    form_class = CampaignForm
    submit = "Ask the reviewers"

    @property
    def lede(self) -> str:  # type: ignore[override]
        """Who is asked, and about which rights nobody can be."""
        left = reviews.without_reviewer()
        words = f" Nobody else can review, unless a manager is named first: {'; '.join(left)}." if left else ""
        asked = "the person's manager, or else to who heads or assures quality, or to an administrator"
        return f"Every right that is held now is shown to {asked}. {REVIEWER_NOT_OF_OWN_RIGHTS.sentence}{words}"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb("Access reviews", reverse("administration:reviews")), Crumb(self.title))

    @property
    def cancel_url(self) -> str:
        """Back to the list."""
        return reverse("administration:reviews")

    def save(self, form: CampaignForm, record: None) -> str:
        made = reviews.open_campaign(actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, f"{len(made)} {'reviewer is' if len(made) == 1 else 'reviewers are'} asked.")
        return self.cancel_url


class OneReview:
    """The review of the address, for its reviewer and who decides about roles."""

    def get_record(self) -> AccessReview:
        """The review, or Http404."""
        found: AccessReview = get_object_or_404(reviews.reviews_for(self.request.user), pk=self.kwargs["review"])
        return found


class ReviewPage(OneReview, DetailPage):
    """One reviewer's part: every right with its answer."""

    template_name = "administration/review.html"
    rail = "administration"
    workflow = reviews.REVIEW

    def crumbs(self) -> Sequence[Crumb]:
        if not may_decide_about_roles(self.request.user):
            return ()
        return above(Crumb("Access reviews", reverse("administration:reviews")), Crumb(self.get_record().title))

    def describe(self, record: AccessReview) -> Mapping[str, object]:
        return {"title": record.title, "badge": badge(record), "owner": record.reviewer.name,
                "table": _table(record), "facts": Facts(_facts(record))}  # fmt: skip

    def quiet_steps(self, record: AccessReview) -> list[Button]:
        if record.state != ReviewState.OPEN:
            return []
        found = []
        if record.reviewer_id == self.reader.pk:
            place = review_path(record, "administration:review_answer")
            found.append(Button("Answer", "primary", icon="edit", href=place))
        if may_decide_about_roles(self.reader):
            found.append(Button("Move the day", icon="calendar", href=review_path(record, "administration:review_day")))
        return found

    def step_url(self, record: AccessReview, key: str) -> str:
        return review_path(record, "administration:review_step", step=key)

    def timeline(self, record: AccessReview) -> Timeline:
        about = Q(record_kind="access.accessreview", record_id=record.pk)
        return story(self.request, within=about, capability=None)


class AnswerForm(RevisionForm):
    """A decision and a comment for every right; every field may wait."""

    def __init__(self, *args: Any, review: AccessReview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in review.answers:
            key, what = each["assignment"], f"{each['person']}: {each['right']}"
            self.fields[f"decision:{key}"] = forms.ChoiceField(label=what, choices=_CHOICES, required=False)
            self.fields[f"comment:{key}"] = forms.CharField(
                label=f"Why, {each['person']}", required=False, max_length=300, help_text="Needed to change or remove."
            )
        self.keys = [each["assignment"] for each in review.answers]

    def given(self) -> dict[int, tuple[str, str]]:
        """The answers by assignment."""
        clean = self.cleaned_data
        return {key: (clean[f"decision:{key}"], clean[f"comment:{key}"]) for key in self.keys}


class AnswerReview(OneReview, FormPage):
    """Answer for each right."""

    form_class = AnswerForm
    rail = "administration"
    submit = "Keep the answers"
    lede = "You can come back and change them until you sign."

    def get_record(self) -> AccessReview:
        """The review, for its reviewer alone. Raises Http404 or Denied."""
        found = super().get_record()
        reviews.is_reviewer.demand(self.reader, found)
        return found

    def get_title(self) -> str:
        return f"Answer: {self.get_record().title}"

    @property
    def cancel_url(self) -> str:
        """Back to the review."""
        return review_path(self.get_record())

    def form_kwargs(self, record: AccessReview) -> dict[str, Any]:
        return {"review": record}

    def initial(self, record: AccessReview) -> dict[str, Any]:
        found = {}
        for each in record.answers:
            found[f"decision:{each['assignment']}"] = each["decision"]
            found[f"comment:{each['assignment']}"] = each["comment"]
        return found

    def save(self, form: AnswerForm, record: AccessReview) -> str:
        done = reviews.answer(record, form.given(), actor=self.request.user, revision=form.cleaned_data["revision"])
        left = done.unanswered()
        messages.success(self.request, f"{left} are left." if left else "All are answered. Sign the review.")
        return review_path(done)


class DayForm(ReasonForm, RevisionForm):
    """Another last day, and why."""

    due_on = DayField(label="Answer until", help_text="The last day on which reviewers can answer.")
    field_order = ("due_on", "reason")


class MoveDay(OneReview, FormPage):
    """Give a campaign another last day."""

    form_class = DayForm
    rail = "administration"
    submit = "Move the day"
    lede = "It moves for every part of the campaign that nobody has signed yet, and each reviewer is told."

    def get_record(self) -> AccessReview:
        """The review, for who decides about roles. Raises Http404 or Denied."""
        found = super().get_record()
        may_decide_about_roles.demand(self.reader)
        return found

    def get_title(self) -> str:
        return f"Move the last day: {self.get_record().title}"

    @property
    def cancel_url(self) -> str:
        """Back to the review."""
        return review_path(self.get_record())

    def initial(self, record: AccessReview) -> dict[str, Any]:
        return {"due_on": record.due_on}

    def save(self, form: DayForm, record: AccessReview) -> str:
        done = campaigns.move_day(record, actor=self.reader, **form.cleaned_data)
        messages.success(self.request, f"Reviewers can answer until {times.day(done.due_on)}.")
        return review_path(done)


class ReviewStep(OneReview, StepPage):
    """Sign the review, or cancel the campaign."""

    workflow = reviews.REVIEW
    rail = "administration"

    def record_url(self, record: AccessReview) -> str:
        return review_path(record)

    def perform(self, record: AccessReview, form: StepForm) -> None:
        revision = form.cleaned_data["revision"]
        if self.kwargs["step"] == "cancel":
            campaigns.cancel(record, actor=self.reader, revision=revision, reason=form.cleaned_data["reason"])
            return
        reviews.conclude(record, actor=self.reader, revision=revision, credentials=form.credentials())


def _table(review: AccessReview) -> Table:
    heads = [Head("Person", "lead"), Head("Right"), Head("Answer", "fit"), Head("Why")]
    rows = [
        (each["person"], each["right"], reviews.DECISIONS.get(each["decision"], "open"), each["comment"])
        for each in review.answers
    ]
    return Table(heads, rows, f"{len(rows)} rights")


def _facts(review: AccessReview) -> list[tuple[str, object]]:
    return [
        ("Reviewer", review.reviewer),
        ("Asked by", review.opened_by),
        ("Asked", times.moment(review.opened_at)),
        ("Answer until", times.day(review.due_on)),
        ("Without an answer", review.unanswered()),
    ]
