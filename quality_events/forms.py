"""What people enter for any quality event: plain forms that check shape, never rules, and never save."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from cqms.access.reach import known_to, people_with
from cqms.accounts.models import User
from cqms.attachments.kinds import accepted
from cqms.organizations.capabilities import Capability
from cqms.ui.forms import DayField, RevisionForm
from cqms.ui.moments import PastMomentField
from cqms.ui.step_form import LAST, StepForm
from quality_events.privacy import A_SENTENCE, NO_IDENTITY, doubts_of
from quality_events.selectors import record_by_number, sites_of_everything
from quality_events.services import EVIDENCE
from studies.forms import PersonField, SourcedForm, reason_field
from studies.models import Site
from studies.selectors import members, studies_for

SOP = "your SOP on quality events"
MOST_FILES = 10


def text(label: str, rows: int = 3, *, source: str = "", **options: Any) -> forms.CharField:
    """A field for sentences; `source` names the rule that asks for it, without it the SOP asks for what is needed."""
    options.setdefault("max_length", 8000)
    field = forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)
    field.source = source or (SOP if field.required else "")  # type: ignore[attr-defined]
    return field


class SiteField(forms.ModelChoiceField):
    """A site, named with its study."""

    def label_from_instance(self, site: Site) -> str:
        return f"{site.study.number} · {site.number} {site.name}"[:120]


class ManyFilesInput(forms.ClearableFileInput):
    """A file field that takes several at once; on a phone it offers the camera too."""

    allow_multiple_selected = True
    is_required = True  # so that no box to clear what is not there stands beside it


class ManyFilesField(forms.FileField):
    """Several files. Clean value: the list of them."""

    widget = ManyFilesInput({"accept": accepted(EVIDENCE)})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files. Raises ValidationError for too many."""
        given = data if isinstance(data, list | tuple) and data else [data or None]
        if len([each for each in given if each]) > MOST_FILES:
            raise ValidationError(f"Send at most {MOST_FILES} files at once.")
        return [each for each in (super(ManyFilesField, self).clean(one, initial) for one in given) if each]


LOOKED = "I looked: none of this identifies a participant"
NO_CODE = "Use the participant's code, or tick below that it is none."


class CodesOnly(forms.Form):
    """What every form with sentences is: what may identify a participant is questioned before it is saved (C91).

    Every text that can hold a sentence is read, a reason too; the tick that answers appears with the question. Words
    with which the form began are not questioned again.
    `names_people` are fields in which others are named rightly.
    """

    names_people: ClassVar[tuple[str, ...]] = ()

    def clean(self) -> dict[str, Any]:
        """Question each text once."""
        clean = super().clean() or {}
        found = doubts_of(clean, self.sentences(), lambda name: self.get_initial_for_field(self.fields[name], name))
        if found:
            self.fields[NO_IDENTITY] = forms.BooleanField(label=LOOKED, required=False)
            self.order_fields([name for name in self.fields if name not in LAST] + list(LAST))
        answered = bool(self.data.get(self.add_prefix(NO_IDENTITY)))
        for name, said in found.items() if not answered else ():
            self.add_error(name, f"{' '.join(said)} {NO_CODE}")
        return clean

    def sentences(self) -> list[str]:
        """The fields that are read."""
        return [name for name, each in self.fields.items() if holds_sentences(each) and name not in self.names_people]


def holds_sentences(field: forms.Field) -> bool:
    """Whether people write sentences in a field."""
    is_text = isinstance(field, forms.CharField) and not isinstance(field, forms.EmailField)
    return is_text and (field.max_length or 0) >= A_SENTENCE


class RecordForm(CodesOnly, SourcedForm):
    """What every type asks: title, what it is about, study, site and owner. `values()` are fields by name."""

    asked_by = SOP

    title = forms.CharField(label="Title", max_length=250, help_text="What is the matter, in a few words.")
    description = text("Description", 5, help_text="What, where, when, and to what extent. Subject codes only.")
    study = forms.ModelChoiceField(label="Study", queryset=None, required=False, empty_label="No study")
    site = SiteField(label="Site", queryset=None, required=False, empty_label="No site")
    owner = PersonField(label="Owner", queryset=User.objects.none(), help_text="Who answers for it until it is closed.")

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        """`reader` fills it in: they are offered what exists for them."""
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.fields["study"].queryset = studies_for(reader).order_by("number")
        self.fields["site"].queryset = sites_of_everything(reader)
        able = [person.pk for person in known_to(reader, people_with(Capability.CONTRIBUTE, anywhere=True))]
        self.fields["owner"].queryset = members().filter(pk__in=able)

    def clean(self) -> dict[str, Any]:
        """A site tells its study."""
        clean = super().clean() or {}
        if clean.get("site") and not clean.get("study"):
            clean["study"] = clean["site"].study
        return clean

    def values(self) -> dict[str, Any]:
        """The entered values by the fields of the record."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("revision", "reason", "files")}


class EventForm(RecordForm):
    """What every event asks: also when it happened, was found and became known, and who noticed."""

    sources: ClassVar[dict[str, str]] = {"aware_at": "EU 536/2014, Article 52", "description": "ICH E6(R3) 3.12"}

    occurred_on = DayField(label="Occurred on", required=False, help_text="Leave it empty while it is not known.")
    discovered_on = DayField(label="Discovered on")
    aware_at = PastMomentField(label="We know of it since", help_text="In your time zone. Clocks count from here.")
    noticed_by = forms.CharField(label="Noticed by", max_length=200, required=False, help_text="A person or function.")


class ChangeForm(CodesOnly, RevisionForm):
    """Mixed into the form of a record that exists."""

    reason = reason_field("what was reported once the record is worked on")


class PlainStepForm(CodesOnly, StepForm):
    """A step that asks for nothing of its own, but for a reason perhaps."""


class TypedStepForm(PlainStepForm):
    """A step that asks for something: the fields of a subclass are those that the step sets."""

    def __init__(self, *args: Any, reader: User, record: Any, **kwargs: Any) -> None:
        """`reader` takes the step on `record`."""
        super().__init__(*args, **kwargs)
        self.reader, self.record = reader, record
        for name, field in self.fields.items():
            if not hasattr(field, "source") and field.required and name not in StepForm.base_fields:
                field.source = SOP

    def values(self) -> dict[str, Any]:
        """The entered values by the fields of the record."""
        own = type(self).declared_fields.keys() - StepForm.base_fields.keys()
        return {name: self.cleaned_data[name] for name in own if name in self.cleaned_data}


def asked_by(steps: Mapping[str, type[TypedStepForm]]) -> dict[str, frozenset[str]]:
    """The fields that each step of a type asks for, from its forms."""
    common = StepForm.base_fields.keys()
    return {key: frozenset(form.declared_fields.keys() - common) for key, form in steps.items()}


class LinkForm(CodesOnly):
    """What a record has to do with, and why: another event or document by number, a site, or a person."""

    number = forms.CharField(
        label="Number of an event or document",
        max_length=40,
        required=False,
        help_text="For example QI-0004 or SOP-0002.",
    )
    site = SiteField(label="Or a site", queryset=None, required=False, empty_label="No site")
    person = PersonField(label="Or a person", queryset=User.objects.none(), required=False, empty_label="Nobody")
    why = forms.CharField(label="What the two have to do with each other", max_length=500)

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.fields["site"].queryset = sites_of_everything(reader)
        near = [person.pk for person in known_to(reader, members())]
        self.fields["person"].queryset = members().filter(pk__in=near)
        self.fields["why"].source = "ICH E6(R3) 4.2.2"

    def clean(self) -> dict[str, Any]:
        """Exactly one other record; `other` holds it."""
        clean = super().clean() or {}
        given = [name for name in ("number", "site", "person") if clean.get(name)]
        if self.errors:
            return clean
        if len(given) != 1:
            self.add_error("number", "Name exactly one: a number, a site or a person.")
        elif given == ["number"]:
            clean["other"] = record_by_number(clean["number"], self.reader)
            if clean["other"] is None:
                self.add_error("number", "There is no event or document of this number, or it is not yours to see.")
        elif given == ["site"]:
            clean["other"] = clean["site"]
        else:
            clean["other"] = clean["person"].memberships.first()
        return clean


class WithdrawForm(CodesOnly):
    """Why a link does not hold."""

    reason = text("Why the link does not hold", 2, source="EU Annex 11 9", max_length=2000)


class FilesForm(forms.Form):
    """Photos and files that belong to a record."""

    files = ManyFilesField(label="Photos and files", help_text="PDF, PNG, JPEG, Word, Excel, CSV or text.")
