"""Deviations from a file over the API: the same dry run, questions and run as on the pages."""

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from quality_events.deviations.models import DeviationImport, ProtocolDeviation
from tests.platform.asking import asking
from tests.platform.test_api import shape
from tests.quality_events.test_deviations_import import FILE, WRONG

NONE = {"new": 0, "same": 0, "differs": 0, "wrong": 0, "questioned": 0}


@pytest.fixture
def ask(cast, ours):
    return asking(cast.author, ours)


def send(ask, content=FILE, name="deviations.csv", **other):
    given = {"study": "NW-101", "source_system": "Rave", "file": SimpleUploadedFile(name, content.encode()), **other}
    return Client().post("/api/v1/deviation-imports/", given, headers={"Authorization": f"Bearer {ask.secret}"})


def test_a_file_is_sent_looked_at_and_run_once(cast, ours, ask):
    made = send(ask)
    here, brought = f"deviation-imports/{made.json()['id']}/", made.json()
    assert (made.status_code, brought["is_chosen"], brought["counts"], brought["run"]) == (201, False, NONE, None)
    assert (brought["columns"]["source_id"], brought["heads"][0]) == ("PD No", "PD No")
    assert shape(ask.post(f"{here}run/", {}))[:2] == (409, "wrong_state")
    wrong = ask("PUT", f"{here}columns/", {"columns": {"source_id": "PD", "colour": "Site"}, "revision": 2})
    assert sorted(wrong.json()["error"]["fields"]) == ["columns.colour", "columns.source_id"]
    chosen = ask("PUT", f"{here}columns/", {"revision": brought["revision"]}).json()
    assert (chosen["is_chosen"], chosen["counts"]) == (True, {**NONE, "new": 2, "wrong": 5})
    told = [(str(each["row"]), each["outcome"], each["column"], each["what"]) for each in chosen["rows"]]
    assert sorted(told) == sorted(WRONG)
    rows = ask.get(f"{here}rows/")
    listed = list(csv.reader(rows.content.decode("utf-8-sig").splitlines()))
    assert (rows["Content-Type"].partition(";")[0], len(listed)) == ("text/csv", len(WRONG) + 1)
    waiting = ask.post(f"{here}run/", {})
    assert (waiting.status_code, waiting.json()["run"]["state"]) == (201, "queued")
    work_off(ours, waiting.json()["run"]["id"])
    done = ask.get(here).json()
    assert (done["run"]["state"], done["created"], done["counts"]) == ("done", 2, {**NONE, "same": 2, "wrong": 5})
    assert done["run"]["said"] == "2 deviations created. In the file: 2 new, 5 wrong."
    assert shape(ask.post(f"{here}run/", {}))[:2] == (409, "wrong_state")
    with scope(ours):
        assert ProtocolDeviation.objects.filter(source_system="Rave").count() == 2
    assert b"".join(ask.get(f"{here}file/").streaming_content) == FILE.encode()


def test_what_may_name_somebody_is_answered_before_it_is_created(ours, ask):
    text = "PD No,Date identified,Description\nD-1,2026-03-31,Participant John Miller came late.\n"
    brought = send(ask, text).json()
    here = f"deviation-imports/{brought['id']}/"
    chosen = ask("PUT", f"{here}columns/", {"revision": brought["revision"]}).json()
    assert chosen["counts"] == {**NONE, "new": 1, "questioned": 1}
    assert list(ask.post(f"{here}run/", {}).json()["error"]["fields"]) == ["no_identity"]
    assert ask.post(f"{here}run/", {"no_identity": True}).status_code == 201


def test_bad_files_and_closed_lanes_leave_nothing(cast, ours, ask):
    answers = [
        send(ask, "PD No\n"),
        send(ask, "\x00"),
        send(ask, FILE, name="deviations.exe"),
        send(ask, study="NW-999"),
        send(ask, unblinded=True),
        send(asking(cast.reader, ours)),
    ]
    assert [(each.status_code, *each.json()["error"]["fields"]) for each in answers] == [
        (422, "file"), (422, "file"), (422, "file"), (422, "study"), (422, "lane"), (403,),
    ]  # fmt: skip
    with scope(ours):
        assert not DeviationImport.objects.exists()
