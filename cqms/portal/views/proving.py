"""Confirming who one is in the middle of a session, and showing a second factor that was not asked for at sign-in."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from cqms.audit.models import SecurityEventKind
from cqms.audit.refusals import Denied
from cqms.audit.services import note_security
from cqms.identity import factors, passkeys
from cqms.identity.where import where
from cqms.organizations.selectors import memberships_of
from cqms.portal import fresh
from cqms.portal.second_factors import wrong_code
from cqms.ui.frame import outside_url
from cqms.ui.items import Crumb
from cqms.ui.views import FormPage
from cqms.ui.views.page import refused

_STATE = "passkey_state"
_ELSEWHERE = (
    "You signed in at the provider of one organization and belong to others too. "
    "Sign in with your password to change what proves who you are."
)
_ACCOUNT = "outside:account"


class FreshPage(FormPage):
    """A form that could be used to take an account over: it wants a proof that is at most five minutes old."""

    autosave = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not fresh.is_fresh(request):
            return fresh.to_confirm(request)
        if fresh.BOUND in request.session and len(memberships_of(request.user)) > 1:
            return refused(request, Denied(_ELSEWHERE))
        return super().dispatch(request, *args, **kwargs)


class PasskeyPage(FormPage):
    """A form that a passkey may answer instead: `credential` holds what the device said."""

    template_name = "portal/proving.html"
    autosave = False
    go = "Use a passkey"
    rail = "account"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("My account", outside_url(_ACCOUNT)), Crumb(self.get_title())]

    @property
    def host(self) -> str:
        """The name passkeys belong to here."""
        return passkeys.host_of(self.request.get_host())

    def around(self, form: Any, record: None) -> Mapping[str, Any]:
        around = {**super().around(form, record), "fields": list(form)}
        has = bool(factors.factors_of(self.reader).passkeys) and passkeys.is_possible(self.host)
        if has:
            options, self.request.session[_STATE] = passkeys.begin_proof(self.reader, self.host)
            around |= {"passkey_options": json.dumps(options), "go": self.go}
        return around

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the passkey, else the form."""
        answer = request.POST.get("credential")
        if not answer:
            return super().post(request, *args, **kwargs)
        form = self.form_class(**self.form_kwargs(None))
        try:
            passkeys.finish_proof(self.reader, self.host, request.session.pop(_STATE, None) or {}, answer)
        except passkeys.NotProved:
            note_security(SecurityEventKind.FACTOR_FAILED, user=self.reader, **where(request).words())
            return self.show(form, None, 422, fault="The passkey was not accepted. Nothing was changed.")
        return HttpResponseRedirect(self.proved(factor=True))

    def proved(self, *, factor: bool) -> str:
        """Note the proof; where to go on."""
        fresh.note_proved(self.request, factor=factor)
        note_security(SecurityEventKind.CONFIRMED, user=self.reader, **where(self.request).words())
        return fresh.next_of(self.request)


class PasswordForm(forms.Form):
    """The password of the person who is signed in."""

    password = forms.CharField(
        label="Your password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Confirm(PasskeyPage):
    """Prove again who one is, by password or passkey."""

    title = "Confirm that it is you"
    lede = "What comes next is for you alone, so that nobody who finds your browser open comes any further."
    form_class = PasswordForm
    submit = "Confirm"

    def around(self, form: PasswordForm, record: None) -> Mapping[str, Any]:
        bound = fresh.BOUND in self.request.session
        return {**super().around(form, record), "by_provider": bound, "by_password": self.reader.has_usable_password()}

    def save(self, form: PasswordForm, record: None) -> str:
        if not get_adapter().reauthenticate(self.reader, form.cleaned_data["password"]):
            raise ValidationError("The password is wrong.")
        return self.proved(factor=False)


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
    )


class SecondFactor(PasskeyPage):
    """Show the second factor that an organization asks for and this session has not used."""

    title = "Your second factor"
    form_class = CodeForm
    submit = "Go on"

    def save(self, form: CodeForm, record: None) -> str:
        found = factors.check_code(self.reader, form.cleaned_data["code"], place=where(self.request))
        if found is None:
            raise ValidationError({"code": wrong_code(self.reader)})
        return self.proved(factor=True)
