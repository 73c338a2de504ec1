"""What waits for the sealer of the open organization."""

from cqms.audit.ledger.models import LedgerQueue
from cqms.audit.states import AccountState


def leaves_to_come() -> int:
    """Leaves in the queue, and those of accounts older than the first organization, which its first seal takes along."""
    queued = LedgerQueue.objects.filter(layout__table=AccountState._meta.db_table).values("row_id")
    return LedgerQueue.objects.count() + AccountState.objects.exclude(pk__in=queued).count()
