"""The sign-in page of allauth, with the accounts of the demo world where there is one."""

from typing import Any

from allauth.account.views import LoginView

from cqms.portal.sign_in import demo_accounts


class SignIn(LoginView):
    """Sign in with e-mail and password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "demo_accounts": demo_accounts()}
