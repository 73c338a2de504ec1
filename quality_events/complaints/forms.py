"""What people enter for a complaint."""

from typing import Any

from django import forms

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.ui.forms import DayField
from cqms.ui.moments import PastMomentField
from quality_events.complaints.models import Channel, Complainant, Conclusion, FollowUp, Subject
from quality_events.forms import ChangeForm, EventForm, TypedStepForm, text
from quality_events.models import Severity
from studies.forms import PersonField
from studies.selectors import members

_SAFETY = "ICH E6(R3) 3.13"


class ComplaintForm(EventForm):
    """A complaint as it is received."""

    complainant = forms.ChoiceField(
        label="Who complains", choices=Complainant.choices,
        help_text="Never the name of a participant: the site knows who it is.",
    )  # fmt: skip
    channel = forms.ChoiceField(label="Received by", choices=Channel.choices)
    subject_matter = forms.ChoiceField(label="About", choices=Subject.choices)
    acknowledged_on = DayField(label="Receipt confirmed on", required=False, help_text="Empty until it was confirmed.")

    field_order = (
        "title", "description", "complainant", "channel", "subject_matter", "study", "site", "occurred_on",
        "discovered_on", "aware_at", "noticed_by", "acknowledged_on", "owner",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discovered_on"].label = "Received on"
        self.fields["noticed_by"].label = "Taken by"
        self.fields["aware_at"].source = _SAFETY


class ChangeComplaintForm(ChangeForm, ComplaintForm):
    """A complaint that exists."""


class ClassifyForm(TypedStepForm):
    """Who complains and about what, how bad it is, whom it concerns, who answers for it."""

    complainant = forms.ChoiceField(label="Who complains", choices=Complainant.choices)
    channel = forms.ChoiceField(label="Received by", choices=Channel.choices)
    subject_matter = forms.ChoiceField(label="About", choices=Subject.choices)
    owner = PersonField(label="Owner", queryset=User.objects.none())
    severity = forms.ChoiceField(label="Severity", choices=Severity.choices, widget=forms.RadioSelect)
    safety = forms.BooleanField(
        label="It concerns safety", required=False, help_text="Pharmacovigilance must have it within one working day."
    )
    privacy = forms.BooleanField(label="It concerns personal data", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [person.pk for person in people_with(Capability.CONTRIBUTE, anywhere=True)]
        self.fields["owner"].queryset = members().filter(pk__in=able)
        self.fields["safety"].source = _SAFETY


class HandOverForm(TypedStepForm):
    """Who has it, and since when."""

    handed_over_at = PastMomentField(label="They have it since", help_text="In your time zone.")
    handed_over_to = forms.CharField(
        label="Handed over to", max_length=300, help_text="The unit and its reference, never the name of a participant."
    )


class InvestigateForm(TypedStepForm):
    """What was found and what is done about it."""

    investigation = text("What was found", 5)
    conclusion = forms.ChoiceField(label="Conclusion", choices=Conclusion.choices, widget=forms.RadioSelect)
    follow_up = forms.ChoiceField(label="Follow-up", choices=FollowUp.choices, widget=forms.RadioSelect)
    follow_up_grounds = text("What is done, and why", 3)


class ReplyForm(TypedStepForm):
    """The answer that was given."""

    reply = text("Answer", 5, help_text="What was said, in its main points. Attach the letter as a file.")
    replied_on = DayField(label="Answered on")
    replied_by = forms.ChoiceField(label="Answered by", choices=Channel.choices)


class CloseForm(TypedStepForm):
    """How it ended for who complained."""

    content = forms.CharField(
        label="How the answer was taken", max_length=1000, required=False, help_text="Leave it empty if nobody said."
    )


STEPS: dict[str, type[TypedStepForm]] = {
    "classify": ClassifyForm, "hand_over": HandOverForm, "investigate": InvestigateForm, "reply": ReplyForm,
    "close": CloseForm,
}  # fmt: skip
"""The form of each step that asks for something."""
