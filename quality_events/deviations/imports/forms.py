"""What people enter to import deviations: the file, its columns, and the answer to what may identify somebody."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.lists.tables import read_table
from cqms.organizations.capabilities import Capability
from cqms.ui.forms import RevisionForm
from quality_events.deviations.imports.columns import COLUMNS
from quality_events.deviations.imports.policies import may_import
from quality_events.forms import SOP
from studies.forms import SourcedForm
from studies.selectors import studies_for

_GDPR = "GDPR 5(1)(c)"


class FileForm(SourcedForm):
    """The file, the study it is of, and the system it comes from."""

    sources: ClassVar[dict[str, str]] = {"study": "ICH E6(R3) 2.5.3", "file": "ICH E6(R3) 4.2.2"}

    study = forms.ModelChoiceField(label="Study", queryset=None, empty_label="Choose…")
    source_system = forms.CharField(
        label="Source system", max_length=80,
        help_text="The EDC or CTMS, always by the same name: with the id of each row it tells known deviations.",
    )  # fmt: skip
    file = forms.FileField(
        label="CSV or Excel file",
        help_text="One head row, up to 5,000 rows below it, one sheet, values only. CSV in UTF-8.",
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx"}),
    )
    unblinded = forms.BooleanField(
        label="It tells who received what", required=False,
        help_text="File and deviations stand in the unblinded lane: nobody who is blinded sees them.",
    )  # fmt: skip

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        """`reader` is offered the studies whose deviations they may log."""
        super().__init__(*args, **kwargs)
        able = [study.pk for study in studies_for(reader) if may_import(reader, study)]
        self.fields["study"].queryset = studies_for(reader).filter(pk__in=able).order_by("number")
        if not reach_of(reader).anywhere(Capability.SEE_UNBLINDED):
            del self.fields["unblinded"]

    def clean_file(self) -> Any:
        """The file. Raises ValidationError with the sentence that says what is wrong."""
        file = self.cleaned_data["file"]
        read_table(file)
        file.seek(0)
        return file


class ColumnsForm(RevisionForm, SourcedForm):
    """Which column of the file is which field."""

    asked_by = SOP
    sources: ClassVar[dict[str, str]] = {"subject_code": _GDPR, "source_id": "ICH E6(R3) 4.2.2"}

    def __init__(self, *args: Any, heads: Sequence[str], **kwargs: Any) -> None:
        """`heads` are those of the file."""
        super().__init__(*args, **kwargs)
        choices = [(head, head) for head in heads]
        for each in COLUMNS:
            blank = "Choose…" if each.needed else "Not in this file"
            self.fields[each.key] = forms.ChoiceField(
                label=each.label, choices=[("", blank), *choices], required=each.needed, help_text=each.hint
            )
        self.name_sources()

    def chosen(self) -> dict[str, str]:
        """The head for each field."""
        return {each.key: self.cleaned_data[each.key] for each in COLUMNS if self.cleaned_data.get(each.key)}


class RunForm(SourcedForm):
    """The answer to what may identify a participant, where something may."""

    sources: ClassVar[dict[str, str]] = {"no_identity": _GDPR}

    no_identity = forms.BooleanField(label="I looked: none of this identifies a participant", required=False)

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        """`asks`: some text of a new row is in question."""
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["no_identity"]
