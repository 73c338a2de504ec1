"""Django's bound fields as components: label above, hint, source of the rule, error, and the ARIA that ties them."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cqms.access.reach import known_to, reach_of
from cqms.accounts.models import User
from cqms.attachments.services import UnusableFile
from cqms.ui.components import Choices, ErrorSummary, Field, Tick
from cqms.ui.items import Choice, Fault

LONG = 60
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)
CHECK_YEAR = "Check the year of this day."
NEVER_SHOWN_AGAIN = (forms.PasswordInput, forms.HiddenInput, forms.EmailInput)


def with_known_people(form: Any, reader: Any) -> Any:
    """The form, which offers a guest nobody but people they may know of, whatever its fields say; it is returned."""
    fields = [each for each in form.fields.values() if isinstance(each, forms.ModelChoiceField)]
    for field in (each for each in fields if each.queryset.model is User):
        if reach_of(reader).is_guest:
            near = [person.pk for person in known_to(reader, field.queryset)]
            field.queryset = field.queryset.filter(pk__in=near)
    return form


def form_field(
    field: BoundField, source: str = "", optional: bool | None = None, hint: str | None = None, label: str = ""
) -> SafeString:
    """One field of a form; `hint` and `label` replace its own.

    `source` names the rule that asks for it; without it a field's own `source` is taken. A field that is not required
    says "(optional)" unless told otherwise. Hidden fields come out bare.
    """
    if field.is_hidden:
        return SafeString(field.as_widget())
    field.label = label or field.label
    optional = not field.field.required if optional is None else optional
    words: dict[str, Any] = {
        "hint": field.help_text if hint is None else hint,
        "source": source or getattr(field.field, "source", ""),
        "error": " ".join(str(error) for error in field.errors),
        "optional": optional,
    }
    if isinstance(field.field.widget, GROUPS):
        return choices(field, words).__html__()
    if isinstance(field.field.widget, forms.CheckboxInput):
        return tick(field, words).__html__()
    return Field(id=field.id_for_label, label=str(field.label), control=control(field, words), **words).__html__()


def cell_field(field: BoundField) -> SafeString:
    """A control in the cell of a table: named by its label for who cannot see the heads, its error below it."""
    error = " ".join(str(each) for each in field.errors)
    described = f"{field.id_for_label}-error"
    attrs = {"class": "input w-count", "aria-label": str(field.label), "aria-invalid": "true" if error else False}
    box = field.as_widget(attrs={**attrs, "aria-describedby": described if error else False})
    if not error:
        return SafeString(box)
    return format_html('{}<p class="field-error" id="{}">{}</p>', box, described, error)


def control(field: BoundField, words: dict[str, Any], base: str = "input") -> SafeString:
    """The widget with our class, described by what stands above it; a placeholder is no hint and is left out."""
    described = [f"{field.id_for_label}-{part}" for part in ("hint", "source", "error") if words[part]]
    own = field.field.widget.attrs.get("class", "")
    classes = " ".join(filter(None, [base, width(field.field), own]))
    attrs: dict[str, str | bool] = {"class": classes or False, "placeholder": False}
    attrs["aria-describedby"] = " ".join(described) or False
    attrs["aria-invalid"] = "true" if field.errors else False
    return SafeString(field.as_widget(attrs=attrs))


def width(field: forms.Field) -> str:
    """A date or a time is short, so its box is."""
    if isinstance(field, forms.DateField):
        return "w-date"
    return "w-time" if isinstance(field, forms.TimeField) else ""


def choices(field: BoundField, words: dict[str, Any]) -> Choices:
    """A group of radio buttons or tick boxes; option hints come from the field's `option_hints` by value."""
    hints = getattr(field.field, "option_hints", {})
    chosen = {str(value) for value in as_list(field.value())}
    options = [
        Choice(label=str(label), value=str(value), hint=hints.get(value, ""), checked=str(value) in chosen)
        for value, label in cast("Any", field.field).choices
        if value != ""
    ]
    multiple = isinstance(field.field.widget, forms.CheckboxSelectMultiple)
    return Choices(
        legend=str(field.label), options=options, name=field.html_name, id=field.auto_id, multiple=multiple, **words
    )


def tick(field: BoundField, words: dict[str, Any]) -> Tick:
    """A single yes-or-no box: the label stands behind it, so the question is the label itself."""
    return Tick(
        id=field.id_for_label,
        label=str(field.label),
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
        yield Fault(str(text))
    for field in form:
        for text in field.errors:
            label = str(field.label)
            called = label if label.endswith("?") else f"{label}:"
            yield Fault(f"{called} {text}" if len(label) < LONG else str(text), target(field))


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
    words = "One answer is missing or wrong" if len(found) == 1 else f"{len(found)} answers are missing or wrong"
    return ErrorSummary(title=title or words, errors=found).__html__()


def fields_of(form: forms.BaseForm) -> SafeString:
    """All fields of a form in their order, hidden ones included."""
    return format_html_join("\n", "{}", ((form_field(field),) for field in form))


class DayField(forms.DateField):
    """A day, picked or typed; browsers want it written as 2026-11-19. A year nobody means is refused."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = (
        MinValueValidator(date(1900, 1, 1), CHECK_YEAR),
        MaxValueValidator(date(2199, 12, 31), CHECK_YEAR),
    )


class RevisionForm(forms.Form):
    """A form for an existing record: it carries the revision that was on the screen."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


def typed(form: forms.BaseForm, fields: Mapping[str, list[str]]) -> dict[str, Any]:
    """Kept input as initial values: what each widget would have read from the POST, the revision left out."""
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return {
        name: field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, field in form.fields.items()
        if form.add_prefix(name) in fields and name != "revision"
    }


def typed_words(form_class: type[forms.BaseForm], data: Mapping[str, str]) -> list[tuple[str, str]]:
    """The words in a POST by the labels of their fields: what somebody wrote, and would have to write again."""
    return [
        (str(field.label), data[name])
        for name, field in form_class.base_fields.items()
        if isinstance(field.widget, forms.Textarea | forms.TextInput)
        and not isinstance(field.widget, NEVER_SHOWN_AGAIN)
        and data.get(name, "").strip()
    ]


def add_refusal(form: forms.BaseForm, sentence: str, field: str) -> None:
    """Show a refusal beside its field, or on top when the form has no such field."""
    form.add_error(field if field in form.fields else None, sentence)


def add_problems(form: forms.BaseForm, error: ValidationError) -> None:
    """Show what a service found wrong beside its fields, and on top what concerns a field the form does not have.

    What is wrong with a file stands where it was chosen.
    """
    if isinstance(error, UnusableFile):
        _add_file_problem(form, error)
        return
    found = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    for name, errors in found.items():
        for each in errors:
            form.add_error(name if name in form.fields else None, each)


def _add_file_problem(form: forms.BaseForm, error: UnusableFile) -> None:
    """Beside the field with the files; where several were sent, the others must be chosen again."""
    sent = [(name, form.files.getlist(form.add_prefix(name))) for name, field in form.fields.items()
            if isinstance(field, forms.FileField) and form.files]  # fmt: skip
    name, files = next(((name, files) for name, files in sent if files), (None, []))
    form.add_error(name, error)
    if len(files) > 1:
        form.add_error(name, "Choose the others again, too: files do not stay in a form.")


def ask_for_files_again(form: Any) -> None:
    """Say beside its field which files were sent in vain: a browser does not send them a second time by itself."""
    for name, field in form.fields.items():
        sent = form.files.getlist(form.add_prefix(name)) if isinstance(field, forms.FileField) and form.files else []
        if sent and name not in form.errors:
            form.add_error(name, f"Choose {', '.join(each.name for each in sent)} again: files do not stay in a form.")


def words_of(field: forms.Field, value: Any) -> str:
    """A value of a field as a reader knows it: labels for choices, yes and no, days in words."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return date_format(value, "j M Y, H:i" if isinstance(value, datetime) else "j M Y")
    if isinstance(value, (list, tuple, set, QuerySet)):
        return ", ".join(words_of(field, each) for each in value)
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    key = str(getattr(value, "pk", value))
    return labels.get(key, str(value))
