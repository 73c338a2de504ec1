"""The first organization of a portal that was started without the demo: from one command to a signed-in administrator."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cqms.access.models import RoleAssignment
from cqms.accounts.models import User
from cqms.audit.models import SecurityEvent
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from tests.platform.browsing import sign_in, words

PASSWORD = "green otter under slow clouds"
ACME = {"name": "Acme Bio", "slug": "acme", "zone": "Europe/Lisbon", "email": "Ada@Acme.test", "person": "Ada Quill"}

pytestmark = pytest.mark.django_db


def found(capsys, **changes: str) -> list[str]:
    """What the command says."""
    call_command("found_organization", **(ACME | changes))
    return capsys.readouterr().out.splitlines()


def test_the_administrator_of_an_empty_portal_gets_in_and_lets_others_in(capsys, settings):
    said, address = found(capsys)
    assert said == "Ada Quill administers Acme Bio and sets a password here, once:"
    assert address.startswith(f"{settings.SITE_URL}/accounts/")
    browser = Client()
    form = browser.get(address.removeprefix(settings.SITE_URL), follow=True)
    assert browser.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD}).status_code == 302
    ada = User.objects.get(email="ada@acme.test")
    assert (ada.name, ada.zone, ada.check_password(PASSWORD)) == ("Ada Quill", "Europe/Lisbon", True)
    assert sign_in(browser, "ada@acme.test", PASSWORD).status_code == 302
    assert "Members 1" in words(browser.get("/o/acme/members/"))
    with scope(Organization.objects.get(slug="acme")):
        assert [(row.role, str(row.given_by)) for row in RoleAssignment.objects.all()] == [("administrator", "None")]
    assert [row.user for row in SecurityEvent.objects.filter(kind="account_opened")] == [ada]


def test_a_lost_link_is_printed_again_until_there_is_a_password(capsys):
    found(capsys)
    assert found(capsys)[1].startswith("http")
    ada = User.objects.get(email="ada@acme.test")
    ada.set_password(PASSWORD)
    ada.save()
    assert found(capsys) == ["Ada Quill administers Acme Bio and signs in with the password they have."]
    assert Organization.objects.filter(slug="acme").count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "eve@acme.test"}, "Organization with this Name already exists."),
        ({"name": "Acme Bio II"}, "Organization with this Short name in addresses already exists."),
        ({"name": "Other", "slug": "other", "zone": "Mars/Olympus"}, "Choose a time zone by its IANA name"),
        ({"name": "Other", "slug": "not a slug"}, "Enter a valid"),
        ({"name": "Other", "slug": "other", "email": "nobody"}, "Enter a valid email address."),
    ],
)
def test_what_cannot_be_founded_is_said_and_nothing_is_made(capsys, changes, sentence):
    found(capsys)
    before = (User.objects.count(), Organization.objects.count())
    with pytest.raises(CommandError, match=sentence):
        found(capsys, **changes)
    assert (User.objects.count(), Organization.objects.count()) == before


def test_somebody_who_has_an_account_founds_another_one(cast, capsys):
    assert found(capsys, email=cast.outsider.email) == [
        f"{cast.outsider} administers Acme Bio and signs in with the password they have."
    ]
