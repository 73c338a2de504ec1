"""Sending work to a worker: after the commit, by name, and never a reason for a request to fail."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

_log = structlog.get_logger()


def send_after_commit(task: str, *arguments: str | int) -> None:
    """Bring a Celery task to a worker once the transaction holds.

    A message can be lost or come twice: whoever sends it keeps a row that beat looks at again.
    """
    transaction.on_commit(partial(_send, task, arguments))


def _send(task: str, arguments: tuple[str | int, ...]) -> None:
    try:
        current_app.send_task(task, args=arguments, retry=False, ignore_result=True)
    except OperationalError as error:
        _log.warning("broker_unreachable", task=task, error=str(error))
