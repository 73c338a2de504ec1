"""What people enter for a process deviation."""

from typing import Any

from django import forms

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.ui.forms import DayField
from documents.models import Version
from quality_events.forms import ChangeForm, EventForm, TypedStepForm, text
from quality_events.models import Severity
from quality_events.process_deviations.models import Decision, Timing
from quality_events.process_deviations.selectors import versions_offered
from studies.forms import PersonField
from studies.selectors import members

_GCP = "ICH E6(R3) 3.12"


class VersionField(forms.ModelChoiceField):
    """A version of a controlled document."""

    def label_from_instance(self, version: Version) -> str:
        return f"{version.document.number} · {version.label} {version.title}"[:120]


def _version() -> VersionField:
    return VersionField(label="Document", queryset=None, required=False, empty_label="No controlled document")


def _offer_versions(form: Any) -> None:
    """What may be named; a document that is named already but not the reader's to see stays as it is."""
    kept = form.initial.get("version")
    offered = versions_offered(form.reader, kept)
    form.fields["version"].queryset = offered
    if kept and not offered.filter(pk=kept).exists():
        del form.fields["version"]


class ProcessDeviationForm(EventForm):
    """A deviation as it is logged, or asked for."""

    timing = forms.ChoiceField(
        label="Was it planned?", choices=Timing.choices, widget=forms.RadioSelect, initial=Timing.UNPLANNED,
        help_text="Planned: quality assurance approves it before it begins, and for a time only.",
    )  # fmt: skip
    version = _version()
    requirement = forms.CharField(
        label="Section or process", max_length=300, required=False,
        help_text="The section; or the process, where no document describes it.",
    )  # fmt: skip
    immediate_action = text("Immediate action", 3, required=False)
    valid_from = DayField(label="Planned: valid from", required=False)
    valid_until = DayField(
        label="Planned: valid until", required=False, help_text="The last day, at most a year later."
    )
    justification = text(
        "Planned: why it is needed", 3, required=False, help_text="And what keeps people and data safe meanwhile."
    )

    field_order = (
        "title", "timing", "version", "requirement", "description", "immediate_action", "study", "site", "occurred_on",
        "discovered_on", "aware_at", "noticed_by", "valid_from", "valid_until", "justification", "owner",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_versions(self)


class ChangeProcessDeviationForm(ChangeForm, ProcessDeviationForm):
    """A deviation that exists; whether it was planned does not change any more."""

    timing = None


class ClassifyForm(TypedStepForm):
    """From what it departs, how bad it is, what it affects, who answers for it."""

    owner = PersonField(label="Owner", queryset=User.objects.none())
    version = _version()
    requirement = forms.CharField(label="Section or process", max_length=300, required=False)
    severity = forms.ChoiceField(label="Grade", choices=Severity.choices, widget=forms.RadioSelect)
    rationale = text("Grounds of the grade", 3, max_length=4000)
    affects_safety = forms.BooleanField(label="It affects the safety of participants", required=False)
    affects_rights = forms.BooleanField(label="It affects their rights", required=False)
    affects_data = forms.BooleanField(label="It affects the data", required=False)
    impact = text("Impact", 3, required=False, help_text="On whom or what, and how far.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [person.pk for person in people_with(Capability.CONTRIBUTE, anywhere=True)]
        self.fields["owner"].queryset = members().filter(pk__in=able)
        _offer_versions(self)
        self.fields["severity"].source = _GCP


class ActForm(TypedStepForm):
    """What was found and what is done about it."""

    investigation = text("What was found", 5, required=False)
    decision = forms.ChoiceField(label="Decision", choices=Decision.choices, widget=forms.RadioSelect)
    action = text("What is done, and why", 3)


class OutcomeForm(TypedStepForm):
    """What came of it."""

    outcome = text("What came of it", 4, help_text="What was done, and what it changed.")


class EndForm(TypedStepForm):
    """How a planned deviation went."""

    ending = text("How it went", 4, help_text="And that the procedure is followed again.")


STEPS: dict[str, type[TypedStepForm]] = {
    "classify": ClassifyForm, "act": ActForm, "submit": OutcomeForm, "close_minor": OutcomeForm, "end": EndForm,
}  # fmt: skip
"""The form of each step that asks for something."""
