"""The file of members itself: kept by its hash, read again for the preview and by the job, answered with another."""

import io
from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from cqms.access.reach import fingerprint_of
from cqms.accounts.models import User
from cqms.attachments.kinds import CSV
from cqms.attachments.models import StoredFile
from cqms.attachments.services import UNLIMITED, open_checked, store
from cqms.audit import services as audit
from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.jobs.progress import Progress
from cqms.lists.files import Sheet, write_csv
from cqms.lists.reading import Line, read_csv
from cqms.organizations.models import Membership
from cqms.portal.member_import import Fate, Outcome, counted, do_lines
from cqms.portal.member_lines import COLUMNS, MOST, OPTIONAL

ANSWERED = ("line", *COLUMNS, *OPTIONAL, "outcome", "what")


def lines_of(file: BinaryIO) -> list[Line]:
    """The lines of a file of members. Raises ValidationError in words."""
    return read_csv(file, COLUMNS, OPTIONAL, MOST)


def stored_lines(stored: StoredFile) -> list[Line]:
    """The lines of a kept file. Raises DamagedFile and ValidationError."""
    with open_checked(stored) as file:
        return lines_of(file)


def write_outcomes(outcomes: Sequence[Outcome], target: BinaryIO) -> None:
    """Every line as it came, with what becomes of it: to be corrected and sent again."""
    columns = (*COLUMNS, *OPTIONAL)
    rows = (
        [each.line.number, *(each.line[column] for column in columns), each.fate.label, each.words] for each in outcomes
    )
    write_csv(Sheet("Members from a file", ANSWERED, rows), target)


def in_words(outcomes: Sequence[Outcome]) -> str:
    """How many lines have which fate: “3 invited, 1 changed, 2 as they are”."""
    words = {
        Fate.INVITED: "invited", Fate.CHANGED: "changed", Fate.SAME: "as they are", Fate.UNKNOWN: "unknown",
        Fate.CONFLICT: "in conflict",
    }  # fmt: skip
    return ", ".join(f"{count} {words[fate]}" for fate, count in counted(outcomes).items() if count)


def import_members(job: Job, progress: Progress) -> dict[str, Any]:
    """Do what a kept file says, in the name of who asked; the job's result holds every line with its outcome."""
    actor = cast("User", job.requested_by)
    stored = StoredFile.objects.get(sha256=job.arguments["sha256"])
    outcomes = do_lines(stored_lines(stored), actor=actor, reason=job.arguments["reason"], tell=progress)
    said = in_words(outcomes)
    mine = Membership.objects.get(user=actor)
    facts = {"Lines": said, "SHA-256 of the file": stored.sha256}
    audit.append(
        mine,
        actor=actor,
        verb="import",
        sentence=f"took members from a file, {len(outcomes)} lines",
        reason=job.arguments["reason"],
        changes=[{"field": "", "label": label, "old": "", "new": value} for label, value in facts.items()],
    )
    target = io.BytesIO()
    write_outcomes(outcomes, target)
    kept = store(target.getvalue(), name="outcome.csv", actor=None, allowed=[CSV], limit=UNLIMITED)
    return {
        "path": page_of(job),
        "sentence": f"{said[:1].upper()}{said[1:]}.",
        "file": kept.pk,
        "name": "Members, outcome.csv",
        "reach": fingerprint_of(actor),
    }
