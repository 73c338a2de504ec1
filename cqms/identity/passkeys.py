"""Passkeys: adding one, and proving with one that its owner is there. Every use needs user verification.

A passkey belongs to the host name of the portal. An address of digits cannot have any; on one's own machine the
name is `localhost`.
"""

import ipaddress
import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import get_credentials
from django.db import transaction
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cqms.accounts.models import User
from cqms.audit.models import SecurityEventKind
from cqms.identity.factors import PASSKEY
from cqms.identity.telling import tell
from cqms.identity.where import NOWHERE, Where

Options = dict[str, Any]
State = dict[str, Any]


class NotProved(Exception):
    """What the device answered proves nothing."""


def host_of(address: str) -> str:
    """The name a passkey belongs to: the host without its port."""
    return address.partition(":")[0]


def is_possible(host: str) -> bool:
    """Whether passkeys work at this host: browsers allow names only."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return not host.startswith("[")
    return False


def begin_adding(person: User, host: str) -> tuple[Options, State]:
    """What the browser asks the device to make, and what the session keeps until it answers."""
    entity = get_adapter().get_public_key_credential_user_entity(person)
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(**entity),
        credentials=get_credentials(person),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        extensions={"credProps": True},
    )
    return _plain(options), state


def finish_adding(
    person: User, host: str, state: State, answer: str, *, name: str, place: Where = NOWHERE
) -> Authenticator:
    """Keep the new passkey under its name. Raises NotProved."""
    try:
        credential = _read(answer)
        _server(host).register_complete(state, credential)
    except (ValueError, TypeError, KeyError) as error:
        raise NotProved from error
    with transaction.atomic():
        data = {"name": name, "credential": credential}
        row = Authenticator.objects.create(user=person, type=PASSKEY, data=data)
        tell(person, SecurityEventKind.FACTOR_ADDED, f"added the passkey “{name}”", place=place, detail=name)
    return row


def begin_proof(person: User, host: str, challenge: bytes | None = None) -> tuple[Options, State]:
    """What the browser asks the device to confirm; `challenge` binds it to something, such as a record's content."""
    options, state = _server(host).authenticate_begin(
        get_credentials(person), user_verification=UserVerificationRequirement.REQUIRED, challenge=challenge
    )
    return _plain(options), state


def finish_proof(person: User, host: str, state: State, answer: str) -> tuple[Authenticator, AuthenticationResponse]:
    """The passkey that answered, and its answer. Raises NotProved."""
    try:
        response = AuthenticationResponse.from_dict(_read(answer))
        _server(host).authenticate_complete(state, get_credentials(person), response)
    except (ValueError, TypeError, KeyError) as error:
        raise NotProved from error
    row = _owner_of(person, response.raw_id)
    row.last_used_at = timezone.now()
    row.save(update_fields=["last_used_at"])
    return row, response


def _read(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("The answer of a device is an object.")
    return found


def _owner_of(person: User, credential: bytes) -> Authenticator:
    rows = Authenticator.objects.filter(user=person, type=PASSKEY)
    return next(row for row in rows if row.wrap().authenticator_data.credential_data.credential_id == credential)


def _server(host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name="Quality portal"))


def _plain(options: Any) -> Options:
    """The options as JSON carries them, bytes as Base64url."""
    found: Options = json.loads(json.dumps(options, default=dict))
    return found
