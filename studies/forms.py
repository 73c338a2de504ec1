"""Input of studies and sites turned into clean values. Nothing is saved here."""

import difflib
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.ui.forms import DayField, RevisionForm
from studies.models import Phase, SiteStatus, StudyStatus, StudyType, country_choices, country_names
from studies.numbers import check_number
from studies.selectors import members
from studies.services import SiteFacts, StudyFacts


class CountriesField(forms.Field):
    """Countries by name or ISO code, one a line. Clean value: the list of their codes."""

    widget = forms.Textarea(attrs={"rows": 4})

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The words of each clean value."""
        return country_choices()

    def prepare_value(self, value: Any) -> Any:
        """The codes of a study as names to edit; what was typed as it was."""
        return value if isinstance(value, str) or value is None else "\n".join(country_names()[code] for code in value)

    def to_python(self, value: Any) -> list[str]:
        """The codes, each once and sorted. Raises ValidationError that names what is no country."""
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        return sorted({code for line in lines for code in _codes(line)})


class PersonField(forms.ModelChoiceField):
    """A member, with the e-mail address because names repeat."""

    def __init__(self, *args: Any, empty_label: str | None = "Choose…", **options: Any) -> None:
        super().__init__(*args, empty_label=empty_label, **options)

    def label_from_instance(self, person: User) -> str:
        return f"{person.name} ({person.email})"


def _number(label: str, example: str) -> forms.CharField:
    hint = f"For example {example}. Letters, digits, hyphens, dots and underscores."
    return forms.CharField(label=label, max_length=40, validators=[check_number], help_text=hint)


def reason_field(fields: str) -> forms.CharField:
    """The reason for a change of controlled fields."""
    hint = f"Needed when you change {fields}. It becomes part of the trail."
    return forms.CharField(
        label="Reason for the change",
        max_length=2000,
        required=False,
        help_text=hint,
        widget=forms.Textarea({"rows": 2}),
    )


_SOP = "your SOP on studies"
_CHOOSE = [("", "Choose…")]
_REASONS = "EU Annex 11 9"


class SourcedForm(forms.Form):
    """A form that names the source of each of its rules; what is asked besides is asked by the SOP, `asked_by`."""

    sources: ClassVar[dict[str, str]] = {}
    asked_by: ClassVar[str] = _SOP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name_sources()

    def name_sources(self) -> None:
        """Say of each field what asks for it; a form that adds fields calls it again."""
        for name, field in self.fields.items():
            field.source = self.sources.get(name, self.asked_by if field.required else "")


class StudyForm(SourcedForm):
    """A new study."""

    sources: ClassVar[dict[str, str]] = {
        "number": "ICH E6(R3) B.1.1",
        "title": "ICH E6(R3) B.1.1",
        "sponsor": "ICH E6(R3) B.1.2",
        "full_title": "ICH E6(R3) B.1.1",
        "registry_id": "EU 536/2014, Article 81",
        "manager": "ICH E6(R3) 3.3",
        "reason": _REASONS,
    }

    number = _number("Study number", "the protocol number, NW-101")
    title = forms.CharField(label="Title", max_length=300)
    full_title = forms.CharField(
        label="Full title",
        max_length=1000,
        required=False,
        help_text="As in the protocol; notifications to authorities quote it.",
        widget=forms.Textarea({"rows": 2}),
    )
    registry_id = forms.CharField(
        label="Register number", max_length=40, required=False, help_text="For example the EU CT or NCT number."
    )
    kind = forms.ChoiceField(label="Type", choices=StudyType.choices, initial=StudyType.INTERVENTIONAL)
    phase = forms.ChoiceField(label="Phase", choices=[*_CHOOSE, *Phase.choices])
    status = forms.ChoiceField(label="Status", choices=StudyStatus.choices, initial=StudyStatus.PLANNED)
    sponsor = forms.CharField(label="Sponsor", max_length=300)
    indication = forms.CharField(label="Indication", max_length=500, required=False)
    planned_participants = forms.IntegerField(
        label="Planned participants", required=False, min_value=0, max_value=10_000_000
    )
    countries = CountriesField(label="Countries", help_text="One a line, by name or two-letter code.")
    manager = PersonField(
        label="Study manager",
        queryset=User.objects.none(),
        empty_label="Choose…",
        help_text="Receives the role study manager at this study.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = members()

    def facts(self) -> StudyFacts:
        """What was said of the study."""
        return StudyFacts(**{name: self.cleaned_data[name] for name in StudyFacts.__dataclass_fields__})


class StudyChangeForm(RevisionForm, StudyForm):
    """A study that exists."""

    reason = reason_field("number, phase, status, sponsor or study manager")


class SiteForm(SourcedForm):
    """A new site. `countries` are the codes of the study's countries."""

    sources: ClassVar[dict[str, str]] = {"reason": _REASONS}

    number = _number("Site number", "01 or DE-014")
    name = forms.CharField(label="Name", max_length=400, help_text="The institution and its town.")
    country = forms.ChoiceField(label="Country")
    investigator = forms.CharField(label="Principal investigator", max_length=200, required=False)
    status = forms.ChoiceField(label="Status", choices=SiteStatus.choices, initial=SiteStatus.PLANNED)
    opened_on = DayField(label="Opened on", required=False)
    closed_on = DayField(label="Closed on", required=False)

    def __init__(self, *args: Any, countries: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [*_CHOOSE, *((code, country_names()[code]) for code in countries)]

    def facts(self) -> SiteFacts:
        """What was said of the site."""
        return SiteFacts(**{name: self.cleaned_data[name] for name in SiteFacts.__dataclass_fields__})


class SiteChangeForm(RevisionForm, SiteForm):
    """A site that exists."""

    reason = reason_field("number, country or status")


def _codes(line: str) -> list[str]:
    """The countries of a line: one, or several with semicolons or commas between; some names hold a comma."""
    parts: list[str] = []
    for each in line.split(";"):
        parts += [each] if _code(each) else each.split(",")
    found = {part.strip(): _code(part) for part in parts if part.strip()}
    unknown = [part for part, code in found.items() if not code]
    if unknown:
        raise ValidationError(" ".join(_unknown(part) for part in unknown[:5]))
    return list(found.values())


def _code(text: str) -> str:
    words = text.strip()
    if words.upper() in country_names():
        return words.upper()
    return {name.casefold(): code for code, name in country_names().items()}.get(words.casefold(), "")


def _unknown(words: str) -> str:
    near = difflib.get_close_matches(words[:60].title(), country_names().values(), n=1)
    return f"“{words[:60]}” is no country of ISO 3166-1." + (f" Do you mean {near[0]}?" if near else "")
