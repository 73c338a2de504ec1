"""The pages of allauth for signing in: with the accounts of the demo world where there is one, and with passkeys."""

import json
from typing import Any

from allauth.account.views import LoginView, PasswordChangeView
from allauth.mfa.base.views import AuthenticateView
from django.http import HttpRequest, HttpResponseBase

from cqms.audit.refusals import Denied
from cqms.identity import passkeys
from cqms.portal.sign_in import demo_accounts


class SignIn(LoginView):
    """Sign in with e-mail and password, or with a passkey."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        possible = passkeys.is_possible(passkeys.host_of(self.request.get_host()))
        more = {"demo_accounts": demo_accounts(), "passkeys": possible}
        return {**super().get_context_data(**kwargs), **more}


class ChangePassword(PasswordChangeView):
    """Change one's password; who signs in at the provider of an organization only has none."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form. Raises Denied."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Denied("You have no password here: you sign in at the provider of your organization.")
        found: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return found


class SecondStep(AuthenticateView):
    """The second factor of somebody whose password was right."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["passkey_options"] = json.dumps(context["js_data"]["request_options"], default=dict)
        return context
