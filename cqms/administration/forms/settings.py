"""The settings of an organization as a form."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from cqms.configuration.calendars import NoSuchPlace, check_place
from cqms.configuration.rules import PATTERNS, WEEKDAYS, SecondFactor, Settings, Signing, Table, due_defaults, tables
from cqms.portal.forms import ZoneField, with_source
from cqms.ui.forms import RevisionForm

_DAYS = 3650
_DUE = "due:"
_TABLE = "table:"


@dataclass(frozen=True)
class Section:
    """Settings that belong together: what they are about, their fields, and whether they are shown from the start."""

    title: str
    about: str
    fields: Sequence[BoundField]
    is_open: bool


_SECTIONS = (
    ("Calendar", "Time zone, working days, days without work", ("zone", "working_days", "calendars", "holidays")),
    ("Numbers of records", "How records are numbered", ("number_pattern", "number_digits")),
    ("Days allowed", "How long each task may take", (_DUE,)),
    ("Signing in and signing", "Second factor, proof of a signature, length of sessions, networks",
     ("second_factor", "signing", "session_hours", "idle_minutes", "allowed_networks")),
    ("Access", "Guests, proof of identity, training, what a review left open",
     ("guest_days", "needs_identity_proof", "needs_introduction", "suspends_unanswered")),
    ("Decision tables and figures", "What decides about deadlines, cases and warnings", (_TABLE,)),
)  # fmt: skip


class SettingsForm(RevisionForm):
    """Every setting, and why it changes. `settings()` gives the clean values."""

    zone = ZoneField(
        label="Time zone",
        suggested=True,
        help_text="Days begin and end in this zone: effective dates, due dates. "
        "Name the largest city near you that has the same time, for example Oslo or New York.",
    )
    working_days = forms.TypedMultipleChoiceField(
        label="Working days",
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
    )
    holidays = forms.CharField(
        label="Days without work",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One day a line, written 2026-12-25.",
    )
    calendars = forms.CharField(
        label="Places whose public holidays are days without work",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A country a line, DE, or a part of one, DE-BE. Legal clocks run on all days.",
    )
    number_pattern = forms.ChoiceField(label="Numbering", choices=list(PATTERNS.items()), widget=forms.RadioSelect)
    number_digits = forms.IntegerField(label="Digits of a number", min_value=3, max_value=8)
    second_factor = with_source(
        forms.ChoiceField(label="Who must use a second factor", choices=SecondFactor.choices, widget=forms.RadioSelect),
        "EMA A4.12",
    )
    signing = with_source(
        forms.ChoiceField(label="A signature is proven with", choices=Signing.choices, widget=forms.RadioSelect),
        "21 CFR 11.200(a)",
    )
    session_hours = forms.IntegerField(label="Hours a session lasts at most", min_value=1, max_value=24)
    idle_minutes = with_source(
        forms.IntegerField(label="Minutes without work until a person is signed out", min_value=1, max_value=120),
        "EMA A4.17",
    )
    allowed_networks = forms.CharField(
        label="Networks from which one may work here",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One network a line, for example 192.0.2.0/24. None means every address.",
    )
    guest_days = forms.IntegerField(label="Days a guest or inspector stays at most", min_value=1, max_value=730)
    needs_identity_proof = with_source(
        forms.BooleanField(label="Nobody signs before their identity was proven", required=False), "21 CFR 11.100(b)"
    )
    needs_introduction = with_source(
        forms.BooleanField(label="Nobody reads records before they were trained on the portal", required=False),
        "ICH E6(R3) 4.3.8",
    )
    suspends_unanswered = with_source(
        forms.BooleanField(label="Rights that nobody confirmed in an access review end by themselves", required=False),
        "EMA A3.2",
    )
    reason = with_source(
        forms.CharField(label="Why it changes", widget=forms.Textarea(attrs={"rows": 3})), "21 CFR 11.10(k)"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in due_defaults():
            self.fields[f"{_DUE}{each.key}"] = forms.IntegerField(
                label=f"Days allowed: {each.label}{'' if each.counted == 'days' else f', {each.counted}'}",
                min_value=1,
                max_value=_DAYS,
            )
        for table in tables():
            self.fields[f"{_TABLE}{table.key}"] = TableField(table)
        starts = tuple(start for _, _, these in _SECTIONS for start in these)
        self.order_fields([*(name for start in starts for name in self.fields if name.startswith(start)), "reason"])

    def sections(self) -> list[Section]:
        """The settings in groups; one with something changed or wrong is open. The reason stands in none."""
        shown = []
        for title, about, starts in _SECTIONS:
            fields = [field for field in self if field.name.startswith(starts)]
            is_open = any(field.errors or (self.is_bound and field.name in self.changed_data) for field in fields)
            shown.append(Section(title, about, fields, is_open))
        return shown

    def clean_calendars(self) -> tuple[str, ...]:
        """The places, each once, in order."""
        return tuple(sorted({_place(line) for line in _lines(self.cleaned_data["calendars"])}))

    def clean_holidays(self) -> tuple[dt.date, ...]:
        """The days, each once, in order."""
        return tuple(sorted({_day(line) for line in _lines(self.cleaned_data["holidays"])}))

    def clean_allowed_networks(self) -> tuple[str, ...]:
        """The networks as they are written properly."""
        return tuple(_network(line) for line in _lines(self.cleaned_data["allowed_networks"]))

    def settings(self, present: Settings) -> Settings:
        """The clean values; what has a form of its own stays as it is at present."""
        clean = {name: value for name, value in self.cleaned_data.items() if not name.startswith((_DUE, _TABLE))}
        del clean["reason"], clean["revision"]
        decided = {each.key: self.cleaned_data[f"{_TABLE}{each.key}"] for each in tables()}
        due = {each.key: self.cleaned_data[f"{_DUE}{each.key}"] for each in due_defaults()}
        clean["working_days"] = tuple(sorted(clean["working_days"]))
        return Settings(**clean, due_days=due, tables=decided, provider=present.provider)


class TableField(forms.CharField):
    """A table a row a line, as its app reads it."""

    def __init__(self, table: Table) -> None:
        rows = len(table.founded.splitlines()) + 2
        area = forms.Textarea(attrs={"rows": rows, "wrap": "off"})
        widget = forms.TextInput(attrs={"inputmode": "numeric"}) if table.one_line else area
        super().__init__(label=table.label, help_text=table.help, widget=widget, max_length=8000)
        self.table = table

    def clean(self, value: Any) -> str:
        """The text as it is kept. Raises ValidationError with the sentence of the app."""
        text = super().clean(value)
        try:
            return self.table.check(text)
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from None


def initial_of(found: Settings) -> dict[str, Any]:
    """What the form begins with."""
    return {
        **vars(found),
        "working_days": list(found.working_days),
        "holidays": "\n".join(day.isoformat() for day in found.holidays),
        "calendars": "\n".join(found.calendars),
        "allowed_networks": "\n".join(found.allowed_networks),
        **{f"{_TABLE}{key}": text for key, text in found.all_tables().items()},
        **{f"{_DUE}{key}": days for key, days in found.all_days().items()},
    }


def changed(present: Settings, wanted: Mapping[str, Any], reason: str) -> Settings:
    """The present settings with those that are wanted instead, checked as the form checks them.

    Raises ValidationError by the names of `wanted`; a task is `due_days.key`, a table `tables.key`.
    """
    parts = {name: {**getattr(present, name), **wanted.get(name, {})} for name in ("due_days", "tables")}
    unknown = [f"{name}.{key}" for name, known in (("due_days", present.all_days()), ("tables", present.all_tables()))
               for key in wanted.get(name, {}) if key not in known]  # fmt: skip
    if unknown:
        raise ValidationError(dict.fromkeys(unknown, "There is no such setting."))
    form = SettingsForm({**initial_of(replace(present, **{**wanted, **parts})), "reason": reason,
                         "revision": present.revision})  # fmt: skip
    if not form.is_valid():
        raise ValidationError({_named(name): problems for name, problems in form.errors.items()})
    return form.settings(present)


def _named(field: str) -> str:
    return field.replace(_DUE, "due_days.").replace(_TABLE, "tables.")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _day(line: str) -> dt.date:
    try:
        return dt.date.fromisoformat(line)
    except ValueError:
        raise ValidationError(f"“{line[:40]}” is not a day. Write 2026-12-25.") from None


def _place(line: str) -> str:
    try:
        return check_place(line)
    except NoSuchPlace as wrong:
        raise ValidationError(str(wrong)) from None


def _network(line: str) -> str:
    try:
        return str(ip_network(line, strict=False))
    except ValueError:
        raise ValidationError(f"“{line[:40]}” is not a network. Write 192.0.2.0/24.") from None
