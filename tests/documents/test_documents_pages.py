"""Pages of documents where somebody else was quicker: nothing is done, and nothing typed is lost."""

import datetime as dt

from cqms.organizations.scope import scope
from documents import services
from documents.models import Version, VersionState
from documents.services import Draft
from tests.cast import PASSWORD, page
from tests.documents.players import begin, fresh, sign
from tests.platform.browsing import browse, hidden, words
from tests.world import building as worlds
from tests.world.building import our_players

WORDS = "Section 4 <b>contradicts</b> the table."
SHOWN = "Section 4 &lt;b&gt;contradicts&lt;/b&gt; the table."


def at(cast, version: Version, place: str) -> str:
    with scope(cast.ours):
        return page(cast.ours, f"/documents/{version.document.number}/{version.label}/{place}/")


def signing(person, **more) -> dict[str, str]:
    return {"email": person.email, "password": PASSWORD, "accepts_binding": "on", **more}


def test_a_decision_on_another_revision_is_not_taken_and_its_reason_stays(cast):
    with scope(cast.ours):
        version = worlds.carry(begin(cast), our_players(cast), steps_done=1)
    reviewer, place = browse(cast.reviewer), at(cast, version, "steps/send_back")
    seen = hidden(reviewer.get(place), "revision")
    with scope(cast.ours):
        version = sign(version, "recall", cast.author, "I found a mistake.")
        changed = Draft({"title": "Archiving, corrected"})
        version = services.change_draft(version, actor=cast.author, revision=None, draft=changed)
        version = sign(version, "submit", cast.author)
    answer = reviewer.post(place, signing(cast.reviewer, revision=seen, reason=WORDS))
    assert answer.status_code == 409
    assert "Changed meanwhile" in words(answer)
    assert "SOP-0001 version 1.0 Archiving, corrected" in words(answer), "the record as it is now"
    assert f"{SHOWN}</textarea>" in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    with scope(cast.ours):
        assert fresh(version).state == VersionState.IN_REVIEW
    again = signing(cast.reviewer, revision=hidden(answer, "revision"), reason=WORDS)
    assert reviewer.post(place, again).status_code == 302
    with scope(cast.ours):
        assert fresh(version).state == VersionState.DRAFT


def test_a_draft_that_was_submitted_meanwhile_gives_the_words_back(cast):
    with scope(cast.ours):
        version = begin(cast)
    author, place = browse(cast.author), at(cast, version, "edit")
    seen = hidden(author.get(place), "revision")
    with scope(cast.ours):
        sign(version, "submit", cast.author)
    for more in ({}, {"preview": "1"}):
        answer = author.post(place, {"revision": seen, "markdown": WORDS, "title": "Mine", **more})
        assert answer.status_code == 409
        assert "only a draft can be changed" in words(answer)
        assert "What you typed" in words(answer)
        assert SHOWN in answer.content.decode()


def test_a_day_too_soon_asks_for_the_reason_beside_its_field(cast):
    with scope(cast.ours):
        version = worlds.carry(begin(cast), our_players(cast), steps_done=3)
    today = cast.ours.today()
    control, place = browse(cast.document_control), at(cast, version, "steps/schedule")
    given = {"revision": version.revision, "effective_on": (today + dt.timedelta(days=3)).isoformat()}
    answer = control.post(place, given)
    assert (answer.status_code, [*answer.context["form"].errors]) == (422, ["reason"])
    assert control.post(place, {**given, "reason": "Everybody knows it already."}).status_code == 302


def test_the_portal_enters_no_component_of_a_signature_for_the_signer(cast):
    """21 CFR 11.200(a)(1): the first signing of a session is executed with both components."""
    with scope(cast.ours):
        version = worlds.carry(begin(cast), our_players(cast), steps_done=2)
    form = browse(cast.process_owner).get(at(cast, version, "steps/approve")).context["form"]
    assert (form["email"].value(), form["password"].value()) == (None, None)
