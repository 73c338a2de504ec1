"""The cast for tests that commit: looked up in the test's own clone, outside of any transaction."""

import json
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import pytest
import redis
from django.db import connection

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from tests.cast import PEOPLE, Cast, email_of

_QUEUE = "cqms"


@pytest.fixture
def company(clone: object) -> Cast:
    """Everybody, in a database that keeps what is committed until the test ends."""
    users = {user.email: user for user in User.objects.all()}
    organizations = {each.slug: each for each in Organization.objects.all()}
    people = SimpleNamespace(**{who: users[email_of(who)] for who in PEOPLE})
    return Cast(people, organizations["northwind"], organizations["harbour"])


def at_once(*works: Callable[[], object]) -> Sequence[object]:
    """Run the works in threads of their own that begin together; their answers, or the error that one raised."""
    start = threading.Barrier(len(works))
    answers: list[object] = [None] * len(works)

    def do(index: int, work: Callable[[], object]) -> None:
        start.wait()
        try:
            answers[index] = work()
        except Exception as error:  # noqa: BLE001 - handed to the test, which raises it
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


class Messages:
    """What waits in the broker for a worker."""

    def __init__(self, url: str) -> None:
        self._broker = redis.Redis.from_url(url)

    def clear(self) -> None:
        self._broker.delete(_QUEUE)

    def all(self) -> list[tuple[str, list[object]]]:
        """Task and arguments of each message, the oldest first."""
        waiting = [json.loads(each) for each in self._broker.lrange(_QUEUE, 0, -1)]
        return [(each["headers"]["task"], json.loads(b64decode(each["body"]))[0]) for each in reversed(waiting)]


@pytest.fixture
def messages(redis_url: str) -> Iterator[Messages]:
    """The broker's queue, emptied."""
    queue = Messages(redis_url)
    queue.clear()
    yield queue
    queue.clear()
    queue._broker.close()
