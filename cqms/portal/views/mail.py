"""Mail of the embedded run, readable for administrators: nothing leaves the machine there."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html

from cqms.audit.refusals import Denied
from cqms.portal.entrance import open_to
from cqms.portal.mails import Mail, is_written_to_files, mails_to
from cqms.portal.selectors import addresses_of, administered
from cqms.ui import times
from cqms.ui.components import Empty, Table
from cqms.ui.items import Crumb, Head, Row
from cqms.ui.views import Page
from cqms.ui.views.page import refused

_SHOWN = 50
"""How many mails stand on a page."""


class MailPage(Page):
    """A page that exists only where mail is written to files, for administrators, about people of theirs alone."""

    rail = "mail"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_written_to_files():
            raise Http404
        self.organizations = administered(request.user, open_to(request))
        if not self.organizations:
            return refused(request, Denied("Mail is shown to administrators of an organization."))
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def mails(self) -> list[Mail]:
        """The mails this reader may see; of those that open an account, their own."""
        found = mails_to(addresses_of(self.organizations))
        return [mail for mail in found if not mail.opens_account or mail.to == (self.reader.email,)]


class Mails(MailPage):
    """Every mail to members, the newest first."""

    template_name = "portal/mails.html"
    title = "Mail"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        heads = [Head("Subject", "lead"), Head("To"), Head("When", "fit")]
        empty = Empty("No mail yet", "As soon as the portal writes to a member of your organization, it stands here.")
        after = [mail.key for mail in self.mails].index(self._last) + 1 if self._last else 0
        shown = self.mails[after : after + _SHOWN]
        older = f"?after={shown[-1].key}" if len(self.mails) > after + _SHOWN else ""
        table = Table(heads, [_row(mail) for mail in shown], "Mails, newest first", listing=True)
        parts = {"table": table, "older": older, "empty": None if self.mails else empty}
        return self.answer(total=f"{len(self.mails):,}", **parts)

    @property
    def _last(self) -> str:
        """The key of the mail after which the page begins. Raises Http404 for one that is not the reader's."""
        key: str = self.request.GET.get("after", "")
        if key and all(mail.key != key for mail in self.mails):
            raise Http404
        return key


class OneMail(MailPage):
    """One mail as text, its links to follow."""

    template_name = "portal/mail.html"

    def get_title(self) -> str:
        return self.mail.subject

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Mail", reverse("outside:mails")), Crumb(self.mail.subject)]

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show it."""
        found = [mail for mail in self.mails if mail.key == key]
        if not found:
            raise Http404
        self.mail = found[0]
        return self.answer(mail=self.mail, to=", ".join(self.mail.to))


def _row(mail: Mail) -> Row:
    place = reverse("outside:mail", kwargs={"key": mail.key})
    return Row([format_html('<a href="{}">{}</a>', place, mail.subject), ", ".join(mail.to), times.moment(mail.at)])
