"""The OpenID provider of an organization, set by its administrator."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.urls import reverse

from cqms.access.roles import ROLES
from cqms.identity.admission import RULE
from cqms.identity.configuring import save_provider
from cqms.identity.models import IdentityProvider
from cqms.identity.round_trip import callback_url
from cqms.portal.views.guarded import ForAdministrators
from cqms.ui.items import Crumb
from cqms.ui.views import FormPage

_LOOPBACK = ("localhost", "127.0.0.1")


class ProviderForm(forms.Form):
    """Where people of the organization sign in, and which roles their claims give."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
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
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))

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


class Provider(ForAdministrators, FormPage):
    """Set or change the provider; its address for your people stands on the page."""

    title = "Sign-in with your own provider"
    form_class = ProviderForm
    submit = "Save"
    autosave = False

    @property
    def lede(self) -> str:
        """What to enter at the provider, and what to give to people."""
        people = f"{settings.SITE_URL}/accounts/sso/{self.request.organization.slug}/"
        return (
            f"At the provider, register {callback_url()} as redirect address. Your people begin at {people}. Who has "
            "an account already signs in to it first, and again when the issuer changes: only they link it."
        )

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Administration", reverse("portal:members")), Crumb(self.title)]

    @property
    def cancel_url(self) -> str:
        """Back to the members."""
        return reverse("portal:members")

    def get_record(self) -> IdentityProvider | None:
        found: IdentityProvider | None = IdentityProvider.objects.first()
        return found

    def initial(self, record: IdentityProvider | None) -> dict[str, Any]:
        if record is None:
            return {"is_open": True}
        plain = {name: getattr(record, name) for name in ("name", "issuer", "client_id", "is_open")}
        return {**plain, "domains": ", ".join(record.domains), "rules": "\n".join(record.rules)}

    def save(self, form: ProviderForm, record: IdentityProvider | None) -> str:
        clean = dict(form.cleaned_data)
        reason, secret = clean.pop("reason"), clean.pop("secret")
        save_provider(clean, secret=secret, reason=reason, actor=self.request.user)
        messages.success(self.request, "Saved. Try it in another browser before you tell your people.")
        return reverse("portal:provider")
