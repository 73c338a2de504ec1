"""The left rail: apps register their nouns, everyone sees only what they may use."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from cqms.ui.component import Component
from cqms.ui.menus import Option


def inside_organization(request: HttpRequest) -> bool:
    """Whether a signed-in person looks at the pages of an organization."""
    signed_in = bool(getattr(request, "user", None)) and request.user.is_authenticated
    return signed_in and getattr(request, "organization", None) is not None


@dataclass(frozen=True)
class Entry:
    """A noun in the rail. Orders of the same hundred stand together, a line between the hundreds.

    `count` gives the tally beside it; `current` is the entry's key in the context of a page it is shown on.
    """

    key: str
    label: str
    icon: str
    url_name: str
    order: int
    allowed: Callable[[HttpRequest], bool] = inside_organization
    count: Callable[[HttpRequest], int] | None = None


@dataclass(frozen=True)
class AccountEntry:
    """A line of the reader's menu; `url` is asked per request, so it may lie inside or outside an organization."""

    label: str
    icon: str
    url: Callable[[HttpRequest], str]


_registered: dict[str, Entry] = {}
_account: list[AccountEntry] = []
_search: list[str] = []
_switchers: list[Callable[[HttpRequest], Component | None]] = []


def register(entry: Entry) -> None:
    """Add an entry; a key registered again replaces the former."""
    _registered[entry.key] = entry


def register_account(entry: AccountEntry) -> None:
    """Add a line to the reader's menu, below their name."""
    if entry not in _account:
        _account.append(entry)


def register_switcher(build: Callable[[HttpRequest], Component | None]) -> None:
    """Add a menu to the top bar (the study switcher), built per request; None shows none."""
    if build not in _switchers:
        _switchers.append(build)


def register_search(url_name: str) -> None:
    """Name the page that answers `?q=`; with it the search box appears in the top bar."""
    _search[:] = [url_name]


def search_url_name() -> str:
    """The page that answers a search, blank while there is none."""
    return _search[0] if _search else ""


def entries(request: HttpRequest) -> list[Entry]:
    """The entries this reader may use, in order."""
    return [entry for entry in sorted(_registered.values(), key=lambda each: each.order) if entry.allowed(request)]


def account(request: HttpRequest) -> list[Option]:
    """The lines of the reader's menu."""
    return [Option(entry.label, entry.url(request), entry.icon) for entry in _account]


def switchers(request: HttpRequest) -> list[Component]:
    """The menus of the top bar for this request."""
    built = (build(request) for build in _switchers)
    return [menu for menu in built if menu is not None]


def count(key: str, request: HttpRequest) -> int:
    """The tally of an entry, 0 when it has none or the reader may not use it."""
    entry = _registered.get(key)
    if entry is None or entry.count is None or not entry.allowed(request):
        return 0
    return entry.count(request)
