"""A list as people make it their own: columns, saved views, facets, and files of exactly what is shown."""

import csv
import io
import zipfile
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from cqms.access.models import RoleAssignment
from cqms.access.services import end_role
from cqms.audit.models import AuditEvent
from cqms.jobs.models import Job, JobState
from cqms.jobs.services import work_off
from cqms.lists.files import XLSX, Sheet, harmless, write
from cqms.lists.models import ListChoice, SavedView
from cqms.organizations.scope import scope
from cqms.ui.views import list_files
from studies import services
from studies.services import StudyFacts
from tests.cast import page
from tests.platform.browsing import browse, links, words
from tests.platform.markup import parse

STUDIES = "/studies/"
_CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def column_labels(answer) -> list[str]:
    """The column heads of a list."""
    markup = answer.content.decode()
    return parse(markup[markup.index("<thead>") : markup.index("</thead>")]).words


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def cells_of(content: bytes, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """The cells of a sheet of a workbook as (kind, text)."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = (
            ["".join(part.itertext()) for part in ET.fromstring(book.read("xl/sharedStrings.xml"))]
            if "xl/sharedStrings.xml" in book.namelist()
            else []
        )
        tree = ET.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    return [[_cell(cell, shared) for cell in row] for row in tree.iter(f"{_CELLS}row")]


def _cell(cell, shared) -> tuple[str, str]:
    kind, text = cell.get("t", "n"), "".join(cell.itertext())
    assert cell.find(f"{_CELLS}f") is None, "a formula"
    return ("s", shared[int(text)]) if kind == "s" else (kind, text)


def study(cast, number: str, title: str, phase: str = "3") -> None:
    with scope(cast.ours):
        facts = StudyFacts(number, title, phase, "Northwind", ["JP"], cast.medical_monitor)
        services.create_study(facts, actor=cast.qa)


class TestColumns:
    def test_a_choice_is_remembered_for_the_person_and_the_list(self, cast):
        client, place = browse(cast.reader), page(cast.ours, STUDIES)
        answer = client.post(place, {"do": "columns", "column": ["number", "sponsor"]})
        assert (answer.status_code, answer["Location"]) == (302, place)
        assert column_labels(client.get(place)) == ["Number", "Title", "Sponsor"]
        assert rows_of(client.get(f"{place}?format=csv"))[0] == ["Number", "Title", "Sponsor"]
        assert len(column_labels(browse(cast.qa).get(place))) == 7
        client.post(place, {"do": "usual_columns"})
        assert len(column_labels(client.get(place))) == 7

    def test_the_address_decides_before_what_is_remembered(self, cast):
        client, place = browse(cast.reader), page(cast.ours, STUDIES)
        client.post(place, {"do": "columns", "column": ["phase"]})
        assert column_labels(client.get(f"{place}?cols=status.nonsense")) == ["Title", "Status"]
        assert column_labels(client.get(f"{place}?cols=nonsense")) == column_labels(browse(cast.qa).get(place))

    def test_an_unknown_act_is_no_act(self, cast):
        assert browse(cast.reader).post(page(cast.ours, STUDIES), {"do": "nonsense"}).status_code == 405
        assert browse(cast.administrator).post(page(cast.ours, STUDIES), {"do": "columns"}).status_code == 403


class TestViews:
    def save(self, client, cast, query="?phase=2&sort=-number", **data):
        return client.post(page(cast.ours, STUDIES) + query, {"do": "save_view", "name": "Phase two", **data})

    def test_a_view_keeps_filters_order_and_columns(self, cast):
        client, place = browse(cast.reader), page(cast.ours, STUDIES)
        client.post(place, {"do": "columns", "column": ["number"]})
        answer = self.save(client, cast)
        with scope(cast.ours):
            view = SavedView.objects.get()
        assert (view.name, view.owner, view.is_shared) == ("Phase two", cast.reader, False)
        assert view.query == "phase=2&sort=-number&cols=number.title"
        shown = client.get(answer["Location"])
        assert column_labels(shown) == ["Number", "Title"]
        assert "Saved the view “Phase two”." in words(shown)
        assert answer["Location"] in links(shown)
        assert "Phase two" not in words(browse(cast.qa).get(place))

    def test_a_default_view_opens_the_list_until_it_is_not_wanted(self, cast):
        client, place = browse(cast.reader), page(cast.ours, STUDIES)
        opened = self.save(client, cast, default="on")["Location"]
        assert client.get(place)["Location"] == opened
        everything = client.get(f"{place}?view=all")
        assert "Studies 2" in words(everything)
        client.post(opened, {"do": "no_default_view"})
        assert client.get(place).status_code == 200
        client.post(opened, {"do": "default_view"})
        assert client.get(place)["Location"] == opened

    def test_a_shared_view_is_offered_to_the_organization_but_not_to_guests(self, cast):
        place = page(cast.ours, STUDIES)
        opened = self.save(browse(cast.reader), cast, shared="on")["Location"]
        assert "Phase two, by Rita Edwards" in words(browse(cast.qa).get(place))
        assert "Phase two" not in words(browse(cast.guest).get(opened))
        refused = self.save(browse(cast.guest), cast, shared="on")
        assert (refused.status_code, "role in the whole organization" in words(refused)) == (403, True)
        assert self.save(browse(cast.guest), cast).status_code == 302

    def test_only_its_owner_or_an_administrator_changes_it(self, cast):
        opened = self.save(browse(cast.reader), cast, shared="on")["Location"]
        for act in ("change_view", "delete_view"):
            assert browse(cast.qa).post(opened, {"do": act, "name": "Mine now"}).status_code == 403
        with scope(cast.ours):
            assert [view.name for view in SavedView.objects.all()] == ["Phase two"]
        changed = browse(cast.reader).post(
            opened.replace("phase=2", "phase=3"), {"do": "change_view", "name": "Three", "take": "on"}
        )
        with scope(cast.ours):
            view = SavedView.objects.get()
        assert (view.name, view.is_shared, "phase=3" in view.query) == ("Three", False, True)
        assert browse(cast.reader).post(changed["Location"], {"do": "delete_view"})["Location"] == page(
            cast.ours, STUDIES
        )
        with scope(cast.ours):
            assert list(SavedView.objects.all()) == []

    def test_a_deleted_view_no_longer_opens_a_list(self, cast):
        client, place = browse(cast.reader), page(cast.ours, STUDIES)
        opened = self.save(client, cast, default="on")["Location"]
        client.post(opened, {"do": "delete_view"})
        assert client.get(place).status_code == 200
        with scope(cast.ours):
            assert [choice.default_view for choice in ListChoice.objects.all()] == [None]
        gone = client.post(opened, {"do": "change_view", "name": "Again"})
        assert (gone.status_code, "not there any more" in words(gone)) == (403, True)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("  ", "Give the view a name."),
            ("x" * 61, "A name has at most 60 characters."),
            ("Phase two", "There is a view “Phase two” already."),
        ],
    )
    def test_a_wrong_name_is_said_beside_the_field_and_nothing_is_lost(self, cast, name, sentence):
        client = browse(cast.reader)
        self.save(client, cast)
        answer = self.save(client, cast, name=name)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert f'value="{name}"' in answer.content.decode()
        with scope(cast.ours):
            assert SavedView.objects.count() == 1

    def test_views_of_another_organization_do_not_exist(self, cast):
        with scope(cast.theirs):
            view = SavedView.objects.create(list_key="studies", owner=cast.outsider, name="Larkspur", is_shared=True)
        answer = browse(cast.reader).get(page(cast.ours, STUDIES) + f"?view={view.pk}")
        assert (answer.status_code, "Larkspur" in words(answer)) == (200, False)


class TestFilters:
    def test_each_option_says_how_many_rows_it_leaves(self, cast):
        study(cast, "NW-303", "Lapwing")
        answer = browse(cast.reader).get(page(cast.ours, STUDIES) + "?status=planned")
        assert "Status: Planned Any Planned1 In start-up0 Recruiting2" in words(answer)
        assert "Phase 20 Phase" in words(answer)
        assert "Phase 31 Phase" in words(answer)

    def test_a_chosen_filter_can_be_taken_away_and_all_at_once(self, cast):
        answer = browse(cast.reader).get(page(cast.ours, STUDIES) + "?status=recruiting&phase=2&q=heron&sort=title")
        taken = {
            a["aria-label"]: a["href"]
            for tag, a in parse(answer.content.decode()).tags
            if "chip--remove" in a.get("class", "")
        }
        assert taken == {
            "Remove the filter Phase": "?status=recruiting&q=heron&sort=title",
            "Remove the filter Status": "?phase=2&q=heron&sort=title",
        }
        assert "?sort=title" in links(answer)


class TestFiles:
    def test_the_csv_escapes_what_would_run_and_leaves_numbers_alone(self):
        given = ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "a=1", None, -5, 2.5, date(2026, 1, 2), True]
        assert [harmless(value) for value in given] == [
            "'=1", "'+1", "'-1", "'@a", "'\t=1", "'\r=1", "a=1", "", "-5", "2.5", "2026-01-02", "yes",
        ]  # fmt: skip

    def test_the_workbook_stores_text_as_text_and_numbers_as_numbers(self):
        target = io.BytesIO()
        write(
            Sheet("List", ["=A", "B"], [["=1+1", 7], ["-x", date(1850, 1, 1)], [None, date(2026, 1, 2)]]), XLSX, target
        )
        assert cells_of(target.getvalue()) == [
            [("inlineStr", "=A"), ("inlineStr", "B")],
            [("inlineStr", "=1+1"), ("n", "7")],
            [("inlineStr", "-x"), ("inlineStr", "1850-01-01")],
            [("inlineStr", ""), ("n", "46024")],
        ]

    def test_the_workbook_of_a_list_says_what_it_is_and_so_does_the_trail(self, cast):
        answer = browse(cast.reader).get(
            page(cast.ours, STUDIES) + "?status=recruiting&cols=number&sort=-number&format=xlsx"
        )
        listed = [[text for _, text in row] for row in cells_of(answer.content)]
        assert listed == [
            ["Number", "Title"],
            ["NW-202", "Plover: a study of rest in children"],
            ["NW-101", "Heron: a study of sleep in adults"],
        ]
        about = dict([text for _, text in row] for row in cells_of(answer.content, 2))
        del about["Exported at"]
        assert about == {
            "List": "Studies", "Of": "Northwind Therapeutics", "Rows": "2", "Filter": "Status: Recruiting",
            "Sorted by": "Number, descending", "Exported by": "Rita Edwards",
        }  # fmt: skip
        with scope(cast.ours):
            event = AuditEvent.objects.latest("pk")
        assert (event.actor, event.sentence) == (cast.reader, "exported the list “Studies” as XLSX, 2 rows")
        said = {row["label"]: row["new"] for row in event.changes}
        assert len(said.pop("SHA-256 of the file")) == 64
        assert said == {"Filter": "Status: Recruiting", "Columns": "Number, Title", "Rows": "2"}

    def test_the_export_link_names_the_columns_that_are_shown(self, cast):
        client, place = browse(cast.reader), page(cast.ours, STUDIES)
        client.post(place, {"do": "columns", "column": ["phase"]})
        assert "?phase=2&format=csv&cols=title.phase" in links(client.get(f"{place}?phase=2"))


@pytest.mark.commits
class TestManyRows:
    @pytest.fixture(autouse=True)
    def few_at_once(self, monkeypatch):
        monkeypatch.setattr(list_files, "AT_ONCE", 1)
        monkeypatch.setattr(list_files, "_CHUNK", 1)

    def ask(self, company):
        client, place = browse(company.reader), page(company.ours, STUDIES) + "?sort=-number&cols=number&format=csv"
        offered = client.get(place)
        assert "made in the background" in words(offered)
        watched = client.post(place, {"do": "export", "format": "csv"})["Location"]
        with scope(company.ours):
            job = Job.objects.latest("created_at")
        assert str(job.pk) in watched
        return client, watched, job

    def test_a_worker_makes_the_file_and_only_who_asked_may_have_it(self, company):
        client, watched, job = self.ask(company)
        work_off(company.ours, job.pk)
        assert "2 rows are in the file." in words(client.get(watched))
        answer = client.get(f"{watched}file/")
        content = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert content == [
            "Number,Title", "NW-202,Plover: a study of rest in children", "NW-101,Heron: a study of sleep in adults",
        ]  # fmt: skip
        with scope(company.ours):
            said = [event.sentence for event in AuditEvent.objects.order_by("-pk")[:2]]
        assert said == ["downloaded Studies as CSV.csv", "exported the list “Studies” as CSV, 2 rows"]
        assert browse(company.qa).get(f"{watched}file/").status_code == 404

    def test_whoever_lost_a_role_gets_neither_file_nor_rows(self, company):
        client, watched, job = self.ask(company)
        work_off(company.ours, job.pk)
        with scope(company.ours):
            end_role(RoleAssignment.objects.get(user=company.reader), actor=company.administrator, reason="Left.")
        refused = client.get(f"{watched}file/")
        assert (refused.status_code, "What you may see here has changed" in words(refused)) == (403, True)
        with scope(company.ours):
            again = Job.objects.create(
                kind=job.kind, arguments=job.arguments, label=job.label, requested_by=company.reader
            )
        work_off(company.ours, again.pk)
        with scope(company.ours):
            row = Job.objects.get(pk=again.pk)
        assert (row.state, row.error) == (JobState.FAILED, "Your roles here do not let you see this list any more.")
