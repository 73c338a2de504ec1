"""Searching across every record the reader may see: results on a page, and suggestions while one types."""

from collections import Counter

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from cqms.search.kinds import kinds
from cqms.search.models import SearchEntry
from cqms.search.selectors import MOST, found
from cqms.ui import addresses
from cqms.ui.atoms import Badge, Number
from cqms.ui.components import Empty, Table, Toolbar
from cqms.ui.items import Head, Row, Search
from cqms.ui.menus import Chip
from cqms.ui.views import Page

_SUGGESTED = 8
_HEADS = (Head("Number", "fit"), Head("Title", "lead"), Head("Kind", "fit"), Head("State", "fit state"))


class SearchPage(Page):
    """What matches, the best first. A whole number leads straight to its record."""

    title = "Search"
    template_name = "portal/search.html"
    suggestions = "portal/search_suggestions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, or the few lines under the search box."""
        words = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:200]
        if request.headers.get("HX-Target") == "suggestions":
            entries = found(request.user, words, most=_SUGGESTED)
            everything = f"{reverse('portal:search')}?{urlencode({'q': words})}"
            rows = [(entry, self._place(entry), kinds()[entry.kind]) for entry in entries]
            return self.answer(template=self.suggestions, rows=rows, words=words, everything=everything)
        entries = found(request.user, words)
        kind = request.GET.get("kind", "")
        if not kind and len([entry for entry in entries if entry.number.lower() == words.lower()]) == 1:
            return HttpResponseRedirect(self._place(entries[0]))
        return self._show(words, kind, entries)

    def _show(self, words: str, kind: str, entries: list[SearchEntry]) -> HttpResponse:
        shown = found(self.request.user, words, kind=kind) if kind in kinds() else entries
        rows = [self._row(entry) for entry in shown]
        many = f"the {MOST} best" if len(shown) >= MOST else str(len(shown))
        table = Table(_HEADS, rows, f"{many} records that match “{words}”", sticky=True, listing=True)
        return self.answer(
            total=many if words else "", words=words, table=table if rows else None,
            toolbar=self._toolbar(words, kind, entries), empty=None if rows else _empty(words),
        )  # fmt: skip

    def _toolbar(self, words: str, kind: str, entries: list[SearchEntry]) -> Toolbar:
        counts = Counter(entry.kind for entry in entries)
        chips = [self._chip("Everything", words, "", on=not kind)]
        for key, each in kinds().items():
            if counts[key] or key == kind:
                more = "+" if len(entries) >= MOST else ""
                chips.append(self._chip(f"{each.plural} {counts[key]}{more}", words, key, on=key == kind))
        hidden = [("kind", kind)] if kind else []
        box = Search("Search every record you may see", value=words, placeholder="Number or words", hidden=hidden)
        return Toolbar(chips if words else [], box)

    def _chip(self, label: str, words: str, kind: str, *, on: bool) -> Chip:
        asked = {"q": words, **({"kind": kind} if kind else {})}
        return Chip(label, on=on, href=f"?{urlencode(asked)}")

    def _row(self, entry: SearchEntry) -> Row:
        place = self._place(entry)
        state = Badge(entry.state, entry.tone) if entry.state and entry.tone else entry.state
        title = format_html('<a href="{}">{}</a>', place, entry.title)
        return Row([Number(entry.number), title, kinds()[entry.kind].noun, state])

    def _place(self, entry: SearchEntry) -> str:
        return addresses.page_of(entry.kind, entry.record_id)


def _empty(words: str) -> Empty:
    if not words:
        return Empty("What are you looking for?", "Type a number, or words from a title or a text.")
    return Empty("Nothing matches", "Check the spelling, or search for fewer words. You find only what you may see.")
