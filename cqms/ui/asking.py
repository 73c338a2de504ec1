"""What a field asks for when it was left empty or filled in wrongly: what to do, in every form and over the API."""

from django import forms
from django.core import validators

_MISSING: dict[type[forms.Field], str] = {
    forms.Field: "Fill this in.",
    forms.EmailField: "Enter an e-mail address.",
    forms.DateField: "Enter a date.",
    forms.TimeField: "Enter a time.",
    forms.DateTimeField: "Enter a date and a time.",
    forms.FileField: "Choose a file.",
    forms.BooleanField: "Tick this to go on.",
    forms.ChoiceField: "Choose one.",
    forms.ModelChoiceField: "Choose one.",
    forms.MultipleChoiceField: "Choose at least one.",
    forms.ModelMultipleChoiceField: "Choose at least one.",
}
_WRONG: dict[type[forms.Field], tuple[str, str]] = {
    forms.DateField: ("invalid", "Write the day as 2026-05-04."),
    forms.DateTimeField: ("invalid", "Write date and time as 2026-05-04 09:15."),
    forms.FileField: ("empty", "This file is empty. Choose another one."),
}
_LIMITS: dict[type[validators.BaseValidator], str] = {
    validators.MaxLengthValidator: "Say it in %(limit_value)d characters at most; these are %(show_value)d.",
    validators.MinLengthValidator: "Write at least %(limit_value)d characters; these are %(show_value)d.",
    validators.MaxValueValidator: "Enter %(limit_value)s at most.",
    validators.MinValueValidator: "Enter %(limit_value)s at least.",
}


def speak_plainly() -> None:
    """Let every kind of field say what to do; "this field is required" leaves people to find out."""
    for kind, words in _MISSING.items():
        kind.default_error_messages = {**kind.default_error_messages, "required": words}
    for kind, (code, words) in _WRONG.items():
        kind.default_error_messages = {**kind.default_error_messages, code: words}
    for limit, words in _LIMITS.items():
        limit.message = words
