"""What administration puts into the Inbox: decisions that wait for a person."""

from cqms.accounts.models import User
from cqms.administration.policies import assures, may_approve_settings
from cqms.configuration.selectors import proposed
from cqms.inbox.rows import Row


def waiting_settings(person: User) -> list[Row]:
    """The proposed version of the settings, for who may approve it."""
    version = proposed() if assures(person) else None
    if version is None or not may_approve_settings(person, version):
        return []
    row = Row(
        kind="administration.settings",
        title=str(version),
        sentence=f"{version.proposed_by} proposes other settings.",
        late="Until they are approved, the settings before hold.",
        path=version.organization.path("administration:settings_version", number=version.number),
        action="Decide",
        icon="sign",
        tone="progress",
    )
    return [row]
