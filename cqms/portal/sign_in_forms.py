"""The forms before sign-in, whose fields have one name wherever they are spoken of."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm

_WORK_EMAIL = "Work e-mail"


class SignInForm(LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _WORK_EMAIL


class NewPasswordForm(ResetPasswordForm):
    """Where the link goes that sets a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _WORK_EMAIL
