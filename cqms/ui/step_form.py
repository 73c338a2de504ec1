"""What a person enters to take a step: the reason, and where it is signed the components of the signature."""

import secrets
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest

from cqms.accounts.models import User
from cqms.configuration.rules import Signing
from cqms.configuration.selectors import current_settings
from cqms.identity import passkeys, round_trip
from cqms.identity.admission import provider_of
from cqms.identity.factors import factors_of
from cqms.signatures.models import BINDING_STATEMENT
from cqms.signatures.proofs import PasskeyAnswer, ProviderAnswer
from cqms.signatures.services import Credentials, Session, has_accepted, needs_both_components
from cqms.ui.forms import RevisionForm
from cqms.workflow.engine import Step

LAST = ("reason", "email", "password", "code", "accepts_binding")
_NONCES, _FEW = "signing_nonces", 8


@dataclass(frozen=True)
class Needs:
    """Which of the form's last fields are asked for."""

    reason: bool
    email: bool
    password: bool
    accepts_binding: bool
    code: bool = False
    passkey: bool = False
    provider: str = ""
    proved: bool = False


def needs_of(step: Step, request: HttpRequest, about: str = "") -> Needs:
    """What this step asks this person for, now in this session (21 CFR 11.200(a)(1)).

    `about` names record and step: who just proved themselves for it at their provider gives no password.
    """
    if step.signature is None:
        return Needs(reason=step.reason, email=False, password=False, accepts_binding=False)
    person, demanded = cast("User", request.user), current_settings().signing
    provider = provider_of(person) if demanded != Signing.PASSKEY else ""
    proved = bool(provider) and round_trip.proof_about(request.session, about) is not None
    by_password = demanded != Signing.PASSKEY and person.has_usable_password() and not proved
    return Needs(
        reason=step.reason,
        email=by_password and needs_both_components(cast("Session", request.session)),
        password=by_password,
        accepts_binding=not has_accepted(person),
        code=(by_password or proved) and demanded == Signing.SECOND_FACTOR,
        provider=provider,
        proved=proved,
        passkey=passkeys.is_possible(host_of(request)) and bool(factors_of(person).passkeys),
    )


def host_of(request: HttpRequest) -> str:
    """The name that passkeys belong to here."""
    return passkeys.host_of(request.get_host())


def new_nonce(session: Any) -> str:
    """A nonce for one signature, remembered in the session; the eight latest count, for pages open side by side."""
    nonce = secrets.token_urlsafe(24)
    session[_NONCES] = [*session.get(_NONCES, []), nonce][-_FEW:]
    return nonce


def use_nonce(session: Any, nonce: str) -> bool:
    """Take a nonce back; False when it was never given, or used already."""
    known = session.get(_NONCES, [])
    session[_NONCES] = [each for each in known if each != nonce]
    return nonce in known


class StepForm(RevisionForm):
    """The form of a step. A subclass adds the fields the step itself sets; they stand before the reason.

    `may_need_reason` keeps a field `reason` of the subclass for a step that asks for one only sometimes.
    """

    may_need_reason = False

    reason = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    email = forms.EmailField(label="Your e-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "enterkeyhint": "go"}),
    )
    code = forms.CharField(
        label="Code of your authenticator app",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    accepts_binding = forms.BooleanField(
        label=BINDING_STATEMENT, error_messages={"required": "Tick that your electronic signature binds you."}
    )

    def __init__(
        self,
        *args: Any,
        needs: Needs,
        passkey: PasskeyAnswer | None = None,
        provider: ProviderAnswer | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.needs, self.passkey, self.provider = needs, passkey, provider
        for name in LAST:
            if not (getattr(needs, name) or (name == "reason" and self.may_need_reason)):
                del self.fields[name]
        for name in ("email", "password", "code") if passkey else ():
            self.fields.pop(name, None)
        for name, source in SOURCES.items():
            if name in self.fields:
                self.fields[name].source = source  # type: ignore[attr-defined]
        own = [name for name in self.fields if name not in LAST]
        self.order_fields([*own, *LAST])

    def credentials(self) -> Credentials | None:
        """What proves who signs; None for a step that is not signed, or when nothing was given."""
        data = self.cleaned_data
        accepts = data.get("accepts_binding", False)
        if self.passkey is not None:
            return Credentials(passkey=self.passkey, accepts_binding=accepts)
        if self.provider is not None:
            return Credentials(provider=self.provider, accepts_binding=accepts, code=data.get("code", ""))
        if not self.needs.password:
            return None
        return Credentials(
            password=data["password"],
            email=data.get("email", ""),
            both=self.needs.email,
            accepts_binding=accepts,
            code=data.get("code", ""),
        )


SOURCES = {"reason": "21 CFR 11.10(e)", "accepts_binding": "21 CFR 11.100(c)"}
