"""Markup put together in Python: for what stands a hundred times on a page, where a template would cost most of it."""

from collections.abc import Iterable
from html import escape

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

EMPTY = SafeString("")


def markup(value: object) -> str:
    """A value as it stands on a page: components and markup as they are, everything else escaped."""
    kind = type(value)
    if kind is str:
        return escape(value)  # type: ignore[arg-type]
    if kind is SafeString:
        return value  # type: ignore[return-value]
    made = getattr(value, "__html__", None)
    return made() if made else conditional_escape(value)  # type: ignore[arg-type]


def fill(pattern: str, *values: object) -> SafeString:
    """The pattern with the values at its places `{}`, each as `markup` has it."""
    return SafeString(pattern.format(*[markup(each) for each in values]))


def join(parts: Iterable[str]) -> SafeString:
    """Markup that was made part by part, in one piece."""
    return SafeString("".join(parts))
