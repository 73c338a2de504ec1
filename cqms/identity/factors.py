"""Second factors of a person: an authenticator app, passkeys, recovery codes. Kept in allauth's table.

Every change is told in the account's history, in each organization of the person and by mail. A code of an app counts
once, whatever happens to the cache; recovery codes are stored as password hashes and shown when they are made.
"""

import secrets
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from cqms.accounts import services as accounts
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.identity.sealing import seal, unseal
from cqms.identity.telling import tell
from cqms.identity.where import NOWHERE, Where

CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter that reads like a digit
_LENGTH = 12  # 59 bits each, and hashed
_LAST = "last_counter"

APP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES


@dataclass(frozen=True)
class Factors:
    """What a person has: an authenticator app or none, passkeys, and how many recovery codes are left."""

    app: Authenticator | None
    passkeys: tuple[Authenticator, ...]
    codes_left: int

    def __bool__(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def factors_of(person: User) -> Factors:
    """Everything that proves a person besides their password; one query."""
    rows = list(Authenticator.objects.filter(user=person).order_by("created_at", "pk"))
    codes = [row for row in rows if row.type == RECOVERY]
    return Factors(
        app=next((row for row in rows if row.type == APP), None),
        passkeys=tuple(row for row in rows if row.type == PASSKEY),
        codes_left=len(codes[0].data["hashes"]) if codes else 0,
    )


def new_app_key() -> str:
    """A fresh key for an authenticator app, 160 random bits in Base32."""
    key: str = totp.generate_totp_secret()
    return key


def add_app(person: User, key: str, code: str, *, place: Where = NOWHERE) -> bool:
    """Add an authenticator app after the first right code of it; False for a wrong one. A former app is replaced."""
    counter = _counter(key, code, after=0)
    if counter is None:
        return False
    with transaction.atomic():
        Authenticator.objects.filter(user=person, type=APP).delete()
        Authenticator.objects.create(user=person, type=APP, data={"secret": seal(key), _LAST: counter})
        tell(person, SecurityEventKind.FACTOR_ADDED, "added an authenticator app", place=place, detail="app")
    return True


def remove(person: User, factor: Authenticator, *, place: Where = NOWHERE) -> None:
    """Take a factor away; recovery codes go with the last one."""
    name = f"the passkey “{factor}”" if factor.type == PASSKEY else "the authenticator app"
    with transaction.atomic():
        Authenticator.objects.filter(user=person, pk=factor.pk).delete()
        if not factors_of(person):
            Authenticator.objects.filter(user=person).delete()
        tell(person, SecurityEventKind.FACTOR_REMOVED, f"removed {name}", place=place, detail=str(factor))


def remove_all(person: User, *, place: Where = NOWHERE, detail: str = "") -> int:
    """Take every factor of a person away because they are lost; how many. Told in the account's history."""
    with transaction.atomic():
        count = Authenticator.objects.filter(user=person).exclude(type=RECOVERY).count()
        Authenticator.objects.filter(user=person).delete()
        audit.note_security(
            SecurityEventKind.FACTOR_REMOVED, user=person, address=place.address, device=place.device, detail=detail
        )
    return count


def make_recovery_codes(person: User, *, place: Where = NOWHERE) -> list[str]:
    """Make ten new codes, each good for one sign-in; earlier ones end. They are returned once and stored hashed."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(CODES)]
    with transaction.atomic():
        Authenticator.objects.filter(user=person, type=RECOVERY).delete()
        hashes = [make_password(code) for code in codes]
        Authenticator.objects.create(user=person, type=RECOVERY, data={"hashes": hashes})
        tell(person, SecurityEventKind.CODES_MADE, "made new recovery codes", place=place)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def check_app_code(person: User, code: str) -> Authenticator | None:
    """The person's app if it shows this code now; each code counts once."""
    with transaction.atomic():
        app = Authenticator.objects.select_for_update().filter(user=person, type=APP).first()
        counter = app and _counter(unseal(app.data["secret"]), code, after=app.data.get(_LAST, 0))
        if app is None or counter is None:
            return None
        app.data[_LAST] = counter
        app.last_used_at = timezone.now()
        app.save(update_fields=["data", "last_used_at"])
    return app


def check_code(person: User, code: str, *, place: Where = NOWHERE) -> Authenticator | None:
    """The factor that this code belongs to: the app, or a recovery code, which is then used up.

    A wrong code counts towards the lock of the account like a wrong password; a locked account gets no further try.
    """
    if User.objects.get(pk=person.pk).is_locked():
        return None
    found = check_app_code(person, code) or _use_recovery_code(person, code, place)
    if found is None:
        audit.note_security(SecurityEventKind.FACTOR_FAILED, user=person, address=place.address, device=place.device)
        if accounts.note_wrong_password(person).is_locked():
            audit.note_security(SecurityEventKind.LOCKED, user=person, address=place.address, device=place.device)
    return found


def _use_recovery_code(person: User, code: str, place: Where) -> Authenticator | None:
    plain = code.replace("-", "").replace(" ", "").lower()
    if len(plain) != _LENGTH:
        return None
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user=person, type=RECOVERY).first()
        used = next((each for each in row.data["hashes"] if check_password(plain, each)), None) if row else None
        if row is None or used is None:
            return None
        row.data["hashes"].remove(used)
        row.last_used_at = timezone.now()
        row.save(update_fields=["data", "last_used_at"])
        left = f"{len(row.data['hashes'])} left"
        tell(person, SecurityEventKind.CODE_USED, "used a recovery code", place=place, detail=left)
    return row


def _counter(key: str, code: str, *, after: int) -> int | None:
    """The half minute in which the app shows this code, if it is near now and later than `after`."""
    plain = code.replace(" ", "").strip()
    for counter in totp.yield_hotp_counters_from_time():
        shown = totp.format_hotp_value(totp.hotp_value(key, counter))
        if secrets.compare_digest(shown.encode(), plain.encode(errors="replace")) and counter > after:
            return int(counter)
    return None
