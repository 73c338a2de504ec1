"""A moment of the past, picked or typed, in the reader's zone."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

_YEARS = range(1900, 2200)
FORMAT = "%Y-%m-%dT%H:%M:%S"


class PastMomentField(forms.DateTimeField):
    """A moment that is not still to come. Without an offset it is meant in the reader's zone.

    A clock time that a zone skips or has twice is refused with words that say so; written with its offset,
    `2026-10-25T02:30+01:00`, it is taken.
    """

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=FORMAT)

    def clean(self, value: object) -> datetime | None:
        """The moment, aware. Raises ValidationError."""
        found: datetime | None = super().clean(value)
        if found is not None and found.year not in _YEARS:
            raise ValidationError("Check the year of this moment.")
        if found is not None and found > timezone.now():
            raise ValidationError("This moment is still to come.")
        return found


def as_typed(moment: datetime) -> str:
    """An aware moment as an address of ours carries it: in UTC to the microsecond, so that no clock change blurs it."""
    return moment.astimezone(UTC).isoformat()


def as_shown(moment: datetime) -> datetime:
    """An aware moment as a field shows it: to the second, never before what happened at it."""
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment
