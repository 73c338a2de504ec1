"""The Inbox: of one organization, and of all organizations of a person merged by due."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from cqms.inbox.rows import Row, things
from cqms.inbox.selectors import inbox_of, rows_here
from cqms.notifications.services import mark_read
from cqms.organizations.models import Organization
from cqms.portal.awaiting import grouped, kinds_of
from cqms.portal.entrance import open_to
from cqms.ui.atoms import Button
from cqms.ui.components import Empty
from cqms.ui.frame import outside_url
from cqms.ui.menus import Chip, Option
from cqms.ui.views import Page

_NEWS = "news"


class InboxPage(Page):
    """Everything that awaits the reader, the most urgent first, filtered by kind (`kind` in the address)."""

    template_name = "portal/inbox.html"
    title = "Inbox"
    organization: Organization | None = None

    def rows(self) -> list[Row]:
        """What awaits the reader."""
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        rows = self.rows()
        kinds = kinds_of(rows)
        kind = request.GET.get("kind", "")
        shown = [row for row in rows if row.kind == kind] if kind in kinds else rows
        return self.answer(
            total=f"{things(shown):,}",
            groups=grouped(shown, request.organization),
            chip=self._chip(kinds, kind) if len(kinds) > 1 else None,
            empty=self._empty() if not shown else None,
            elsewhere=self.elsewhere(),
            has_news=request.organization is not None and any(row.kind == _NEWS for row in rows),
        )

    def elsewhere(self) -> Button | None:
        """The way to what this page does not show."""
        return None

    def _chip(self, kinds: Mapping[str, str], kind: str) -> Chip:
        here = self.request.path
        options = [Option("Everything", here, chosen=kind not in kinds)]
        options += [Option(name, f"{here}?kind={key}", chosen=key == kind) for key, name in sorted(kinds.items())]
        return Chip("Kind", kinds.get(kind, "everything"), on=kind in kinds, options=options)

    def _empty(self) -> Empty:
        return Empty("Nothing awaits you", "As soon as somebody needs you, or something is due, it stands here.")


class Inbox(InboxPage):
    """What awaits the reader in this organization. A POST notes that the news were read."""

    rail = "inbox"

    def rows(self) -> list[Row]:
        return rows_here(self.request.user)

    def elsewhere(self) -> Button | None:
        if len(self.request.memberships) == 1:
            return None
        return Button("All your organizations", href=outside_url("outside:inbox"), icon="organization")

    def post(self, request: HttpRequest) -> HttpResponse:
        """The reader has seen the news."""
        mark_read(request.user)
        return HttpResponseRedirect(request.path)


class InboxEverywhere(InboxPage):
    """What awaits the reader in all organizations; each row says in which."""

    rail = "inbox_everywhere"

    def rows(self) -> list[Row]:
        return inbox_of(self.request.user, self._places())

    def _places(self) -> Sequence[Organization]:
        return open_to(self.request, to_read=True)
