"""A load fills a database made for it as if people had worked there: sealed, verified, found, and refused in use."""

import os
import uuid
from collections.abc import Iterator

import pytest
from psycopg2.extensions import parse_dsn

from cqms.access import grants
from cqms.access.reach import reach_of
from cqms.audit.ledger.verifying import verify
from cqms.audit.models import AuditEvent
from cqms.audit.standing import Standing, look
from cqms.deadlines.models import Deadline
from cqms.instance import build, database
from cqms.instance.console import Failure
from cqms.instance.testing import Addresses
from cqms.numbering.services import next_number
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization
from cqms.records.models import find
from cqms.search import services as search
from cqms.signatures.content import verify as verify_signature
from cqms.signatures.models import Signature
from documents.models import Document, Version
from documents.services import PREFIXES
from quality_events.breaches import sheet
from quality_events.breaches.clocks import RUNNING, clocks_of
from quality_events.breaches.models import SentNotification, SeriousBreach
from quality_events.breaches.services import NOTIFY, tend_clocks
from quality_events.capas import stages as capas
from quality_events.capas.models import Capa, Stage
from quality_events.changes import stages as changes
from quality_events.changes.models import ChangeControl, ChangeStage
from quality_events.complaints.models import Complaint
from quality_events.deviations.models import ProtocolDeviation, Specification
from quality_events.issues.models import QualityIssue
from quality_events.types import type_of
from studies.models import STUDY, Study
from tests.world.fixtures import inside

pytestmark = pytest.mark.slow

RECORDS, ORGANIZATIONS = 300, 2
EVENTS = (QualityIssue, ProtocolDeviation, Complaint, SeriousBreach, Capa, ChangeControl)
SIGNED = {"documents.version": 20, "issues.qualityissue": 20, "deviations.specification": 20, "complaints.complaint": 5,
          "capas.stage": 10, "changes.changestage": 10, "changes.impactassessment": 2, "breaches.seriousbreach": 10}  # fmt: skip
_KEYS = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'"


def manage(addresses: Addresses, *words: str) -> None:
    told = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "cqms.settings_test", "DATABASE_URL": addresses.owner,
        "DATABASE_SUPERUSER_URL": addresses.superuser,
    }  # fmt: skip
    build.manage(words, told)


def load(addresses: Addresses) -> None:
    manage(addresses, "seed_load", f"--records={RECORDS}", f"--organizations={ORGANIZATIONS}", "--seed=7")


@pytest.fixture(scope="module")
def loaded(services) -> Iterator[Addresses]:
    """A database that was made for a load and filled by it."""
    name = f"load_{uuid.uuid4().hex[:12]}"
    addresses = services.addresses(name)
    database.prepare(services.addresses("postgres").superuser, addresses.owner, addresses.app)
    manage(addresses, "migrate", "--verbosity=0")
    load(addresses)
    yield addresses
    services.drop(name)


@pytest.fixture
def here(loaded, django_db_setup, django_db_blocker) -> Iterator[Addresses]:
    """Django in the loaded database."""
    with inside(parse_dsn(loaded.app)["dbname"]), django_db_blocker.unblock():
        yield loaded


def test_what_was_asked_for_is_there_and_every_row_of_it_is_sealed(here):
    made = every_organization()
    assert (len(made), look()) == (ORGANIZATIONS, Standing([], []))
    for place in made:
        with scope(place):
            documents, specifications = Document.objects.count(), Specification.objects.filter(state="approved").count()
            events = [kind.objects.count() for kind in EVENTS]
            assert (documents + sum(events), Version.objects.count()) == (RECORDS // ORGANIZATIONS, documents)
            assert (min(documents, *events) > 0, specifications) == (True, Study.objects.count())
        verdict = verify(place)
        assert (verdict.differences, verdict.waiting) == ([], 0)


def test_every_key_leads_somewhere(here):
    """They were written without being checked: check them now, as the database would have."""
    with database.connected(here.superuser) as link, link.cursor() as cursor:
        cursor.execute(_KEYS)
        for table, name in cursor.fetchall():
            cursor.execute("UPDATE pg_constraint SET convalidated = false WHERE conname = %s", [name])
            cursor.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"')


def test_rights_search_numbers_and_signatures_are_as_the_portal_makes_them(here):
    for place in every_organization():
        with scope(place):
            assert (grants.differences(), list(search.differences())) == ([], [])
            for kind, most in SIGNED.items():
                signed = list(Signature.objects.filter(record_kind=kind).order_by("pk")[:most])
                holds = [verify_signature(each, find(each.record_kind, each.record_id)).holds for each in signed]
                assert holds == [True] * most, kind
            last = Document.objects.filter(number__startswith="PLN-").count()
            assert next_number(PREFIXES["study_plan"]) == f"PLN-{last + 1:04}"


@pytest.mark.parametrize(
    ("stage", "whole", "content_of"),
    [(Stage, "capa", capas.content_of), (ChangeStage, "change", changes.content_of)],
    ids=["CAPA", "change"],
)
def test_a_stage_is_what_the_portal_would_hand_in(here, stage, whole, content_of):
    """Each signature of a closed one covers what stands in its causes, assessments, plan and evidence."""
    kinds = stage._meta.get_field("kind").choices
    for place in every_organization():
        with scope(place):
            closed = {getattr(each, whole) for each in stage.objects.filter(**{f"{whole}__state": "closed"})}
            for record in closed:
                told = {each.kind: each.content for each in stage.objects.filter(**{whole: record})}
                assert told == {kind: content_of(record, kind) for kind, _ in kinds}
            assert closed != set()


def test_whatever_waits_for_somebody_has_its_deadline(here):
    for place in every_organization():
        with scope(place):
            for found in map(type_of, EVENTS):
                waiting = found.model.objects.filter(state__in=[task.state for task in found.tasks])
                keys = [found.due_key(task) for task in found.tasks]
                due = Deadline.objects.filter(record_kind=found.kind, met_at=None, kind__in=keys).order_by("record_id")
                assert [(each.record_id, each.kind) for each in due] == [
                    (record.pk, found.due_key(found.task_of(record))) for record in waiting.order_by("pk")
                ]
                assert due.exists() or found.model not in (QualityIssue, ProtocolDeviation)


def test_the_clocks_of_the_law_are_those_that_the_portal_counts(here):
    """Each breach has the deadline of its clock; it runs as long as nobody was told, and everybody was told in time."""
    for place in every_organization():
        with scope(place):
            breaches = list(SeriousBreach.objects.order_by("pk"))
            for breach in breaches:
                (legal,), (found,) = clocks_about(breach), clocks_of(breach)
                alarms = [(each.key, each.at) for each in found.clock.alarms()]
                assert (legal.original_due, legal.alarm_moments()) == (found.clock.due_at, alarms)
                assert legal.is_open == (breach.state in RUNNING)
                assert legal.met_at == breach.notified_at
                assert breach.notified_at is None or breach.notified_at < found.clock.due_at
            before = AuditEvent.objects.count()
            for breach in breaches:
                tend_clocks(breach, None)
            assert (AuditEvent.objects.count(), bool(breaches)) == (before, True)


def test_what_was_sent_to_an_authority_is_kept_with_its_hash(here):
    versions = set()
    for place in every_organization():
        with scope(place):
            for sent in SentNotification.objects.select_related("breach__site"):
                assert sheet.hash_of(sheet.from_kept(sent.sheet)) == sent.sha256
                if sent.version == sent.breach.sent.count():
                    assert sent.sheet == sheet.as_kept(sheet.sheet_of(as_sent(sent.breach), sent.kind))
                signed = Signature.objects.filter(record_id=sent.breach_id, reason__contains=sent.sha256)
                assert signed.count() == 1
                versions.add(sent.version)
    assert versions == {1, 2}


def as_sent(breach: SeriousBreach) -> SeriousBreach:
    """Which CAPA corrects it is noted after the last report."""
    breach.capa_reference = ""
    return breach


def clocks_about(breach: SeriousBreach) -> list[Deadline]:
    about = Deadline.objects.filter(record_kind="breaches.seriousbreach", record_id=breach.pk)
    return list(about.filter(kind__startswith=f"{NOTIFY}."))


def test_a_guest_reaches_three_studies_and_others_the_organization(here):
    place = every_organization()[0]
    with scope(place):
        guest = Membership.objects.filter(kind="guest").order_by("pk")[0].user
        assert len(reach_of(guest).ids(Capability.READ, STUDY)) == 3 < Study.objects.count()
        head = Membership.objects.get(user__email__startswith="quality.head").user
        assert Capability.HEAD in reach_of(head).everywhere


def test_a_database_in_use_is_refused(loaded):
    with pytest.raises(Failure, match="There are organizations in this database"):
        load(loaded)
