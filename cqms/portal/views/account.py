"""One's own account: profile, time zone and sign-in history."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join

from cqms.access.models import roles_in_words
from cqms.audit.models import SecurityEvent, SecurityEventKind
from cqms.identity.where import in_words
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal import services, zones
from cqms.portal.forms import ZoneForm
from cqms.portal.selectors import roles_of, security_events_of
from cqms.ui import times
from cqms.ui.atoms import Badge
from cqms.ui.components import Facts
from cqms.ui.items import Crumb, Related
from cqms.ui.views import Column, Filter, FormPage, ListPage, Page

_WARNED = frozenset({
    SecurityEventKind.SIGN_IN_FAILED, SecurityEventKind.SIGNATURE_FAILED, SecurityEventKind.LOCKED,
    SecurityEventKind.REFUSED_LOCKED, SecurityEventKind.FACTOR_FAILED, SecurityEventKind.FACTOR_REMOVED,
    SecurityEventKind.CODE_USED, SecurityEventKind.NEW_DEVICE, SecurityEventKind.ENTRY_REFUSED,
    SecurityEventKind.PROVIDER_REFUSED,
})  # fmt: skip
_ACCOUNT = "outside:account"


class Account(Page):
    """Who one is here, and what one may change about it."""

    template_name = "portal/account.html"
    title = "My account"
    rail = "account"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        person = request.user
        facts = Facts([("Name", person.name), ("E-mail", person.email), ("Time zone", person.zone)])
        recent = security_events_of(person)[:5]
        return self.answer(
            facts=facts,
            has_password=person.has_usable_password(),
            places=[_place(membership) for membership in request.memberships],
            roles=[each for membership in request.memberships for each in _roles_of(membership)],
            own_data=[_data_of(membership) for membership in request.memberships],
            recent=[Related(_said(each), sub=times.moment(each.at)) for each in recent],
        )


class ChangeZone(FormPage):
    """The zone in which one reads moments."""

    title = "Change the time zone"
    template_name = "portal/zone.html"
    rail = "account"
    form_class = ZoneForm
    submit = "Save"
    lede = "Moments are stored in UTC. This changes how you see them, and the local time your signatures state."
    autosave = False

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("My account", reverse(_ACCOUNT)), Crumb(self.title)]

    @property
    def cancel_url(self) -> str:
        """Back to the account."""
        return reverse(_ACCOUNT)

    def initial(self, record: None) -> dict[str, Any]:
        return {"zone": self.request.user.zone}

    def save(self, form: ZoneForm, record: None) -> str:
        services.change_zone(self.request.user, form.cleaned_data["zone"])
        messages.success(self.request, f"You see moments in {self.request.user.zone} now.")
        return reverse(_ACCOUNT)


def zones_meant(request: HttpRequest) -> HttpResponse:
    """What the list below the field suggests for what is typed so far."""
    found = zones.meant(request.GET.get("zone", ""))
    return HttpResponse(format_html_join("", '<option value="{}"></option>', ((name,) for name in found)))


def _said(event: SecurityEvent) -> str:
    words: str = event.get_kind_display()
    return f"{words[:1].upper()}{words[1:]}"


def _badge(event: SecurityEvent) -> Badge:
    return Badge(_said(event), "warn" if event.kind in _WARNED else "neutral")


class SignIns(ListPage):
    """What happened to one's account: sign-ins, wrong passwords, locks."""

    title = "Sign-in history"
    rail = "sign_ins"
    file_name = "sign-in-history"
    filters = (
        Filter("kind", "What", lambda _: SecurityEventKind.choices, lambda rows, value: rows.filter(kind=value)),
    )
    columns = (
        Column("When", lambda e: times.moment(e.at), lambda e: e.at.isoformat(timespec="seconds"), css="lead"),
        Column("What", _badge, _said, css="state"),
        Column("From", lambda e: e.address or "unknown"),
        Column("Device", lambda e: in_words(e.device) if e.device else "", lambda e: e.device, css="col-2"),
        Column("Detail", lambda e: e.detail, css="col-2"),
    )

    def get_queryset(self) -> QuerySet[SecurityEvent]:
        return security_events_of(self.request.user)


def _data_of(membership: Membership) -> Related:
    """Where everything that an organization holds about one is asked for."""
    place = membership.organization
    return Related(f"What {place} holds about you", place.path("portal:own_data"), sub="GDPR 15 and 20")


def _roles_of(membership: Membership) -> list[Related]:
    """What each role allows there, and where one asks for another one; guests ask who invited them."""
    place = membership.organization
    found = [Related(f"What each role allows in {place}", place.path("portal:roles"))]
    if not membership.is_guest:
        found += [
            Related(f"Ask for a role in {place}", place.path("administration:request_new")),
            Related(f"What one person does not do together in {place}", place.path("administration:duties")),
        ]
    return found


def _place(membership: Membership) -> Related:
    """An organization with the roles one holds there."""
    with scope(membership.organization):
        roles = [row for row in roles_of(membership.user) if row.is_current()]
    held = roles_in_words(roles)
    address = membership.organization.path("portal:home")
    return Related(membership.organization.name, address, sub=held or "You hold no role here.")
