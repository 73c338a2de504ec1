"""Deviations from a file: looked at first, created in the background, once; everything that is wrong is named."""

import csv
import datetime as dt
import io
from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from cqms.access.models import RoleAssignment
from cqms.access.services import Narrowing, end_role, give_role
from cqms.audit.models import AuditEvent, Lane
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope, scope_cache
from cqms.search.models import SearchEntry
from cqms.search.services import differences
from quality_events.deviations.imports.selectors import entries_of_unseen_imports
from quality_events.deviations.models import DeviationImport, ProtocolDeviation
from quality_events.deviations.services import change_deviation
from studies.models import Study
from tests.cast import page
from tests.platform.asking import asking
from tests.platform.browsing import browse, words

HEADS = "PD No,Site,Subject,Visit,Deviation date,Date identified,Description,Action taken\n"
FILE = HEADS + (
    "D-1,01,1002-014,Visit 8,2026-03-27,2026-03-31,The visit was four days late.,The site was told.\n"
    "D-2,1,,,,31-Mar-2026,The diary was not filled in.,\n"
    "D-3,77,,,,2026-03-31,A site we do not know.,\n"
    "D-4,01,Ann Miller,,,46112,A name and a number.,\n"
    "D-1,01,,,,2026-03-31,Once more.,\n"
    ",01,,,2026-04-02,2026-03-31,,\n"
    "D-7,01,,,2026-04-02,2026-03-31,Found before it happened.,\n"
)
NUMBER_OF_A_DAY = "“46112” is a number: a day that lost its format. Write it as 2026-03-31."
WRONG = [
    ("4", "wrong", "Site", "There is no site “77” of this study that you see."),
    ("5", "wrong", "Date identified", NUMBER_OF_A_DAY),
    ("5", "wrong", "Subject", "Use the participant's code: it holds a digit, and is no name or date."),
    ("6", "wrong", "PD No", "“D-1” stands in row 2 already."),
    ("7", "wrong", "PD No", "It is empty and must not be."),
    ("7", "wrong", "Description", "It is empty and must not be."),
    ("8", "wrong", "Date identified", "It cannot be found before it happened."),
]


def send(client, cast, content, *, name="deviations.csv", **other):
    content = content.encode() if isinstance(content, str) else content
    given = {"study": study(cast).pk, "source_system": "Rave", "file": SimpleUploadedFile(name, content), **other}
    return client.post(page(cast.ours, "/quality-events/deviations/import/"), given)


def study(cast):
    with scope(cast.ours):
        return Study.objects.get(number="NW-101")


def choose(client, place, **other):
    """Take the columns as they are guessed, and go on."""
    form = client.get(place).context["form"]
    given = {name: form.initial.get(name, "") for name in form.fields} | other
    return client.post(place, given)["Location"]


def arrive(client, cast, content, **other):
    """The page that says what the file would do."""
    return choose(client, send(client, cast, content, **other)["Location"])


def do(client, cast, place, **given):
    job = client.post(place, given)["Location"].rstrip("/").rpartition("/")[2]
    work_off(cast.ours, job)
    with scope(cast.ours):
        return Job.objects.get(pk=job)


def told(client, place):
    rows = csv.DictReader(io.StringIO(client.get(f"{place}?format=csv").content.decode("utf-8-sig")))
    return [(row["row"], row["outcome"], row["column"], row["what"]) for row in rows]


def imported(cast):
    with scope(cast.ours):
        return list(ProtocolDeviation.objects.filter(source_system="Rave").select_related("site").order_by("pk"))


@pytest.fixture
def desk(cast):
    return browse(cast.author)


def test_the_dry_run_names_every_wrong_row_and_creates_nothing(cast, desk):
    place = arrive(desk, cast, FILE)
    assert "deviations.csv from Rave, study NW-101: 2 new, 5 wrong." in words(desk.get(place))
    assert told(desk, place) == WRONG
    assert imported(cast) == []


def test_the_job_creates_what_is_new_and_again_nothing(cast, desk):
    place = arrive(desk, cast, FILE)
    job = do(desk, cast, place)
    assert job.result == {"path": place, "sentence": "2 deviations created. In the file: 2 new, 5 wrong."}
    first, second = imported(cast)
    assert (first.source_id, first.title, first.site.number, first.subject_code, first.visit) == (
        "D-1", "The visit was four days late.", "01", "1002-014", "Visit 8",
    )  # fmt: skip
    assert (first.occurred_on, first.discovered_on) == (dt.date(2026, 3, 27), dt.date(2026, 3, 31))
    assert (second.discovered_on, second.site.number, second.owner) == (dt.date(2026, 3, 31), "01", cast.author)
    assert (first.state, first.lane, first.number) == ("logged", Lane.GENERAL, "PD-0001")
    assert "Nothing to create" in words(desk.get(place))
    assert do_nothing(desk, place) == 409
    again = arrive(desk, cast, FILE)
    assert "2 there already, 5 wrong" in words(desk.get(again))
    assert len(imported(cast)) == 2


def test_twenty_rows_more_ask_as_much_more_as_twenty_records_and_are_searched_together(cast, desk):
    """Each row is a number, a record, its deadline, and for both of these a row of history and an entry."""
    statements = []
    for name, rows in (("Rave", 10), ("Viedoc", 30)):
        lines = "".join(f"D-{number},01,,,,2026-03-31,Visit {number} was late.,\n" for number in range(rows))
        place = arrive(desk, cast, HEADS + lines, source_system=name)
        job = desk.post(place, {})["Location"].rstrip("/").rpartition("/")[2]
        with CaptureQueriesContext(connection) as asked:
            work_off(cast.ours, job)
        statements.append(sum("SAVEPOINT" not in each["sql"] for each in asked))
    assert statements[1] - statements[0] == 20 * 7
    with scope(cast.ours):
        assert list(differences()) == []


def do_nothing(client, place):
    return client.post(place, {}).status_code


def test_each_record_tells_the_row_and_the_hash_of_its_file(cast, desk):
    place = arrive(desk, cast, FILE)
    do(desk, cast, place)
    with scope(cast.ours):
        record = DeviationImport.objects.get()
        events = AuditEvent.objects.filter(record_kind="deviations.protocoldeviation", verb="open").order_by("pk")
        assert [each.sentence for each in events] == [
            f"opened the protocol deviation from row {row} of deviations.csv, SHA-256 {record.file_sha256}"
            for row in (2, 3)
        ]
        assert {each.actor for each in events} == {cast.author}
        assert (record.created, record.done_at is not None, record.asked_by) == (2, True, cast.author)
    kept = desk.get(f"{place}file/")
    assert b"".join(kept) == FILE.encode()


def test_a_row_that_changed_is_named_and_nothing_is_overwritten(cast, desk):
    do(desk, cast, arrive(desk, cast, FILE))
    changed = HEADS + "D-1,01,1002-014,Visit 9,2026-03-27,2026-03-31,The visit was four days late.,The site was told.\n"
    place = arrive(desk, cast, changed)
    assert "1 differs" in words(desk.get(place))
    assert told(desk, place) == [("2", "differs", "Visit", "PD-0001 says “Visit 8”.")]
    assert imported(cast)[0].visit == "Visit 8"


def test_what_somebody_changed_here_differs_too(cast, desk):
    do(desk, cast, arrive(desk, cast, FILE))
    with scope(cast.ours):
        found = ProtocolDeviation.objects.get(source_id="D-2")
        change_deviation(found, actor=cast.author, values={"visit": "Visit 2"}, revision=found.revision)
    assert ("3", "differs", "Visit", "PD-0002 says “Visit 2”.") in told(desk, arrive(desk, cast, FILE))


def test_a_text_that_may_name_a_participant_is_questioned_before_it_is_created(cast, desk):
    place = arrive(desk, cast, HEADS + "D-1,01,,,,2026-03-31,Mrs. Miller (born 12.03.1961) was late.,\n")
    shown = words(desk.get(place))
    assert "Does a text name a participant?" in shown
    assert told(desk, place) == [
        ("2", "new", "Description", "“born 12.03.1961” looks like a date of birth."),
        ("2", "new", "Description", "“Mrs. Miller” looks like a name."),
    ]
    refused = desk.post(place, {})
    assert (refused.status_code, imported(cast)) == (422, [])
    assert "tick that none does" in words(refused)
    do(desk, cast, place, no_identity="on")
    assert [each.source_id for each in imported(cast)] == ["D-1"]


def test_the_columns_are_remembered_for_the_study_and_the_source(cast, desk):
    place = send(desk, cast, "Key,Text,Seen\nD-1,Late.,2026-03-31\n")["Location"]
    assert desk.post(place, {"revision": desk.get(place).context["form"].initial["revision"]}).status_code == 422
    choose(desk, place, source_id="Key", description="Text", discovered_on="Seen")
    again = send(desk, cast, "Seen,Text,Key\n2026-03-31,Late.,D-2\n", source_system="  rave ")["Location"]
    form = desk.get(again).context["form"]
    assert {name: form.initial.get(name) for name in ("source_id", "description", "discovered_on", "title")} == {
        "source_id": "Key", "description": "Text", "discovered_on": "Seen", "title": None,
    }  # fmt: skip


def test_a_workbook_is_read_like_a_csv_file(cast, desk):
    made, target = Workbook(), io.BytesIO()
    for row in (["Deviation ID", "Site No", "Description", "Date detected"], [1, 1, "Late.", dt.date(2026, 3, 31)]):
        made.active.append(row)
    made.save(target)
    do(desk, cast, arrive(desk, cast, target.getvalue(), name="extract.xlsx"))
    (found,) = imported(cast)
    assert (found.source_id, found.site.number, found.discovered_on) == ("1", "01", dt.date(2026, 3, 31))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"PK\x03\x04" + b"\xff" * 90, "This is not a text file in UTF-8."),
        ("a.txt", FILE.encode(), "“a.txt” is of a kind that cannot be used here."),
        ("a.xlsx", FILE.encode(), "“a.xlsx” is named like a Excel workbook, but its content is something else."),
        ("a.csv", b"PD No\n", "The file holds no rows below its first line."),
        ("a.csv", b"", "This file is empty. Choose another one."),
        ("a.csv", b"a\n\x00\n", "This is not a text file in UTF-8."),
    ],
    ids=["archive", "ending", "no workbook", "head alone", "empty", "nul"],
)
def test_a_file_that_cannot_be_taken_says_why_and_leaves_nothing(cast, desk, name, content, sentence):
    answer = send(desk, cast, content, name=name)
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    with scope(cast.ours):
        assert DeviationImport.objects.count() == 0


def test_a_formula_in_a_cell_is_harmless_in_the_file_of_rows(cast, desk):
    place = arrive(desk, cast, HEADS.replace("Site", "=Site") + "D-1,=cmd(),,,,2026-03-31,Late.,\n")
    place = choose(desk, f"{place}columns/", site="=Site")
    raw = desk.get(f"{place}?format=csv").content.decode("utf-8-sig")
    assert raw.splitlines()[1] == "2,wrong,'=Site,There is no site “=cmd()” of this study that you see."


def test_the_unblinded_lane_hides_file_and_deviations_from_who_is_blinded(cast, desk):
    unblinded = browse(cast.statistician)
    assert "unblinded" not in desk.get(page(cast.ours, "/quality-events/deviations/import/")).context["form"].fields
    place = arrive(unblinded, cast, FILE, unblinded="on")
    do(unblinded, cast, place)
    assert {each.lane for each in imported(cast)} == {Lane.UNBLINDED}
    assert [desk.get(f"{place}{part}").status_code for part in ("", "columns/", "file/")] == [404, 404, 404]
    with scope(cast.ours):
        told_ = AuditEvent.objects.filter(sentence__contains="deviations.csv")
        assert {each.lane for each in told_} == {Lane.UNBLINDED}
    again = arrive(desk, cast, FILE)
    assert "2 there already, 5 wrong" in words(desk.get(again))
    assert [row for row in told(desk, again) if row[1] == "there already"] == [
        ("2", "there already", "", ""), ("3", "there already", "", ""),
    ]  # fmt: skip


def test_nobody_imports_who_may_not_log_deviations(cast):
    reader = browse(cast.reader)
    assert send(reader, cast, FILE).status_code == 403
    place = arrive(browse(cast.author), cast, FILE)
    assert [reader.get(place).status_code, reader.post(place, {}).status_code] == [403, 403]
    assert imported(cast) == []


def test_who_sees_one_site_finds_no_file_of_all_sites(cast, desk):
    with scope(cast.ours):
        for role in RoleAssignment.objects.filter(user=cast.guest):
            end_role(role, actor=cast.administrator, reason="Narrowed.")
        only = Narrowing(countries=("FR",))
        give_role(cast.guest, "author", actor=cast.administrator, at=study(cast), only=only)
    place = arrive(desk, cast, FILE)
    do(desk, cast, place)
    guest = browse(cast.guest)
    assert [guest.get(f"{place}{part}").status_code for part in ("", "columns/", "file/")] == [404, 404, 404]
    own = arrive(guest, cast, FILE)
    assert told(guest, own)[:2] == [
        ("2", "wrong", "Site", "There is no site “01” of this study that you see."),
        ("3", "wrong", "Site", "There is no site “1” of this study that you see."),
    ]
    with scope(cast.ours):
        scope_cache().clear()
        (first, second) = DeviationImport.objects.order_by("pk")
        hidden = entries_of_unseen_imports(cast.guest)
        about = AuditEvent.objects.filter(hidden).values_list("record_kind", "record_id")
        assert ("deviations.deviationimport", first.pk) in set(about)
        assert ("deviations.deviationimport", second.pk) not in set(about)


def test_a_deviation_is_found_in_its_list_by_the_id_of_the_source_system(cast, desk):
    do(desk, cast, arrive(desk, cast, FILE))
    place = "/quality-events/deviations/"
    for asked in ("D-2", "d-2"):
        answer = words(desk.get(page(cast.ours, f"{place}?q={asked}")))
        assert ("The diary was not filled in." in answer, "The visit was four days late." in answer) == (True, False)
    found = asking(cast.qa, cast.ours).get("deviations/?q=D-2").json()["results"]
    assert [each["source_id"] for each in found] == ["D-2"]


def test_deviations_imported_before_the_list_looked_for_ids_are_found_too(cast, desk):
    do(desk, cast, arrive(desk, cast, FILE))
    with scope(cast.ours):
        kept = SearchEntry.objects.filter(kind="deviations.protocoldeviation").values_list("pk", "text")
        before = dict(kept)
        for entry in SearchEntry.objects.filter(pk__in=before):
            SearchEntry.objects.filter(pk=entry.pk).update(text=entry.text[: -len(" D-1")])
    refill = import_module("quality_events.deviations.migrations.0003_found_by_source").REFILL
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(refill)
        with scope(cast.ours):
            assert dict(kept.all()) == before
            assert list(differences()) == []
