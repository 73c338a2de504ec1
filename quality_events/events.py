"""Facts that quality events announce; ids only. Who reacts is printed by `manage.py events`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CapaDecided:
    """It was decided that a record needs a CAPA."""

    kind: str
    pk: int
    actor_id: int


@dataclass(frozen=True)
class BreachSuspected:
    """Somebody who screened a record cannot rule a serious breach out."""

    kind: str
    pk: int
    actor_id: int
