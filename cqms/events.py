"""Facts travel upwards: a lower app publishes what happened, a higher app reacts.

Synchronous and inside the caller's transaction: a regulated consequence exists, or its cause does not.
An event is a frozen dataclass in the past tense that holds ids only.
"""

from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

Subscriber = Callable[[Any], None]

_DEEPEST = 2
_subscribers: dict[type, list[Subscriber]] = defaultdict(list)
_depth: ContextVar[int] = ContextVar("event_depth", default=0)


class TooDeep(RuntimeError):
    """A reaction to a reaction announced a fact again: the chain could no longer be understood."""


def subscribe(event: type) -> Callable[[Subscriber], Subscriber]:
    """Register the decorated function to be called with every published instance of `event`."""

    def register(subscriber: Subscriber) -> Subscriber:
        _subscribers[event].append(subscriber)
        return subscriber

    return register


def publish(event: object) -> None:
    """Call every subscriber of the fact, in the order of registration; their errors propagate.

    Raises TooDeep when a fact is announced inside the reaction to a reaction.
    """
    depth = _depth.get()
    if depth >= _DEEPEST:
        message = f"{type(event).__name__} was announced at depth {depth + 1}; {_DEEPEST} is the deepest allowed."
        raise TooDeep(message)
    token = _depth.set(depth + 1)
    try:
        for subscriber in _subscribers.get(type(event), ()):
            subscriber(event)
    finally:
        _depth.reset(token)


def subscriptions() -> dict[type, list[Subscriber]]:
    """Which facts are known to somebody, and who reacts; `manage.py events` prints it."""
    return dict(_subscribers)
