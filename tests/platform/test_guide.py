"""Help: a text for every area, and only for the areas that the reader may use."""

from cqms.ui import guide, rail
from tests.cast import page
from tests.platform.browsing import browse, words

INSIDE = ("home", "inbox", "studies", "documents", "quality_events", "timeline", "trail_reviews", "redactions",
          "reports", "administration")  # fmt: skip


def test_every_area_of_an_organization_has_its_text():
    assert set(guide._registered) == set(INSIDE)
    assert set(INSIDE) <= set(rail._registered)


def test_help_holds_the_areas_of_the_reader_and_opens_at_the_one_they_come_from(cast):
    client = browse(cast.reader)
    assert (
        f'href="{page(cast.ours, "/help/")}#help-studies"' in client.get(page(cast.ours, "/studies/")).content.decode()
    )
    told = words(client.get(page(cast.ours, "/help/")))
    assert [text in told for text in ("Bring deviations from a file", "Begin a study", "Give somebody access")] == [
        True, True, False,
    ]  # fmt: skip
    assert "Give somebody access" in words(browse(cast.administrator).get(page(cast.ours, "/help/")))
