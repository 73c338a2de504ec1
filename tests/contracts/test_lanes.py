"""What stands in a closed lane does not exist for who may not see it: on no page, in no answer, mail, notice or export.

`tests/world/secrets.py` puts one record of each kind, files, comments and fields there.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core import mail
from django.db import models, transaction
from django.test import override_settings

from cqms.audit.models import Lane
from cqms.inbox.selectors import inbox_of
from cqms.instance.testing import Addresses, Session
from cqms.jobs.services import work_off
from cqms.notifications.mailing import mail_all
from cqms.notifications.models import Notification
from cqms.organizations.models import ClosedFields
from cqms.organizations.scope import scope
from cqms.reports.models import Report, ReportFormat
from cqms.reports.trail_export import Files, request_trail_export
from tests.cast import PEOPLE, Cast
from tests.contracts.addresses import values_of
from tests.contracts.pages import Call, Section, calls
from tests.contracts.visiting import Visits
from tests.platform.pdf_pages import whole_text
from tests.world import building as worlds
from tests.world import secrets
from tests.world.fixtures import WORLD, inside

NEITHER = [who for who in PEOPLE if who not in ("outsider", "statistician", "qa", "quality_head")]
"""Who may see no closed lane."""
ONE = [("statistician", Lane.CONFIDENTIAL), ("qa", Lane.UNBLINDED), ("quality_head", Lane.UNBLINDED)]
"""Who may see the other one alone."""
BOTH = (Lane.UNBLINDED, Lane.CONFIDENTIAL)
SEARCHES = """
portal:search    GET /search/?q={word}                                    200 *
portal:search    GET /search/?q={number}                                  200 *
documents:list   GET /documents/?q={word}                                 200 *
documents:list   GET /documents/?format=csv                               200 *
studies:list     GET /studies/?format=csv                                 200 *
portal:timeline  GET /timeline/?field=randomisation                       200 *
portal:timeline  GET /timeline/?about=studies.study                       200 *
portal:timeline  GET /timeline/?about=attachments.attachment              200 *
portal:timeline  GET /timeline/?about=comments.comment                    200 *
studies:detail   GET /studies/{study}/?shows=changed                      200 *
studies:detail   GET /studies/{study}/?about=studies.study                200 *
portal:record_as_of GET /records/studies.study/{study_id}/as-of/          200 *
documents:version GET /documents/{approved}/1.0/                          200 *
"""
API_SEARCHES = """
api:search       GET /api/v1/search/?q={word}                             200 *
api:search       GET /api/v1/search/?q={number}                           200 *
api:documents    GET /api/v1/documents/?q={word}                          200 *
"""


@dataclass(frozen=True)
class Night:
    """The world after something of each kind was hidden in both lanes.

    `values` is what stands in the holes of addresses, taken before that; `told` what gives the hidden away.
    """

    database: str
    files: Path
    values: dict[str, object]
    told: dict[Lane, secrets.Giveaways]


@pytest.fixture(scope="module")
def night(services: Session, world_database: Addresses, django_db_blocker, tmp_path_factory) -> Iterator[Night]:
    """Nobody commits to it."""
    name, files = f"night_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("files")
    services.clone(name, of=WORLD)
    with inside(name), django_db_blocker.unblock(), override_settings(FILES_DIR=files):
        cast = worlds.look_up()
        values = values_of(cast.ours, cast)
        told = {lane: secrets.hide(cast, lane) for lane in BOTH}
    yield Night(name, files, values, told)
    services.drop(name)


@pytest.fixture
def world(night: Night, django_db_blocker, settings) -> Iterator[Cast]:
    """Whatever a test does in it is rolled back."""
    settings.FILES_DIR = night.files
    with inside(night.database), django_db_blocker.unblock(), transaction.atomic():
        yield worlds.look_up()
        transaction.set_rollback(True)


@pytest.fixture
def hidden(night: Night) -> secrets.Giveaways:
    """What gives away whatever is in either lane."""
    return night.told[Lane.UNBLINDED] + night.told[Lane.CONFIDENTIAL]


@pytest.fixture
def values(night: Night) -> dict[str, object]:
    """What stands in the holes of addresses."""
    return night.values


def test_what_tells_is_found_in_any_case_and_nothing_else_is():
    tells = secrets.Giveaways([r"SOP-1\b"]) + secrets.Giveaways([r"event[-=]5\b", "Quillwort"])
    assert tells.told_in("see Sop-1 and sop-12, #event-5, ?event=55, QUILLWORTS") == {"sop-1", "event-5", "quillwort"}


def test_each_kind_of_record_with_a_lane_has_a_secret():
    assert set(secrets.with_lanes()) - set(secrets.KINDS) == set(), "let tests/world/secrets.py hide one of these"


def test_fields_in_a_closed_lane_are_declared_as_the_mechanism_needs():
    wrong = []
    for model in [each for each in secrets.tracked() if each.field_lanes]:
        names = {field.name for field in model._meta.concrete_fields}
        if not issubclass(model, ClosedFields) or set(model.field_lanes) - names:
            wrong.append(f"{model.__name__} extends ClosedFields and names its own fields")
        if set(model.field_lanes) & set(getattr(model, "signed_fields", ())):
            wrong.append(f"{model.__name__}: a signature is shown to everybody, so it covers no closed field")
        if len(set(model.field_lanes.values())) > 1:
            wrong.append(f"{model.__name__}: all closed fields of a record stand in one lane")
    assert wrong == []


def readings() -> list[Call]:
    """Every address that is read, and each list searched and exported."""
    found = [call for call in calls() if call.method == "GET" and "{mail}" not in call.path]
    for place, rows in (("mounted", SEARCHES), ("api", API_SEARCHES)):
        found += [Call(Section(place, 0, ""), *line.split(maxsplit=3)) for line in rows.strip().splitlines()]
    return found


def text_of(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    heads = " ".join(f"{name}: {value}" for name, value in answer.items())
    return f"{heads} {whole_text(body) if body.startswith(b'%PDF') else body.decode(errors='replace')}"


def told_to(world: Cast, who: str, hidden: secrets.Giveaways, values: dict[str, object]) -> dict[str, set[str]]:
    visits, told = Visits(world, [who]), {}
    for call in readings():
        # a part of a word, so that the search box, which repeats what was typed, tells nothing
        for word in [each[1:] for each in secrets.WORDS.values()] if "{word}" in call.path else [""]:
            asked = {**values, "word": word, "number": "SOP"}
            path = call.path.format(**asked)
            answer = text_of(visits.call(call, who, asked))
            found = {each for each in hidden.told_in(answer) if each not in path.lower()}
            if found:
                told[path] = found
    return told


@pytest.mark.parametrize("who", ["blinded", "study_manager"])
def test_no_page_search_list_file_or_answer_tells_who_is_most_exposed(world, hidden, values, who):
    assert told_to(world, who, hidden, values) == {}


@pytest.mark.slow
@pytest.mark.parametrize("who", [who for who in NEITHER if who not in ("blinded", "study_manager")])
def test_no_page_search_list_file_or_answer_tells_anybody_else(world, hidden, values, who):
    assert told_to(world, who, hidden, values) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("who", "lane"), ONE, ids=[who for who, _ in ONE])
def test_who_sees_one_lane_is_not_told_of_the_other(world, night, who, lane):
    assert told_to(world, who, night.told[lane], night.values) == {}


@pytest.mark.parametrize("where", ["study", "organization"])
def test_no_exported_trail_tells_who_inspects_without_the_lane(world, hidden, where):
    with scope(world.ours):
        subject = worlds.study_of_world() if where == "study" else None
        formats = Files(formats=tuple(ReportFormat))
        job = request_trail_export(actor=world.study_manager, subject=subject, files=formats)
    work_off(world.ours, job.pk)
    with scope(world.ours):
        report = Report.objects.filter(exported_by=world.study_manager).latest("pk")
        for which, file in report.files().items():
            body = file.path.read_bytes()
            words = whole_text(body) if which == ReportFormat.PDF else body.decode()
            assert hidden.told_in(words) == set(), which
        assert "nothing of the lanes unblinded and confidential" in report.selection


def test_no_inbox_tells_of_it(world, hidden):
    rows = [f"{who}: {row}" for who in NEITHER for row in inbox_of(getattr(world, who))]
    assert [row for row in rows if hidden.told_in(row)] == []
    assert rows != []


def test_no_mail_tells_of_it_or_leads_to_it(world, hidden):
    with scope(world.ours):
        Notification.objects.update(mail_due_at=models.F("at"), mailed_at=None)
    mail_all(world.ours)
    people = {getattr(world, who).email for who in NEITHER}
    sent = [f"{each.subject} {each.body}" for each in mail.outbox if each.to[0] in people]
    assert [text for text in sent if hidden.told_in(text)] == []
    assert sent != []
