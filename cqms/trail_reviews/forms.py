"""Input of reviews of the trail as clean values."""

import datetime as dt
from typing import Any

from django import forms

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization
from cqms.trail_reviews.models import Frequency
from cqms.trail_reviews.selectors import places_for
from cqms.trail_reviews.services import Plan
from cqms.ui.forms import DayField, RevisionForm
from cqms.ui.step_form import StepForm
from cqms.ui.story import kinds_of_records

_YEARS = 10 * 366


def _text(label: str, rows: int, **options: Any) -> forms.CharField:
    source = options.pop("source", "")
    field = forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)
    field.source = source  # type: ignore[attr-defined]
    return field


class PlanForm(forms.Form):
    """What is reviewed, why, how often and by whom."""

    place = forms.ChoiceField(label="Trail of")
    why_critical = _text(
        "Why this trail is critical", 3, max_length=4000, source="EMA 6.2.2",
        help_text="Which data, which decision depends on them, what could go wrong.",
    )  # fmt: skip
    starts_on = DayField(label="Entries from")
    ends_on = DayField(label="Entries until", help_text="Both days included, in the organization's zone.")
    kinds = forms.MultipleChoiceField(
        label="Records", required=False, widget=forms.CheckboxSelectMultiple, help_text="Tick none to review all."
    )
    frequency = forms.TypedChoiceField(label="How often", choices=Frequency.choices, coerce=int)
    owner = forms.ModelChoiceField(
        label="Reviewer",
        queryset=User.objects.none(),
        help_text="Somebody independent: who neither wrote most of the entries, nor is of the line of who answers.",
    )
    due_on = DayField(label="Due")

    def __init__(self, *args: Any, reader: User, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places_for(reader, organization)
        self.fields["place"].choices = [(key, str(place)) for key, place in self.places.items()]
        self.fields["kinds"].choices = list(kinds_of_records().items())
        able = {person.pk for person in people_with(Capability.INSPECT, anywhere=True)}
        able &= {person.pk for person in people_with(Capability.REVIEW, anywhere=True)}
        self.fields["owner"].queryset = User.objects.filter(pk__in=able).order_by("name")

    def clean(self) -> dict[str, Any]:
        """A period ends after it begins, and is not longer than ten years."""
        clean: dict[str, Any] = super().clean() or {}
        begin, end = clean.get("starts_on"), clean.get("ends_on")
        if begin and end and end < begin:
            self.add_error("ends_on", "The period ends before it begins.")
        elif begin and end and end - begin > dt.timedelta(days=_YEARS):
            self.add_error("ends_on", "Review at most ten years at once.")
        return clean

    def plan(self) -> Plan:
        """The entered values as the services take them."""
        data = self.cleaned_data
        names = ("why_critical", "frequency", "starts_on", "ends_on", "owner", "due_on", "kinds")
        return Plan(place=self.places[data["place"]], **{name: data[name] for name in names})


class ChangePlanForm(RevisionForm, PlanForm):
    """A plan that exists."""


class SignForm(StepForm):
    """The conclusion that is signed."""

    conclusion = _text(
        "Conclusion", 4, max_length=8000, source="EMA 6.2.2",
        help_text="What you looked at, what you found, and what follows from it.",
    )  # fmt: skip


class CommentForm(forms.Form):
    """What is said about an entry, and whom it concerns."""

    text = _text("Comment", 4, max_length=4000)
    concerns = forms.ModelChoiceField(
        label="Concerns", queryset=User.objects.none(), required=False, empty_label="Nobody: just a note",
        help_text="They are asked in their Inbox, and the review waits for their answer.",
    )  # fmt: skip

    def __init__(self, *args: Any, review: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [person.pk for person in people_with(Capability.READ, review)]
        self.fields["concerns"].queryset = User.objects.filter(pk__in=able).order_by("name")


class AnswerForm(RevisionForm):
    """The answer of the person concerned."""

    answer = _text("Your answer", 4, max_length=4000)
