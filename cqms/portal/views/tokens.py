"""One's own tokens for the API: make one, see it once, end it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from cqms.api import services
from cqms.api.models import ApiToken
from cqms.organizations.scope import today
from cqms.portal.entrance import open_to
from cqms.portal.forms import TokenForm
from cqms.portal.fresh import BOUND
from cqms.ui import times
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Empty, Table
from cqms.ui.items import Crumb, Head, Row
from cqms.ui.views import FormPage, Page

_LIST = "outside:tokens"
_HEADS = (
    Head("Name", "lead"), Head("Organization"), Head("It may"), Head("Ends", "fit"), Head("Last used", "fit col-2"),
    Head("State", "fit state"), Head("Step", "fit", hidden=True),
)  # fmt: skip


class Tokens(Page):
    """Every token one has or had."""

    template_name = "portal/tokens.html"
    title = "API tokens"
    rail = "tokens"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        tokens = _tokens(request).select_related("organization").order_by("-id")
        table = Table(_HEADS, [_row(token) for token in tokens], "Your tokens, newest first")
        start = Button("Make a token", "primary", "plus", href=reverse("outside:token_new"))
        empty = Empty("No token yet", "With a token a program of yours uses the API with your rights, or with fewer.")
        return self.answer(start=start, table=table, empty=None if table.rows else empty)


class NewToken(FormPage):
    """Make a token; its secret is shown on the answer to this form and never again."""

    title = "Make a token"
    rail = "tokens"
    form_class = TokenForm
    submit = "Make the token"
    lede = "A program that holds it acts in your name and within your rights. Signing always needs your password."
    autosave = False

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("API tokens", reverse(_LIST)), Crumb(self.title)]

    @property
    def cancel_url(self) -> str:
        """Back to the list."""
        return reverse(_LIST)

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"organizations": open_to(self.request)}

    def initial(self, record: None) -> dict[str, Any]:
        return {"until": today() + dt.timedelta(days=90), "access": "read"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make it and show the secret here: an address to go to would have to know it."""
        form = TokenForm(request.POST, **self.form_kwargs(None))
        if not form.is_valid():
            return self.show(form, None, status=422)
        clean = form.cleaned_data
        place = form.organizations[clean["organization"]]
        end = dt.datetime.combine(clean["until"] + dt.timedelta(days=1), dt.time(), timezone.get_current_timezone())
        try:
            token, secret = services.make_token(
                person=request.user,
                organization=place,
                name=clean["name"],
                may_write=clean["access"] != "read",
                may_step=clean["access"] == "write",
                only=clean["only"],
                expires_at=end,
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.show(form, None, status=422)
        return self.made(token, secret)

    def made(self, token: ApiToken, secret: str) -> HttpResponse:
        """The one page that shows the secret."""
        response = self.answer(201, "portal/token_made.html", token=token, secret=secret, back=reverse(_LIST))
        response["Cache-Control"] = "no-store"
        return response


@require_POST
def token_end(request: HttpRequest, token: int) -> HttpResponse:
    """End one's own token."""
    try:
        ended = services.end_token(_tokens(request).get(pk=token), person=request.user)
    except ApiToken.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"“{ended.name}” has ended; programs that hold it are refused from now on.")
    return HttpResponseRedirect(reverse(_LIST))


def _tokens(request: HttpRequest) -> QuerySet[ApiToken]:
    """One's own; whom the provider of an organization signed in, those for that organization."""
    own = ApiToken.objects.filter(user=request.user)
    bound = request.session.get(BOUND)
    return own if bound is None else own.filter(organization=bound)


def _row(token: ApiToken) -> Row:
    return Row([
        token.name,
        token.organization.name,
        services.does_words(token),
        times.moment(token.expires_at),
        times.moment(token.last_used_at) if token.last_used_at else "never",
        _state(token),
        _end(token) if _is_live(token) else "",
    ])  # fmt: skip


def _is_live(token: ApiToken) -> bool:
    return token.ended_at is None and token.expires_at > timezone.now()


def _state(token: ApiToken) -> Badge:
    if _is_live(token):
        return Badge("Open", "good")
    return Badge("Ended" if token.ended_at else "Expired", "neutral", "lock")


def _end(token: ApiToken) -> object:
    place = reverse("outside:token_end", kwargs={"token": token.pk})
    return format_html(
        '<button class="button button--small" form="end-token" formaction="{}" aria-label="End {}">End</button>',
        place,
        token.name,
    )
