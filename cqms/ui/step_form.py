"""What a person enters to take a step: the reason, and where it is signed the components of the signature."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest

from cqms.accounts.models import User
from cqms.signatures.models import BINDING_STATEMENT
from cqms.signatures.services import Credentials, Session, has_accepted, needs_both_components
from cqms.ui.forms import RevisionForm
from cqms.workflow.engine import Step

LAST = ("reason", "email", "password", "accepts_binding")


@dataclass(frozen=True)
class Needs:
    """Which of the form's last fields are asked for."""

    reason: bool
    email: bool
    password: bool
    accepts_binding: bool


def needs_of(step: Step, request: HttpRequest) -> Needs:
    """What this step asks this person for, now in this session (21 CFR 11.200(a)(1))."""
    signed = step.signature is not None
    return Needs(
        reason=step.reason,
        email=signed and needs_both_components(cast("Session", request.session)),
        password=signed,
        accepts_binding=signed and not has_accepted(cast("User", request.user)),
    )


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
    accepts_binding = forms.BooleanField(
        label=BINDING_STATEMENT, error_messages={"required": "Tick that your electronic signature binds you."}
    )

    def __init__(self, *args: Any, needs: Needs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs = needs
        for name in LAST:
            if not (getattr(needs, name) or (name == "reason" and self.may_need_reason)):
                del self.fields[name]
        for name, source in SOURCES.items():
            if name in self.fields:
                self.fields[name].source = source  # type: ignore[attr-defined]
        own = [name for name in self.fields if name not in LAST]
        self.order_fields([*own, *LAST])

    def credentials(self) -> Credentials | None:
        """What proves who signs; None for a step that is not signed."""
        if not self.needs.password:
            return None
        data = self.cleaned_data
        return Credentials(
            password=data["password"],
            email=data.get("email", ""),
            both=self.needs.email,
            accepts_binding=data.get("accepts_binding", False),
        )


SOURCES = {"reason": "21 CFR 11.10(e)", "accepts_binding": "21 CFR 11.100(c)"}
