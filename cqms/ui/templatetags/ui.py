"""The tags of the component library: `{% load ui %}`.

One tag per component, named as in the styleguide; its properties are the fields of the class of that name in
`cqms.ui.components`. An unknown property is an error when the template is compiled, a missing or blank mandatory one
when it is rendered, and both name it.

    {% badge word="In review" tone="progress" %}            {{ record.badge }} works too: components render themselves
    {% button text="Submit for review" kind="primary" icon="sign" href=url dialog=True %}
    {% panel title="Signatures" sub="21 CFR 11.50" %}…{% endpanel %}    blocks: panel plain dialog notice rendition
    {% notice title="Not effective yet" tone="warn" %}Becomes effective on 14 Dec 2026.{% endnotice %}
    {% facts rows=facts %}  {% timeline entries=entries %}  {% table heads=heads rows=rows caption="47 documents" %}
    {% form_field form.title source="21 CFR 11.10(e)" %}    {% error_summary_of form %}    {% fields_of form %}
    {{ signed_at|moment }} {{ due_on|day }}                                 {% due date=record.due_on %}
    {% panels "documents.version" version %}                panels that other apps registered for this page

Rows come from the view as the dataclasses of `cqms.ui.items`: lists are never built inside a template.
"""

import inspect
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from cqms.ui import atoms, components, forms, panels, times
from cqms.ui.component import Component
from cqms.ui.frame import outside_url

register = template.Library()

_NUMBER = re.compile(r"\b[A-Z]{2,6}-\d{3,}\b")

PLAIN: tuple[type[Component], ...] = (
    atoms.Icon, atoms.Badge, atoms.Button, atoms.Due, atoms.Person, atoms.Number, components.Chip,
    components.Steps, components.Tabs, components.Menu, components.Toolbar, components.Field, components.Choices,
    components.ErrorSummary, components.FormFoot, components.Empty, components.Facts,
    components.Links, components.Files, components.Table, components.Pager, components.Bulk, components.Tasks,
    components.Figures, components.Lifecycle, components.Timeline, components.Diff, components.Signature,
    components.SignatureAwaited, components.Progress, components.Chart, components.Checks,
    components.SignDialog, components.Tick,
)  # fmt: skip
BLOCKS: dict[type[Component], str] = {
    components.Panel: "body",
    components.Plain: "actions",
    components.Dialog: "body",
    components.Notice: "text",
    components.Rendition: "body",
}


def plain_tag(component: type[Component]) -> Callable[..., SafeString]:
    """A tag function with the component's properties as its signature, so that Django refuses others by name."""

    def render(*args: Any, **properties: Any) -> SafeString:
        return component(*args, **properties).__html__()

    render.__signature__ = inspect.signature(component)  # type: ignore[attr-defined]
    return render


def block_tag(component: type[Component], into: str) -> Callable[..., SafeString]:
    """The same for a tag with a body, which becomes the property `into`."""

    def render(content: SafeString, **properties: Any) -> SafeString:
        return component(**{into: content}, **properties).__html__()

    first = inspect.Parameter("content", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    others = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(component).parameters.values()
        if parameter.name != into
    ]
    render.__signature__ = inspect.Signature([first, *others])  # type: ignore[attr-defined]
    return render


for each in PLAIN:
    register.simple_tag(plain_tag(each), name=each.tag())
for each, into in BLOCKS.items():
    register.simple_block_tag(block_tag(each, into), name=each.tag(), end_name=f"end{each.tag()}")

register.simple_tag(forms.form_field)
register.simple_tag(forms.cell_field)
register.simple_tag(forms.error_summary_of)
register.simple_tag(forms.fields_of)
register.simple_tag(outside_url)


@register.simple_tag(name="panels", takes_context=True)
def panels_tag(context: Context, page: str, record: object) -> SafeString:
    """Every panel that was registered for a page, in order."""
    return panels.render(page, record, context["request"])


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """An aware moment in the reader's zone with its offset, UTC on hover; nothing for none."""
    return times.moment(value) if value else ""


@register.filter
def clock(value: datetime) -> SafeString:
    """Hour, minute and offset of a moment that stands under its day."""
    return times.clock(value)


@register.filter
def utc(value: datetime) -> str:
    """The moment in UTC, for a place beside the reader's zone."""
    return times.utc_beside(value)


@register.filter
def day(value: date | None) -> SafeString | str:
    """A calendar day; nothing for none."""
    return times.day(value) if value else ""


@register.filter
def unbroken(title: str) -> SafeString:
    """A title in which no number of a record breaks at its hyphen."""
    return SafeString(_NUMBER.sub(r'<span class="nowrap">\g<0></span>', conditional_escape(title)))


@register.filter
def initials(name: str) -> str:
    """The letters of an avatar."""
    return atoms.initials(name)


@register.filter
def message_tone(level: str) -> str:
    """The tone of a message by Django's word for its level."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(level.rsplit(" ", maxsplit=1)[-1], "progress")
