"""What people enter for a quality issue."""

from typing import Any, ClassVar

from django import forms

from cqms.access.reach import known_to, people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from quality_events.forms import ChangeForm, EventForm, TypedStepForm, text
from quality_events.issues.models import BreachScreen, Decision, Detectability, Extent, QualityIssue, Scope
from quality_events.models import Severity
from quality_events.selectors import events_for
from studies.forms import PersonField
from studies.selectors import members

_R3 = "ICH E6(R3) 3.12"


class IssueForm(EventForm):
    """A quality issue as it is reported."""

    sources: ClassVar[dict[str, str]] = {**EventForm.sources, "detected_how": _R3, "scope": _R3}

    scope = forms.ChoiceField(label="Scope", choices=Scope.choices)
    scope_detail = forms.CharField(
        label="Which one", max_length=300, required=False, help_text="The country, service provider, system or process."
    )
    detected_how = forms.CharField(label="Detected by", max_length=300, help_text="Monitoring, an audit, a call, …")
    critical_factor = forms.CharField(
        label="Critical-to-quality factor touched",
        max_length=300,
        required=False,
        help_text="As the protocol names it.",
    )
    containment = text("What was done at once", 3, required=False)

    field_order = (
        "title", "description", "study", "site", "scope", "scope_detail", "occurred_on", "discovered_on", "aware_at",
        "noticed_by", "detected_how", "critical_factor", "containment", "owner",
    )  # fmt: skip


class ChangeIssueForm(ChangeForm, IssueForm):
    """A quality issue that exists."""


class AcceptForm(TypedStepForm):
    """What triage answers: who answers for it, how bad it is, whom it concerns."""

    owner = PersonField(label="Owner", queryset=User.objects.none())
    severity = forms.ChoiceField(label="Severity", choices=Severity.choices, widget=forms.RadioSelect)
    extent = forms.ChoiceField(label="Extent", choices=Extent.choices, widget=forms.RadioSelect)
    detectability = forms.ChoiceField(label="Detectability", choices=Detectability.choices, widget=forms.RadioSelect)
    breach = forms.ChoiceField(
        label="May it be a serious breach?", choices=BreachScreen.choices, widget=forms.RadioSelect,
        help_text="Likely to affect significantly the safety or rights of a participant, or the reliability of data.",
    )  # fmt: skip
    affected = forms.IntegerField(label="Participants affected", min_value=0, max_value=10_000_000, required=False)
    safety = forms.BooleanField(label="It concerns safety", required=False)
    privacy = forms.BooleanField(label="It concerns personal data", required=False)
    blinding = forms.BooleanField(label="It concerns blinding", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [person.pk for person in known_to(self.reader, people_with(Capability.CONTRIBUTE, anywhere=True))]
        self.fields["owner"].queryset = members().filter(pk__in=able)
        self.fields["breach"].source = "EU 536/2014, Article 52"


class DuplicateForm(TypedStepForm):
    """Which issue goes on."""

    original = forms.CharField(label="Number of the issue that goes on", max_length=40)

    def clean_original(self) -> QualityIssue:
        """The other issue. Raises ValidationError."""
        number = self.cleaned_data["original"]
        rows = events_for(QualityIssue, self.reader).exclude(pk=self.record.pk)
        found = rows.filter(number__iexact=number.strip()).first()
        if found is None:
            raise forms.ValidationError("There is no other issue of this number, or it is not yours to see.")
        return found


class ContainForm(TypedStepForm):
    """What is done at once."""

    containment = text("Immediate containment", 4, source=_R3)


class ConcludeForm(TypedStepForm):
    """Why it happened."""

    root_cause = text("Root cause", 5, source="ICH E6(R3) 3.12.2")
    affected = forms.IntegerField(label="Participants affected", min_value=0, max_value=10_000_000)
    critical_factor = forms.CharField(
        label="Critical-to-quality factor touched",
        max_length=300,
        help_text="As the protocol names it, or none.",
    )


class DecideForm(TypedStepForm):
    """What is done about it."""

    decision = forms.ChoiceField(label="Decision", choices=Decision.choices, widget=forms.RadioSelect)
    decision_grounds = text("Grounds", 4, source="ICH E6(R3) 3.12.2")
    persistent = forms.BooleanField(label="It is persistent noncompliance of one party", required=False)
    termination = text(
        "Is the party's participation ended?", 2, source="ICH E6(R3) 3.12.3", required=False, max_length=4000,
        help_text="Only for persistent noncompliance: what was decided, and why.",
    )  # fmt: skip


class RefuseCapaForm(DecideForm):
    """A decision without a CAPA, justified and signed."""

    decision = forms.ChoiceField(
        label="Decision", choices=[each for each in Decision.choices if each[0] != Decision.CAPA],
        widget=forms.RadioSelect,
    )  # fmt: skip
    decision_grounds = text("Justification", 5, source="ICH E6(R3) 3.12.2")


class CloseForm(TypedStepForm):
    """What shows that it worked."""

    effect = text("Effect", 4, source="ICH E6(R3) 3.12.2", help_text="What shows that what was decided worked.")


STEPS: dict[str, type[TypedStepForm]] = {
    "accept": AcceptForm, "duplicate": DuplicateForm, "contain": ContainForm, "conclude": ConcludeForm,
    "decide": DecideForm, "refuse_capa": RefuseCapaForm, "close": CloseForm,
}  # fmt: skip
"""The form of each step that asks for something."""
