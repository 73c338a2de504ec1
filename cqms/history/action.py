"""The action: what one person (or the system) does at one time, under one id.

Every history row, audit event and signature written on the way shares the id, so that an auditor sees as one
act what was one act (21 CFR 11.10(e), ICH E6(R3) 4.2.2).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID, uuid4


@dataclass(frozen=True)
class Action:
    """Who acts (None is the system), why, and the id that binds the traces of the act."""

    id: UUID
    actor_id: int | None
    reason: str


class NoAction(RuntimeError):
    """A tracked record was written outside `action()`: nobody would know who did it."""


_current: ContextVar[Action | None] = ContextVar("action", default=None)


@contextmanager
def action(actor_id: int | None, reason: str = "") -> Iterator[Action]:
    """Open an action, or join the one that is open for the same person.

    A different person inside an open action starts an action of their own; the outer one continues after it.
    """
    outer = _current.get()
    joins = outer is not None and outer.actor_id == actor_id
    started = Action(
        outer.id if outer and joins else uuid4(), actor_id, reason or (outer.reason if outer and joins else "")
    )
    token = _current.set(started)
    try:
        yield started
    finally:
        _current.reset(token)


def current_action() -> Action:
    """The open action. Raises NoAction outside of one."""
    found = _current.get()
    if found is None:
        raise NoAction("Tracked records are saved by audit.save(), which opens the action.")
    return found


def current_action_id() -> UUID:
    """The id of the open action, the default of every trace's action_id. Raises NoAction outside of one."""
    return current_action().id
