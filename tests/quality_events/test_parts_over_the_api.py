"""Parts of CAPAs and changes over the API: written, changed, withdrawn and completed as on their pages."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cqms.api.models import ApiToken
from cqms.organizations.scope import scope
from quality_events.capas.models import Cause
from tests.cast import PASSWORD, email_of
from tests.days import today
from tests.platform.asking import asking
from tests.platform.browsing import browse, links, words
from tests.platform.test_api import shape
from tests.world.changes import ASSESSED, BUILDING, SCREENED, assessment_of_world, change_of_world
from tests.world.events import ANALYSED, NEW_CAPA, PLANNED, RUNNING, capa_of_world


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


CAUSE = {"text": "Nobody was on call", "weight": "root", "bone": "people"}
ROW = {"kind": "corrective", "text": "Name two people", "owner": email_of("study_manager"), "deliverable": "A rota"}


@pytest.fixture
def ask(world):
    return lambda who: asking(getattr(world, who), world.ours)


def place(world, title: str, rest: str = "") -> str:
    """The address of a CAPA or change of the world."""
    with scope(world.ours):
        is_change = title in (ASSESSED, BUILDING, SCREENED)
        found = (change_of_world if is_change else capa_of_world)(title)
    return f"{'changes' if is_change else 'capas'}/{found.number}/{rest}"


def in_days(days: int) -> str:
    return (today() + dt.timedelta(days=days)).isoformat()


# CAPAs


def test_causes_form_a_chain_of_one_analysis(world, ask):
    here, author = place(world, ANALYSED, "causes/"), ask("author")
    first = author.post(here, CAUSE).json()
    why = author.post(here, {**CAUSE, "text": "The rota was old", "parent": first["id"], "evidence": "Rota"})
    assert (why.status_code, why.json()["parent"], why["ETag"]) == (201, first["id"], '"1"')
    changed = author.patch(f"{here}{first['id']}/", {"weight": "why"}, **{"If-Match": '"1"'}).json()
    assert (changed["weight"], changed["text"], changed["revision"]) == ("why", CAUSE["text"], 2)
    circle = author.patch(f"{here}{first['id']}/", {"parent": why.json()["id"], "revision": 2})
    assert shape(circle) == (422, "invalid", {"parent": ["A cause cannot explain itself."]})
    with scope(world.ours):
        other = Cause.objects.exclude(capa=capa_of_world(ANALYSED)).earliest("pk").pk
    for pk in (other, 7_788_888):
        said = {"parent": ["There is no such cause in this analysis."]}
        assert shape(author.post(here, {**CAUSE, "parent": pk})) == (422, "invalid", said)
        assert shape(author.get(f"{here}{pk}/"))[:2] == (404, "not_found")


def test_what_somebody_withdrew_says_who_did_and_gives_the_words_back(world, ask):
    here = place(world, ANALYSED, "causes/")
    pk = ask("author").post(here, CAUSE).json()["id"]
    gone = ask("qa").post(f"{here}{pk}/withdraw/", {"revision": 1}).json()
    assert gone["withdrawn_at"] is not None
    at = dt.datetime.fromisoformat(gone["withdrawn_at"]).astimezone(dt.UTC)
    said = f"{world.qa} withdrew this cause on {at:%-d %b %Y at %H:%M} (UTC). It stays as it was."
    late = ask("author").patch(f"{here}{pk}/", {"text": "Typed in vain", "revision": 1})
    assert (late.status_code, late.json()["error"]["message"]) == (409, said)
    assert ask("author").get(f"{here}{pk}/").json() == gone
    path = f"/o/northwind/quality-events/{here}{pk}/"
    page = browse(world.author).post(path, {**CAUSE, "text": "Typed in vain", "revision": 1})
    assert (page.status_code, said in words(page), "Typed in vain" in words(page)) == (409, True, True)


def test_a_plan_is_written_judged_and_done(world, ask):
    author, here = ask("author"), place(world, PLANNED)
    row = author.post(f"{here}actions/", {**ROW, "due_on": in_days(20)})
    assert (row.status_code, row.json()["owner"]["email"]) == (201, email_of("study_manager"))
    unable = author.post(f"{here}actions/", {**ROW, "owner": email_of("reader"), "due_on": in_days(20)})
    assert shape(unable)[2] == {"owner": ["Nobody who contributes in this organization has this e-mail address."]}
    whole = author.get(here).json()
    judged = {"metric": "Alarms", "target": "2", "sample": "A month", "data_source": "other", "data_words": "Log",
              "baseline": "9", "check_on": in_days(40), "revision": whole["revision"]}  # fmt: skip
    assert author("PUT", f"{here}criterion/", judged).json()["target"] == "2.0000"
    assert shape(author("PUT", f"{here}criterion/", judged))[:2] == (409, "changed")
    wrong = {"counted": ["The portal counts no such events."]}
    assert shape(author("PUT", f"{here}criterion/", {**judged, "counted": "birds"}))[2] == wrong
    early = author.post(f"{here}actions/{row.json()['id']}/complete/", {"evidence": "Rota", "revision": 1})
    assert shape(early)[:2] == (409, "wrong_state")
    running = place(world, RUNNING)
    open_ = next(each for each in author.get(running).json()["actions"] if each["done_at"] is None)
    done = author.post(
        f"{running}actions/{open_['id']}/complete/", {"evidence": "Rota", "revision": open_["revision"]}
    ).json()
    assert (done["evidence"], done["done_at"] is not None) == ("Rota", True)


def test_more_time_is_decided_by_somebody_else_and_by_no_token_without_steps(world, ask):
    here = place(world, NEW_CAPA)
    pk = ask("author").get(here).json()["extensions"][0]["id"]
    path, wish = f"{here}extensions/{pk}/decide/", {"granted": False, "reason": "It can be done in time."}
    assert shape(ask("author").post(path, wish))[:2] == (403, "denied")
    qa = ask("qa")
    ApiToken.objects.filter(user=world.qa).update(may_step=False)
    assert shape(qa.post(path, wish))[:2] == (403, "denied")
    ApiToken.objects.filter(user=world.qa).update(may_step=True)
    decided = qa.post(path, wish).json()
    assert (decided["granted"], decided["decided_by"]["email"]) == (False, email_of("qa"))
    assert shape(qa.post(path, wish))[:2] == (409, "wrong_state")


# Evidence


def send(world, who: str, path: str, name: str = "Rota.txt"):
    secret = asking(getattr(world, who), world.ours).secret
    file = SimpleUploadedFile(name, f"# {name}".encode())
    return Client().post(f"/api/v1/{path}", {"file": file}, headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(("title", "parts", "kind"), [
    (RUNNING, "actions", "capas.action"), (BUILDING, "tasks", "changes.changetask"),
])  # fmt: skip
def test_files_are_sent_as_evidence_of_a_part_until_it_is_done(world, ask, title, parts, kind):
    author, whole = ask("author"), place(world, title)
    rows = author.get(whole).json()[parts]
    open_, done = (next(each for each in rows if (each["done_at"] is None) is it) for it in (True, False))
    here, over = (f"records/{kind}/{each['id']}/files/" for each in (open_, done))
    bare = {"evidence": "", "revision": open_["revision"]}
    assert shape(author.post(f"{whole}{parts}/{open_['id']}/complete/", bare))[1] == "invalid"
    wrong, made = send(world, "author", here, "Wrong.txt"), send(world, "author", here)
    assert (wrong.status_code, made.status_code, made.json()["name"]) == (201, 201, "Rota.txt")
    assert send(world, "reader", here).status_code == 403
    assert asking(world.outsider, world.theirs).get(here).status_code == 404
    assert author.post(f"{here}{wrong.json()['id']}/remove/", {"reason": "Another one."}).status_code == 200
    assert [row["name"] for row in ask("reader").get(here).json()["results"]] == ["Rota.txt"]
    assert b"".join(ask("reader").get(f"{here}{made.json()['id']}/").streaming_content) == b"# Rota.txt"
    assert author.post(f"{whole}{parts}/{open_['id']}/complete/", bare).json()["done_at"] is not None
    assert shape(author.post(f"{here}{made.json()['id']}/remove/", {"reason": "Late."}))[:2] == (409, "wrong_state")
    assert [shape(send(world, "author", each))[:2] for each in (here, over)] == [(409, "wrong_state")] * 2
    page = browse(world.reader).get(f"/o/northwind/quality-events/{whole}")
    path = f"/o/northwind/quality-events/{whole}{parts}/{open_['id']}/files/{made.json()['id']}/"
    assert ("Rota.txt" in words(page), path in links(page)) == (True, True)


# Changes


def test_a_function_answers_with_a_signature_or_objects(world, ask):
    with scope(world.ours):
        asked = assessment_of_world().pk
    here, owner = place(world, SCREENED, f"assessments/{asked}/"), ask("process_owner")
    seen = owner.get(here).json()
    steps = {each["key"]: each["possible"] for each in seen["allowed_steps"]}
    assert (seen["state"], steps) == ("asked", {"assess": True, "object": True, "withdraw": True})
    proof = {"email": email_of("process_owner"), "password": PASSWORD, "accepts_binding": True, "revision": 1}
    answers = [
        owner.post(f"{here}steps/assess/", {"verdict": "none", "finding": "Nothing.", "revision": 1}),
        owner.post(f"{here}steps/assess/", proof),
        owner.post(f"{here}steps/object/", {**proof, "finding": ""}),
        owner.post(f"{here}steps/assess/", {**proof, "verdict": "impact", "finding": "It reads it."}),
    ]
    assert [(each.status_code, *each.json()["error"]["fields"]) for each in answers] == [
        (422, "password"), (422, "verdict"), (422, "finding"), (422, "measures"),
    ]  # fmt: skip
    said = owner.post(f"{here}steps/object/", {**proof, "finding": "It would be visible."}).json()
    assert (said["state"], said["verdict"], said["finding"]) == ("reviewed", "not_acceptable", "It would be visible.")


def test_a_question_that_was_withdrawn_says_who_did_and_gives_the_answer_back(world, ask):
    with scope(world.ours):
        asked = assessment_of_world().pk
    here = place(world, SCREENED, f"assessments/{asked}/")
    assert ask("qa").post(f"{here}steps/withdraw/", {"reason": "No interface.", "revision": 1}).status_code == 200
    proof = {"email": email_of("process_owner"), "password": PASSWORD, "accepts_binding": True, "revision": 1}
    answer = {**proof, "verdict": "none", "finding": "Typed in vain"}
    late = ask("process_owner").post(f"{here}steps/assess/", answer).json()["error"]
    assert (late["code"], late["message"].split(" on ")[0]) == ("wrong_state", f"{world.qa} withdrew this question")
    page = browse(world.process_owner).post(f"/o/northwind/quality-events/{here}assess/", answer)
    assert (page.status_code, "Typed in vain" in words(page), PASSWORD in words(page)) == (409, True, False)
    assert f"{world.qa} withdrew this question on " in words(page)


def test_tasks_of_a_change_are_planned_changed_withdrawn_and_done(world, ask):
    here, owner = place(world, ASSESSED), ask("process_owner")
    task = {"text": "Tell the sites", "owner": email_of("study_manager"), "due_on": in_days(20)}
    made = owner.post(f"{here}tasks/", task).json()
    moved = owner.patch(f"{here}tasks/{made['id']}/", {"after_release": True, "revision": 1}).json()
    assert (moved["text"], moved["after_release"], moved["revision"]) == ("Tell the sites", True, 2)
    assert owner.post(f"{here}tasks/{made['id']}/withdraw/", {"revision": 2}).status_code == 200
    assert made["id"] not in [each["id"] for each in owner.get(here).json()["tasks"]]
    late = ask("qa").patch(f"{here}tasks/{made['id']}/", {"text": "Tell them", "revision": 2})
    assert late.json()["error"]["message"].startswith(f"{world.process_owner} withdrew this task on ")
    plan = {"approach": "By letter.", "revision": owner.get(here).json()["revision"]}
    assert owner("PUT", f"{here}plan/", plan).json()["approach"] == "By letter."
    building = place(world, BUILDING)
    open_ = next(each for each in owner.get(building).json()["tasks"] if each["done_at"] is None)
    done = {"evidence": "Log", "revision": open_["revision"]}
    assert owner.post(f"{building}tasks/{open_['id']}/complete/", done).json()["evidence"] == "Log"


# Links


def test_records_are_linked_with_an_event_a_site_or_a_person_and_the_link_is_withdrawn(world, ask):
    here, author = place(world, ANALYSED, "links/"), ask("author")
    site = {"study": "NW-101", "site": "01", "why": "It happened there."}
    for wish in ({"number": "qi-0001", "why": "It came of it."}, site, {"person": email_of("qa"), "why": "Asked."}):
        made = author.post(here, wish)
        assert (made.status_code, made.json()["links"][-1]["why"]) == (201, wish["why"])
    assert [each["number"] for each in made.json()["links"][-3:]] == ["QI-0001", "01", "Person"]
    two = {"number": "QI-0001", "person": email_of("qa"), "why": "Both."}
    said = {"number": ["Name exactly one: a number, a site or a person."]}
    assert shape(author.post(here, two)) == (422, "invalid", said)
    for name, unknown in (("number", "QI-7788"), ("site", "7788")):
        assert list(shape(author.post(here, {name: unknown, "why": "So."}))[2]) == [name]
    again = author.post(here, {"number": "QI-0001", "why": "Again."})
    assert (again.status_code, again.json()["error"]["message"]) == (422, "The two are linked already.")
    gone = f"{here}{made.json()['links'][-1]['id']}/withdraw/"
    assert shape(author.post(gone, {"reason": " "}))[:2] == (422, "invalid")
    left = author.post(gone, {"reason": "Somebody else was asked."}).json()["links"]
    assert [each["why"] for each in left[-2:]] == ["It came of it.", "It happened there."]
    assert author.post(gone, {"reason": "Once more."}).status_code == 409
    assert [shape(ask("reader").post(each, {}))[:2] for each in (here, gone)] == [(403, "denied")] * 2
