"""How much is open, above the list of all events and on Home: exact while it is few, else told with a plus."""

import pytest

from cqms.organizations.scope import scope
from quality_events import presentation, selectors
from quality_events.issues.services import open_issue
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.quality_events.players import happened


@pytest.fixture
def three_issues(cast, monkeypatch):
    """Three open issues of the study, where two of a kind are counted."""
    with scope(cast.ours):
        for number in range(3):
            open_issue(happened(title=f"Fridge {number}"), actor=cast.author)

    def counted(most: int) -> None:
        monkeypatch.setattr(selectors, "OPEN_COUNTED", most)
        monkeypatch.setattr(presentation, "OPEN_COUNTED", most)

    return counted


@pytest.mark.parametrize(("most", "told"), [(1_000, "3"), (3, "3"), (2, "2+")])
def test_what_is_open_is_counted_as_far_as_a_page_needs(cast, three_issues, most, told):
    three_issues(most)
    everything, home = (words(browse(cast.qa).get(page(cast.ours, where))) for where in ("/quality-events/", "/"))
    assert f"Quality issues{told}open" in everything
    assert f"Open quality events{told}of every type" in home
    assert "Complaints0open" in everything


def test_who_sees_no_event_is_told_of_none(cast, three_issues):
    three_issues(1_000)
    with scope(cast.theirs):
        assert set(selectors.open_by_kind(cast.outsider).values()) == {0}
