"""What happens in the layers below that people want to know."""

from cqms.events import subscribe
from cqms.jobs.events import JobDone, JobFailed
from cqms.notifications.job_news import tell_of_failure, tell_of_result
from cqms.notifications.receipts import send_receipt
from cqms.signatures.events import Signed


@subscribe(JobDone)
def on_job_done(event: JobDone) -> None:
    """Tell who asked where the result is."""
    tell_of_result(event.job_id)


@subscribe(JobFailed)
def on_job_failed(event: JobFailed) -> None:
    """Tell who asked why there is none."""
    tell_of_failure(event.job_id)


@subscribe(Signed)
def on_signed(event: Signed) -> None:
    """Mail the signer their receipt."""
    send_receipt(event.signature_id)
