"""Input of redactions as clean values."""

from typing import Any

from django import forms

from cqms.accounts.models import User
from cqms.redactions.places import files_of
from cqms.redactions.selectors import approvers_for
from cqms.redactions.services import Wish, lines_of


class RedactForm(forms.Form):
    """What shall go from a record, why, and who is asked to approve it."""

    words = forms.CharField(
        label="Words that have to go", required=False, max_length=6000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Exactly as they stand there, one wording a line. Once it is decided, the portal forgets them.",
    )  # fmt: skip
    files = forms.MultipleChoiceField(
        label="Files that have to go", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="A file goes as a whole: its content is deleted, its name and hash stay.",
    )  # fmt: skip
    what = forms.CharField(
        label="Kind of data", max_length=200, help_text="For example: name of a participant. Do not repeat the data."
    )
    why = forms.CharField(
        label="Why it has to go", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="How it came here, and why it must not stay. This stays in the trail.",
    )  # fmt: skip
    approver = forms.ModelChoiceField(
        label="Approval by", queryset=User.objects.none(),
        help_text="Somebody else who decides for quality assurance. They are asked in their Inbox.",
    )  # fmt: skip

    def __init__(self, *args: Any, record: Any, asker: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        self.fields["why"].source = "ICH E6(R3) 4.2.2(b)"  # type: ignore[attr-defined]
        self.fields["files"].choices = list(files_of(record).items())
        if not self.fields["files"].choices:
            del self.fields["files"]
        able = [person.pk for person in approvers_for(asker, record)]
        self.fields["approver"].queryset = User.objects.filter(pk__in=able).order_by("name")

    def wish(self) -> Wish:
        """The entered values as the services take them."""
        data = self.cleaned_data
        return Wish(
            self.record, lines_of(data["words"]), data["what"], data["why"], data["approver"], data.get("files", ())
        )
