"""The numbers people give to studies and sites. They are part of addresses, so they are made of plain characters."""

import re

from django.core.exceptions import ValidationError
from django.urls import register_converter

PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,39}"
_TAKEN = ("new", "register")


def check_number(number: str) -> None:
    """Refuse a number that would break an address. Raises ValidationError with the rule."""
    if not re.fullmatch(PATTERN, number):
        raise ValidationError(
            "Use up to 40 letters from A to Z, digits, hyphens, dots and underscores, and begin with a letter or a"
            " digit: the number becomes part of web addresses."
        )
    if number.lower() in _TAKEN:
        raise ValidationError(f"“{number}” cannot be a number: its address is where new records begin.")


class NumberConverter:
    """The path converter `number`, for every record with a human number: another character in its place is a 404."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "number")
