"""People in front of the portal: a browser of their own each, and pages as they read them."""

import re

from django.test import Client

from cqms.accounts.models import User
from tests.cast import PASSWORD
from tests.platform.markup import parse

_TOKEN = re.compile(r'name="(csrfmiddlewaretoken|kept_for)" value="[^"]*"')


def browse(person: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    """What the sign-in page answers."""
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def words(response) -> str:
    """The words of a page, in one line."""
    return re.sub(r"\s+", " ", parse(response.content.decode()).text)


def same_for_all(response) -> str:
    """A page without what differs in every answer."""
    return _TOKEN.sub("", response.content.decode())


def hidden(response, name: str) -> str:
    """The value of a hidden field, or of any other that is an `input`."""
    tags = parse(response.content.decode()).tags
    return next(attributes["value"] for tag, attributes in tags if tag == "input" and attributes.get("name") == name)


def links(response) -> list[str]:
    """Where a page leads."""
    return [attributes["href"] for tag, attributes in parse(response.content.decode()).tags if tag == "a"]
