"""What people enter for a CAPA."""

from typing import Any, ClassVar

from django import forms

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.ui.forms import DayField, RevisionForm
from quality_events.capas.models import ActionKind, Bone, Capa, Cause, DataSource, Method, Source, Unit, Weight
from quality_events.capas.selectors import causes_of, files_to_cite
from quality_events.counting import counted_types
from quality_events.deviations.models import ProtocolDeviation
from quality_events.deviations.selectors import categories_of, specification_of
from quality_events.forms import ChangeForm, CodesOnly, ManyFilesField, RecordForm, TypedStepForm, text
from quality_events.models import Severity
from quality_events.selectors import people_able
from quality_events.types import types
from studies.forms import PersonField
from studies.models import Study

_R3 = "ICH E6(R3) 3.12.2"


class CapaForm(RecordForm):
    """A CAPA as it is initiated."""

    sources: ClassVar[dict[str, str]] = {"description": _R3, "interim": _R3}

    source = forms.ChoiceField(
        label="Source", choices=Source.choices, help_text="Link the records themselves afterwards: there can be many."
    )
    aware_on = DayField(label="Known since", help_text="The time for the plan counts from this day.")
    interim = text("Interim measure", 3, required=False, help_text="What protects meanwhile. Needed where critical.")
    elsewhere = text("Where else could it happen?", 3, required=False)

    field_order = (
        "title", "description", "source", "aware_on", "study", "site", "interim", "elsewhere", "owner",
    )  # fmt: skip


class ChangeCapaForm(ChangeForm, CapaForm):
    """A CAPA that exists."""


class ScopeForm(TypedStepForm):
    """That it is needed, how bad and how far, and who answers for it."""

    owner = PersonField(label="Owner", queryset=User.objects.none())
    severity = forms.ChoiceField(label="Severity", choices=Severity.choices, widget=forms.RadioSelect)
    extent = text("Extent", 4, source=_R3, help_text="How far it reaches: sites, participants, data, since when.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_able()


class ConcludeForm(TypedStepForm):
    """What was found at the end of the period."""

    result = text("Result", 5, source=_R3, help_text="Against the criterion. The portal's own figures are added.")


STEPS: dict[str, type[TypedStepForm]] = {"scope": ScopeForm, "conclude": ConcludeForm}
"""The form of each step that asks for something."""


class AnalysisForm(CodesOnly, RevisionForm):
    """Method and root cause in words; the causes themselves are rows."""

    method = forms.ChoiceField(label="Method", choices=Method.choices)
    root_cause = text("Root cause in a sentence", 3, source=_R3, max_length=4000)
    challenge = text(
        "Why did the system let it happen?", 3, source=_R3, required=False, max_length=4000,
        help_text="To be answered where every root cause is a person's error: what would have stopped it?",
    )  # fmt: skip
    interim = text("Interim measure", 2, required=False, help_text="Needed where critical.")
    elsewhere = text("Where else could it happen?", 2, required=False)


class PartForm(forms.Form):
    """Mixed into the form of a row that exists: it can be withdrawn."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    withdraw = forms.BooleanField(label="Withdraw this row", required=False, help_text="It stays in the trail.")


class CauseForm(CodesOnly):
    """One cause, what it explains, and its evidence."""

    text = forms.CharField(label="Cause", max_length=500)
    parent = forms.ModelChoiceField(
        label="It explains", queryset=None, required=False, empty_label="The problem itself",
        help_text="The answer to “why?” of this row.",
    )  # fmt: skip
    weight = forms.ChoiceField(label="What it is", choices=Weight.choices, widget=forms.RadioSelect)
    bone = forms.ChoiceField(label="Belongs to", choices=Bone.choices)
    human_error = forms.BooleanField(label="It is a person's error or lack of training", required=False)
    evidence = forms.CharField(
        label="Evidence",
        max_length=1000,
        required=False,
        help_text="Where it can be seen: a record, a file, an address.",
    )
    file = forms.ModelChoiceField(label="Or a file of this CAPA", queryset=None, required=False, empty_label="No file")

    def __init__(self, *args: Any, capa: Capa, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Cause.objects.filter(pk__in=[each.pk for each in causes_of(capa)])
        self.fields["file"].queryset = files_to_cite(capa)
        self.fields["text"].source = self.fields["weight"].source = self.fields["bone"].source = _R3


class ChangeCauseForm(PartForm, CauseForm):
    """A cause that exists."""

    field_order = ("text", "parent", "weight", "bone", "human_error", "evidence", "file", "withdraw")


class ActionForm(CodesOnly):
    """One row of the plan."""

    kind = forms.ChoiceField(label="Type", choices=ActionKind.choices, widget=forms.RadioSelect)
    text = forms.CharField(label="Action", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    training = forms.BooleanField(label="It is training or reminding", required=False)
    owner = PersonField(label="Owner", queryset=User.objects.none())
    due_on = DayField(label="Due on")
    deliverable = forms.CharField(label="Deliverable", max_length=500, help_text="What will be there when it is done.")

    def __init__(self, *args: Any, capa: Capa, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_able()
        for name in ("kind", "text", "owner", "due_on", "deliverable"):
            self.fields[name].source = _R3


class ChangeActionForm(PartForm, ActionForm):
    """A row of the plan that exists."""

    field_order = ("kind", "text", "training", "owner", "due_on", "deliverable", "withdraw")


class CompleteForm(CodesOnly, RevisionForm):
    """The evidence that an action was done."""

    evidence = forms.CharField(
        label="Evidence", max_length=1000, required=False, help_text="Where it can be seen, or add files."
    )
    files = ManyFilesField(label="Files", required=False, help_text="PDF, PNG, JPEG, Word, Excel, CSV or text.")


class CriterionForm(CodesOnly, RevisionForm):
    """By what the CAPA is judged, set before the plan is approved."""

    metric = forms.CharField(label="Metric", max_length=300, help_text="What is looked at, in words.")
    target = forms.DecimalField(label="Target, at most", max_digits=12, decimal_places=4, min_value=0)
    sample = forms.CharField(label="Sample or period", max_length=300)
    data_source = forms.ChoiceField(label="Data source", choices=DataSource.choices, widget=forms.RadioSelect)
    check_on = DayField(label="Measured until", help_text="The day at whose end it is judged.")
    data_words = forms.CharField(label="Which other source", max_length=300, required=False)
    baseline = forms.CharField(
        label="Baseline", max_length=300, required=False, help_text="The portal fills it in where it counts itself."
    )
    counted = forms.ChoiceField(label="The portal counts", choices=[], required=False)
    category = forms.ChoiceField(label="Of this category", choices=[], required=False)
    unit = forms.ChoiceField(label="Counted as", choices=[("", "Choose"), *Unit.choices], required=False)
    before_from = DayField(label="Baseline from", required=False)
    before_to = DayField(label="Baseline until", required=False)
    after_from = DayField(label="Measured from", required=False)
    training_grounds = text(
        "What makes you sure that training alone is enough?", 3, source=_R3, required=False, max_length=4000,
        help_text="To be answered where training or reminding is the only action.",
    )  # fmt: skip

    def __init__(self, *args: Any, study: Study | None = None, **kwargs: Any) -> None:
        """`study` is that of the CAPA: its deviation specification names the categories of deviations."""
        super().__init__(*args, **kwargs)
        self.fields["counted"].choices = [("", "Nothing"), *((each.space, each.plural) for each in counted_types())]
        self.fields["category"].choices = [("", "Any"), *categories(study)]
        for name in ("metric", "target", "sample", "data_source", "check_on"):
            self.fields[name].source = _R3

    def clean(self) -> dict[str, Any]:
        """A category belongs to the type that is counted."""
        clean = super().clean() or {}
        space, _, value = clean.get("category", "").partition(":")
        if space and space != clean.get("counted"):
            self.add_error("category", "This category belongs to another type of event.")
        clean["category"] = value
        return clean


class ExtensionForm(CodesOnly):
    """More time, asked for before the day comes."""

    due = DayField(label="New day")
    why = text("Reason", 3, max_length=4000)
    interim_control = text("Interim control", 3, max_length=4000, help_text="What keeps the risk down until then.")
    risk = text("Risk of waiting", 3, max_length=4000)


class DecideExtensionForm(CodesOnly):
    """Whether more time is granted."""

    decision = forms.ChoiceField(
        label="Decision", choices=[("grant", "Grant"), ("refuse", "Refuse")], widget=forms.RadioSelect
    )
    reason = text("Reason", 3, source="21 CFR 11.10(e)", max_length=2000)


def categories(study: Study | None) -> list[tuple[str, str]]:
    """Every category of every type that has some: `space:value` and words."""
    judged = [(key, key) for key in categories_of(specification_of(study))]
    own = {kind_of(ProtocolDeviation): judged}
    found = []
    for each in types():
        if each.category:
            choices = own.get(each.kind) or each.model._meta.get_field(each.category).choices or ()
            found += [(f"{each.space}:{value}", f"{each.noun}: {label}") for value, label in choices]
    return found
