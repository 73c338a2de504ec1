"""Input of the portal's own pages as clean values."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cqms.access.anchors import anchors
from cqms.access.models import RoleAssignment
from cqms.access.policies import exists_for
from cqms.access.roles import role_choices
from cqms.access.services import Narrowing, Place
from cqms.accounts.models import User
from cqms.api.scopes import label_of, nouns
from cqms.audit.models import kind_of
from cqms.organizations.models import Organization
from cqms.organizations.scope import today
from cqms.portal import zones
from cqms.portal.selectors import current, members_by_name, places
from cqms.reports.models import ReportFormat
from cqms.reports.trail_export import PAPERS
from cqms.ui.forms import DayField
from cqms.ui.story import SHOWS, kinds_of_records, verbs_of

_TRAIL = "21 CFR 11.10(e)"


def with_source(field: forms.Field, source: str) -> forms.Field:
    """A field that names the rule which asks for it."""
    field.source = source  # type: ignore[attr-defined]
    return field


class ReasonForm(forms.Form):
    """A reason that becomes part of the trail."""

    reason = with_source(forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3})), _TRAIL)


class RoleForm(forms.Form):
    """A role and where it is held."""

    role = with_source(
        forms.ChoiceField(label="Role", choices=[("", "Choose a role"), *role_choices()]), "21 CFR 11.10(g)"
    )
    place = forms.ChoiceField(label="Held in", help_text="A role in the organization counts in all its studies.")

    person: User | None

    def __init__(self, *args: Any, organization: Organization, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.places = self.offered(organization)
        self.fields["place"].choices = [(key, label) for key, (label, _) in self.places.items()]

    def offered(self, organization: Organization) -> Mapping[str, tuple[str, Place]]:
        """The places among which one chooses."""
        return places(organization)

    def clean(self) -> dict[str, Any]:
        """A role is held once at a place."""
        clean: dict[str, Any] = super().clean() or {}
        if self.person is not None and {"role", "place"} <= set(clean):
            place = self.chosen_place()
            held = RoleAssignment.objects.filter(current(), user=self.person, role=clean["role"])
            if held.filter(anchor_kind=kind_of(place), anchor_id=place.pk).exists():
                self.add_error("role", f"{self.person} holds this role there already.")
        return clean

    def chosen_place(self) -> Place:
        """The place that was chosen."""
        return self.places[self.cleaned_data["place"]][1]


class GiveRoleForm(RoleForm):
    """A role for a member, with or without an end, narrowed or not."""

    until = DayField(
        label="Until",
        required=False,
        help_text="The role ends by itself at the end of this day in the organization's zone. An inspector needs one.",
    )
    countries = forms.CharField(
        label="Only countries", required=False, help_text="In a study: codes such as DE, FR. None means all."
    )
    sites = forms.CharField(
        label="Only sites", required=False, help_text="In a study: numbers such as 11, 12. None means all."
    )
    reason = with_source(
        forms.CharField(label="Why", required=False, widget=forms.Textarea(attrs={"rows": 2})), "EMA A3.1"
    )

    def clean_until(self) -> Any:
        """Roles are not given for a time that has passed."""
        until = self.cleaned_data["until"]
        if until and until < today():
            raise ValidationError("This day has passed.")
        return until

    def clean(self) -> dict[str, Any]:
        """Countries and sites are those of the place."""
        clean = super().clean()
        if "place" in clean:
            known = self._known(self.places[clean["place"]][1])
            for name, there in zip(("countries", "sites"), known, strict=True):
                strange = [word for word in _words(clean.get(name, "")) if word not in there]
                if strange:
                    self.add_error(name, f"Not there: {', '.join(strange)}.")
        return clean

    def narrowing(self) -> Narrowing:
        """The countries and sites that were given."""
        return Narrowing(_words(self.cleaned_data["countries"]), _words(self.cleaned_data["sites"]))

    def _known(self, place: Place) -> tuple[set[str], set[str]]:
        narrows = anchors()[kind_of(place)].narrows
        return narrows(place) if narrows else (set(), set())


class AskForRoleForm(GiveRoleForm):
    """A role for oneself, at a place that one knows of: others are named to an administrator."""

    def offered(self, organization: Organization) -> Mapping[str, tuple[str, Place]]:
        """The organization, and what below it exists for who asks."""
        found = super().offered(organization)
        return {key: each for key, each in found.items() if each[1] == organization or exists_for(self.person, each[1])}


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


class InviteForm(RoleForm):
    """A person to let in."""

    email = forms.EmailField(label="Work e-mail", help_text="They sign in with it.")
    name = with_source(
        forms.CharField(label="Name", max_length=150, help_text="As it is printed beside their signatures."),
        "21 CFR 11.50(a)(1)",
    )
    department = forms.CharField(label="Department", max_length=120, required=False)
    kind = forms.ChoiceField(
        label="As",
        choices=[("member", "Member of the organization"), ("guest", "Guest in one study or audit, until a day")],
        initial="member",
        required=False,
        widget=forms.RadioSelect,
    )
    until = DayField(label="Until", required=False, help_text="Guests and inspectors stay until the end of this day.")

    field_order = ("email", "name", "department", "kind", "role", "place", "until")

    def clean_until(self) -> Any:
        """Nobody is invited for a time that has passed."""
        until = self.cleaned_data["until"]
        if until and until < today():
            raise ValidationError("This day has passed.")
        return until


class PersonField(forms.ChoiceField):
    """A present member, by name. `clean_person` gives the person."""

    def __init__(self, *, people: Sequence[User] = (), **kwargs: Any) -> None:
        super().__init__(choices=[("", "Choose a person"), *((str(each.pk), each.name) for each in people)], **kwargs)
        self.people = {str(each.pk): each for each in people}

    def clean(self, value: Any) -> User | None:
        """The person. Raises ValidationError."""
        return self.people.get(super().clean(value))


class AwayForm(forms.Form):
    """Who acts for a person, and when."""

    since = DayField(label="Away from")
    until = DayField(label="Until", help_text="The last day of the absence.")

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegate"] = PersonField(
            label="Who acts meanwhile", people=people, help_text="They sign under their own name, for the person."
        )
        self.order_fields(["delegate"])


class SignOutForm(ReasonForm):
    """Why somebody is signed out, and whether programs are, too."""

    tokens = forms.BooleanField(label="End their API tokens for this organization, too", required=False)


class EvidenceForm(forms.Form):
    """What was looked at, in one line."""

    evidence = forms.CharField(label="Evidence", max_length=300, help_text="What was shown, and where it is kept.")


class ChangeMemberForm(ReasonForm):
    """Where a member stands."""

    department = forms.CharField(label="Department", max_length=120, required=False)
    until = DayField(
        label="Member until",
        help_text="The last day, or empty for an open end. Roles that ended with the membership move along; those that "
        "two people give are not prolonged.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Sequence[User], is_guest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"] = PersonField(label="Manager", people=people, required=False)
        self.fields["until"].required = is_guest
        self.order_fields(["revision", "department", "manager", "until", "reason"])


class LeaveForm(forms.Form):
    """Who takes over each kind of work, and why the person leaves."""

    def __init__(self, *args: Any, held: Sequence[Any], people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
        for each in held:
            count = len(each.records)
            self.fields[f"to:{each.key}"] = PersonField(label=f"{each.label} ({count}) go to", people=people)
        self.fields["reason"] = with_source(
            forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3})), _TRAIL
        )

    def heirs(self) -> dict[str, User]:
        """The person who takes over, by kind of work."""
        return {each.key: self.cleaned_data[f"to:{each.key}"] for each in self.held}


class RenameForm(ReasonForm):
    """Another printed name."""

    name = with_source(forms.CharField(label="Name", max_length=150), "21 CFR 11.50(a)(1)")

    field_order = ("name", "reason")


class ZoneField(forms.CharField):
    """A time zone, named by its largest city. Clean value: the name of the one zone that is meant, or blank.

    On a page with the list `zones` it is `suggested`: names come while one types.
    """

    def __init__(self, *, suggested: bool = False, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", **({"list": "zones"} if suggested else {})}
        super().__init__(max_length=64, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> str:
        """The one zone that is meant. Raises ValidationError."""
        typed = super().clean(value)
        found = zones.meant(typed) if typed else []
        if typed and not found:
            raise ValidationError(f"No time zone has “{typed}” in its name. Name a larger city that has the same time.")
        if len(found) > 1:
            raise ValidationError(
                f"More than one time zone is meant by “{typed}”: {', '.join(found)}. Name one of them."
            )
        return found[0] if found else ""


class ZoneForm(forms.Form):
    """The zone in which a person reads moments."""

    zone = ZoneField(
        label="Time zone", suggested=True,
        help_text="The largest city near you that has the same time, for example Oslo or New York.",
    )  # fmt: skip


class TokenForm(forms.Form):
    """A token for the API."""

    name = forms.CharField(label="Name", max_length=100, help_text="What it is for, for example “monthly report”.")
    organization = forms.ChoiceField(label="Organization")
    access = forms.ChoiceField(
        label="It may", choices=[
            ("read", "read records"), ("change", "read and change records, without the steps of their life"),
            ("write", "read and change records and take steps, as you may"),
        ],
        widget=forms.RadioSelect, initial="read",
    )  # fmt: skip
    only = forms.MultipleChoiceField(
        label="Only", required=False, widget=forms.CheckboxSelectMultiple, help_text="Tick none for all records.",
        choices=lambda: sorted(((noun, label_of(noun)) for noun in nouns()), key=lambda each: each[1].lower()),
    )  # fmt: skip
    until = DayField(label="Ends on", help_text="A year from today at most.")

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organizations = {each.slug: each for each in organizations}
        self.fields["organization"].choices = [(slug, each.name) for slug, each in self.organizations.items()]


class FilterForm(forms.Form):
    """Person and period, in the address."""

    by = forms.ChoiceField(label="Person", required=False)
    since = DayField(label="From", required=False)
    until = DayField(label="Until", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = [("", "Anybody"), *members_by_name()]


FORMATS = {
    ReportFormat.PDF: "PDF, to read and to keep: sealed, with the data and its proof inside",
    ReportFormat.JSON: "JSON, to verify: every entry with its proof",
    ReportFormat.CSV: "CSV, to sort and filter: proves nothing by itself",
}
"""What each kind of file is good for."""


class TrailForm(forms.Form):
    """What the file shall hold. `since` and `until` are days in the organization's zone, both included."""

    since = DayField(label="From", required=False)
    until = DayField(label="Until", required=False)
    by = forms.ChoiceField(label="Person", required=False, help_text="Only what this person did.")
    about = forms.MultipleChoiceField(
        label="Records", required=False, widget=forms.CheckboxSelectMultiple, help_text="Tick none to have all."
    )
    shows = forms.ChoiceField(label="Kind of entry", required=False)
    formats = forms.MultipleChoiceField(
        label="Files",
        choices=list(FORMATS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind of file."},
    )
    paper = forms.ChoiceField(label="Paper", choices=[(name, name) for name in PAPERS], initial="A4")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].choices = [("", "Anybody"), *members_by_name()]
        self.fields["about"].choices = list(kinds_of_records().items())
        self.fields["shows"].choices = [("", "Everything"), *SHOWS.items()]

    def clean(self) -> dict[str, Any]:
        """The period must not end before it begins."""
        clean: dict[str, Any] = super().clean() or {}
        since, until = clean.get("since"), clean.get("until")
        if since and until and until < since:
            self.add_error("until", "The period ends before it begins.")
        return clean

    def kinds(self) -> list[str]:
        """Kinds of records and of acts, as the trail understands them."""
        return [*self.cleaned_data["about"], *verbs_of(self.cleaned_data["shows"])]

    def person(self) -> User | None:
        """Whose acts are meant; None for anybody's."""
        by = self.cleaned_data["by"]
        return User.objects.get(pk=by) if by else None
