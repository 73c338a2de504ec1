"""Facts that documents announce."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VersionApproved:
    """The last approver signed; the content is final."""

    version_id: int
    actor_id: int


@dataclass(frozen=True)
class VersionEffective:
    """A version took effect, and its predecessor, if any, was superseded in the same transaction."""

    version_id: int
    predecessor_id: int | None


@dataclass(frozen=True)
class VersionRetired:
    """Nobody works to the document any more."""

    version_id: int
    actor_id: int
