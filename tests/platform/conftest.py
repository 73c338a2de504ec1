"""The cast and the broker for tests that commit."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from tests.cast import PEOPLE, Cast, email_of
from tests.platform.committed import Messages


@pytest.fixture
def company(clone: object, settings, tmp_path) -> Cast:
    """Everybody, in a database that keeps what is committed until the test ends; its keys and witnesses go with it."""
    settings.KEYS_DIR, settings.WITNESS_FOLDER = tmp_path / "keys", tmp_path / "witness"
    users = {user.email: user for user in User.objects.all()}
    organizations = {each.slug: each for each in Organization.objects.all()}
    people = SimpleNamespace(**{who: users[email_of(who)] for who in PEOPLE})
    return Cast(people, organizations["northwind"], organizations["harbour"])


@pytest.fixture
def messages(redis_url: str) -> Iterator[Messages]:
    """The broker's queue, emptied."""
    queue = Messages(redis_url)
    queue.clear()
    yield queue
    queue.close()
