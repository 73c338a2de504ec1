"""For tests that commit: several threads at once, and what waits in the broker."""

import json
import threading
from base64 import b64decode
from collections.abc import Callable, Sequence

import redis
from celery import current_app
from django.db import connection

_QUEUE = "cqms"


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

    def send(self, task: str, *arguments: object) -> None:
        current_app.send_task(task, args=arguments)

    def close(self) -> None:
        self.clear()
        self._broker.close()
