"""The portal's roles and database in any PostgreSQL cluster, and the mark that says what was built into it.

`python -m cqms.instance.database` prepares an outside server from three addresses in the environment:
DATABASE_SUPERUSER_URL, DATABASE_OWNER_URL and DATABASE_URL. The roles get the passwords named there.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, encrypt_password, make_dsn, parse_dsn

from cqms.instance.console import Refusal

OWNER = "cqms_owner"
APP = "cqms_app"
_HERE = Path(__file__).resolve().parent
_NEEDED = ("DATABASE_SUPERUSER_URL", "DATABASE_OWNER_URL", "DATABASE_URL")


@contextmanager
def connected(dsn: str) -> Iterator[connection]:
    """A connection where every statement stands alone."""
    link = psycopg2.connect(dsn, connect_timeout=5)
    link.autocommit = True
    try:
        yield link
    finally:
        link.close()


def answers(dsn: str) -> bool:
    """Whether the server takes sessions. A wrong password is an answer too: it raises."""
    try:
        with connected(dsn):
            return True
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise
        return False


def prepare(superuser: str, owner: str, app: str) -> None:
    """Make the roles, the database and its privileges, or bring them up to date; changes no row of the portal."""
    name = parse_dsn(app)["dbname"]
    with connected(superuser) as link, link.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('cqms.instance.database'))")  # until the connection ends
        passwords = {"owner": _encrypted(owner, OWNER, link), "app": _encrypted(app, APP, link)}
        cursor.execute((_HERE / "roles.sql").read_text(), passwords)
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            make = "CREATE DATABASE {} OWNER {} TEMPLATE template0"
            cursor.execute(sql.SQL(make).format(sql.Identifier(name), sql.Identifier(OWNER)))
    with connected(make_dsn(superuser, dbname=name)) as link, link.cursor() as cursor:
        cursor.execute(sql.SQL((_HERE / "database.sql").read_text()).format(database=sql.Identifier(name)))
        cursor.execute((_HERE / "watch.sql").read_text())


def mark(owner: str, text: str) -> None:
    """Write on the database itself what was built into it."""
    with connected(owner) as link, link.cursor() as cursor:
        statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
        cursor.execute(statement.format(sql.Identifier(parse_dsn(owner)["dbname"]), sql.Literal(text)))


def read_mark(dsn: str) -> str:
    """What `mark` wrote; empty for a database nobody built into."""
    with connected(dsn) as link, link.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        return cursor.fetchone()[0] or ""


def is_empty(dsn: str, table: str) -> bool:
    """Whether a table that exists has no row that this role may see."""
    with connected(dsn) as link, link.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
        return bool(cursor.fetchone()[0])


def prepare_from(environment: Mapping[str, str]) -> None:
    """Prepare the server whose three addresses are in the environment. Refuses with what is missing or refused."""
    missing = [name for name in _NEEDED if not environment.get(name)]
    if missing:
        raise Refusal(f"Set {', '.join(missing)} to the addresses of the database and start again.")
    try:
        prepare(*(environment[name] for name in _NEEDED))
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise Refusal(
            f"The database server does not let us in ({reason}): correct DATABASE_SUPERUSER_URL and start again."
        ) from error


def _encrypted(dsn: str, role: str, link: connection) -> str:
    """The verifier of the role's password, so that the password itself reaches no log of the server."""
    return encrypt_password(parse_dsn(dsn)["password"], role, scope=link, algorithm="scram-sha-256")


if __name__ == "__main__":
    try:
        prepare_from(os.environ)
    except Refusal as refusal:
        sys.exit(str(refusal))
