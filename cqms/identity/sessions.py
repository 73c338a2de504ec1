"""Where a person is signed in, and ending it from elsewhere."""

import hashlib
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.identity.models import KnownDevice, SignedInSession
from cqms.identity.telling import mail
from cqms.identity.where import NOWHERE, Where

_FORGET_DEVICE_AFTER = timedelta(days=400)


def note_session(person: User, key: str, place: Where, *, through: int | None) -> None:
    """Remember that a person uses this session now, which the provider of organization `through` opened, or none."""
    seen = {"user": person, "address": place.address, "device": place.device, "seen_at": timezone.now(),
            "opened_through_id": through}  # fmt: skip
    SignedInSession.objects.update_or_create(key=key, defaults=seen)


def sessions_of(person: User) -> list[SignedInSession]:
    """The person's open sessions, the latest used first; what has run out meanwhile is forgotten."""
    rows = list(
        SignedInSession.objects.filter(user=person).select_related("opened_through").order_by("-seen_at", "-pk")
    )
    keys = [row.key for row in rows]
    alive = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    SignedInSession.objects.filter(key__in=[key for key in keys if key not in alive]).delete()
    return [row for row in rows if row.key in alive]


def forget_session(key: str | None) -> None:
    """A session ended by itself: sign-out, inactivity, length."""
    SignedInSession.objects.filter(key=key or "").delete()


def end_sessions(person: User, *, but: str = "", only: int | None = None, place: Where) -> int:
    """End sessions of a person at once, all of them or `only` one, `but` the one of this key; how many ended."""
    rows = SignedInSession.objects.filter(user=person).exclude(key=but)
    rows = rows if only is None else rows.filter(pk=only)
    return len(_end(rows, place))


def end_sessions_through(organization: int) -> list[User]:
    """End at once every session that the provider of this organization opened; whose they were, once for each.

    Such a session opens no other organization, so nobody loses what another one gave.
    """
    return [row.user for row in _end(SignedInSession.objects.filter(opened_through=organization), NOWHERE)]


def _end(rows: QuerySet[SignedInSession], place: Where) -> list[SignedInSession]:
    with transaction.atomic():
        found = list(rows.select_related("user").select_for_update(of=("self",)))
        Session.objects.filter(session_key__in=[row.key for row in found]).delete()
        for row in found:
            audit.note_security(
                SecurityEventKind.SESSION_ENDED, user=row.user, detail=row.device, address=place.address,
                device=place.device,
            )  # fmt: skip
        SignedInSession.objects.filter(pk__in=[row.pk for row in found]).delete()
    return found


def note_device(person: User, secret: str, place: Where) -> bool:
    """Remember the browser that holds this cookie; True, and a mail, when the person never signed in with it before.

    The first browser of an account is no news.
    """
    now = timezone.now()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    known = KnownDevice.objects.filter(user=person, last_seen_at__gt=now - _FORGET_DEVICE_AFTER)
    is_first, is_known = not known.exists(), known.filter(digest=digest).exists()
    seen = {"device": place.device, "last_seen_at": now}
    KnownDevice.objects.update_or_create(user=person, digest=digest, defaults=seen)
    if is_first or is_known:
        return False
    audit.note_security(SecurityEventKind.NEW_DEVICE, user=person, address=place.address, device=place.device)
    mail(person, "Signed in on a new device", place)
    return True
