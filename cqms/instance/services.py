"""Where the database and the broker are: embedded ones of the data folder, or outside ones from the environment."""

import os
from dataclasses import dataclass

import psycopg2

from cqms.instance import database, postgres, valkey
from cqms.instance.console import Refusal, say
from cqms.instance.folder import DataFolder, Secrets
from cqms.instance.supervisor import Supervisor

_NOT_FOR_THE_PORTAL = ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "CQMS_STARTED", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Services:
    """The addresses of the services. The superuser of an outside server may be unknown."""

    app: str
    owner: str
    superuser: str
    redis: str


def start(supervisor: Supervisor, data: DataFolder, secrets: Secrets) -> Services:
    """Start the embedded services that the environment does not replace, and wait until they answer."""
    app, owner, superuser = _outside_database() or embedded_database(supervisor, data, secrets)
    say("PostgreSQL is ready")
    redis = os.environ.get("REDIS_URL") or embedded_valkey(supervisor, data, secrets)
    say("Valkey is ready")
    return Services(app, owner, superuser, redis)


def portal_environment(data: DataFolder, secret_key: str, url: str, addresses: Services) -> dict[str, str]:
    """What web, worker, beat and commands see. Of the database they know the address of cqms_app alone.

    What the first of them compiles the others read, from the data folder: a start is half compiling otherwise.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_THE_PORTAL}
    ours = {"CQMS_SECRET_KEY": secret_key, "CQMS_URL": url}
    told = {"DATABASE_URL": addresses.app, "REDIS_URL": addresses.redis, "CQMS_DATA": str(data.path)}
    return ours | inherited | told | {"PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(data.path / "bytecode")}


def _outside_database() -> tuple[str, str, str] | None:
    app, owner = os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", "")
    if not app and not owner:
        return None
    if not app or not owner:
        missing = "DATABASE_URL (of cqms_app)" if owner else "DATABASE_OWNER_URL (of cqms_owner, who migrates)"
        raise Refusal(f"A database server of your own needs two addresses: set {missing} as well and start again.")
    superuser = os.environ.get("DATABASE_SUPERUSER_URL", "")
    if superuser:
        database.prepare_from(os.environ)
    for name, dsn in (("DATABASE_URL", app), ("DATABASE_OWNER_URL", owner)):
        _check(name, dsn)
    return app, owner, superuser


def _check(name: str, dsn: str) -> None:
    try:
        with database.connected(dsn):
            pass
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[-1]
        cure = "prepare the server with bin/manage prepare_database, or correct the address"
        raise Refusal(f"The database at {name} does not let us in ({reason}): {cure}.") from error


def embedded_database(
    supervisor: Supervisor, data: DataFolder, secrets: Secrets, settings: tuple[str, ...] = ()
) -> tuple[str, str, str]:
    """Start PostgreSQL with its roles and the database; the addresses for app, owner and superuser."""
    server = postgres.in_folder(data, secrets, settings)
    server.initialize(secrets.superuser)
    program = server.program(data.log("postgres"))
    supervisor.start(program)
    app, owner = server.dsn(database.APP, secrets.app), server.dsn(database.OWNER, secrets.owner)
    first = server.dsn(postgres.SUPERUSER, secrets.superuser, postgres.SUPERUSER)
    try:
        supervisor.wait_until(lambda: database.answers(first), program)
    except psycopg2.OperationalError as error:
        file = data.path / "secrets"
        raise Refusal(f"The passwords in {file} do not fit the database: restore both from one backup.") from error
    database.prepare(first, owner, app)
    if not server.home.is_relative_to(data.path):
        say(f"PostgreSQL may not run as root and {server.user} cannot enter {data.path}: its data is in {server.home}")
    return app, owner, server.dsn(postgres.SUPERUSER, secrets.superuser)


def embedded_valkey(supervisor: Supervisor, data: DataFolder, secrets: Secrets) -> str:
    """Start Valkey; its address."""
    server = valkey.in_folder(data, secrets)
    program = server.program(data.log("valkey"))
    supervisor.start(program)
    supervisor.wait_until(server.answers, program)
    return server.url
