"""Signing in at the provider of one's organization, and proving there again who one is."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from cqms.audit.models import SecurityEventKind
from cqms.audit.refusals import Denied
from cqms.audit.services import note_security
from cqms.identity import round_trip
from cqms.identity.admission import admit, is_the_same, provider_here, still_here
from cqms.identity.models import IdentityProvider
from cqms.identity.providers import ProviderFailed, Said, finish, start
from cqms.identity.where import where
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal import fresh
from cqms.portal.role_requests import ask_for_claimed

_STRONG = {"mfa", "otp", "hwk", "swk", "fido", "sc", "pop"}


@login_not_required
def choose(request: HttpRequest) -> HttpResponse:
    """Ask for the short name of the organization; the next page leads to its provider."""
    slug = request.GET.get("organization", "").strip().lower()
    if not slug:
        return render(request, "account/sso.html", {})
    found = Organization.objects.filter(slug=slug).first()
    if found is None or not _uses_provider(found):
        return render(request, "account/sso.html", {"slug": slug, "unknown": True}, status=404)
    return _away(request, found, purpose=round_trip.SIGN_IN)


@login_not_required
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """The address an organization gives its people: straight to its provider."""
    found = Organization.objects.filter(slug=slug).first()
    if found is None or not _uses_provider(found):
        raise Http404
    return _away(request, found, purpose=round_trip.SIGN_IN)


def again(request: HttpRequest) -> HttpResponse:
    """Prove anew at the provider through which one signed in."""
    found = Organization.objects.filter(pk=request.session.get(fresh.BOUND)).first()
    if found is None:
        raise Http404
    return _away(request, found, purpose=round_trip.CONFIRM)


@login_not_required
def callback(request: HttpRequest) -> HttpResponse:
    """What the provider sent the browser back with."""
    try:
        kept = _kept(request)
        organization = Organization.objects.get(pk=kept["organization"])
        with scope(organization):
            return _answered(request, organization, kept)
    except (ProviderFailed, Denied) as refusal:
        person = request.user if request.user.is_authenticated else None
        note_security(SecurityEventKind.PROVIDER_REFUSED, user=person, detail=str(refusal), **where(request).words())
        return render(request, "account/sso_failed.html", {"sentence": str(refusal)}, status=403)


def _kept(request: HttpRequest) -> round_trip.Kept:
    found = round_trip.take(request.session, request.GET.get("state", ""))
    if found is None:
        raise ProviderFailed("This answer does not belong to a sign-in that began in this browser. Begin again.")
    return found


def _answered(request: HttpRequest, organization: Organization, kept: dict[str, Any]) -> HttpResponse:
    provider = provider_here()
    if provider is None:
        raise ProviderFailed("Your organization does not use this sign-in any more.")
    said = finish(provider, round_trip.callback_url(), kept, request.GET.dict())
    provider = still_here(provider)
    if kept["purpose"] == round_trip.SIGN_IN:
        return _sign_in(request, provider, said, kept)
    if not (request.user.is_authenticated and is_the_same(provider, said, request.user)):
        raise Denied("Somebody else signed in at the provider than is signed in here.")
    if kept["purpose"] == round_trip.CONFIRM:
        fresh.note_proved(request)
        note_security(SecurityEventKind.CONFIRMED, user=request.user, **where(request).words())
    else:
        round_trip.keep_proof(request.session, kept, said)
    return HttpResponseRedirect(kept["next"])


def _sign_in(request: HttpRequest, provider: IdentityProvider, said: Said, kept: dict[str, Any]) -> HttpResponse:
    present = request.user if request.user.is_authenticated else None
    admitted = admit(provider, said, place=where(request), present=present)
    person = admitted.person
    ask_for_claimed(person, admitted.to_ask, provider.name)
    if request.user.is_authenticated:
        logout(request)
    methods = said.claims.get("amr")
    strong = isinstance(methods, list) and bool(_STRONG.intersection(map(str, methods)))
    record_authentication(request, person, "sso", organization=provider.organization_id, strong=strong)
    return perform_login(request, Login(user=person, redirect_url=kept["next"]))


def _away(request: HttpRequest, organization: Organization, *, purpose: str) -> HttpResponse:
    if organization.suspended_at is not None:
        return render(request, "account/sso_failed.html", {"sentence": organization.closed_words}, status=403)
    with scope(organization):
        provider = provider_here()
        if provider is None:
            raise Http404
        try:
            started = start(provider, round_trip.callback_url(), again=purpose != round_trip.SIGN_IN)
        except ProviderFailed as refusal:
            return render(request, "account/sso_failed.html", {"sentence": str(refusal)}, status=503)
        more = {"purpose": purpose, "organization": organization.pk, "next": fresh.next_of(request)}
        round_trip.remember(request.session, {**started.kept, **more})
        return render(request, "account/away.html", {"url": started.url, "provider": provider.name})


def _uses_provider(organization: Organization) -> bool:
    with scope(organization):
        return provider_here() is not None
