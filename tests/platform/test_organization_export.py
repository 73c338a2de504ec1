"""Everything of one organization in one archive: whole, checked by anybody, and without a word of another."""

import datetime as dt
import hashlib
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import QuerySet
from psycopg2.extensions import parse_dsn

from cqms.api.models import ApiToken
from cqms.attachments.models import FileTakenAway, StoredFile
from cqms.audit.ledger.models import LedgerQueue
from cqms.audit.models import AuditEvent
from cqms.organizations.scope import scope
from cqms.organizations.walls import scoped_models
from tests.cast import Cast
from tests.contracts.test_tenancy import THEIRS
from tests.platform.pdf_pages import whole_text
from tests.world import building as worlds
from tests.world.fixtures import inside

AROUND = {"organizations.organization", "audit.ledgerlayout", "people"}


@dataclass(frozen=True)
class Made:
    """An archive of ours and one of the others, and what the command said."""

    cast: Cast
    folder: Path
    said: str

    @property
    def held(self) -> dict[str, bytes]:
        return members(self.folder / "all.zip")


def export(target: Path, slug: str = "northwind") -> str:
    said = StringIO()
    call_command("export_organization", slug, to=target, reason="They leave.", stdout=said, stderr=said)
    return said.getvalue()


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def rows(held: dict[str, bytes], table: str) -> list[dict]:
    return [json.loads(line) for line in held[f"tables/{table}.jsonl"].splitlines()]


@pytest.fixture(scope="module")
def made(services, world_database, django_db_blocker, tmp_path_factory) -> Iterator[Made]:
    """The world in a database of this module, exported once."""
    name, folder = f"clone_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("exported")
    services.clone(name, of=parse_dsn(world_database.app)["dbname"])
    with inside(name), django_db_blocker.unblock():
        said = export(folder / "all.zip")
        export(folder / "theirs.zip", "harbour")
        yield Made(worlds.look_up(), folder, said)
    services.drop(name)


def test_it_holds_every_row_of_every_table_of_the_organization(made):
    held, cast = made.held, made.cast
    with scope(cast.ours):
        expected = {
            model._meta.label_lower: QuerySet(model).filter(organization_id=cast.ours.pk).count()
            for model in (*scoped_models(), ApiToken)
        }
        of_accounts = LedgerQueue.objects.filter(
            layout__source__in=("audit_securityevent", "audit_accountstate")
        ).count()
    found = {name[7:-6]: len(content.splitlines()) for name, content in held.items() if name.startswith("tables/")}
    later = {"audit.auditevent": 1, "audit.ledgerqueue": 1 + of_accounts}  # that it was exported
    assert {name: count + later.get(name, 0) for name, count in found.items() if name not in AROUND} == expected
    assert min(expected.values()) > 0
    total = sum(found.values()) + len(held["people.jsonl"].splitlines())
    assert f"{total:,} rows of {len(found) + 1} tables" in made.said


def test_nothing_of_another_organization_is_in_it(made):
    told = {}
    for name, content in made.held.items():
        text = whole_text(content) if content.startswith(b"%PDF") else content.decode(errors="replace")
        told |= {name: found} if (found := set(THEIRS.findall(f"{name} {text}"))) else {}
    assert told == {}
    assert THEIRS.search(members(made.folder / "theirs.zip")["tables/studies.study.jsonl"].decode())


def test_anybody_can_check_it(made):
    held = made.held
    sums = dict(reversed(line.split("  ")) for line in held.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
    assert hashlib.sha256((made.folder / "all.zip").read_bytes()).hexdigest() in made.said
    words = held["README.txt"].decode()
    assert words.startswith("Everything that Northwind Therapeutics holds in the quality portal")
    assert re.search(r"^ +\d+  studies.historicalstudy$", words, re.MULTILINE)


def test_rows_name_their_people_and_give_no_key_away(made):
    people = [json.loads(line) for line in made.held["people.jsonl"].splitlines()]
    assert {tuple(person) for person in people} == {("id", "email", "name", "zone")}
    known = {person["id"] for person in people}
    assert {row["actor_id"] for row in rows(made.held, "audit.auditevent")} - {None} - known == set()
    assert [row for row in rows(made.held, "api.apitoken") if "digest" in row] == []
    assert [row for row in rows(made.held, "identity.identityprovider") if "sealed_secret" in row] == []
    assert [row for row in rows(made.held, "identity.historicalidentityprovider") if "sealed_secret" in row] == []


def test_files_lie_under_their_hash_and_moments_are_exact(made):
    files = {name.rpartition("/")[2] for name in made.held if name.startswith("files/")}
    with scope(made.cast.ours):
        gone = {row.file.sha256 for row in FileTakenAway.objects.select_related("file")}
        told = AuditEvent.objects.earliest("pk")
    assert files == {row["sha256"] for row in rows(made.held, "attachments.storedfile")} - gone
    assert [digest for digest in gone if f"Redacted: {digest}" not in made.held["README.txt"].decode()] == []
    [row] = [row for row in rows(made.held, "audit.auditevent") if row["id"] == told.pk]
    assert row["at"] == told.at.astimezone(dt.UTC).isoformat()


def test_it_stands_in_the_trail(made):
    with scope(made.cast.ours):
        told = AuditEvent.objects.filter(record_kind="organizations.organization").latest("pk")
    assert (told.verb, told.reason, told.actor) == ("export", "They leave.", None)
    assert told.changes[-1]["new"] == hashlib.sha256((made.folder / "all.zip").read_bytes()).hexdigest()


def test_a_file_that_is_gone_is_named_and_the_rest_is_there(made, tmp_path, settings):
    settings.FILES_DIR = tmp_path / "empty"
    with scope(made.cast.ours):
        gone = StoredFile.objects.filter(taken_away__isnull=True).earliest("pk")
    said = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("export_organization", "northwind", to=tmp_path / "all.zip", stdout=StringIO(), stderr=said)
    assert f"Not in it: the file {gone.sha256}: The stored file is missing." in said.getvalue()
    assert f"DAMAGED: {gone.sha256}" in members(tmp_path / "all.zip")["README.txt"].decode()


@pytest.mark.parametrize(
    ("name", "slug", "sentence"),
    [
        ("all.zip", "northwind", "exists already: choose another name"),
        ("none/all.zip", "northwind", "does not exist: make it"),
        ("new.zip", "nowhere", "There is no organization nowhere. There are: harbour, northwind."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_overwritten(made, tmp_path, name, slug, sentence):
    (tmp_path / "all.zip").write_text("mine")
    with pytest.raises(CommandError, match=sentence):
        export(tmp_path / name, slug)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("all.zip", "mine")]


def test_nothing_half_made_is_left(made, tmp_path, monkeypatch):
    monkeypatch.setattr("cqms.portal.organization_export._tell_the_trail", lambda *_: (tmp_path / "none").read_text())
    with pytest.raises(FileNotFoundError):
        export(tmp_path / "new.zip")
    assert list(tmp_path.iterdir()) == []
