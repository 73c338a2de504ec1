"""What documents put into the Inbox: versions that wait for a person."""

from cqms.accounts.models import User
from cqms.deadlines.selectors import due_from
from cqms.inbox.rows import Row, first
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization
from documents.awaiting import Awaited, awaiting
from documents.models import VersionState
from documents.workflow import VERSION

_SENTENCES = {
    "submit": ("A draft of yours is not submitted yet.", "Until then nobody reviews it."),
    "review": ("{author} asks you to review this version.", "Until you have signed, it cannot be approved."),
    "approve": ("This version waits for your approval.", "Until it is approved, people work to the old version."),
    "schedule": ("The version is approved and has no effective date.", "It never takes effect without a date."),
}


def waiting_versions(person: User) -> list[Row]:
    """The versions that wait for this person in the open organization; those with a deadline stand there by it."""
    dated = {pk for kind, pk in due_from(person) if kind == "documents.version"}
    rows = [_row(found) for found in awaiting(person) if found.version.pk not in dated]
    return [
        row for step in _SENTENCES for row in _first(step, [row for row in rows if row.kind == f"documents.{step}"])
    ]


def _first(step: str, rows: list[Row]) -> list[Row]:
    organization: Organization = current_organization()
    state = VersionState(VERSION.step(step).sources[0])
    return first(rows, f"Versions ({state.label})", f"{organization.path('documents:list')}?state={state}")


def _row(found: Awaited) -> Row:
    version = found.version
    sentence, late = _SENTENCES[found.step]
    return Row(
        kind=f"documents.{found.step}",
        title=str(version),
        sentence=sentence.format(author=version.author.name),
        late=late,
        path=version.organization.path(
            "documents:step", number=version.document.number, label=version.label, step=found.step
        ),
        action=found.label,
        icon="sign",
        tone="progress",
    )
