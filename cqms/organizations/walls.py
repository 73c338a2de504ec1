"""Wall 2: what the database itself refuses, generated from the model registry after every migration.

Row-level security shows and takes only rows of the organization that the transaction named. Referential checks
bypass row-level security, so every key between two tables of organizations is doubled by one that carries the
organization along.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from cqms.history.models import HistoryRow
from cqms.organizations.models import Membership

WITHOUT_ORGANIZATION: dict[str, str] = {
    "accounts.user": "a person may belong to several organizations",
    "accounts.user_groups": "derived from roles; names no content",
    "accounts.user_user_permissions": "never used; part of Django's permission model",
    "organizations.organization": "the list of the organizations themselves",
    "auth.permission": "names of capabilities, the same for all",
    "auth.group": "derived from roles; names no content",
    "auth.group_permissions": "never used; part of Django's permission model",
    "contenttypes.contenttype": "names of tables, the same for all",
    "guardian.userobjectpermission": "never used: grants have direct keys",
    "guardian.groupobjectpermission": "never used: grants have direct keys",
    "sessions.session": "a session exists before an organization is chosen",
    "account.emailaddress": "addresses of persons for signing in",
    "account.emailconfirmation": "addresses of persons for signing in",
    "mfa.authenticator": "second factors belong to the person; asked for before an organization is known",
    "identity.signedinsession": "a session exists before an organization is chosen",
    "identity.knowndevice": "belongs to the person; asked for at sign-in",
    "audit.accountstate": "belongs to the person, whom several organizations may know",
    "audit.securityevent": "belongs to the person; written before an organization is known",
    "audit.ledgerlayout": "names of columns, the same for all",
    "jobs.wakeup": "lets the sweeper find work in every organization; holds ids only",
    "api.apitoken": "read before the organization is known: the token names it",
    "portal.keptinput": "belongs to the person whose session ended; read by nobody else",
}
"""Every table without row-level security, each with its reason. A contract holds the database to this list."""

_MINE = "organization_id = (SELECT nullif(current_setting('app.organization', true), '')::bigint)"
_MY_MEMBERSHIPS = (
    "(SELECT nullif(current_setting('app.organization', true), '')) IS NULL"
    " AND user_id = (SELECT nullif(current_setting('app.person', true), '')::bigint)"
)


def scoped_models() -> Iterator[type[models.Model]]:
    """Every model whose rows belong to one organization, history tables included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower not in WITHOUT_ORGANIZATION and "organization" in _columns(model):
            yield model


def statements() -> Iterator[str]:
    """The SQL that builds the wall. Safe to run again."""
    for model in scoped_models():
        table = model._meta.db_table
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
        yield from _policy(table, "own_organization", f"USING ({_MINE}) WITH CHECK ({_MINE})")
    yield from _policy(Membership._meta.db_table, "own_memberships", f"FOR SELECT USING ({_MY_MEMBERSHIPS})")
    for model, field in composite_keys():
        yield from _composite_key(model, field)


def composite_keys() -> Iterator[tuple[type[models.Model], Any]]:
    """Every foreign key from one organization's table to another, as (model, field)."""
    # history rows point to what may have changed since; they carry no constraint at all
    scoped = [model for model in scoped_models() if not issubclass(model, HistoryRow)]
    for model in scoped:
        for field in model._meta.concrete_fields:
            if field.related_model in scoped:
                yield model, field


def _columns(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def _policy(table: str, name: str, rule: str) -> Iterator[str]:
    yield f'DROP POLICY IF EXISTS {name} ON "{table}"'
    yield f'CREATE POLICY {name} ON "{table}" {rule}'


def _composite_key(model: type[models.Model], field: Any) -> Iterator[str]:
    table, target = model._meta.db_table, field.related_model._meta.db_table
    unique, key = f"{target}_in_organization", f"{table}_{field.column}_same_organization"
    yield _unless_constraint(
        target, unique, f'ALTER TABLE "{target}" ADD CONSTRAINT "{unique}" UNIQUE (organization_id, id)'
    )
    yield _unless_constraint(
        table,
        key,
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{key}" FOREIGN KEY (organization_id, "{field.column}")'
        f' REFERENCES "{target}" (organization_id, id) DEFERRABLE INITIALLY DEFERRED',
    )


def _unless_constraint(table: str, name: str, sql: str) -> str:
    known = f"conrelid = '\"{table}\"'::regclass AND conname = '{name[:63]}'"
    return f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE {known}) THEN {sql}; END IF; END $$"


def build() -> None:
    """Raise the wall. Runs as the owner of the tables, after migrations."""
    with connection.cursor() as cursor:
        for sql in statements():
            cursor.execute(sql)
