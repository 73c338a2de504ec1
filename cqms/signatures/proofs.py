"""Proofs that are kept with a signature and can be checked again: a passkey's assertion over exactly what was signed.

The challenge of the assertion is a hash over record, content, meaning and a nonce that the server gave once, so the
assertion says nothing about any other record, content or meaning.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from django.utils import timezone
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticationResponse, AuthenticatorData, CollectedClientData
from joserfc.jwk import KeySet

from cqms.accounts.models import User
from cqms.identity import passkeys
from cqms.identity.admission import identities, provider_here
from cqms.identity.providers import ProviderFailed, claims_of
from cqms.signatures.models import Signature

Proof = dict[str, Any]
_FORMAT = 1
_PROVED_SECONDS = 6 * 60


@dataclass(frozen=True)
class Subject:
    """What a proof is about: the record, the SHA-256 of its signed content, and the meaning of the signature."""

    record_kind: str
    record_id: int
    content_hash: str
    meaning: str

    def challenge(self, nonce: str) -> bytes:
        """The 32 bytes that a proof must cover."""
        covered = {
            "format": _FORMAT,
            "record": f"{self.record_kind}:{self.record_id}",
            "content": self.content_hash,
            "meaning": self.meaning,
            "nonce": nonce,
        }
        return hashlib.sha256(json.dumps(covered, sort_keys=True, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True)
class PasskeyAnswer:
    """What a device answered: at which host, to which nonce, and its answer as JSON."""

    host: str
    nonce: str
    answer: str


def prove_by_passkey(person: User, subject: Subject, given: PasskeyAnswer) -> Proof:
    """Check the answer and return what is kept of it. Raises passkeys.NotProved."""
    challenge = websafe_encode(subject.challenge(given.nonce))
    state = {"challenge": challenge, "user_verification": "required"}
    row, response = passkeys.finish_proof(person, given.host, state, given.answer)
    return {"kind": "passkey", "nonce": given.nonce, "host": given.host, "name": str(row), **_kept(row, response)}


@dataclass(frozen=True)
class ProviderAnswer:
    """What the organization's provider said for this signature: our nonce, its token, and the key that proves it."""

    nonce: str
    token: str
    key: dict[str, Any]


def prove_by_provider(person: User, subject: Subject, given: ProviderAnswer) -> Proof:
    """Check the token once more and return what is kept of it. Raises ProviderFailed.

    It must name this person at the provider used here, answer exactly this subject, and be minutes old.
    """
    claims, _ = claims_of(given.token, KeySet.import_key_set({"keys": [given.key]}))
    provider = provider_here()
    if provider is None or claims["iss"] != provider.issuer:
        raise ProviderFailed("Your organization does not use this provider any more.")
    if not identities(provider).filter(subject=claims["sub"], user=person).exists():
        raise ProviderFailed("Somebody else signed in at the provider than signs here.")
    if not _answers(claims, subject.challenge(given.nonce)):
        raise ProviderFailed("The record changed after you proved who you are. Look at it and prove it again.")
    if timezone.now().timestamp() - claims["auth_time"] > _PROVED_SECONDS:
        raise ProviderFailed("You proved who you are too long ago. Prove it again.")
    return {"kind": "provider", "nonce": given.nonce, "issuer": claims["iss"], "token": given.token, "key": given.key}


def proof_holds(signature: Signature) -> bool:
    """Whether the kept proof, if there is one, still proves this very signature."""
    check = _CHECKS.get(signature.method)
    if check is None:
        return not signature.proof
    proof = signature.proof
    subject = Subject(signature.record_kind, signature.record_id, signature.content_hash, signature.meaning)
    try:
        return check(proof, subject.challenge(proof["nonce"]))
    except (KeyError, ValueError, TypeError, InvalidSignature, ProviderFailed):
        return False


def nonce_for(subject: Subject, nonce: str) -> str:
    """The nonce a provider puts into its token, so that the token covers what is signed."""
    return websafe_encode(subject.challenge(nonce))


def _answers(claims: dict[str, Any], challenge: bytes) -> bool:
    return bool(claims.get("nonce") == websafe_encode(challenge))


def _token_holds(proof: Proof, challenge: bytes) -> bool:
    claims, _ = claims_of(proof["token"], KeySet.import_key_set({"keys": [proof["key"]]}))
    return _answers(claims, challenge) and claims["iss"] == proof["issuer"]


def _kept(row: Any, response: AuthenticationResponse) -> Proof:
    credential = row.wrap().authenticator_data.credential_data
    return {
        "credential": websafe_encode(credential.credential_id),
        "public_key": websafe_encode(cbor.encode(dict(credential.public_key))),
        "client_data": websafe_encode(bytes(response.response.client_data)),
        "authenticator_data": websafe_encode(bytes(response.response.authenticator_data)),
        "signature": websafe_encode(response.response.signature),
    }


def _assertion_holds(proof: Proof, challenge: bytes) -> bool:
    client = CollectedClientData(websafe_decode(proof["client_data"]))
    device = AuthenticatorData(websafe_decode(proof["authenticator_data"]))
    key = CoseKey.parse(cast("dict[int, Any]", cbor.decode(websafe_decode(proof["public_key"]))))
    key.verify(bytes(device) + client.hash, websafe_decode(proof["signature"]))
    return (
        client.type == CollectedClientData.TYPE.GET
        and client.challenge == challenge
        and device.rp_id_hash == hashlib.sha256(proof["host"].encode()).digest()
        and device.is_user_present()
        and device.is_user_verified()
    )


_CHECKS = {"passkey": _assertion_holds, "provider": _token_holds, "provider+code": _token_holds}
