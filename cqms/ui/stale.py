"""A form whose record changed while somebody wrote: what they changed is theirs, what they left alone is as saved."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from cqms.audit.past import at_revision
from cqms.organizations.models import TrackedModel
from cqms.ui.components import Diff, Table
from cqms.ui.forms import words_of
from cqms.ui.items import Change, Head


def record_then(record: Any, revision: object) -> Any | None:
    """The record as it was on the screen, at the revision that a form carries; None where nobody knows."""
    known = isinstance(record, TrackedModel) and str(revision).isdecimal()
    return at_revision(record, int(str(revision)[:9])) if known else None


def left_alone(shown: forms.BaseForm, data: QueryDict) -> set[str]:
    """The fields that came back as they were `shown`, in a form that is not bound."""
    return {
        field.name
        for field in shown
        if not field.is_hidden and _plain(data.getlist(field.html_name)) == _plain(_sent_of(field))
    }


def two_versions(form: Any, saved: Mapping[str, Any], alone: Collection[str]) -> Table:
    """Field by field what this person changed: as it is saved now and as they typed it, where the two differ."""
    rows = []
    for field in form:
        if field.is_hidden or field.name in alone:
            continue
        now, mine = _saved_words(field, saved), words_of(field.field, form.cleaned_data.get(field.name))
        if now != mine:
            rows.append((field.label, now or "empty", mine or "empty"))
    heads = [Head("Field", "lead"), Head("Saved now", "typed"), Head("You typed", "typed")]
    return Table(heads, rows, "What is saved now and what you typed")


def meanwhile(form: Any, began: Mapping[str, Any], saved: Mapping[str, Any], alone: Collection[str]) -> Diff | None:
    """What others changed and this person left alone; None for nothing."""
    fields = [field for field in form if field.name in alone]
    rows = [Change(str(field.label), _saved_words(field, began), _saved_words(field, saved)) for field in fields]
    rows = [each for each in rows if each.old != each.new]
    return Diff(rows) if rows else None


def on_saved(form: Any, saved: forms.BaseForm, alone: Collection[str]) -> Any:
    """The same form with the same input, meant for what is saved now; what was left alone is as it is saved."""
    form.data = form.data.copy()
    for name in {"revision", *alone} & set(form.fields):
        form.data.setlist(form.add_prefix(name), _sent_of(saved[name]))
    return form


def _saved_words(field: BoundField, saved: Mapping[str, Any]) -> str:
    unticked = False if isinstance(field.field, forms.BooleanField) else None
    return words_of(field.field, saved.get(field.name, unticked))


def _sent_of(field: BoundField) -> list[str]:
    """What a browser sends of a field that is left as a form that is not bound shows it."""
    widget, value = field.field.widget, field.value()
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if widget.check_test(value) else []
    found = widget.format_value(value)
    return [str(each) for each in found] if isinstance(found, (list, tuple)) else [] if found is None else [str(found)]


def _plain(sent: list[str]) -> list[str]:
    """Without what a browser does to the ends of lines, and without what says nothing."""
    return [words for words in ("\n".join(each.split("\r\n")).strip() for each in sent) if words]
