"""What people enter for a change."""

from typing import Any, ClassVar

from django import forms

from cqms.accounts.models import User
from cqms.ui.forms import DayField, RevisionForm
from quality_events.changes.guards import functions_left
from quality_events.changes.models import (
    ChangeControl,
    ChangeKind,
    Function,
    Outcome,
    Regulatory,
    RiskClass,
    Verdict,
)
from quality_events.forms import ChangeForm, CodesOnly, ManyFilesField, RecordForm, TypedStepForm, text
from quality_events.selectors import people_able
from studies.forms import PersonField

_ANNEX = "EU Annex 11 10"
_R3 = "ICH E6(R3) 4.3.5"


class RequestForm(RecordForm):
    """A change as it is requested."""

    sources: ClassVar[dict[str, str]] = {"description": _ANNEX, "justification": _ANNEX, "kind": _ANNEX}

    kind = forms.ChoiceField(label="Type", choices=ChangeKind.choices)
    subject_matter = forms.CharField(
        label="What is changed", max_length=300, help_text="The system and its version, the process, the plan."
    )
    justification = text("Why it is needed", 3)
    emergency = forms.BooleanField(
        label="It is an emergency", required=False,
        help_text="It cannot wait for its approval, which follows within two working days.",
    )  # fmt: skip
    temporary = forms.BooleanField(label="It is temporary", required=False)
    expires_on = DayField(label="Ends on", required=False, help_text="The day on which a temporary change is undone.")

    field_order = (
        "title", "kind", "subject_matter", "description", "justification", "study", "site", "emergency", "temporary",
        "expires_on", "owner",
    )  # fmt: skip


class ChangeRequestForm(ChangeForm, RequestForm):
    """A change that exists."""


class ScreenForm(TypedStepForm):
    """That it is GxP-relevant, who carries it through, and who answers for what is changed."""

    gxp_grounds = text("Why it is GxP-relevant", 3, source=_ANNEX, max_length=4000)
    owner = PersonField(
        label="Owner", queryset=User.objects.none(), help_text="Who carries it through; never who requested it."
    )
    system_owner = PersonField(
        label="Owner of what is changed", queryset=User.objects.none(), help_text="Who releases it in the end."
    )
    regulatory = forms.ChoiceField(
        label="Authorities and ethics committees", choices=Regulatory.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_able().exclude(pk=self.record.reporter_id)
        self.fields["system_owner"].queryset = people_able()
        self.fields["regulatory"].source = "EU 536/2014, Article 15"


class AssessForm(TypedStepForm):
    """Why the functions that are not asked are not concerned."""

    unconcerned = text("Why other functions are not asked", 3, required=False, max_length=4000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = functions_left(self.record)
        self.fields["unconcerned"].help_text = f"Not asked: {', '.join(left)}." if left else "Every function is asked."


class FinishForm(TypedStepForm):
    """What was done, and what had to be there before it may be used."""

    result = text("What was done", 4)
    config_diff = text(
        "What differs in the configuration",
        3,
        required=False,
        source=_R3,
        help_text="Needed for a computerised system.",
    )
    regulatory_reference = forms.CharField(
        label="Reference of authority and ethics committee", max_length=300, required=False,
        help_text="Needed where they approve it or are notified.",
    )  # fmt: skip
    regulatory_on = DayField(label="Approved or notified on", required=False)
    training_evidence = forms.CharField(
        label="Evidence of training", max_length=1000, required=False,
        help_text="Needed where authorities approve it: nobody uses it untrained.",
    )  # fmt: skip


class LookBackForm(TypedStepForm):
    """Whether it does what it was made for."""

    outcome = forms.ChoiceField(label="Outcome", choices=Outcome.choices, widget=forms.RadioSelect)
    review = text("What was found", 4)
    reversed_on = DayField(label="Undone on", required=False, help_text="Needed where it was temporary.")
    reversal_evidence = forms.CharField(
        label="Evidence that it was undone", max_length=1000, required=False, help_text="Where it can be seen."
    )


STEPS: dict[str, type[TypedStepForm]] = {
    "screen": ScreenForm, "assess": AssessForm, "finish": FinishForm, "look_back": LookBackForm,
}  # fmt: skip
"""The form of each step that asks for something."""


class PlanForm(CodesOnly, RevisionForm):
    """How it is done, tested and undone; the tasks themselves are rows."""

    approach = text("How it is done", 4, source=_ANNEX)
    risk_class = forms.ChoiceField(
        label="Risk class", choices=[("", "Not a system"), *RiskClass.choices], required=False,
        help_text="Needed for a computerised system, like the two below.",
    )  # fmt: skip
    regression_scope = text("What is tested again", 3, required=False, source=_R3)
    rollback_plan = text("How it is undone", 3, required=False, source=_R3)


class QuestionForm(forms.Form):
    """Whom to ask what the change does to their function."""

    function = forms.ChoiceField(label="Function", choices=Function.choices)
    owner = PersonField(label="Who assesses", queryset=User.objects.none())
    due_on = DayField(label="Due on")

    def __init__(self, *args: Any, change: ChangeControl, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_able()
        for field in self.fields.values():
            field.source = _ANNEX


class VerdictForm(TypedStepForm):
    """What the change does to one function."""

    verdict = forms.ChoiceField(
        label="Verdict", widget=forms.RadioSelect,
        choices=[(each.value, each.label) for each in Verdict if each != Verdict.NOT_ACCEPTABLE],
    )  # fmt: skip
    finding = text("What it does, and why", 4, source=_ANNEX)
    measures = text("What has to be done about it", 3, required=False, help_text="Needed where it has an impact.")


class ObjectionForm(TypedStepForm):
    """Why one function cannot accept the change as it is planned."""

    finding = text("Why it is not acceptable", 4, source=_ANNEX)
    measures = text("What would have to change", 3, required=False)


ASSESSMENT_STEPS: dict[str, type[TypedStepForm]] = {"assess": VerdictForm, "object": ObjectionForm}
"""The form of each step of an assessment that asks for something."""


class TaskForm(CodesOnly):
    """One task of the change."""

    text = forms.CharField(label="Task", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    owner = PersonField(label="Owner", queryset=User.objects.none())
    due_on = DayField(label="Due on")
    after_release = forms.BooleanField(label="It is done after the release", required=False)

    def __init__(self, *args: Any, change: ChangeControl, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_able()
        for name in ("text", "owner", "due_on"):
            self.fields[name].source = _ANNEX


class ChangeTaskForm(TaskForm):
    """A task that exists: it can be withdrawn."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    withdraw = forms.BooleanField(label="Withdraw this task", required=False, help_text="It stays in the trail.")


class CompleteTaskForm(CodesOnly, RevisionForm):
    """The evidence that a task was done."""

    evidence = forms.CharField(
        label="Evidence", max_length=1000, required=False, help_text="Where it can be seen, or add files."
    )
    files = ManyFilesField(label="Files", required=False, help_text="PDF, PNG, JPEG, Word, Excel, CSV or text.")
