"""The frame around every page: the rail by what a reader may use, and addresses inside and outside."""

import pytest
from django.urls import get_script_prefix, reverse, set_script_prefix, set_urlconf

from cqms.portal.mounting import MOUNTED_URLS, mounted
from cqms.ui import addresses, rail
from cqms.ui.frame import Frame, outside_url
from tests.platform.test_ui_pages import ask


def test_the_rail_shows_what_a_reader_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rail, "_registered", {})
    yes, no = (lambda _: True), (lambda _: False)
    rail.register(rail.Entry("guide", "Guide", "info", "ui:styleguide", 100, yes))
    rail.register(rail.Entry("inbox", "Inbox", "inbox", "ui:styleguide", 10, yes, lambda _: 3))
    rail.register(rail.Entry("secret", "Secret", "lock", "ui:styleguide", 20, no, lambda _: 9))
    frame = Frame(ask("get"))
    assert [(link.entry.key, link.tally, link.first) for link in frame.rail] == [
        ("inbox", 3, False),
        ("guide", 0, True),
    ]
    assert (frame.inbox, rail.count("secret", frame.request), rail.count("unknown", frame.request)) == (3, 0, 0)
    assert frame.reader_name == "Rita Edwards"


def test_pages_outside_stay_outside_from_within_an_organization() -> None:
    before = get_script_prefix()
    set_script_prefix("/o/northwind/")
    try:
        assert outside_url("account_login") == "/accounts/login/"
        assert reverse("account_login") == "/o/northwind/accounts/login/"
    finally:
        set_script_prefix(before)


def test_the_address_of_a_number_is_that_of_the_open_organization() -> None:
    set_urlconf(MOUNTED_URLS)
    try:
        for slug in ("northwind", "harbour", "northwind"):
            with mounted(slug):
                found = [addresses.of_number(name, "NW-1.01_b") for name in ("studies:detail", "studies:edit")]
            assert found == [f"/o/{slug}/studies/NW-1.01_b/", f"/o/{slug}/studies/NW-1.01_b/edit/"]
    finally:
        set_urlconf(None)
