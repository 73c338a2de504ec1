"""The jobs that make reports."""

from typing import Any

from cqms.audit.ledger.keys import KeyMissing
from cqms.audit.ledger.sealing import LedgerBroken
from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.reports import trail_export
from cqms.reports.rendering import LibrariesMissing
from cqms.reports.seal_certificates import SealUnusable


@handler(
    trail_export.EXPORT_TRAIL,
    speaks=(LibrariesMissing, KeyMissing, LedgerBroken, SealUnusable),
    prepare=trail_export.seal_what_waits,
)
def export_trail(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the files of a trail."""
    return trail_export.export_trail(job, progress)
