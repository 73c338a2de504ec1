"""Changes to accounts: making them, and what right and wrong passwords do to them."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from cqms.accounts.models import User, lock_after


def open_account(*, email: str, name: str, password: str | None = None, zone: str = "UTC") -> User:
    """Make an account for a new person. Raises ValidationError when the password is too weak."""
    if password is not None:
        validate_password(password, User(email=email, name=name))
    return User.objects.create_user(email, password, name=name, zone=zone)


def note_wrong_password(user: User) -> User:
    """Count a wrong password at sign-in or signing, and lock the account once there were too many.

    The lock grows with every further failure: 21 CFR 11.300(d) asks for safeguards against unauthorised use.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.failed_attempts += 1
        delay = lock_after(locked.failed_attempts)
        locked.locked_until = timezone.now() + delay if delay else locked.locked_until
        locked.save(update_fields=["failed_attempts", "locked_until"])
    return locked


def note_right_password(user: User) -> None:
    """Forget earlier failures after the right password."""
    if user.failed_attempts or user.locked_until:
        User.objects.filter(pk=user.pk).update(failed_attempts=0, locked_until=None)
