"""Two people on one record: of a form that came too late, only what its writer changed counts as theirs."""

import pytest

from cqms.organizations.scope import scope
from quality_events import services
from quality_events.issues.models import QualityIssue
from quality_events.issues.services import open_issue
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.quality_events.players import GRADED, happened, step

TWO_LINES = "Kits were warm.\nThe alarm was off."


@pytest.fixture
def issue(cast):
    with scope(cast.ours):
        told = {**happened(), "title": "Warm kits", "description": TWO_LINES, "detected_how": "By ear"}
        return open_issue(told, actor=cast.author)


def sent(client, path):
    """What a browser sends of a form that was only looked at: it ends lines in its own way."""
    form = client.get(path).context["form"]
    shown = {name: form[name].field.widget.format_value(form[name].value()) for name in form.fields}
    plain = {name: each[0] if isinstance(each, list) else each for name, each in shown.items() if each is not None}
    return {name: each.replace("\n", "\r\n") if isinstance(each, str) else each for name, each in plain.items()}


def compared(answer):
    return [[str(cell) for cell in row] for row in answer.context["versions"].rows]


def test_only_what_somebody_changed_is_theirs_and_what_they_left_alone_stays_as_others_saved_it(cast, issue):
    here, client = page(cast.ours, f"/quality-events/issues/{issue.number}/edit/"), browse(cast.qa)
    typed = {**sent(client, here), "detected_how": "By the log", "title": "Warm kits at night", "reason": "Read."}
    with scope(cast.ours):
        services.change_event(
            issue, actor=cast.author, values={"title": "Kits too warm", "noticed_by": "Nurse"}, revision=1
        )
    answer = client.post(here, typed)
    assert answer.status_code == 409
    assert compared(answer) == [
        ["Title", "Kits too warm", "Warm kits at night"], ["Detected by", "By ear", "By the log"],
        ["Reason for the change", "empty", "Read."],
    ]  # fmt: skip
    assert [(each.field, each.old, each.new) for each in answer.context["others"].rows] == [("Noticed by", "", "Nurse")]
    assert "Changed meanwhile by others" in words(answer)
    again = answer.context["form"]
    assert (
        client.post(here, {**typed, **{name: again[name].value() for name in ("revision", "noticed_by")}}).status_code
        == 302
    )
    with scope(cast.ours):
        row = QualityIssue.objects.get()
        assert (row.title, row.noticed_by, row.detected_how) == ("Warm kits at night", "Nurse", "By the log")
        assert row.description.splitlines() == TWO_LINES.splitlines()


def test_a_step_keeps_what_was_typed_and_shows_as_it_is_now_what_was_left_alone(cast, issue):
    with scope(cast.ours):
        row = step(issue, "accept", cast.qa, **GRADED, critical_factor="Dose")
        row = step(row, "contain", cast.author, containment="The kits are locked away.")
        row = step(row, "analyse", cast.author)
    client, there = browse(cast.author), page(cast.ours, f"/quality-events/issues/{issue.number}/steps/conclude/")
    typed = {**sent(client, there), "root_cause": "No alarm at night.", "affected": "2"}
    with scope(cast.ours):
        values, why = {"critical_factor": "Storage"}, "The protocol calls it so."
        services.change_event(row, values=values, actor=cast.qa, revision=row.revision, reason=why)
    answer = client.post(there, typed)
    form = answer.context["form"]
    shown = [form[name].value() for name in ("root_cause", "affected", "critical_factor")]
    assert (answer.status_code, shown) == (409, ["No alarm at night.", "2", "Storage"])
