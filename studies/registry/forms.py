"""Input for taking over a record of a register. Nothing is saved here."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from studies.forms import PersonField, SourcedForm
from studies.numbers import check_number
from studies.registry.comparing import Difference
from studies.registry.reading import UnusableRecord, read_record
from studies.selectors import members

MOST_BYTES = 20_000_000


class RecordFileForm(SourcedForm):
    """The file of a record. Clean value: its name and content, which can be read as a study."""

    file = forms.FileField(
        label="Study record",
        help_text="A study of ClinicalTrials.gov as JSON: on its page choose Download, then JSON. Up to 20 MB.",
        widget=forms.ClearableFileInput({"accept": ".json,application/json"}),
    )

    def clean_file(self) -> Any:
        """The file. Raises ValidationError with the sentence that says what is wrong."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError("A study record is not larger than 20 MB. Choose the record of one study.")
        try:
            read_record(file.read())
        except UnusableRecord as error:
            raise ValidationError(str(error)) from None
        file.seek(0)
        return file


class NewStudyForm(SourcedForm):
    """What a record cannot say: the number it gets here, and who manages it."""

    sources: ClassVar[dict[str, str]] = {"number": "ICH E6(R3) B.1.1", "manager": "ICH E6(R3) 3.3"}

    number = forms.CharField(label="Study number", max_length=40, validators=[check_number])
    manager = PersonField(
        label="Study manager",
        queryset=User.objects.none(),
        empty_label="Choose…",
        help_text="Receives the role study manager at this study.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = members()


class DifferencesForm(SourcedForm):
    """Which differences are taken over, and why."""

    sources: ClassVar[dict[str, str]] = {"reason": "EU Annex 11 9"}

    keys = forms.MultipleChoiceField(label="Take over", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="Reason for the change", max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text="It becomes part of the trail.",
    )  # fmt: skip

    def __init__(self, *args: Any, found: list[Difference], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [(each.key, _sentence(each)) for each in found]


def _sentence(each: Difference) -> str:
    return f"{each.label}: {each.new}" if not each.old else f"{each.label}: {each.old} → {each.new}"
