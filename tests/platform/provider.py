"""A real OpenID provider on loopback, people there, and a browser that goes there and comes back."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from django.test import Client

from cqms.accounts.models import User
from cqms.identity.configuring import as_setting, put_in_force
from cqms.identity.models import IdentityProvider, ProviderIdentity
from cqms.organizations.scope import scope
from tests.cast import Cast

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package uses a part of authlib that goes one day
    from oidc_provider_mock import User as Known
    from oidc_provider_mock import run_server_in_thread
    from oidc_provider_mock._storage import AuthorizationCode

__all__ = ["AuthorizationCode"]

_AWAY = re.compile(r'content="0;url=([^"]+)"')


@dataclass(frozen=True)
class AtProvider:
    """The running provider; `people` by subject."""

    issuer: str

    def approve(self, url: str, subject: str) -> str:
        """Sign in there as this subject; the address the browser is sent back to."""
        answer = requests.post(url, data={"sub": subject}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running(**people: dict[str, Any]) -> Iterator[AtProvider]:
    """A provider that knows these people: subject → claims."""
    known = [Known(sub=subject, claims=claims) for subject, claims in people.items()]
    with run_server_in_thread(user_claims=known, require_nonce=True) as server:
        yield AtProvider(f"http://localhost:{server.server_port}")


def set_provider(cast: Cast, at: AtProvider, **changes: Any) -> IdentityProvider:
    """Let the first organization use it."""
    values = {
        "name": "Northwind sign-in", "issuer": at.issuer, "client_id": "portal", "domains": ["cast.test"],
        "rules": ["groups = quality → qa", "groups = authors → author"], "is_open": True,
    }  # fmt: skip
    with scope(cast.ours):
        said, sealed = as_setting(values | changes, secret="s3cret")
        put_in_force(said, sealed, actor=cast.quality_head, reason="Everybody signs in there.")
        return IdentityProvider.objects.get()


def link(cast: Cast, person: User, subject: str) -> None:
    """As if the person had signed in there before, in the browser in which they were signed in here."""
    with scope(cast.ours):
        provider = IdentityProvider.objects.get()
        ProviderIdentity.objects.create(provider=provider, issuer=provider.issuer, subject=subject, user=person)


def away(response) -> str:
    """Where the page sends the browser."""
    assert response.status_code == 200, response.content
    return _AWAY.search(response.content.decode())[1].replace("&amp;", "&")


def come_back(browser: Client, location: str):
    """The browser follows the provider's redirect to us."""
    path = "/" + location.split("/", 3)[3]
    return browser.get(path)


def sign_in_there(browser: Client, at: AtProvider, subject: str, place: str = "/accounts/sso/northwind/"):
    """From our page to the provider and back."""
    return come_back(browser, at.approve(away(browser.get(place)), subject))
