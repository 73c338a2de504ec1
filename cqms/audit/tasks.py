"""The sealer, which beat wakes."""

import structlog
from celery import shared_task

from cqms.audit.ledger.keys import KeyMissing
from cqms.audit.ledger.sealing import LedgerBroken, seal
from cqms.audit.ledger.witnesses import hand_over
from cqms.organizations.selectors import every_organization

_log = structlog.get_logger()


@shared_task(name="audit.seal")
def seal_everything() -> None:
    """Seal what waits in every organization and hand the new heads over; beat sends it every five seconds.

    An organization whose log cannot be sealed does not hold up the others; `/readyz` names it.
    """
    for organization in every_organization():
        try:
            seal(organization)
        except (KeyMissing, LedgerBroken) as problem:
            _log.error("not_sealed", organization=organization.slug, problem=str(problem))
            continue
        hand_over(organization)
