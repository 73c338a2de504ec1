"""Quality events of the world of the contracts, in both organizations; each type adds a function to FILLS."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from quality_events import services
from quality_events.issues import services as issues
from quality_events.issues.models import QualityIssue
from studies.models import Study

ISSUE = "Samples thawed"
"""The title by which the issue of the world is found: it is new, linked with a document, and has a file."""


def happened(study: Study, word: str, **other: Any) -> dict[str, Any]:
    """What is said of any event."""
    today = timezone.localdate()
    values = {
        "description": f"The freezer stood open, {word}.", "study": study,
        "site": study.sites.earliest("pk"), "occurred_on": today - dt.timedelta(days=3),
        "discovered_on": today - dt.timedelta(days=1), "aware_at": timezone.now() - dt.timedelta(hours=5),
        "zone": "Europe/Berlin", "noticed_by": f"Monitor {word}",
    }  # fmt: skip
    return {**values, **other}


def fill_issues(study: Study, document: Any, players: Any) -> None:
    """A new issue with a link and a file."""
    title = f"{ISSUE} {players.word}"
    values = happened(study, players.word, title=title, detected_how="Call of the site")
    issue = issues.open_issue(values, actor=players.author)
    services.link(issue, document, actor=players.author, why=f"It says how, {players.word}.")
    file = SimpleUploadedFile("log.txt", f"Log of {players.word}".encode())
    services.add_files(issue, [file], actor=players.author)


FILLS = (fill_issues,)


def fill(study: Study, document: Any, players: Any) -> None:
    """Every type of event in the open organization."""
    for each in FILLS:
        each(study, document, players)


def issue_of_world() -> QualityIssue:
    """The new issue of the open organization."""
    found: QualityIssue = QualityIssue.objects.filter(title__startswith=ISSUE).earliest("pk")
    return found
