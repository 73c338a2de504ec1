"""The trail stays quick however long it is: every page begins inside an index; none reads or sorts the whole table."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from cqms.audit.models import AuditEvent
from cqms.audit.timeline import Selection
from cqms.instance.database import connected
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.records.story import seen_by, signatures_in
from cqms.ui.story import SIZE
from studies.models import Study
from tests.cast import Cast
from tests.world import building as worlds
from tests.world.fixtures import inside


def plan_of(rows) -> str:
    """How PostgreSQL reads a page of a table that is too large to be read or sorted as a whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
    return rows[: SIZE + 1].explain()


LONG = """
    INSERT INTO audit_auditevent (organization_id, action_id, transaction_id, at, actor_id, actor_name, zone, verb,
      sentence, record_kind, record_id, record_label, subject_kind, subject_id, anchor_kind, anchor_id, lane, changes,
      reason)
    SELECT %s, gen_random_uuid(), 0, now() - make_interval(days => 2000 - n / 10), %s, 'Nobody', 'UTC', 'change',
      'changed it', 'far.kind' || mod(n, 50), n, 'Far away', 'far.kind' || mod(n, 50), n, 'far.place', mod(n, 500), 'general', '[]', ''
    FROM generate_series(1, %s) AS n
"""


MANY = """
    INSERT INTO signatures_signature (organization_id, signer_id, signer_name, meaning, statement, capacity, reason,
      signed_at, zone, method, proof, record_kind, record_id, record_label, revision, content, content_hash, action_id)
    SELECT %s, %s, 'Nobody', 'approved', 'I approve.', '', '', now(), 'UTC', 'password', '{}', 'far.kind' || mod(n, 50),
      n, 'Far away', 1, '', '', gen_random_uuid()
    FROM generate_series(1, 5000) AS n
"""


@pytest.fixture(scope="module")
def long_trail(services, django_db_setup, django_db_blocker) -> Iterator[str]:
    """A database of the cast with many entries of other things and other organizations. Nobody commits to it."""
    name = f"long_{uuid.uuid4().hex[:12]}"
    addresses = services.clone(name)
    with inside(name), django_db_blocker.unblock():
        people = worlds.look_up()
    with connected(addresses.superuser) as link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for organization, count in ((people.theirs, 40_000), (people.ours, 5_000)):
            cursor.execute(LONG, [organization.pk, people.reader.pk, count])
        cursor.execute(MANY, [people.ours.pk, people.author.pk])
        cursor.execute("ANALYZE audit_auditevent, signatures_signature")
    yield name
    services.drop(name)


@pytest.fixture
def people(long_trail, django_db_blocker) -> Iterator[Cast]:
    """The cast in that database."""
    with inside(long_trail), django_db_blocker.unblock(), transaction.atomic():
        yield worlds.look_up()
        transaction.set_rollback(True)


@pytest.fixture
def chosen(people) -> Iterator[dict[str, Selection]]:
    """What a reader may ask for, by the words of the page."""
    with scope(people.ours):
        events = AuditEvent.objects.exclude(record_label="Far away").order_by("id")
        study, member = Study.objects.get(number="NW-101"), Membership.objects.get(user=people.author)
        first, last = events.first(), events.last()
        yield {
            "everything": Selection(),
            "a study": Selection(subject=study),
            "a study, as a filter": Selection(anchors={"studies.study": study.pk}),
            "a record": Selection(subject=member),
            "a person": Selection(person_id=people.study_manager.pk),
            "a kind": Selection(kinds=["studies.site"]),
            "a field of a kind": Selection(kinds=["studies.site"], changed="name"),
            "a period": Selection(start=first.at, end=last.at),
        }


@pytest.mark.parametrize(("asked", "index"), [
    ("everything", "audit_auditevent_in_organization or audit_auditevent_pkey"),  # both are in the order of a page
    ("a study", "event_of_anchor"),
    ("a study, as a filter", "event_of_anchor"),
    ("a record", "event_of_subject"),
    ("a person", "event_of_person"),
    ("a kind", "event_of_kind"),
    ("a field of a kind", "event_of_kind"),
    ("a period", "event_by_moment"),
])  # fmt: skip
def test_the_first_page_and_a_late_one_are_read_from_the_same_index(people, chosen, asked, index):
    selection = chosen[asked]
    pages = [None, AuditEvent.objects.order_by("-id").values_list("pk", flat=True)[5]]
    for before in pages:
        plan = plan_of(selection.newest_first(seen_by(people.inspector, selection.events()), before))
        scans = re.findall(r"((?:Seq|Index) Scan(?: Backward)?)(?: using (\w+))? on audit_auditevent", plan)
        assert [name in index.split(" or ") for _kind, name in scans] == [True], plan
        assert "Sort" not in plan, plan


def test_a_late_page_begins_inside_the_index(people, chosen):
    edge = AuditEvent.objects.order_by("-id")[5]
    for asked, condition in (("everything", "id <"), ("a period", "at <=")):
        selection = chosen[asked]
        plan = plan_of(selection.newest_first(selection.events(), edge.pk))
        found = re.search(r"Index Cond: (.*)", plan)[1]
        assert condition in found, plan


def test_within_a_period_pages_follow_each_other_without_a_gap(people, chosen):
    selection, seen, before = chosen["a period"], [], None
    while rows := list(selection.newest_first(selection.events(), before)[:4]):
        seen += [row.pk for row in rows]
        before = rows[-1].pk
    assert seen == list(selection.events().order_by("-at", "-id").values_list("pk", flat=True))
    assert len(seen) == AuditEvent.objects.exclude(record_label="Far away").count() - 1


def test_the_signatures_of_a_page_are_read_by_their_records(people, chosen):
    """However many signatures an organization has, a page reads only those of the records that it tells of."""
    acts = AuditEvent.objects.order_by("-id").values_list("action_id", "record_kind", "record_id")
    for page in (acts[:1], acts.exclude(record_label="Far away")[:SIZE], acts[:SIZE]):
        plan = signatures_in(page).explain()
        scans = re.findall(r"Scan using (\w+)|Scan on (?!signatures_signature)(\w+)", plan)
        assert {name for pair in scans for name in pair if name} == {"signature_of_record"}, plan


def test_everything_told_of_a_study_hangs_below_it(people, chosen):
    """What makes one index enough for a study: an entry told on its page has it as its anchor."""
    told = AuditEvent.objects.filter(subject_kind="studies.study")
    assert told.count() > 0
    assert [row.pk for row in told if (row.anchor_kind, row.anchor_id) != (row.subject_kind, row.subject_id)] == []
