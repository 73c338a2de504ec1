"""Moments in forms: picked or typed to the minute, in the reader's zone or that of a place."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

_YEARS = range(1900, 2200)
TO_THE_MINUTE, TO_THE_SECOND = "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"


class MomentInput(forms.DateTimeInput):
    """Date and time, to the minute; `to_the_second` where events within one are told apart."""

    input_type = "datetime-local"
    supports_microseconds = True  # what is left alone is found again to the microsecond

    def __init__(self, *, to_the_second: bool = False) -> None:
        step = {"step": "1"} if to_the_second else {}
        super().__init__(attrs=step, format=TO_THE_SECOND if to_the_second else TO_THE_MINUTE)


class _AsItWas(forms.BoundField):
    """What comes back as it was shown means the very moment with which the form began, whatever the minute hides."""

    @property
    def data(self) -> Any:
        """What was sent, or that moment."""
        sent, began = super().data, self.initial
        is_moment = isinstance(began, datetime)
        return began if is_moment and sent == self.field.widget.format_value(self.field.prepare_value(began)) else sent


class MomentField(forms.Field):
    """A moment that nobody changes by leaving it alone."""

    widget = MomentInput

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        """The field in a form."""
        return _AsItWas(form, self, field_name)


class PastMomentField(MomentField, forms.DateTimeField):
    """A moment that is not still to come. Without an offset it is meant in the reader's zone.

    A clock time that a zone skips or has twice is refused with words that say so; written with its offset,
    `2026-10-25T02:30+01:00`, it is taken.
    """

    def clean(self, value: object) -> datetime | None:
        """The moment, aware. Raises ValidationError."""
        found: datetime | None = super().clean(value)
        if found is not None and found.year not in _YEARS:
            raise ValidationError("Check the year of this moment.")
        if found is not None and found > timezone.now():
            raise ValidationError("This moment is still to come.")
        return found


class ToldMomentField(MomentField):
    """A date and time as the clocks of a place showed it. Clean value: naive, or aware where an offset was written."""

    def to_python(self, value: Any) -> datetime | None:
        """The date and time. Raises ValidationError."""
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise ValidationError(forms.DateTimeField.default_error_messages["invalid"]) from None
        if found.year not in _YEARS:
            raise ValidationError("Check the year of this moment.")
        return found


def this_minute() -> datetime:
    """The minute it is now, in the reader's zone: with it a field begins that asks since when something is so."""
    return timezone.localtime().replace(second=0, microsecond=0)


def as_typed(moment: datetime) -> str:
    """An aware moment as an address of ours carries it: in UTC to the microsecond, so that no clock change blurs it."""
    return moment.astimezone(UTC).isoformat()


def as_shown(moment: datetime) -> datetime:
    """An aware moment as a field to the second shows it, never before what happened at it."""
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment
