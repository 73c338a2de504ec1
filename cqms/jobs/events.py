"""What jobs announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class JobDone:
    """A job finished; announced in the transaction that holds its effects."""

    job_id: UUID


@dataclass(frozen=True)
class JobFailed:
    """A job ended without a result and says why in words."""

    job_id: UUID
