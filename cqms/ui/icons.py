"""Icons as inline SVG: the portal's own words for things, drawn by the lucide set."""

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

ICONS = {
    "admin": "sliders-horizontal",
    "audit": "clipboard-check",
    "bad": "octagon-x",
    "calendar": "calendar",
    "check": "check",
    "close": "x",
    "columns": "columns-3",
    "comment": "message-square",
    "copy": "copy",
    "document": "file-text",
    "down": "chevron-down",
    "download": "download",
    "edit": "pencil",
    "event": "flag",
    "eye": "eye",
    "file": "paperclip",
    "filter": "list-filter",
    "good": "circle-check",
    "help": "life-buoy",
    "history": "history",
    "home": "house",
    "inbox": "inbox",
    "info": "info",
    "keyboard": "keyboard",
    "left": "chevron-left",
    "link": "link",
    "lock": "lock",
    "mail": "mail",
    "menu": "menu",
    "moon": "moon",
    "neutral": "circle",
    "organization": "building-2",
    "person": "user",
    "plus": "plus",
    "process": "workflow",
    "progress": "clock",
    "relations": "waypoints",
    "report": "chart-column",
    "retry": "rotate-cw",
    "right": "chevron-right",
    "risk": "grid-3x3",
    "save": "bookmark",
    "search": "search",
    "shield": "shield-check",
    "sign": "pen-line",
    "signout": "log-out",
    "study": "flask-conical",
    "sun": "sun",
    "to": "arrow-right",
    "training": "book-open",
    "up": "chevron-up",
    "warn": "triangle-alert",
}


@lru_cache(maxsize=256)
def shapes(name: str) -> SafeString:
    """The drawing inside the SVG of one of our icons, or of lucide's own name; an unknown name is an error."""
    drawn = str(lucide(ICONS.get(name, name), size=None))
    inside = drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")]
    return mark_safe("".join(line.strip() for line in inside.splitlines()).replace(" />", "/>"))  # noqa: S308  our own set


@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """One icon of 16 px; hidden from screen readers unless it carries a label of its own."""
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, shapes(name)
        )
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', shapes(name))
