"""The OpenID provider of an organization: proposed by one person, used once another has approved it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.urls import reverse

from cqms.access.roles import ROLES
from cqms.administration.paths import version_path
from cqms.administration.policies import may_propose_settings
from cqms.administration.stopping import stop_sign_in
from cqms.administration.views.settings import AboutSettings, Proposal
from cqms.configuration.rules import Settings
from cqms.configuration.words import PROVIDER
from cqms.identity.admission import RULE
from cqms.identity.configuring import as_setting, present_provider
from cqms.identity.round_trip import callback_url
from cqms.portal.forms import ReasonForm, with_source
from cqms.portal.fresh import leave_if_ended
from cqms.ui.forms import RevisionForm
from cqms.ui.views import FormPage

_AT_ONCE = "administration:provider_stop"
_LOOPBACK = ("localhost", "127.0.0.1")


class ProviderForm(RevisionForm):
    """Where people of the organization sign in, and which roles their claims give."""

    name = forms.CharField(label="Name", max_length=80, help_text="As your people call it: “Northwind sign-in”.")
    issuer = forms.URLField(
        label="Issuer", max_length=300, assume_scheme="https", help_text="The address that names the provider."
    )
    client_id = forms.CharField(label="Client id", max_length=200)
    secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=400,
        help_text="Leave it empty to keep the one we have. It is stored sealed and never shown.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    domains = forms.CharField(
        label="Domains of work e-mails",
        help_text="The provider may speak for these only; commas between them: northwind.example",
    )
    rules = forms.CharField(
        label="Roles by claim",
        required=False,
        help_text="One a line: groups = quality → qa. Without any, roles are given by hand. "
        "Roles that two people give are asked for and decided here; never administrator.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    is_open = forms.BooleanField(label="People may sign in with it", required=False)
    reason = with_source(
        forms.CharField(label="Why it changes", widget=forms.Textarea(attrs={"rows": 2})), "21 CFR 11.10(k)"
    )

    def clean_issuer(self) -> str:
        """Over https; on this machine itself without."""
        issuer: str = self.cleaned_data["issuer"].rstrip("/")
        parts = urlsplit(issuer)
        if parts.scheme != "https" and not (parts.hostname in _LOOPBACK and not settings.SECURE):
            raise ValidationError("The provider must be reached over https.")
        return issuer

    def clean_domains(self) -> list[str]:
        """Host names in small letters."""
        found = [each.strip().lower().removeprefix("@") for each in self.cleaned_data["domains"].split(",")]
        return [each for each in found if each]

    def clean_rules(self) -> list[str]:
        """Each line as claim, value and a role that is not administrator."""
        lines = [line.strip() for line in self.cleaned_data["rules"].splitlines() if line.strip()]
        for line in lines:
            match = RULE.fullmatch(line)
            if match is None or match[3] not in ROLES or match[3] == "administrator":
                roles = ", ".join(sorted(set(ROLES) - {"administrator"}))
                raise ValidationError(f"“{line}” is no rule. Write: groups = quality → qa. Roles are {roles}.")
        return lines


class Provider(Proposal):
    """Propose the provider or a change of it; its address for your people stands on the page."""

    title = PROVIDER
    form_class = ProviderForm
    template_name = "administration/provider.html"
    autosave = False

    @property
    def lede(self) -> str:  # type: ignore[override]
        """When it holds, what to enter at the provider, and what to give to people."""
        people = f"{settings.SITE_URL}/accounts/sso/{self.request.organization.slug}/"
        return (
            "It holds once somebody else, of quality assurance, has approved and signed it. "
            f"At the provider, register {callback_url()} as redirect address. Your people begin at {people}. Who has "
            "an account already signs in to it first, and again when the issuer changes: only they link it."
        )

    def initial(self, record: Settings) -> dict[str, Any]:
        said = present_provider()
        if not said:
            return {"is_open": True}
        return {**said, "secret": "", "domains": ", ".join(said["domains"]), "rules": "\n".join(said["rules"])}

    def around(self, form: ProviderForm, record: Settings) -> Mapping[str, Any]:
        stop = reverse(_AT_ONCE) if present_provider().get("is_open") else ""
        return {**super().around(form, record), "stop_url": stop}

    def save(self, form: ProviderForm, record: Settings) -> str:
        said, sealed = as_setting(form.cleaned_data, secret=form.cleaned_data["secret"])
        return self.propose(form, replace(record, provider=said), sealed_secret=sealed)


class StopForm(ReasonForm):
    """Why sign-in is stopped, and whether programs are, too."""

    tokens = forms.BooleanField(
        label="End the API tokens for this organization of everybody whom the provider knows", required=False
    )


class StopSignIn(AboutSettings, FormPage):
    """Let nobody come in through the provider any more, at once."""

    policy = may_propose_settings
    title = "Stop sign-in at the provider"
    form_class = StopForm
    submit = "Stop sign-in now"
    autosave = False
    lede = (
        "For a provider that was broken into or is not yours any more. Nobody signs in with it from now on, and every "
        "session that it opened ends, yours too if it opened yours. It waits for nobody, and who approves settings is "
        "told. Opening it again is proposed by one person and approved by another. A version of the settings that "
        "waits now is set aside."
    )

    @property
    def cancel_url(self) -> str:
        """Back to the provider."""
        return reverse("administration:provider")

    def save(self, form: StopForm, record: None) -> str:
        version = stop_sign_in(**form.cleaned_data, actor=self.reader)
        leave_if_ended(self.request)
        messages.success(self.request, "Nobody signs in at the provider any more, and its sessions have ended.")
        return version_path(version)
