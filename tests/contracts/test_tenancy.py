"""Nothing of one organization is seen in another: not with both walls, and not with either of them alone."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg2
import pytest
from django.core import mail
from django.db import models, transaction
from django.urls import get_resolver
from psycopg2.extensions import parse_dsn

from cqms.access.models import GrantManager
from cqms.inbox.selectors import inbox_of
from cqms.jobs.services import work_off
from cqms.notifications.mailing import mail_all
from cqms.notifications.models import Notification
from cqms.organizations.models import OrganizationHistoryManager, OrganizationManager
from cqms.organizations.prepared import build_all_anew
from cqms.organizations.scope import scope
from cqms.organizations.walls import scoped_models
from cqms.reports.models import Report
from cqms.reports.trail_export import request_trail_export
from cqms.ui.views import ListPage
from studies.models import Study
from tests.cast import Cast
from tests.contracts.addresses import ROOTS, entries, values_of
from tests.contracts.pages import Call, Section, calls
from tests.contracts.visiting import Visits
from tests.platform.pdf_pages import whole_text
from tests.world import building as worlds
from tests.world.fixtures import inside

PEOPLE = ("quality_head", "administrator", "guest")
THEIR_NAMES = (
    "Otto Sidler",
    "Olga Second",
    "Oskar Third",
    "Harbour Research",
    "/o/harbour",
    "HR-900",
    worlds.THEIR_WORD,
)
THEIRS = re.compile(
    rf"{'|'.join(THEIR_NAMES)}|(?:SOP|POL|PLN|QI|IR|SB|CAPA|PD|DEV|DS|CF|RPT-\d{{4}})-{worlds.THEIR_NUMBERS // 100}\d\d|\b77\d{{5}}\b",
    re.IGNORECASE,
)
SEARCHES = """
portal:search    GET /search/?q={word}                                        200 *
portal:search    GET /search/?q={number}                                      200 *
studies:list     GET /studies/?q={word}                                       200 *
studies:list     GET /studies/?format=csv                                     200 *
documents:list   GET /documents/?q={word}                                     200 *
documents:list   GET /documents/?format=csv                                   200 *
portal:members   GET /members/?q={word}&state=                                200 *
portal:members   GET /members/?format=csv&state=                              200 *
portal:timeline  GET /timeline/?by={person}                                   200 *
"""
API_SEARCHES = """
api:search       GET /api/v1/search/?q={word}                                 200 *
api:studies      GET /api/v1/studies/?q={word}                                200 *
api:documents    GET /api/v1/documents/?q={word}                              200 *
"""


@pytest.fixture(scope="session")
def low_database(services, world_database) -> str:
    """The world in a database that shows every row to everybody."""
    world = parse_dsn(world_database.app)["dbname"]
    addresses = services.clone(f"low_{world}", of=world)
    link = psycopg2.connect(addresses.owner)
    with link, link.cursor() as cursor:
        cursor.execute("SET cqms.migrating = 'yes'")
        for model in scoped_models():
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE ROW LEVEL SECURITY')
    link.close()
    return f"low_{world}"


@pytest.fixture
def without_managers(world, monkeypatch) -> Iterator[Cast]:
    """The world where managers hand out every row the database shows."""
    build_all_anew()
    for manager in (OrganizationManager, OrganizationHistoryManager, GrantManager):
        monkeypatch.setattr(manager, "get_queryset", super(manager, manager).get_queryset)
    with scope(world.ours):
        assert str(Study.objects.all().query).count("organization_id") == 1, "the wall still stands"
    yield world
    build_all_anew()


@pytest.fixture
def without_row_level_security(low_database, django_db_blocker) -> Iterator[Cast]:
    """The world in the low database; whatever a test does there is rolled back."""
    with inside(low_database), django_db_blocker.unblock(), transaction.atomic():
        cast = worlds.look_up()
        with scope(cast.ours):
            assert models.QuerySet(Study).count() == 3, "the wall still stands"
        yield cast
        transaction.set_rollback(True)


BOTH = pytest.param("both walls", marks=pytest.mark.slow)
"""What no wall alone lets through, both do not either: those tests tell first, so this one runs less often."""


@pytest.fixture(params=[BOTH, "without_managers", "without_row_level_security"])
def walls(request) -> Cast:
    """The world behind both walls, then behind each of them alone."""
    return request.getfixturevalue("world" if request.param == "both walls" else request.param)


def test_the_pattern_knows_the_others_by_sight(world):
    with scope(world.theirs):
        study = worlds.study_of_world()
        document = worlds.version_of(worlds.EFFECTIVE).document
        told = (study.number, document.number, document.title, str(document.pk), Report.objects.get().number)
    assert [words for words in told if not THEIRS.search(words)] == []
    with scope(world.ours):
        ours = worlds.version_of(worlds.EFFECTIVE).document
        assert not THEIRS.search(f"{ours.number} {ours.title} {ours.pk} {Report.objects.get().number}")


def lists() -> set[str]:
    """The addresses that are lists, by name."""
    views = {
        name: getattr(entry.callback, "view_class", None)
        for root in ROOTS
        for name, entry in entries(get_resolver(root))
    }
    return {name for name, view in views.items() if view is not None and issubclass(view, ListPage)}


def readings() -> Iterator[Call]:
    """Every address that is read, and each list searched for the others and exported."""
    for call in calls():
        if call.method == "GET" and "{mail}" not in call.path:
            yield call
            if call.name in LISTS and "?" not in call.path:
                yield replace(call, path=f"{call.path}?format=xlsx")
    for place, rows in (("mounted", SEARCHES), ("api", API_SEARCHES)):
        for line in rows.strip().splitlines():
            yield Call(Section(place, 0, ""), *line.split(maxsplit=3))


LISTS = lists()


def text_of(answer) -> str:
    """The words of an answer, those of a PDF without any white space, of a table those of its parts."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"%PDF"):
        return whole_text(body)
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as table:
            return " ".join(table.read(name).decode() for name in table.namelist())
    return body.decode()


def test_every_list_is_read_as_a_table_too(world):
    asked = [call for call in readings() if call.path.endswith("?format=xlsx")]
    assert {call.name for call in asked} == LISTS
    visits, values = Visits(world, PEOPLE), values_of(world.ours, world)
    readers = {call: next(who for who in PEOPLE if call.expected(who) == 200) for call in asked}
    assert [
        str(call) for call, who in readers.items() if "<sheetData>" not in text_of(visits.call(call, who, values))
    ] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_list_search_export_or_answer_tells_of_others(walls, who):
    visits, told, seen = Visits(walls, [who]), {}, 0
    with scope(walls.theirs):
        person = walls.outsider.pk
    # a part of their word, so that the search box, which repeats what was typed, tells nothing
    values = {**values_of(walls.ours, walls), "word": worlds.THEIR_WORD[1:], "number": worlds.THEIR_NUMBERS}
    for call in readings():
        here = {**values, "person": person} if "?by=" in call.path else values
        answer = visits.call(call, who, here)
        found = set(THEIRS.findall(text_of(answer)))
        seen += answer.status_code == 200
        if found:
            told[str(call)] = found
    assert told == {}
    assert seen > 20, "hardly a page was read"


@pytest.mark.parametrize("which", ["document", "organization"])
def test_no_exported_trail_tells_of_others(walls, settings, tmp_path, which):
    settings.FILES_DIR = tmp_path / "files"
    with scope(walls.ours):
        subject = worlds.version_of(worlds.EFFECTIVE).document if which == "document" else None
        job = request_trail_export(actor=walls.quality_head, subject=subject)
    work_off(walls.ours, job.pk)
    with scope(walls.ours):
        report = Report.objects.filter(exported_by=walls.quality_head).latest("pk")
        told = whole_text(report.file.path.read_bytes())
    assert report.entry_count > 3
    assert re.findall("|".join(name.replace(" ", "") for name in THEIR_NAMES), told) == []
    assert worlds.OUR_WORD in told


def told_by_inbox(cast: Cast) -> list[str]:
    people = [getattr(cast, who) for who in ("author", "process_owner", "qa", "medical_monitor", *PEOPLE)]
    return [f"{row}" for person in people for row in inbox_of(person)]


def told_by_notifications(cast: Cast) -> list[str]:
    with scope(cast.ours):
        return [f"{each.person} {each.subject} {each.body} {each.path}" for each in Notification.objects.all()]


def told_by_mail(cast: Cast) -> list[str]:
    with scope(cast.ours):
        Notification.objects.update(mail_due_at=models.F("at"), mailed_at=None)
    mail_all(cast.ours)
    return [f"{message.to} {message.subject} {message.body}" for message in mail.outbox]


@pytest.mark.parametrize("tell", [told_by_inbox, told_by_notifications, told_by_mail], ids=lambda tell: tell.__name__)
def test_nothing_that_reaches_a_person_tells_of_others(walls, tell: Callable[[Cast], list[str]]):
    told = tell(walls)
    assert len(told) > 1, "nothing was told"
    assert [words for words in told if THEIRS.search(words)] == []
