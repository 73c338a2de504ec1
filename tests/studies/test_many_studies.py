"""More studies than a choice lists: an address that names one of the others is followed all the same."""

from collections.abc import Iterator

import pytest

from cqms.organizations.prepared import build_all_anew
from studies import selectors
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.quality_events.test_similar import written

LISTS = ("/quality-events/issues/", "/quality-events/", "/documents/")


@pytest.fixture
def few_to_choose(monkeypatch) -> Iterator[None]:
    """Choices list NW-101 alone; NW-202 stands behind it."""
    monkeypatch.setattr(selectors, "MOST_TO_CHOOSE", 1)
    build_all_anew()
    yield
    build_all_anew()


def test_a_list_follows_a_link_to_a_study_that_its_filter_does_not_offer(cast, few_to_choose):
    written(cast, "Freezer alarm")
    written(cast, "Courier late", study="NW-202", who="study_manager")
    client = browse(cast.qa)
    for place in LISTS:
        told = words(client.get(page(cast.ours, f"{place}?study=NW-202")))
        assert "Study: NW-202" in told, place
        assert ("Freezer alarm" in told, "Courier late" in told) == (False, "quality-events" in place), place


def test_of_a_study_that_is_not_the_readers_nothing_is_told(cast, few_to_choose):
    for asked in ("NW-202", "NW-999", "%00"):
        told = words(browse(cast.guest).get(page(cast.ours, f"/quality-events/issues/?study={asked}")))
        assert "Study: any" in told, asked


def test_a_chart_is_about_the_study_that_the_address_names(cast, few_to_choose):
    told = [
        words(browse(who).get(page(cast.ours, "/quality-events/charts/age/?study=NW-202")))
        for who in (cast.qa, cast.guest)
    ]
    assert ["NW-202" in each for each in told] == [True, False]
