"""What people enter for documents: plain forms that check shape, never rules, and never save."""

from typing import Any

from django import forms

from cqms.access.reach import known_to, people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.ui.forms import DayField, RevisionForm
from cqms.ui.step_form import StepForm
from documents.models import DocumentType, TrainingImpact, Verdict
from documents.services import Draft
from studies.selectors import studies_for

_SOP = "your SOP on documents"


def _text(label: str, rows: int, *, source: str = "", **options: Any) -> forms.CharField:
    field = forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)
    field.source = source
    return field


class DraftForm(forms.Form):
    """The content of a version and who takes part in it."""

    title = forms.CharField(label="Title", max_length=250)
    change_summary = _text("Summary of changes", 2, max_length=2000, source="21 CFR 11.10(k)(2)")
    change_reason = _text("Reason for this version", 2, max_length=2000, source="EU Annex 11 9")
    training_impact = forms.ChoiceField(
        label="Training", choices=TrainingImpact.choices, initial=TrainingImpact.READ,
        help_text="What people must do before they work to this version.",
    )  # fmt: skip
    audience = forms.CharField(
        label="Who must be trained", max_length=300, required=False, help_text="Roles or departments."
    )
    regulations = forms.CharField(
        label="Regulations it implements", max_length=500, required=False, help_text="For example: ICH E6(R3) 3.10."
    )
    reviewers = forms.ModelMultipleChoiceField(
        label="Reviewers", queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    function_leads = forms.ModelMultipleChoiceField(
        label="Function leads", queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="They approve a study plan after the study manager and before quality assurance.",
    )  # fmt: skip
    markdown = _text(
        "Text", 18, required=False, max_length=500_000, strip=False,
        help_text="Write in Markdown: # for headings, - for lists, | for tables. Or upload a file below.",
    )  # fmt: skip
    file = forms.FileField(
        label="Upload a file instead",
        required=False,
        help_text="A PDF, or a Markdown text. It replaces the text above.",
    )

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        """`reader` is the author: they are never offered as reviewer of their own version."""
        super().__init__(*args, **kwargs)
        for name, capability in (("reviewers", Capability.REVIEW), ("function_leads", Capability.ADVISE)):
            able = known_to(reader, people_with(capability, anywhere=True))
            people = [person.pk for person in able if person.pk != reader.pk]
            self.fields[name].queryset = User.objects.filter(pk__in=people).order_by("name")
        self.fields["training_impact"].source = _SOP

    def draft(self) -> Draft:
        """The entered values as the services take them."""
        data = self.cleaned_data
        names = ("title", "change_summary", "change_reason", "training_impact", "audience", "regulations", "markdown")
        upload = data.get("file")
        return Draft(
            content={name: data[name] for name in names if name in data},
            reviewers=list(data["reviewers"]),
            function_leads=list(data["function_leads"]),
            file=(upload.name, upload.read()) if upload else None,
        )


class NewDocumentForm(DraftForm):
    """A new document with its first draft."""

    type = forms.ChoiceField(label="Type", choices=DocumentType.choices, initial=DocumentType.SOP)
    study = forms.ModelChoiceField(
        label="Study", queryset=None, required=False, empty_label="No study: for the organization"
    )
    owner = forms.ModelChoiceField(label="Process owner", queryset=User.objects.none(), empty_label="Choose…")
    department = forms.CharField(label="Department", max_length=120, required=False)

    field_order = ("type", "title", "study", "owner", "department")

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        self.fields["study"].queryset = studies_for(reader).order_by("number")
        owners = [person.pk for person in known_to(reader, people_with(Capability.APPROVE, anywhere=True))]
        self.fields["owner"].queryset = User.objects.filter(pk__in=owners).order_by("name")
        self.fields["owner"].source = "ICH Q10 2.1"
        self.fields["change_summary"].initial = "First version"


class NewVersionForm(DraftForm):
    """The next version of a document."""

    size = forms.ChoiceField(
        label="Size of the change",
        choices=[("major", "Major: the process changes"), ("minor", "Minor: the process stays")],
        widget=forms.RadioSelect, initial="major",
    )  # fmt: skip

    field_order = ("size", "title")


class ChangeDraftForm(RevisionForm, DraftForm):
    """A draft that exists."""


class ChangeDocumentForm(RevisionForm):
    """Who answers for a document."""

    owner = forms.ModelChoiceField(label="Process owner", queryset=User.objects.none())
    department = forms.CharField(label="Department", max_length=120, required=False)
    reason = _text("Reason for the change", 2, max_length=2000, source="EU Annex 11 9")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = [person.pk for person in people_with(Capability.APPROVE, anywhere=True)]
        self.fields["owner"].queryset = User.objects.filter(pk__in=owners).order_by("name")


class PlanReviewForm(RevisionForm):
    """Another date for the next review."""

    next_review_on = DayField(label="Next review")
    reason = _text("Reason for the date", 2, max_length=2000, source="EU Annex 11 9")


class ScheduleForm(StepForm):
    """The day from which people work to the version."""

    effective_on = DayField(
        label="Effective on", help_text="It takes effect at the start of this day in the zone of the organization.",
    )  # fmt: skip
    reason = _text(
        "Reason", 2, required=False, max_length=2000,
        help_text="When less than 14 days remain for training, or another day was set before.",
    )  # fmt: skip

    may_need_reason = True


class VerdictForm(StepForm):
    """The verdict of a periodic review."""

    verdict = forms.ChoiceField(label="Verdict", choices=Verdict.choices, widget=forms.RadioSelect)
    comment = _text("Grounds", 4, max_length=4000, source="EU Annex 11 11")
