"""Signing in with allauth, under our lock-out and with our trail."""

import json
import secrets
import smtplib
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as current
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cqms.access.roles import role_choices
from cqms.accounts import services as accounts
from cqms.accounts.models import User
from cqms.audit.models import SecurityEventKind
from cqms.audit.services import note_security
from cqms.identity.sessions import forget_session, note_device
from cqms.identity.telling import mail
from cqms.identity.where import address_of, device_of, where
from cqms.portal import fresh
from cqms.portal.mails import OPENS_ACCOUNT

_RESET_MAIL = "account/email/password_reset_key"
_DEMO = "demo.json"
_DEVICE, _DEVICE_SECONDS = "device", 400 * 24 * 3600

_log = structlog.get_logger()


def demo_accounts() -> list[dict[str, str]]:
    """The accounts of the demo world, for the sign-in page; none where there is no demo world."""
    file = settings.DATA_DIR / _DEMO
    if not file.exists():
        return []
    shown: list[dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))["accounts"]
    labels = dict(role_choices())
    named = [{**each, "role": labels.get(each["role"], each["role"])} for each in shown]
    return sorted(named, key=lambda each: each["organization"])


class Adapter(DefaultAccountAdapter):
    """Accounts are made by administrators; wrong passwords lock for longer and longer; everything is noted."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        user = _user(credentials)
        if user is not None and user.is_locked():
            _note(SecurityEventKind.REFUSED_LOCKED, request, user, credentials)
            raise ValidationError(
                f"Too many wrong passwords. Sign-in is locked until {user.locked_until:%H:%M} UTC.", code="locked"
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = _user(credentials)
        _note(SecurityEventKind.SIGN_IN_FAILED, request, user, credentials)
        if user is not None and accounts.note_wrong_password(user).is_locked():
            _note(SecurityEventKind.LOCKED, request, user, credentials)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        accounts.note_right_password(user)
        _note(SecurityEventKind.SIGNED_IN, request, user, {})
        methods = get_authentication_records(request, user)
        fresh.note_begun(request)
        elsewhere = [each for each in methods if each["method"] == "sso"]
        if elsewhere:
            request.session[fresh.BOUND] = elsewhere[-1]["organization"]
        fresh.note_use(request)
        strong = any(each["method"] == "mfa" or each.get("strong") for each in methods)
        fresh.note_proved(request, factor=strong)
        return _knowing_the_device(request, user, super().post_login(request, user, **options))

    def reauthenticate(self, user: User, password: str) -> bool:
        found = self.authenticate(current.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            _note(SecurityEventKind.SIGNED_OUT, request, request.user, {})
        forget_session(request.session.session_key)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        _note(SecurityEventKind.PASSWORD_CHANGED, current.request, user, {})
        mail(user, "Password changed", where(current.request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send, and tell nobody whether it left: the page is the same for an address without an account."""
        if template_prefix == _RESET_MAIL:
            _note(SecurityEventKind.RESET_ASKED, context["request"], context["user"], {"email": email})
        try:
            super().send_mail(template_prefix, email, context)
        except (smtplib.SMTPException, OSError) as error:
            _log.warning("mail_failed", template=template_prefix, error=repr(error))

    def render_mail(self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None) -> Any:
        """A mail that opens an account says so, for who might show it."""
        own = {OPENS_ACCOUNT: "yes"} if template_prefix == _RESET_MAIL else {}
        return super().render_mail(template_prefix, email, context, headers={**(headers or {}), **own})

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail, at the portal's declared address, whatever host was asked."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.SITE_URL}{path}"


def _knowing_the_device(request: HttpRequest, user: User, response: HttpResponse) -> HttpResponse:
    """Give the browser a lasting random cookie, and tell the person when it is one they never used."""
    secret = request.COOKIES.get(_DEVICE) or secrets.token_urlsafe(24)
    note_device(user, secret, where(request))
    response.set_cookie(_DEVICE, secret, max_age=_DEVICE_SECONDS, secure=settings.SECURE, httponly=True, samesite="Lax")
    return response


def _user(credentials: dict[str, Any]) -> User | None:
    return User.objects.filter(email=str(credentials.get("email", "")).strip().lower()).first()


def _note(kind: SecurityEventKind, request: HttpRequest, user: User | None, credentials: dict[str, Any]) -> None:
    email = str(credentials.get("email", ""))
    note_security(kind, user=user, email=email, address=address_of(request), device=device_of(request))
