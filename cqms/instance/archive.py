"""One archive with everything that cannot be made again: the database, the stored files, the keys, the checkpoints.

A tar file that only we can read: `manifest.json` with the SHA-256 of every other member, `database.dump` of pg_dump,
and the folders `files`, `keys` and `witness`. The passwords of the database and the secret that signs sessions belong
to the machine and stay there.
"""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from psycopg2.extensions import parse_dsn

from cqms.instance import build, database, postgres
from cqms.instance.children import call
from cqms.instance.console import Failure, Refusal, say
from cqms.instance.folder import DataFolder, need_room
from cqms.instance.services import Services

_FORMAT = 1
_MANIFEST, _DUMP = "manifest.json", "database.dump"
_WITNESS, _BETWEEN_NOTES = "witness", "\n\n\n"
_SEALED = """
    SELECT slug, max(size) FROM public.audit_ledgercheckpoint c
    JOIN public.organizations_organization o ON o.id = c.organization_id GROUP BY slug
"""
_PIECE = 2**20
_FOR_LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def backup(data: DataFolder, addresses: Services, file: Path) -> None:
    """Write the archive, whole or not at all; the portal may go on working meanwhile.

    The database comes first: whatever it names is in the folders already, because those only grow. Of what witnesses
    hold, the archive takes what the database of that moment knows: a log that ends before its witness looks cut off.
    """
    superuser = _superuser(addresses)
    if file.exists():
        raise Refusal(f"{file} exists already: choose another name.")
    if not file.parent.is_dir():
        raise Refusal(f"The folder {file.parent} does not exist: make it, or choose another one.")
    new = file.with_name(f"{file.name}.new")
    try:
        with _private(new) as stream, tempfile.TemporaryDirectory(dir=file.parent) as folder:
            with _moment(superuser) as (snapshot, sealed):
                words = ("--format", "custom", "--snapshot", snapshot, "--file", str(Path(folder) / _DUMP))
                _postgres(data, superuser, "pg_dump", *words)
            say("The database is copied")
            _copy_witness(data.path / _WITNESS, Path(folder) / _WITNESS, sealed)
            _write(stream, Path(folder), data.path)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    say(f"{file} holds the database, the files and the keys. Keep it as secret as the portal itself")


def restore(data: DataFolder, addresses: Services, file: Path, environment: dict[str, str]) -> None:
    """Fill an empty host from an archive; refuses a damaged archive, and a database that holds anything.

    The tables are brought up to date and their guards armed before anybody can use them.
    """
    superuser = _superuser(addresses)
    with database.connected(superuser) as link, link.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        if cursor.fetchone()[0]:
            raise Refusal("This database holds a portal already: restore into an empty data folder (--data).")
    need_room(data.path, file.stat().st_size)
    with tempfile.TemporaryDirectory(dir=data.path) as folder:
        _extract(file, Path(folder), data.path)
        say("The archive is whole; the files and keys are there")
        _empty(superuser)
        words = ("--single-transaction", "--exit-on-error", "--dbname", parse_dsn(superuser)["dbname"])
        _postgres(data, superuser, "pg_restore", *words, str(Path(folder) / _DUMP))
    database.prepare(superuser, addresses.owner, addresses.app)
    say("The database is restored")
    build.manage(["migrate", "--verbosity", "0"], {**environment, "DATABASE_URL": addresses.owner})
    say("The tables are up to date and guarded")


def check(file: Path) -> None:
    """Refuse what is no archive of ours, before anything is made."""
    if not file.is_file():
        raise Refusal(f"There is no file {file}.")
    try:
        with tarfile.open(file) as archive:
            _manifest(archive)
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise Refusal(f"{file} is no backup of a portal, or it is damaged.") from error


def _superuser(addresses: Services) -> str:
    if not addresses.superuser:
        raise Refusal("A backup needs all rows of the database: set DATABASE_SUPERUSER_URL and start again.")
    return addresses.superuser


@contextmanager
def _private(file: Path) -> Iterator[IO[bytes]]:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _postgres(data: DataFolder, dsn: str, program: str, *words: str) -> None:
    """Run a program of PostgreSQL; the password is in its environment, not in the list of processes."""
    known = {_FOR_LIBPQ[name]: value for name, value in parse_dsn(dsn).items() if name in _FOR_LIBPQ}
    binaries = postgres.in_folder(data, data.secrets()).programs
    done = call([binaries / program, *words], environment={**os.environ, **known})
    if done.code:
        raise Failure(f"{program} ended with {done.code}:\n{done.output.strip()[-2000:]}")


def _empty(superuser: str) -> None:
    """What prepare made stands in the dump as well."""
    with database.connected(superuser) as link, link.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS guard, watch CASCADE")


@contextmanager
def _moment(superuser: str) -> Iterator[tuple[str, dict[str, int]]]:
    """A moment of the database that a dump can be made of, and how far each organization's log was sealed then."""
    with database.connected(superuser) as link, link.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), to_regclass('public.audit_ledgercheckpoint') IS NOT NULL")
        snapshot, has_ledger = cursor.fetchone()
        if has_ledger:
            cursor.execute(_SEALED)
        yield snapshot, dict(cursor.fetchall()) if has_ledger else {}


def _copy_witness(source: Path, target: Path, sealed: dict[str, int]) -> None:
    """The checkpoints in the folder of the witness, as far as the logs were sealed; the folder goes on growing."""
    for file in sorted(source.rglob("*.notes")):
        copy, known = target / file.relative_to(source), sealed.get(file.parent.name, 0)
        notes = [note.strip("\n") for note in file.read_text(encoding="utf-8").split(_BETWEEN_NOTES) if note.strip()]
        kept = [note for note in notes if int(note.split("\n")[1]) <= known]
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("".join(f"{note}\n{_BETWEEN_NOTES}" for note in kept), encoding="utf-8")


def _write(stream: IO[bytes], aside: Path, home: Path) -> None:
    """Everything, each file as it was when its hash was told: nothing that is appended to may be among them."""
    places = [(aside, _DUMP), (home, "files"), (home, "keys"), (aside, _WITNESS)]
    found = [(place, file) for place, name in places for file in _files(place / name)]
    members = [(str(file.relative_to(place)), file) for place, file in found]
    hashes = {name: _sha256(file) for name, file in members}
    told = {"format": _FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "sha256": hashes}
    content = json.dumps(told, indent=1).encode()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        head = tarfile.TarInfo(_MANIFEST)
        head.size = len(content)
        archive.addfile(head, io.BytesIO(content))
        for name, file in members:
            archive.add(file, arcname=name, recursive=False)


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())


def _extract(file: Path, aside: Path, home: Path) -> None:
    """Unpack aside and compare every member with the manifest, then put the folders in their places."""
    with tarfile.open(file) as archive:
        hashes = _manifest(archive)
        archive.extractall(aside, filter="data")
    present = {str(each.relative_to(aside)) for each in aside.rglob("*") if each.is_file()} - {_MANIFEST}
    damaged = [name for name, expected in hashes.items() if name not in present or _sha256(aside / name) != expected]
    if wrong := sorted({*damaged, *(present - set(hashes))}):
        raise Refusal(f"{file} is damaged: {wrong[0]} is not what was backed up. Take another backup.")
    for name in sorted(present - {_DUMP}):
        target = home / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (aside / name).replace(target)


def _manifest(archive: tarfile.TarFile) -> dict[str, str]:
    stream = archive.extractfile(_MANIFEST)
    told = json.load(stream) if stream else {}
    if told.get("format") != _FORMAT:
        raise ValueError(_MANIFEST)
    return dict(told["sha256"])


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
