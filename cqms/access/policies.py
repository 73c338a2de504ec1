"""Policies: pure predicates about a person and a record, combined with & | and ~, each with its sentence.

The sentence is shown where the policy bites, so it says what the rule is and, where one exists, its source.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cqms.access.narrowing import is_elsewhere
from cqms.access.reach import WAITS, lanes_of, may_see_lane, reach_of, stands_for
from cqms.accounts.models import User
from cqms.audit.refusals import Denied
from cqms.organizations.capabilities import WORDS, Capability
from cqms.organizations.scope import scope_is_open

Test = Callable[[User, Any], bool]


@dataclass(frozen=True)
class Policy:
    """A rule that answers for a person and a record; `refusal` says why not, `reverse` why not for its opposite."""

    test: Test
    refusal: str
    reverse: str = ""

    def __call__(self, person: User, record: Any = None) -> bool:
        """Whether the rule allows it."""
        return self.test(person, record)

    def why_not(self, person: User, record: Any = None) -> str:
        """Empty when allowed, else the sentence to show."""
        if self(person, record):
            return ""
        return WAITS if scope_is_open() and reach_of(person).waits_for_introduction else self.refusal

    def demand(self, person: User, record: Any = None) -> None:
        """Go on when allowed, else raise Denied with the sentence."""
        sentence = self.why_not(person, record)
        if sentence:
            raise Denied(sentence)

    def __and__(self, other: "Policy") -> "Policy":
        return _Both(self, other)

    def __or__(self, other: "Policy") -> "Policy":
        return Policy(lambda p, r: self(p, r) or other(p, r), self.refusal, self.reverse)

    def __invert__(self) -> "Policy":
        return Policy(lambda p, r: not self(p, r), self.reverse, self.refusal)


class _Both(Policy):
    """Both rules; the sentence is that of the first that refuses."""

    def __init__(self, first: Policy, second: Policy) -> None:
        super().__init__(lambda p, r: first(p, r) and second(p, r), first.refusal, first.reverse)
        object.__setattr__(self, "_parts", (first, second))

    def why_not(self, person: User, record: Any = None) -> str:
        first, second = self._parts  # type: ignore[attr-defined]
        return first.why_not(person, record) or second.why_not(person, record)


def policy(refusal: str, reverse: str = "") -> Callable[[Test], Policy]:
    """Make a policy of the decorated test."""
    return lambda test: Policy(test, refusal, reverse)


def _yours(capability: Capability) -> str:
    return WORDS[capability].replace("one's", "your")


def may(capability: Capability) -> Policy:
    """Holding a role that allows this, in the organization or at an anchor of the record."""
    return Policy(
        lambda person, record: reach_of(person).has(capability, record),
        f"Your roles here do not allow you to {_yours(capability)}.",
        f"Whoever may {WORDS[capability]} must not do this.",
    )


def may_somewhere(capability: Capability) -> Policy:
    """Holding the capability at least at one place of the organization."""
    return Policy(
        lambda person, _: reach_of(person).anywhere(capability),
        f"Your roles here do not allow you to {_yours(capability)}.",
    )


def exists_for(person: User, record: Any) -> bool:
    """Whether the record exists for this person: reachable, in lanes and at a site they may know of. Else 404."""
    reach = reach_of(person)
    if not reach.has(Capability.READ, record):
        return False
    return all(may_see_lane(reach, lane, record) for lane in lanes_of(record)) and not is_elsewhere(person, record)


anybody = Policy(lambda _person, _record: True, "", "Nobody may do this.")
nobody = ~anybody


@policy("Only who owns this record may do this.", "Who owns this record must not do this.")
def is_owner(person: User, record: Any) -> bool:
    """Answering for the record, or standing in for who does while they are away."""
    return stands_for(person, record.owner_id)
