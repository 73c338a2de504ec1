"""What all pages share: title, place in the rail, crumbs, and a refusal that ends as a plain sentence."""

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from cqms.accounts.models import User
from cqms.audit.refusals import Refused
from cqms.ui import forms
from cqms.ui.atoms import Button
from cqms.ui.components import Facts, Plain
from cqms.ui.frame import outside_prefix
from cqms.ui.items import Crumb

CODES = {403: "You may not do this here", 404: "This page does not exist", 409: "This is not possible now"}


class Page(View):
    """Base of the page shapes. Set `title`, `template_name`, `rail` (key of the rail's entry)."""

    title = ""
    template_name = ""
    rail = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal, self.way_back(), getattr(self, "form_class", None))

    def way_back(self) -> str:
        """Where a refusal leads back to; blank for the page that led here."""
        return ""

    @property
    def reader(self) -> User:
        """The signed-in person; the middleware lets nobody else come to a page."""
        return cast("User", self.request.user)

    def get_title(self) -> str:
        """The heading and the name of the browser tab."""
        return self.title

    def crumbs(self) -> Sequence[Crumb]:
        """The places above this page."""
        return ()

    def answer(self, status: int = 200, template: str = "", **context: Any) -> HttpResponse:
        """Render the page now, inside the organization's scope."""
        frame = {"title": self.get_title(), "rail_current": self.rail, "crumbs": self.crumbs(), "view": self}
        return render(self.request, template or self.template_name, {**frame, **context}, status=status)


def refused(
    request: HttpRequest, refusal: Refused, back: str = "", form_class: type[BaseForm] | None = None
) -> HttpResponse:
    """A plain page, or its fragment for a dialog, that says why something was not done.

    With the class of the form that was sent, the words typed into it are shown once more, to be copied.
    """
    typed = forms.typed_words(form_class, request.POST) if form_class else []
    back = back or came_from(request)
    plain = Plain(
        code=str(refusal.status),
        title=CODES.get(refusal.status, "This was not done"),
        sentence=refusal.sentence,
        actions=[Button("Back", href=back)],
    )
    template = "layouts/refused_fragment.html" if in_dialog(request) else "layouts/refused.html"
    context = {"plain": plain, "title": plain.title, "back": back, "typed": Facts(typed) if typed else None}
    return render(request, template, context, status=refusal.status)


def came_from(request: HttpRequest) -> str:
    """The page of ours that led here, else the beginning."""
    referer = request.headers.get("referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if ours and urlsplit(referer).path != request.path else outside_prefix()


def in_dialog(request: HttpRequest) -> bool:
    """Whether the answer goes into the dialog of the page instead of replacing it."""
    return request.headers.get("HX-Target") == "step-dialog"
