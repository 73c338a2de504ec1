"""What every test stands on: the services of the session, a database per process, a clone for whoever commits."""

import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.utils.functional import empty

from cqms.instance.testing import Addresses, Session

pytest_plugins = ["tests.cast", "tests.world.fixtures", "tests.browser.portal", "tests.browser.people"]

_FILL = "from tests.cast import build; build()"
_COMMITS = "Mark the test `commits`: it then runs on a clone of the database that is dropped afterwards."
_FOLDER = "CQMS_TEST_FOLDER"
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_DATABASE = f"test_{_WORKER or 'alone'}"
_NUMBER = int(_WORKER.removeprefix("gw")) + 1 if _WORKER else 0

SESSION = Session(Path(os.environ[_FOLDER]) if _WORKER else None)


def _tell_django() -> None:
    """Django read its settings and set itself up before the addresses were known: let it read them again."""
    here = SESSION.data.path / f"portal-{_WORKER or 'alone'}"
    os.environ[_FOLDER] = str(SESSION.data.path)
    os.environ["DATABASE_URL"] = SESSION.addresses(_DATABASE).app
    os.environ["REDIS_URL"] = f"{SESSION.redis}?db={_NUMBER}"
    os.environ["CQMS_DATA"] = str(here)
    (here / "static").mkdir(parents=True, exist_ok=True)  # whitenoise looks for it
    for name in ("cqms.settings", "cqms.settings_test"):
        sys.modules.pop(name, None)
    settings._wrapped = empty
    connections.settings["default"].update(settings.DATABASES["default"])


_tell_django()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """With several processes the leader starts the services before them; alone, the first test that needs them does."""
    if getattr(session.config.option, "numprocesses", None) and not session.config.option.collectonly:
        SESSION.start(_FILL)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse what would have Django empty the tables afterwards: append-only tables do not allow it."""
    rolls_back, commits = item.get_closest_marker("django_db"), item.get_closest_marker("commits")
    if rolls_back and commits:
        pytest.fail("`commits` and `django_db` exclude each other: the first gives a clone, the second rolls back.")
    if rolls_back and (rolls_back.args or rolls_back.kwargs.get("transaction")):
        pytest.fail(_COMMITS)


def pytest_unconfigure(config: pytest.Config) -> None:
    SESSION.stop()


@pytest.fixture(scope="session")
def services() -> Session:
    """The running PostgreSQL and Valkey of this session."""
    SESSION.start(_FILL)
    return SESSION


@pytest.fixture(scope="session")
def django_db_setup(services: Session) -> None:
    """This process's own clone of the template; Django neither makes, migrates nor flushes a database."""
    services.clone(_DATABASE)


@pytest.fixture
def transactional_db() -> None:
    pytest.fail(_COMMITS)


@pytest.fixture
def clone(services: Session, django_db_setup: None, django_db_blocker) -> Iterator[Addresses]:
    """A database of this test alone, for every thread of it; whatever is committed goes with it."""
    name = f"clone_{uuid.uuid4().hex[:12]}"
    addresses = services.clone(name)
    default = connections.settings["default"]
    connections.close_all()
    default["NAME"], before = name, default["NAME"]
    try:
        with django_db_blocker.unblock():
            yield addresses
            connections.close_all()
    finally:
        default["NAME"] = before
        services.drop(name)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Addresses:
    """The database of this test, open to it: rolled back afterwards, or a clone if the test is marked `commits`."""
    if request.node.get_closest_marker("commits"):
        return request.getfixturevalue("clone")
    request.getfixturevalue("db")
    return SESSION.addresses(_DATABASE)


@pytest.fixture(autouse=True)
def _clone_for_who_commits(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("commits"):
        request.getfixturevalue("clone")


@pytest.fixture
def redis_url(services: Session) -> str:
    """Valkey's database of this process."""
    return os.environ["REDIS_URL"]
