"""Panels of higher apps on a lower app's page: registered, never imported.

An app registers in its `apps.py`: `panels.register("documents.version", Panel("training/panel.html", progress, 20))`.
The page asks: `{% panels "documents.version" version %}`.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

PanelContext = dict[str, object]


@dataclass(frozen=True)
class Panel:
    """A template, the function (request, record) → its context or None for no panel, and where it stands."""

    template: str
    context: Callable[[HttpRequest, object], PanelContext | None]
    order: int = 100


_registered: dict[str, list[Panel]] = defaultdict(list)


def register(page: str, panel: Panel) -> None:
    """Add a panel to a page; the same panel twice counts once."""
    if panel not in _registered[page]:
        _registered[page].append(panel)


def render(page: str, record: object, request: HttpRequest) -> SafeString:
    """The panels of a page, lowest order first, one below the other."""
    parts = []
    for panel in sorted(_registered[page], key=lambda each: each.order):
        context = panel.context(request, record)
        if context is not None:
            parts.append(render_to_string(panel.template, context, request))
    return mark_safe("\n".join(parts))  # noqa: S308  rendered templates
