"""A database with the world in it: read and rolled back by most contracts, cloned for those that commit."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2
import pytest
from django.db import connections, transaction

from cqms.instance.testing import Addresses, Session
from cqms.organizations.models import Organization
from tests.cast import Cast
from tests.world import building as worlds

WORLD = f"world_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
"""The name of the database with the world."""


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Let Django work in another database of the session."""
    settings = connections.settings["default"]
    connections.close_all()
    settings["NAME"], before = name, settings["NAME"]
    try:
        yield
    finally:
        connections.close_all()
        settings["NAME"] = before


@pytest.fixture(scope="session")
def world_database(services: Session, django_db_setup: None, django_db_blocker) -> Addresses:
    """The committed world of this process. Nobody commits to it."""
    addresses = services.clone(WORLD)
    with inside(WORLD), django_db_blocker.unblock():
        worlds.build(lambda first: _restart_ids(addresses.owner, first))
    _keep_a_column(addresses.owner)
    return addresses


@pytest.fixture
def world(world_database: Addresses, django_db_blocker) -> Iterator[Cast]:
    """The world; whatever a test does in it is rolled back."""
    with inside(WORLD), django_db_blocker.unblock(), transaction.atomic():
        yield worlds.look_up()
        transaction.set_rollback(True)


@pytest.fixture
def own_world(services: Session, world_database: Addresses, django_db_blocker) -> Iterator[Addresses]:
    """A clone of the world for a test that commits, and its addresses."""
    name = f"clone_{uuid.uuid4().hex[:12]}"
    addresses = services.clone(name, of=WORLD)
    try:
        with inside(name), django_db_blocker.unblock():
            yield addresses
    finally:
        services.drop(name)


def _restart_ids(owner: str, first: int) -> None:
    link = psycopg2.connect(owner)
    with link, link.cursor() as cursor:
        cursor.execute("SET cqms.migrating = 'yes'")
        cursor.execute("SELECT schemaname, sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for schema, name in cursor.fetchall():
            cursor.execute(f'ALTER SEQUENCE "{schema}"."{name}" RESTART WITH {first}')
    link.close()


def _keep_a_column(owner: str) -> None:
    """What a migration does before it removes a column of a sealed table."""
    link = psycopg2.connect(owner)
    with link, link.cursor() as cursor:
        cursor.execute(
            "SELECT guard.keep_column(source, id, 'history_id', 'title') FROM audit_ledgerlayout"
            " WHERE source = 'studies_historicalstudy'"
        )
    link.close()


@dataclass(frozen=True)
class Loose:
    """A clone of the world without its uniques, so that copies of rows reach the checks behind them."""

    app: str
    owner: str
    ours: Organization
    theirs: Organization


@pytest.fixture(scope="session")
def loose_database(services: Session, world_database: Addresses) -> Addresses:
    addresses = services.clone(f"loose_{WORLD}", of=WORLD)
    link = psycopg2.connect(addresses.owner)
    with link, link.cursor() as cursor:
        cursor.execute("SET cqms.migrating = 'yes'")
        cursor.execute(_UNIQUES)
        for table, index, constraint in cursor.fetchall():
            drop = f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"' if constraint else f"DROP INDEX {index}"
            cursor.execute(drop)
    link.close()
    return addresses


@pytest.fixture
def loose(loose_database: Addresses, world: Cast) -> Loose:
    return Loose(loose_database.app, loose_database.owner, world.ours, world.theirs)


_UNIQUES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, c.conname
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid IN (
  SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity)
AND i.indexrelid::regclass::text NOT LIKE '%_in_organization'
"""
