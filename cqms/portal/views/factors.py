"""One's own ways to prove who one is: password, authenticator app, passkeys, recovery codes."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from cqms.identity import factors, passkeys
from cqms.identity.where import where
from cqms.portal import fresh
from cqms.portal.views.proving import FreshPage
from cqms.ui import times
from cqms.ui.atoms import Button
from cqms.ui.components import Empty
from cqms.ui.items import Crumb, Related
from cqms.ui.views import Page

_LIST = "outside:factors"
_KEY, _STATE = "app_key", "adding_passkey"
_SECOND = "Second factors"


class Factors(Page):
    """What one has, when it was used last, and what one may add or remove."""

    template_name = "portal/factors.html"
    title = _SECOND
    rail = "factors"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        found = factors.factors_of(request.user)
        host = passkeys.host_of(request.get_host())
        rows = [_row(each) for each in (*([found.app] if found.app else []), *found.passkeys)]
        nothing = Empty("Only your password so far", "With a second factor a stolen password opens nothing.")
        return self.answer(
            rows=rows,
            empty=None if rows else nothing,
            app=Button("Replace the app" if found.app else "Add an authenticator app", "" if rows else "primary",
                       "plus", href=reverse("outside:app_add")),
            passkey=Button("Add a passkey", "", "plus", href=reverse("outside:passkey_add"))
            if passkeys.is_possible(host) else None,
            host=host,
            named="" if passkeys.is_possible(host) else _by_name(),
            codes_left=found.codes_left,
            codes=Button("Make recovery codes", icon="plus", href=reverse("outside:codes")) if found else None,
        )  # fmt: skip


def _by_name() -> str:
    """The page at the portal's declared address, where that one can have passkeys."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return f"{settings.SITE_URL}/account/factors/" if passkeys.is_possible(host) else ""


class FactorPage(FreshPage):
    """A form about one's second factors."""

    rail = "factors"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_SECOND, reverse(_LIST)), Crumb(self.get_title())]

    @property
    def cancel_url(self) -> str:
        """Back to the list."""
        return reverse(_LIST)

    def after_adding(self) -> str:
        """To the recovery codes while there are none, else to the list. The new factor counts in this session."""
        fresh.note_proved(self.request, factor=True)
        return reverse(_LIST if factors.factors_of(self.reader).codes_left else "outside:codes")


class AppForm(forms.Form):
    """The first code of an authenticator app."""

    code = forms.CharField(
        label="Code that the app shows now",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class AddApp(FactorPage):
    """Show the key as picture and text, and take the app's first code."""

    template_name = "portal/app_form.html"
    title = "Add an authenticator app"
    form_class = AppForm
    submit = "Add the app"

    def around(self, form: AppForm, record: None) -> Mapping[str, Any]:
        key = self.request.session.get(_KEY) or factors.new_app_key()
        self.request.session[_KEY] = key
        adapter = get_adapter()
        drawing = adapter.build_totp_svg(adapter.build_totp_url(self.reader, key))
        picture = base64.b64encode(drawing.encode()).decode()
        groups = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
        return {**super().around(form, record), "picture": f"data:image/svg+xml;base64,{picture}", "key": groups}

    def save(self, form: AppForm, record: None) -> str:
        key = self.request.session.get(_KEY, "")
        if not key or not factors.add_app(self.reader, key, form.cleaned_data["code"], place=where(self.request)):
            raise ValidationError({"code": "This is not the code the app shows now. Is the clock of your phone right?"})
        del self.request.session[_KEY]
        messages.success(self.request, "The authenticator app is added. You are asked for its code at each sign-in.")
        return self.after_adding()


class PasskeyForm(forms.Form):
    """A name for a passkey, and what the device made."""

    name = forms.CharField(label="Name", max_length=60, help_text="So that you know it again: “Work laptop”.")
    credential = forms.CharField(required=False, widget=forms.HiddenInput)


class AddPasskey(FactorPage):
    """Let the device make a passkey, and keep it."""

    template_name = "portal/passkey_form.html"
    title = "Add a passkey"
    form_class = PasskeyForm
    lede = "Your device keeps it and asks for your finger, face or PIN each time. It signs you in and signs records."

    def initial(self, record: None) -> dict[str, Any]:
        return {"name": "My device"}

    def around(self, form: PasskeyForm, record: None) -> Mapping[str, Any]:
        host = passkeys.host_of(self.request.get_host())
        options, self.request.session[_STATE] = passkeys.begin_adding(self.reader, host)
        return {**super().around(form, record), "options": json.dumps(options), "possible": passkeys.is_possible(host)}

    def save(self, form: PasskeyForm, record: None) -> str:
        clean, host = form.cleaned_data, passkeys.host_of(self.request.get_host())
        state = self.request.session.pop(_STATE, None) or {}
        try:
            passkeys.finish_adding(
                self.reader, host, state, clean["credential"], name=clean["name"], place=where(self.request)
            )
        except passkeys.NotProved:
            raise ValidationError("The device made no passkey. Press the button and follow what it says.") from None
        messages.success(self.request, f"The passkey “{clean['name']}” is added.")
        return self.after_adding()


class RemoveFactor(FactorPage):
    """Remove the app or a passkey."""

    form_class = forms.Form
    submit = "Remove it"
    lede = "It is not asked for any more and signs nothing. Signatures made with it stay valid. You can add it again."

    def get_title(self) -> str:
        return f"Remove {_name(self._factor())}"

    def save(self, form: forms.Form, record: None) -> str:
        factor = self._factor()
        factors.remove(self.reader, factor, place=where(self.request))
        messages.success(self.request, f"Removed: {_name(factor)}.")
        return reverse(_LIST)

    def _factor(self) -> Authenticator:
        rows = Authenticator.objects.filter(user=self.reader, type__in=(factors.APP, factors.PASSKEY))
        found = rows.filter(pk=self.kwargs["factor"]).first()
        if found is None:
            raise Http404
        return found


class Codes(FactorPage):
    """Make recovery codes; the answer shows them once."""

    title = "Recovery codes"
    form_class = forms.Form
    submit = "Make ten codes"
    lede = "Each code signs you in once when your app or passkey is out of reach. New codes end the earlier ones."

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make them and show them here: no other page could."""
        if not factors.factors_of(request.user):
            raise Http404
        codes = factors.make_recovery_codes(request.user, place=where(request))
        response = self.answer(201, "portal/codes_made.html", codes=codes, back=reverse(_LIST))
        response["Cache-Control"] = "no-store"
        return response


def _name(factor: Authenticator) -> str:
    return "the authenticator app" if factor.type == factors.APP else f"the passkey “{factor}”"


def _row(factor: Authenticator) -> Related:
    used = factor.last_used_at
    name = "Authenticator app" if factor.type == factors.APP else f"Passkey “{factor}”"
    place = reverse("outside:factor_remove", kwargs={"factor": factor.pk})
    remove = format_html('<a class="button button--small" href="{}" aria-label="Remove {}">Remove</a>', place, name)
    last = f"last used {times.moment_words(used)}" if used else "not used yet"
    return Related(name, "", remove, f"Added {times.moment_words(factor.created_at)}; {last}.")
