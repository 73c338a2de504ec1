"""What people enter for specifications, deviations and freezes."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.ui.forms import DayField
from quality_events.deviations.categories import GROUPS, START, read, write
from quality_events.deviations.models import BreachAnswer, Importance
from quality_events.deviations.selectors import categories_of, last_freeze, specification_of
from quality_events.forms import ChangeForm, CodesOnly, EventForm, RecordForm, TypedStepForm, text
from quality_events.policies import may_export
from quality_events.privacy import is_code
from studies.models import ProtocolVersion, Study
from studies.selectors import studies_for

_E3 = "ICH E3 Q&A 7"
_MOST = 3650


class ProtocolField(forms.ModelChoiceField):
    """A version of a protocol, named with its study."""

    def label_from_instance(self, version: ProtocolVersion) -> str:
        return f"{version.study.number} · {version.label}"


class StudyByNumberField(forms.ModelChoiceField):
    """A study, named with its title."""

    def label_from_instance(self, study: Study) -> str:
        return f"{study.number} {study.title}"[:120]


def _protocols(form: Any) -> Any:
    studies = form.fields["study"].queryset
    return ProtocolVersion.objects.filter(study__in=studies).select_related("study").order_by("study__number", "pk")


class SpecificationForm(RecordForm):
    """A version of a study's deviation specification."""

    sources: ClassVar[dict[str, str]] = {"categories": _E3, "study": "ICH E6(R3) B.9"}

    protocol = ProtocolField(label="Protocol version", queryset=None, required=False, empty_label="Not tied to one")
    categories = text(
        "Categories", 18, initial=write(START), max_length=20_000,
        help_text=f"A line each: “group / what deviates: important” or “not important”, “, safety” where the medical"
        f" monitor confirms. Groups: {', '.join(GROUPS)}.",
    )  # fmt: skip
    repeat_count = forms.IntegerField(
        label="Repeats at a site that raise an issue",
        min_value=0,
        max_value=1000,
        initial=3,
        help_text="0 raises none.",
    )
    repeat_days = forms.IntegerField(label="Within days", min_value=1, max_value=_MOST, initial=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["protocol"].queryset = _protocols(self)
        self.fields["study"].required = True
        self.fields["study"].empty_label = "Choose…"
        del self.fields["site"]

    def clean_categories(self) -> str:
        """The text, once it can be read. Raises ValidationError."""
        written: str = self.cleaned_data["categories"]
        try:
            read(written)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return written


class ChangeSpecificationForm(ChangeForm, SpecificationForm):
    """A draft that exists."""


class DeviationForm(EventForm):
    """A protocol deviation as it is logged."""

    sources: ClassVar[dict[str, str]] = {
        **EventForm.sources,
        "study": "ICH E6(R3) 2.5.3",
        "subject_code": "GDPR 5(1)(c)",
    }

    subject_code = forms.CharField(
        label="Participant (code)", max_length=40, required=False, help_text="The code of the study, never initials."
    )
    visit = forms.CharField(label="Visit", max_length=80, required=False)
    protocol = ProtocolField(label="Protocol version", queryset=None, required=False, empty_label="Not known")
    protocol_section = forms.CharField(label="Section of the protocol", max_length=80, required=False)
    immediate_action = text("What was done at once", 3, required=False)
    reported_to_ethics = DayField(label="Reported to the ethics committee on", required=False)
    unblinded = forms.BooleanField(
        label="It tells who received what",
        required=False,
        help_text="Nobody who is blinded sees it then, which may be you.",
    )

    field_order = (
        "title", "description", "study", "site", "subject_code", "visit", "occurred_on", "discovered_on", "aware_at",
        "noticed_by", "protocol", "protocol_section", "immediate_action", "reported_to_ethics", "owner", "unblinded",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["protocol"].queryset = _protocols(self)
        self.fields["study"].empty_label = "That of the site"
        self.fields["study"].help_text = "Whose protocol was deviated from. Needed where no site is chosen."

    def clean(self) -> dict[str, Any]:
        """A deviation belongs to a study; the participant is a code."""
        clean = super().clean()
        if not clean.get("study") and "study" not in self.errors:
            self.add_error("study", "Choose the study whose protocol was deviated from.")
        code = clean.get("subject_code", "")
        if code and not is_code(code):
            self.add_error("subject_code", "Use the participant's code: it holds a digit, and is no name or date.")
        return clean

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name != "unblinded"}


class ChangeDeviationForm(ChangeForm, DeviationForm):
    """A deviation that exists; its lane is changed elsewhere."""

    unblinded = None


def category_choices(study: Study | None) -> list[tuple[str, str]]:
    """The categories of the specification that holds at a study, each with how it is judged."""
    held = categories_of(specification_of(study))
    return [("", "Choose…"), *((each.key, each.line) for each in held.values())]


def after_freeze(study: Study | None) -> str:
    """What it means to classify after the freeze of a study; nothing before it."""
    held = last_freeze(study)
    return f"{held.number} is signed: it counts as classified after it, until an amendment is signed." if held else ""


class ClassifyForm(TypedStepForm):
    """How it is judged, against the specification of the study."""

    category = forms.ChoiceField(label="Category")
    importance = forms.ChoiceField(label="Classification", choices=Importance.choices, widget=forms.RadioSelect)
    rationale = text(
        "Rationale", 3, source=_E3, max_length=4000, help_text="Why it is, or is not, what the specification proposes."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = category_choices(self.record.study)
        self.fields["importance"].source = _E3
        self.fields["importance"].help_text = after_freeze(self.record.study)


class ScreenForm(TypedStepForm):
    """Whether it may be a serious breach."""

    breach = forms.ChoiceField(
        label="May it be a serious breach?", choices=BreachAnswer.choices, widget=forms.RadioSelect,
        help_text="Likely to affect significantly the safety or rights of a participant, or the reliability of data.",
    )  # fmt: skip
    breach_grounds = text("Grounds", 3, source="EU 536/2014, Article 52", max_length=4000)


class InvestigateForm(TypedStepForm):
    """What is looked into."""

    investigation = text("What is looked into", 4)


class ActForm(TypedStepForm):
    """What it means, and what is done."""

    impact = text("Impact on safety, rights and data", 4, source=_E3)
    critical_factor = forms.CharField(label="Critical-to-quality factor touched", max_length=300, required=False)
    excluded = forms.BooleanField(label="The participant leaves an analysis population", required=False)
    action = text("What is done", 4)


STEPS: dict[str, type[TypedStepForm]] = {
    "classify": ClassifyForm, "reclassify": ClassifyForm, "screen": ScreenForm, "investigate": InvestigateForm,
    "act": ActForm,
}  # fmt: skip


class ClassifyManyForm(CodesOnly):
    """How several deviations of one study are judged at once."""

    category = forms.ChoiceField(label="Category")
    importance = forms.ChoiceField(label="Classification", choices=Importance.choices, widget=forms.RadioSelect)
    rationale = text("Rationale, for each of them", 3, source=_E3, max_length=4000)

    def __init__(self, *args: Any, study: Study | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = category_choices(study)
        self.fields["importance"].help_text = after_freeze(study)
        self.fields["category"].source = self.fields["importance"].source = _E3


class ListingForm(forms.Form):
    """Of which study the deviations are listed."""

    study = StudyByNumberField(label="Study", queryset=None, empty_label="Choose…", to_field_name="number")

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        """Offered are the studies of which the reader makes reports."""
        super().__init__(*args, **kwargs)
        able = [study.pk for study in studies_for(reader) if may_export(reader, study)]
        self.fields["study"].queryset = Study.objects.filter(pk__in=able).order_by("number")
        self.fields["study"].source = "ICH E3 10.2"


class FreezeForm(RecordForm):
    """The freeze of a study's classification."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["study"].required = True
        self.fields["study"].empty_label = "Choose…"
        del self.fields["site"]


class ChangeFreezeForm(ChangeForm, FreezeForm):
    """A freeze that is prepared."""
