"""Who a session belongs to: the account and its memberships, read at once because every page needs both."""

from allauth.account.auth_backends import AuthenticationBackend

from cqms.accounts.models import User
from cqms.organizations.selectors import person_with_memberships


class Backend(AuthenticationBackend):
    """allauth's way to sign in; the person of a session comes with their memberships in one query."""

    def get_user(self, user_id: int) -> User | None:
        """The person, None for a closed account."""
        person = person_with_memberships(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None
