"""What people enter when something went wrong, and what triage asks."""

from typing import Any, ClassVar

from django import forms

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.ui.forms import DayField
from quality_events.forms import SOP, ChangeForm, CodesOnly, ManyFilesField, SiteField, TypedStepForm, text
from quality_events.intake.services import offered_types
from quality_events.models import latest_today
from quality_events.selectors import record_by_number, sites_of_everything
from quality_events.types import EventType
from studies.forms import PersonField, SourcedForm
from studies.models import Site
from studies.selectors import members, studies_for


class TellForm(CodesOnly, SourcedForm):
    """What, when, where, who noticed: nothing more is asked of who reports."""

    asked_by = SOP
    sources: ClassVar[dict[str, str]] = {"description": "ICH E6(R3) 3.12"}

    description = text("What happened?", 6, help_text="In your own words. Name participants by their code only.")
    occurred_on = DayField(label="When?", required=False, help_text="The day, if it is known.")
    study = forms.ModelChoiceField(label="Study", queryset=None, required=False, empty_label="No study")
    site = SiteField(label="Site", queryset=None, required=False, empty_label="No site")
    place = forms.CharField(label="Where?", max_length=300, required=False, help_text="Room, system, service provider.")
    noticed_by = forms.CharField(label="Who noticed?", max_length=200, required=False)
    files = ManyFilesField(
        label="Photos and files", required=False, help_text="Several at once; PDF, PNG, JPEG, Office."
    )
    confidential = forms.BooleanField(
        label="Confidential: only quality assurance sees it",
        required=False,
        help_text="You will not see it any more either: keep the number you get.",
    )

    field_order = (
        "description", "occurred_on", "study", "site", "place", "noticed_by", "files", "confidential",
    )  # fmt: skip

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["study"].queryset = studies_for(reader).order_by("number")
        self.fields["site"].queryset = sites_of_everything(reader)

    def clean(self) -> dict[str, Any]:
        """A site tells its study; a day to come is refused."""
        clean = super().clean() or {}
        site: Site | None = clean.get("site")
        if site and not clean.get("study"):
            clean["study"] = site.study
        if clean.get("occurred_on") and clean["occurred_on"] > latest_today():
            self.add_error("occurred_on", "This day has not come yet.")
        return clean

    def values(self) -> dict[str, Any]:
        """The entered values by the fields of the report."""
        own = ("description", "occurred_on", "study", "site", "place", "noticed_by")
        return {name: self.cleaned_data[name] for name in own if name in self.cleaned_data}


class ChangeTellForm(ChangeForm, TellForm):
    """A report that waits for triage; its lane is changed elsewhere."""

    files = None
    confidential = None


class TriageForm(TypedStepForm):
    """What it is, and who answers for it."""

    type = forms.ChoiceField(label="What is it?", widget=forms.RadioSelect)
    title = forms.CharField(label="Title of the record", max_length=250)
    owner = PersonField(label="Owner", queryset=User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {each.space: each for each in offered_types()}
        self.fields["type"].choices = [(key, each.noun) for key, each in self.offered.items()]
        able = [person.pk for person in people_with(Capability.CONTRIBUTE, anywhere=True)]
        self.fields["owner"].queryset = members().filter(pk__in=able)

    def clean_type(self) -> EventType:
        """The type."""
        return self.offered[self.cleaned_data["type"]]


class DuplicateForm(TypedStepForm):
    """Which record goes on."""

    original = forms.CharField(label="Number of the record that goes on", max_length=40)

    def clean_original(self) -> Any:
        """The record. Raises ValidationError."""
        found = record_by_number(self.cleaned_data["original"], self.reader)
        if found is None or found == self.record:
            raise forms.ValidationError("There is no other record of this number, or it is not yours to see.")
        return found


STEPS: dict[str, type[TypedStepForm]] = {"triage": TriageForm, "duplicate": DuplicateForm}
