"""Signing in at an organization's own OpenID provider: the one client for sign-in and for proving at a signature.

Authorization code with PKCE, state and nonce, each bound to this browser's session; the ID token's signature, issuer,
audience, times and nonce are checked here, and for a signature also that the person was just asked (`auth_time`).
"""

import secrets
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cqms.identity.models import IdentityProvider
from cqms.identity.sealing import unseal

_SECONDS = 10
_SKEW = 60
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProviderFailed(Exception):
    """The provider did not say who it is, in words for the person at the screen."""


@dataclass(frozen=True)
class Started:
    """Where to send the browser, and what the session keeps until it comes back."""

    url: str
    kept: dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What the provider said: the checked claims, the token that carries them, and the key that proves it."""

    claims: dict[str, Any]
    token: str
    key: dict[str, Any]


def start(provider: IdentityProvider, callback: str, *, nonce: str = "", again: bool = False) -> Started:
    """Begin a round trip. `again` makes the provider ask the person anew, however lately they signed in there."""
    client = _client(provider, callback)
    verifier = secrets.token_urlsafe(48)
    asked = {"prompt": "login", "max_age": "0"} if again else {}
    nonce = nonce or secrets.token_urlsafe(24)
    url, state = client.create_authorization_url(
        _metadata(provider)["authorization_endpoint"], nonce=nonce, code_verifier=verifier, **asked
    )
    began = int(timezone.now().timestamp())
    return Started(url, {"state": state, "nonce": nonce, "verifier": verifier, "began": began, "again": again})


def finish(provider: IdentityProvider, callback: str, kept: dict[str, Any], answer: dict[str, str]) -> Said:
    """Exchange what the provider sent back for checked claims. Raises ProviderFailed."""
    if not kept or not secrets.compare_digest(str(kept["state"]), answer.get("state", "")):
        raise ProviderFailed("This answer does not belong to a sign-in that began in this browser. Begin again.")
    if "code" not in answer:
        raise ProviderFailed("The sign-in at your organization was cancelled or refused.")
    if answer.get("iss") not in (None, provider.issuer):
        raise ProviderFailed("Another provider answered than the one that was asked.")
    token = _exchange(provider, callback, answer["code"], kept["verifier"])
    return _checked(provider, token, kept)


def _exchange(provider: IdentityProvider, callback: str, code: str, verifier: str) -> str:
    try:
        with _client(provider, callback) as client:
            found = client.fetch_token(
                _metadata(provider)["token_endpoint"], code=code, code_verifier=verifier, timeout=_SECONDS
            )
    except (requests.RequestException, ValueError, KeyError) as error:
        raise ProviderFailed("The provider of your organization does not answer. Try again in a minute.") from error
    except AuthlibBaseError as error:
        raise ProviderFailed("The provider of your organization refused the sign-in.") from error
    return str(found.get("id_token", ""))


def _checked(provider: IdentityProvider, token: str, kept: dict[str, Any]) -> Said:
    keys = KeySet.import_key_set(cast("Any", _get(_metadata(provider)["jwks_uri"])))
    claims, key = claims_of(token, keys)
    now = int(timezone.now().timestamp())
    rules = jwt.JWTClaimsRegistry(
        now=now,
        leeway=_SKEW,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": kept["nonce"]},
    )
    try:
        rules.validate(claims)
    except JoseError as error:
        raise ProviderFailed("What the provider said about you was not meant for this sign-in.") from error
    if claims.get("azp", _only(claims["aud"])) != provider.client_id:
        raise ProviderFailed("What the provider said about you was meant for somebody else.")
    if kept["again"] and not _was_just_asked(claims, kept["began"], now):
        raise ProviderFailed("The provider did not ask who you are just now, so it proves nothing for a signature.")
    return Said(claims, token, key)


def claims_of(token: str, keys: KeySet) -> tuple[dict[str, Any], dict[str, Any]]:
    """The claims of a token that one of these keys signed, and that key. Raises ProviderFailed."""
    try:
        found = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        used = keys.get_by_kid(found.header.get("kid"))
    except (JoseError, ValueError) as error:
        raise ProviderFailed("What the provider said about you is not signed by it.") from error
    return dict(found.claims), used.as_dict(private=False)


def _only(audience: Any) -> Any:
    """The one a token is for; None where it is for several, of which it must name the one that asked."""
    found = audience if isinstance(audience, list) else [audience]
    return found[0] if len(found) == 1 else None


def _was_just_asked(claims: dict[str, Any], began: int, now: int) -> bool:
    at = claims.get("auth_time")
    return type(at) is int and began - _SKEW <= at <= now + _SKEW


def _metadata(provider: IdentityProvider) -> dict[str, Any]:
    found = _get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise ProviderFailed("The provider says it is another one than your organization declared.")
    return found


def _get(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ProviderFailed("The provider of your organization is not reached over https.")
    try:
        response = requests.get(url, timeout=_SECONDS, allow_redirects=False)
        response.raise_for_status()
        found = response.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderFailed("The provider of your organization does not answer. Try again in a minute.") from error
    if not isinstance(found, dict):
        raise ProviderFailed("The provider of your organization answers nonsense.")
    return found


def _client(provider: IdentityProvider, callback: str) -> OAuth2Session:
    return OAuth2Session(
        provider.client_id,
        unseal(provider.sealed_secret),
        redirect_uri=callback,
        scope="openid email profile",
        code_challenge_method="S256",
    )
