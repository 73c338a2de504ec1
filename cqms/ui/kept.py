"""Nothing typed is lost: where a form page leaves and finds what a person typed before their session ended.

The portal keeps the input and registers itself here; until then nothing is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest

Fields = dict[str, list[str]]


class Take(Protocol):
    """Gives what this person typed on this page, once; None when nothing waits."""

    def __call__(self, request: HttpRequest) -> Fields | None: ...


class Token(Protocol):
    """The signed name of the person a form is shown to."""

    def __call__(self, user: object) -> str: ...


@dataclass(frozen=True)
class Keeper:
    """`field` is the hidden field that carries the token in every form."""

    field: str
    token: Token
    take: Take
    keep: Callable[[HttpRequest], None]


_keeper: list[Keeper] = []


def register(keeper: Keeper) -> None:
    """Say who keeps what was typed."""
    _keeper[:] = [keeper]


def take(request: HttpRequest) -> Fields | None:
    """What this person had typed on this page before the session ended, once; None when nothing waits."""
    return _keeper[0].take(request) if _keeper else None


def keep(request: HttpRequest) -> None:
    """Keep what a person typed until they are back on this page, passwords and files excepted."""
    if _keeper:
        _keeper[0].keep(request)


def hidden(request: HttpRequest) -> tuple[str, str] | None:
    """Name and value of the hidden field of every form; None for nobody or without a keeper."""
    if not _keeper or not request.user.is_authenticated:
        return None
    return _keeper[0].field, _keeper[0].token(request.user)
