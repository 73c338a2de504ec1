"""What a session keeps while its person is away at a provider, and the proof they came back with."""

from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from cqms.identity.providers import Said

SIGN_IN, CONFIRM, SIGN = "sign in", "confirm", "sign"
_KEY, _PROOF, _FEW, _SECONDS = "away", "proved_elsewhere", 4, 10 * 60

Kept = dict[str, Any]


def callback_url() -> str:
    """The one address a provider sends people back to, at the portal's declared address."""
    path = reverse("account_sso_callback", urlconf=settings.ROOT_URLCONF).removeprefix(get_script_prefix())
    return f"{settings.SITE_URL}/{path.removeprefix('/')}"


def remember(session: Any, kept: Kept) -> None:
    """Keep one round trip until it comes back; the four latest count."""
    session[_KEY] = [*session.get(_KEY, []), {**kept, "at": timezone.now().timestamp()}][-_FEW:]


def take(session: Any, state: str) -> Kept | None:
    """The round trip of this state, once; None for one that never began here or began too long ago."""
    rows: list[Kept] = session.get(_KEY, [])
    session[_KEY] = [row for row in rows if row["state"] != state]
    found = next((row for row in rows if row["state"] == state), None)
    late = found is not None and timezone.now().timestamp() - found["at"] > _SECONDS
    return None if late else found


def keep_proof(session: Any, kept: Kept, said: Said) -> None:
    """Keep what the provider said for the signature that asked for it."""
    session[_PROOF] = {
        "about": kept["about"], "nonce": kept["own_nonce"], "token": said.token, "key": said.key,
        "at": timezone.now().timestamp(),
    }  # fmt: skip


def proof_about(session: Any, about: str) -> Kept | None:
    """The proof for this record and step, five minutes at most."""
    found: Kept | None = session.get(_PROOF)
    fits = found is not None and found["about"] == about and timezone.now().timestamp() - found["at"] <= _SECONDS / 2
    return found if fits else None


def spend_proof(session: Any) -> None:
    """The signature it was for is made: it counts for no other."""
    session.pop(_PROOF, None)
