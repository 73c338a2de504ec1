"""Who does which kind of job: apps register a function for each, three lines that call a service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cqms.jobs.models import Job
from cqms.jobs.progress import Progress

Work = Callable[[Job, Progress], dict[str, Any]]
Preparation = Callable[[Job, Progress], None]


@dataclass(frozen=True)
class Handler:
    """A kind's function, and the errors whose text is a sentence for the person who asked."""

    work: Work
    speaks: tuple[type[Exception], ...]
    prepare: Preparation | None = None


_handlers: dict[str, Handler] = {}


def handler(
    kind: str, *, speaks: tuple[type[Exception], ...] = (), prepare: Preparation | None = None
) -> Callable[[Work], Work]:
    """Register the decorated function for a kind of job, for example `documents.render_version`.

    It runs inside the job's organization and in one transaction with the end of the job, so what it writes and
    "done" are true together; it must be safe to run twice. It answers with the job's result. `prepare` runs before,
    outside of that transaction and of any organization: for what must be committed when the work begins.
    """

    def register(work: Work) -> Work:
        _handlers[kind] = Handler(work, speaks, prepare)
        return work

    return register


def handler_of(kind: str) -> Handler:
    """The handler of a kind. Raises KeyError for a kind nobody registered."""
    return _handlers[kind]
