"""What each app adds to an organization of a load, in the order of registration numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cqms.organizations.models import Organization
from cqms.portal.loading.tales import Person, Teller


@dataclass
class Load:
    """One organization while it is filled: its people by role, how much it gets, and what apps leave for others.

    `places` holds for each study its key and number; `counters` the last number of each prefix.
    """

    organization: Organization
    teller: Teller
    people: Mapping[str, list[Person]]
    records: int
    studies: int
    places: list[tuple[int, str]] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)

    def one(self, role: str) -> Person:
        """Somebody who holds the role."""
        return self.teller.random.choice(self.people[role])

    def number(self, prefix: str) -> str:
        """The next number of a prefix."""
        self.counters[prefix] = self.counters.get(prefix, 0) + 1
        return f"{prefix}-{self.counters[prefix]:04}"


Contribution = Callable[[Load, int], None]
"""Adds to a load; told how many records are its own."""

_contributions: dict[int, tuple[Contribution, int]] = {}


def register(order: int, build: Contribution, *, share: int = 0) -> None:
    """Let an app add its part; `share` is its weight among those that make records, 0 for what they stand on."""
    _contributions[order] = (build, share)


def build(load: Load) -> None:
    """Let every app add its part of one organization."""
    total = sum(share for _, share in _contributions.values())
    left = load.records
    last = max((order for order, (_, share) in _contributions.items() if share), default=0)
    for order, (add, share) in sorted(_contributions.items()):
        own = left if order == last else load.records * share // total if total else 0
        add(load, own)
        left -= own if share else 0
