"""Refusals: acts the portal did not let happen. Each has a plain sentence, and leaves a trace that survives."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from django.db import transaction

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.organizations.models import TrackedModel


class Refused(Exception):
    """An act that was not done. `status` is the HTTP status a page or the API answers with.

    `lane` is that of the trace it leaves, if not the record's; `trace` says there what the person may not be told.
    """

    status = 409
    field = ""
    lane = ""
    trace = ""

    def __init__(self, sentence: str) -> None:
        """`sentence` tells the person what is wrong and, where possible, what to do."""
        super().__init__(sentence)
        self.sentence = sentence

    def after_rollback(self, actor: User | None) -> None:
        """Write what must survive although the act itself was undone; called after the rollback."""


class Denied(Refused):
    """The person may not do this."""

    status = 403


class WrongState(Refused):
    """The step does not start from the state the record is in."""


class Changed(Refused):
    """The record is no longer the revision that was on the screen."""


class ClosedReason(str):
    """A reason that tells of what stands in a closed lane: the trace that it leaves stands there too."""

    __slots__ = ("lane",)
    lane: str

    def __new__(cls, sentence: str, lane: str) -> Self:
        """`lane` is the closed one."""
        made = super().__new__(cls, sentence)
        made.lane = lane
        return made


class Blocked(Refused):
    """Something must be done first; each reason is one sentence."""

    status = 422

    def __init__(self, reasons: list[str]) -> None:
        """`reasons` are complete sentences."""
        super().__init__(" ".join(reasons))
        self.reasons = reasons
        self.lane = next((each.lane for each in reasons if isinstance(each, ClosedReason)), "")


class ReasonMissing(Refused):
    """The step needs a reason."""

    status = 422
    field = "reason"


@contextmanager
def refusable(record: TrackedModel, *, actor: User | None, attempt: str, lane: str = "") -> Iterator[None]:
    """Do something that may be refused: undo it then, write down the attempt, and let the refusal go on.

    `attempt` continues "tried to …", for example "approve the version"; `lane` is that of what was attempted where it
    is not the record's. A service that does more than one refusable
    thing stands in one of its own: the outer one undoes the traces of the inner ones with everything else, and then
    writes them anew.
    """
    try:
        with transaction.atomic():
            yield
    except Refused as refusal:
        refusal.after_rollback(actor)
        said = f"tried to {attempt}: refused"
        why = refusal.trace or refusal.sentence
        audit.append(record, actor=actor, verb="refuse", sentence=said, reason=why, lane=lane or refusal.lane)
        raise
