"""What identified a person or an organization when: their names stand in records, signatures and entries.

Accounts belong to no organization and organizations to none but themselves, so neither is a tracked record. The
database itself keeps each state of theirs, in a table that nobody else can write to, and refuses a change of which no
event of the same transaction tells. What moves with every sign-in stays outside (decision 35).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from cqms.accounts.models import User
from cqms.audit.ledger import layouts
from cqms.organizations.models import Organization, OrganizationKey, OrganizationModel

_CHECK = Path(__file__).with_name("guard_state.sql")


class State(models.Model):
    """One state of a row that belongs to no organization: its columns, and since when they read like that."""

    append_only: ClassVar[bool] = True
    written_by_database: ClassVar[bool] = True

    content = models.JSONField("as it was")
    at = models.DateTimeField("since")
    transaction_id = models.BigIntegerField()

    class Meta:
        abstract = True


class AccountState(State):
    """What identified a person: name, address, zone, whether the account is open."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        verbose_name = "state of an account"
        indexes = [models.Index(fields=["user", "-id"], name="account_state_newest")]

    def __str__(self) -> str:
        return f"{self.content.get('name')} since {self.at:%Y-%m-%d %H:%M:%S} UTC"


class OrganizationState(State, OrganizationModel):
    """What identified an organization: name, short name, zone, whether it is suspended."""

    organization = OrganizationKey(db_index=False)

    class Meta(OrganizationModel.Meta):
        verbose_name = "state of an organization"
        indexes = [models.Index(fields=["organization", "-id"], name="organization_state_newest")]

    def __str__(self) -> str:
        return f"{self.content.get('name')} since {self.at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class Kept:
    """A table whose states are kept: where, by which key, without which columns, and which event tells of a change."""

    model: type[models.Model]
    states: type[State]
    key: str
    events: str
    untold: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table itself."""
        return self.model._meta.db_table

    @property
    def function(self) -> str:
        """The function of the guard that keeps its states."""
        return f"state_of_{self.table}"


KEPT = (
    Kept(
        User,
        AccountState,
        "user_id",
        "audit_securityevent e WHERE e.user_id = NEW.id AND e.kind IN ('account_opened', 'account_changed')",
        ("password", "last_login", "failed_attempts", "locked_until"),
    ),
    Kept(
        Organization,
        OrganizationState,
        "organization_id",
        "audit_auditevent e WHERE (e.organization_id, e.subject_id) = (NEW.id, NEW.id)"
        " AND e.subject_kind = 'organizations.organization'",
    ),
)


def functions() -> Iterator[str]:
    """The SQL of the functions that keep states; run as cqms_definer."""
    for kept in KEPT:
        yield _filled(_CHECK.read_text(encoding="utf-8"), kept)


def rights() -> Iterator[str]:
    """Nobody but those functions writes down a state."""
    for kept in KEPT:
        table = kept.states._meta.db_table
        yield f'REVOKE INSERT ON "{table}" FROM cqms_app'
        yield f'GRANT INSERT ON "{table}" TO cqms_definer'


def keep_present(cursor: Any) -> None:
    """Write down what is there as the first state, once: before the table of states was ever sealed."""
    for kept in KEPT:
        if layouts.latest(cursor, kept.states._meta.db_table) is None:
            cursor.execute("SET ROLE cqms_definer")
            cursor.execute(
                _filled(
                    "INSERT INTO :states (:key, content, at, transaction_id) SELECT t.id, to_jsonb(t) - :untold,"
                    " clock_timestamp(), 0 FROM :table t ORDER BY t.id",
                    kept,
                )
            )
            cursor.execute("RESET ROLE")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits to be checked lets nobody alter the table
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _filled(sql: str, kept: Kept) -> str:
    told = {
        ":function": kept.function,
        ":table": kept.table,
        ":states": kept.states._meta.db_table,
        ":key": kept.key,
        ":events": kept.events,
        ":untold": f"ARRAY[{', '.join(repr(name) for name in kept.untold)}]::text[]",
    }
    for placeholder, text in told.items():
        sql = sql.replace(placeholder, text)
    return sql
