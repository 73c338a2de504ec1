"""Django's bound fields as components: label above, hint, source of the rule, error, and the ARIA that ties them."""

from collections.abc import Iterator

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from cqms.ui.components import Choices, ErrorSummary, Field, Tick
from cqms.ui.items import Choice, Fault

GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def form_field(field: BoundField, source: str = "", optional: bool | None = None, hint: str = "") -> SafeString:
    """One field of a form. `source` names the rule that asks for it; without it a field's own `source` is taken.

    A field that is not required says "(optional)" unless told otherwise. Hidden fields come out bare.
    """
    if field.is_hidden:
        return SafeString(field.as_widget())
    optional = not field.field.required if optional is None else optional
    words = {
        "hint": hint or field.help_text,
        "source": source or getattr(field.field, "source", ""),
        "error": " ".join(field.errors),
        "optional": optional,
    }
    if isinstance(field.field.widget, GROUPS):
        return choices(field, words).__html__()
    if isinstance(field.field.widget, forms.CheckboxInput):
        return tick(field, words).__html__()
    return Field(id=field.id_for_label, label=field.label, control=control(field, words), **words).__html__()


def control(field: BoundField, words: dict, base: str = "input") -> SafeString:
    """The widget with our class, described by the hint, source and error that stand above it."""
    described = [f"{field.id_for_label}-{part}" for part in ("hint", "source", "error") if words[part]]
    own = field.field.widget.attrs.get("class", "")
    classes = " ".join(filter(None, [base, width(field.field), own]))
    values = {"class": classes, "aria-describedby": " ".join(described) or None}
    values["aria-invalid"] = "true" if field.errors else None
    return SafeString(field.as_widget(attrs={name: value for name, value in values.items() if value}))


def width(field: forms.Field) -> str:
    """A date or a time is short, so its box is."""
    if isinstance(field, forms.DateField):
        return "w-date"
    return "w-time" if isinstance(field, forms.TimeField) else ""


def choices(field: BoundField, words: dict) -> Choices:
    """A group of radio buttons or tick boxes; option hints come from the field's `option_hints` by value."""
    hints = getattr(field.field, "option_hints", {})
    chosen = {str(value) for value in as_list(field.value())}
    options = [
        Choice(label=str(label), value=str(value), hint=hints.get(value, ""), checked=str(value) in chosen)
        for value, label in field.field.choices
        if value != ""
    ]
    multiple = isinstance(field.field.widget, forms.CheckboxSelectMultiple)
    return Choices(
        legend=field.label, options=options, name=field.html_name, id=field.auto_id, multiple=multiple, **words
    )


def tick(field: BoundField, words: dict) -> Tick:
    """A single yes-or-no box: the label stands behind it, so the question is the label itself."""
    return Tick(
        id=field.id_for_label,
        label=field.label,
        control=control(field, words, base=""),
        **{name: words[name] for name in ("hint", "source", "error")},
    )


def as_list(value: object) -> list:
    """A value that may be one, many or none, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def faults(form: forms.BaseForm) -> Iterator[Fault]:
    """Everything wrong with a bound form, first what concerns it as a whole, then field by field as on the page."""
    for text in form.non_field_errors():
        yield Fault(text)
    for field in form:
        for text in field.errors:
            yield Fault(text, target(field))


def target(field: BoundField) -> str:
    """The id a reader is sent to: the control, or the group for radio buttons; nothing for a hidden field."""
    if field.is_hidden:
        return ""
    return field.auto_id if isinstance(field.field.widget, GROUPS) else field.id_for_label


def error_summary_of(form: forms.BaseForm, title: str = "") -> SafeString:
    """The error summary of a bound form; nothing while nothing is wrong."""
    found = list(faults(form))
    if not found:
        return SafeString("")
    words = "One answer stops this form" if len(found) == 1 else f"{len(found)} answers stop this form"
    return ErrorSummary(title=title or words, errors=found).__html__()


def fields_of(form: forms.BaseForm) -> SafeString:
    """All fields of a form in their order, hidden ones included."""
    return format_html_join("\n", "{}", ((form_field(field),) for field in form))
