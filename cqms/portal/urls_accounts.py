"""The pages of allauth that the portal uses: signing in and out, second factors, passwords; signing up says who may."""

from allauth.account import views
from allauth.account.internal.decorators import login_stage_required
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.views import login_webauthn
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from cqms.portal.views import sso
from cqms.portal.views.sign_in import ChangePassword, SecondStep, SignIn

_after_password = login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")

urlpatterns = [
    path("login/", SignIn.as_view(), name="account_login"),
    path("second-factor/", _after_password(SecondStep.as_view()), name="mfa_authenticate"),
    path("passkey/", login_not_required(login_webauthn), name="mfa_login_webauthn"),
    path("sso/", sso.choose, name="account_sso"),
    path("sso/callback/", sso.callback, name="account_sso_callback"),
    path("sso/again/", sso.again, name="account_sso_again"),
    path("sso/<slug:slug>/", sso.begin, name="account_sso_begin"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", views.signup, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password/change/", ChangePassword.as_view(), name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",  # the key holds dashes of its own
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
]
