"""The person who signs in. Roles and membership are held elsewhere, by organization."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from cqms.accounts.zones import zone_names

_FREE_ATTEMPTS = 4
_FIRST_LOCK = timedelta(minutes=1)
_LONGEST_LOCK = timedelta(hours=1)


def check_zone(name: str) -> None:
    """Refuse a zone that the IANA database does not know. Raises ValidationError."""
    if name not in zone_names():
        raise ValidationError("Choose a time zone by its IANA name, for example Europe/Berlin.")


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are compared without regard to case."""

    def create_user(self, email: str, password: str | None, **fields: Any) -> "User":
        """Store a new account. `password` None leaves the account without one until it is set by mail."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A natural person. `name` is the printed name of their signatures (21 CFR 11.50(a))."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("name", max_length=150)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_zone])
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField("created", default=timezone.now, editable=False)
    failed_attempts = models.PositiveIntegerField("failed attempts in a row", default=0, editable=False)
    locked_until = models.DateTimeField("locked until", null=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    is_staff = False

    objects: ClassVar[UserManager] = UserManager()
    known_memberships: "list[Any] | None" = None
    """Where the person belongs, if that was read together with them."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=models.functions.Lower("email")), name="user_email_is_lower"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ", 1)[0]

    def get_full_name(self) -> str:
        return self.name

    def is_locked(self, now: datetime | None = None) -> bool:
        """Whether too many wrong passwords keep this person out at `now` (UTC)."""
        return self.locked_until is not None and self.locked_until > (now or timezone.now())


def lock_after(failures: int) -> timedelta | None:
    """How long the account stays locked after so many failures in a row: 1 minute, doubling up to an hour."""
    if failures <= _FREE_ATTEMPTS:
        return None
    return min(_FIRST_LOCK * 2 ** min(failures - _FREE_ATTEMPTS - 1, 10), _LONGEST_LOCK)
