"""The settings of an organization over the API: read, proposed, approved and stopped as on the pages."""

import json

import pytest

from cqms.configuration.selectors import settings_of
from cqms.identity.configuring import as_setting, present_provider, put_in_force
from cqms.organizations.scope import scope
from tests.cast import PASSWORD
from tests.platform.asking import asking
from tests.platform.test_sso_provider import SAID

WISH = {"changes": {"idle_minutes": 20, "holidays": ["2026-12-24"], "due_days": {"documents.review": 5}},
        "reason": "Shorter is safer.", "revision": 0}  # fmt: skip


def test_what_holds_is_read_by_those_who_see_its_page(cast):
    answers = [asking(getattr(cast, who), cast.ours).get("settings/in-force/").status_code
               for who in ("administrator", "qa", "inspector", "author", "guest")]  # fmt: skip
    assert answers == [200, 200, 200, 403, 403]
    answer = asking(cast.administrator, cast.ours).get("settings/in-force/")
    told = answer.json()
    assert (told["version"], answer["ETag"], told["values"]["provider"]) == (0, '"0"', None)
    assert (told["values"]["zone"], told["values"]["due_days"]["documents.review"]) == (cast.ours.zone, 10)
    assert {asking(cast.reader, cast.ours).get(f"settings/{rest}").status_code for rest in ("", "1/")} == {403}


def test_settings_are_proposed_and_another_person_approves_them(cast):
    office, head = asking(cast.administrator, cast.ours), asking(cast.quality_head, cast.ours)
    made = office.post("settings/", WISH)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["number"], told["state"], told["proposed_by"]["email"]) == (1, "proposed", cast.administrator.email)
    assert told["summary"].splitlines() == [
        "Days without work: none → 24 Dec 2026", "Review of a version: 10 days → 5 days",
        "Signed out when idle for: 30 minutes → 20 minutes",
    ]  # fmt: skip
    signed = {"email": cast.administrator.email, "password": PASSWORD, "accepts_binding": True, "revision": 1}
    assert office.post("settings/1/steps/approve/", signed).status_code == 403
    assert head.post("settings/1/steps/approve/", {"revision": 1}).status_code == 422
    done = head.post("settings/1/steps/approve/", {**signed, "email": cast.quality_head.email})
    assert (done.status_code, done.json()["state"]) == (200, "in_force"), done.content
    found = settings_of(cast.ours)
    assert (found.idle_minutes, found.days_for("documents.review"), found.version) == (20, 5, 1)
    assert office.post("settings/", WISH).status_code == 409, "it was written on what holds no longer"
    assert [row["number"] for row in office.get("settings/?state=in_force").json()["results"]] == [1]
    assert asking(cast.outsider, cast.theirs).get("settings/1/").status_code == 404


def test_a_proposal_is_declined_with_a_reason(cast):
    asking(cast.administrator, cast.ours).post("settings/", WISH)
    head = asking(cast.quality_head, cast.ours)
    assert head.post("settings/1/steps/decline/", {"revision": 1}).status_code == 422
    assert head.post("settings/1/steps/enforce/", {"revision": 1}).status_code == 403
    done = head.post("settings/1/steps/decline/", {"revision": 1, "reason": "Too short."})
    assert (done.json()["state"], settings_of(cast.ours).version) == ("declined", 0)


@pytest.mark.parametrize(("changes", "field"), [
    ({"zone": "Mars/Olympus"}, "changes.zone"),
    ({"calendars": ["XX"]}, "changes.calendars"),
    ({"allowed_networks": ["300.1.1.1/8"]}, "changes.allowed_networks"),
    ({"due_days": {"documents.nothing": 3}}, "changes.due_days.documents.nothing"),
    ({"tables": {"nothing": "3"}}, "changes.tables.nothing"),
    ({"provider": {}}, "changes.provider"),
    ({"idle_minutes": 0}, "changes.idle_minutes"),
])  # fmt: skip
def test_wrong_settings_are_named(cast, changes, field):
    answer = asking(cast.administrator, cast.ours).post("settings/", {**WISH, "changes": changes})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field]), answer.content


def test_the_secret_is_not_told_and_stays_when_other_settings_change(cast):
    with scope(cast.ours):
        said, sealed = as_setting(SAID, secret="s3cret")
        put_in_force(said, sealed, actor=cast.qa, reason="One door.")
        mark = present_provider()["secret"]
    office = asking(cast.administrator, cast.ours)
    stopped = office.post("settings/provider/stop/", {"reason": "Broken into."})
    assert (stopped.status_code, stopped.json()["approved_by"]) == (200, None), stopped.content
    assert stopped.json()["values"]["provider"] == {**SAID, "is_open": False}
    assert office.post("settings/provider/stop/", {"reason": "Again."}).status_code == 422
    office.post("settings/", {**WISH, "revision": 1})
    told = [office.get(f"settings/{rest}").content.decode() for rest in ("", "in-force/", "1/", "2/")]
    assert [each for each in told if mark in each or sealed in each] == []
    assert json.loads(told[3])["values"]["provider"] == {**SAID, "is_open": False}


def test_others_propose_and_stop_nothing(cast):
    for who in ("author", "inspector", "guest"):
        ask = asking(getattr(cast, who), cast.ours)
        assert ask.post("settings/", WISH).status_code == 403
        assert ask.post("settings/provider/stop/", {"reason": "Why not."}).status_code == 403
