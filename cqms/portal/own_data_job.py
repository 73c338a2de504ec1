"""A person's own data as a job: asked for by them, or by an administrator with a reason; told in the trail."""

import io
from typing import Any, cast

from cqms.access.reach import fingerprint_of
from cqms.accounts.models import User
from cqms.attachments.kinds import ZIP
from cqms.attachments.services import UNLIMITED, store
from cqms.audit import services as audit
from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.jobs.progress import Progress
from cqms.jobs.services import enqueue
from cqms.organizations.models import Membership
from cqms.portal.own_data import write_own_data
from cqms.portal.policies import may_administer

OWN_DATA = "portal.own_data"


def request_own_data(member: Membership, *, actor: User, reason: str = "") -> Job:
    """Have it made. Raises Denied for who is neither the person nor an administrator."""
    if actor.pk != member.user_id:
        may_administer.demand(actor)
    said = f"asked for what is held about {member.user}"
    audit.append(member, actor=actor, verb="ask for data", sentence=said, reason=reason)
    return enqueue(OWN_DATA, actor=actor, label=f"What is held about {member.user}", member=member.pk, reason=reason)


def make_own_data(job: Job, progress: Progress) -> dict[str, Any]:
    """Write the archive, keep it for who asked, and say in the trail what it holds; the job's result."""
    reader = cast("User", job.requested_by)
    member = Membership.objects.select_related("user").get(pk=job.arguments["member"])
    if reader.pk != member.user_id:
        may_administer.demand(reader)
    target = io.BytesIO()
    reason = job.arguments["reason"]
    counts = write_own_data(member.user, target, reader=reader, reason=reason, tell=progress)
    kept = store(target.getvalue(), name="data.zip", actor=None, allowed=[ZIP], limit=UNLIMITED)
    facts = [(name.replace("_", " "), str(count)) for name, count in counts.items() if count]
    facts.append(("SHA-256 of the file", kept.sha256))
    audit.append(
        member,
        actor=reader,
        verb="export",
        sentence=f"exported what is held about {member.user}",
        reason=reason,
        changes=[{"field": "", "label": label, "old": "", "new": value} for label, value in facts],
    )
    return {
        "path": page_of(job),
        "sentence": f"{sum(counts.values()):,} rows in {len(counts)} parts.",
        "file": kept.pk,
        "name": f"{member.user}, data.zip",
        "reach": fingerprint_of(reader),
    }
