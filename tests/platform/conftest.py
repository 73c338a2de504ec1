"""The broker for tests that commit."""

from collections.abc import Iterator

import pytest

from tests.platform.committed import Messages


@pytest.fixture
def messages(redis_url: str) -> Iterator[Messages]:
    """The broker's queue, emptied."""
    queue = Messages(redis_url)
    queue.clear()
    yield queue
    queue.close()
