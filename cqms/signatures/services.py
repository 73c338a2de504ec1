"""Signing: prove who it is, then bind name, meaning and moment to exactly what was on the screen."""

from dataclasses import dataclass
from typing import Any, Protocol

from django.utils import timezone

from cqms.accounts import services as accounts
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind, kind_of
from cqms.audit.refusals import Blocked, Refused
from cqms.configuration.rules import Signing
from cqms.configuration.selectors import current_settings
from cqms.events import publish
from cqms.identity.factors import check_app_code
from cqms.identity.passkeys import NotProved
from cqms.identity.providers import ProviderFailed
from cqms.identity.throttle import SIGN, spend
from cqms.organizations.models import TrackedModel
from cqms.signatures.content import canonical, digest
from cqms.signatures.events import Signed
from cqms.signatures.models import BINDING_STATEMENT, STATEMENTS, Acceptance, Meaning, Signature
from cqms.signatures.proofs import (
    PasskeyAnswer,
    Proof,
    ProviderAnswer,
    Subject,
    prove_by_passkey,
    prove_by_provider,
)
from cqms.signatures.standing import objections

SESSION_SECONDS = 15 * 60
_SESSION_KEY = "last_signed_at"


class Session(Protocol):
    """What a web session offers: a dictionary."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default."""

    def __setitem__(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True)
class Credentials:
    """What the person gave to sign. `both` says that e-mail and password were asked for.

    `code` is the one their authenticator app shows; a `passkey` stands for everything else.
    """

    password: str = ""
    email: str = ""
    both: bool = True
    accepts_binding: bool = False
    code: str = ""
    passkey: PasskeyAnswer | None = None
    provider: ProviderAnswer | None = None

    @property
    def method(self) -> str:
        """The method as the signature records it."""
        if self.passkey is not None:
            return "passkey"
        if self.provider is not None:
            return "provider+code" if self.code else "provider"
        return f"{'email+password' if self.both else 'password'}{'+code' if self.code else ''}"


class WrongCredentials(Refused):
    """The person did not prove who they are. Counts towards the lock of the account."""

    status = 422

    def __init__(self, sentence: str, field: str = "password") -> None:
        super().__init__(sentence)
        self.field = field

    def after_rollback(self, actor: User | None) -> None:
        """Count the failure, and lock the account after too many."""
        if actor is None:
            return
        audit.note_security(SecurityEventKind.SIGNATURE_FAILED, user=actor)
        if accounts.note_wrong_password(actor).is_locked():
            audit.note_security(SecurityEventKind.LOCKED, user=actor)


class CredentialsMissing(Refused):
    """Nothing was entered to sign with; nobody guessed a password, so it does not count towards the lock."""

    status = 422

    def __init__(self, sentence: str, field: str = "password") -> None:
        super().__init__(sentence)
        self.field = field


class AccountLocked(Refused):
    """Too many wrong passwords; signing waits as signing in does."""

    status = 422
    field = "password"


class AcceptanceMissing(Refused):
    """The person has not yet accepted that electronic signatures bind them."""

    status = 422
    field = "accepts_binding"


def sign(
    record: TrackedModel,
    *,
    signer: User,
    meaning: Meaning,
    credentials: Credentials,
    capacity: str = "",
    reason: str = "",
) -> Signature:
    """Sign the record as it is now; call inside `action` and a transaction, with the record locked.

    Raises Blocked for who lacks the proof of identity or the training that is demanded here, WrongCredentials,
    AccountLocked, AcceptanceMissing or TooOften; nothing is signed then (21 CFR 11.200, 11.100(b) and (c)).
    """
    missing = objections(signer)
    if missing:
        raise Blocked(missing)
    spend(signer, SIGN)
    content = canonical(record)
    proof = _prove(signer, credentials, Subject(kind_of(record), record.pk, digest(content), meaning))
    _accept(signer, credentials)
    signature: Signature = Signature.objects.create(
        signer=signer,
        signer_name=signer.name,
        meaning=meaning,
        statement=STATEMENTS[meaning].format(record=record)[:500],
        capacity=capacity,
        reason=reason,
        zone=signer.zone,
        method=credentials.method,
        proof=proof,
        record_kind=kind_of(record),
        record_id=record.pk,
        record_label=str(record)[:300],
        revision=record.revision,
        content=content,
        content_hash=digest(content),
    )
    publish(Signed(signature.pk))
    return signature


def has_accepted(person: User) -> bool:
    """Whether the person accepted, in this organization, that their electronic signatures bind them."""
    return Acceptance.objects.filter(person=person).exists()


def acceptance_of(person: User) -> Acceptance | None:
    """When the person accepted that their electronic signatures bind them; None if never."""
    return Acceptance.objects.filter(person=person).first()


def needs_both_components(session: Session) -> bool:
    """Whether signing must ask for e-mail and password: at the first signing of a session, and after 15 minutes."""
    last = session.get(_SESSION_KEY)
    return last is None or timezone.now().timestamp() - last > SESSION_SECONDS


def note_signed(session: Session) -> None:
    """Remember in the session that the person just signed, so that the password alone is enough for a while."""
    session[_SESSION_KEY] = timezone.now().timestamp()


def _prove(signer: User, credentials: Credentials, subject: Subject) -> Proof:
    """Check what was given against what the organization demands; the proof that is kept, empty for passwords."""
    fresh = User.objects.get(pk=signer.pk)
    if fresh.is_locked():
        raise AccountLocked(f"Too many wrong passwords. Try again after {fresh.locked_until:%H:%M} UTC.")
    if not fresh.is_active:
        raise WrongCredentials("This account is closed.")
    if credentials.passkey is not None:
        return _passkey_proof(fresh, subject, credentials.passkey)
    demanded = current_settings().signing
    if demanded == Signing.PASSKEY:
        raise CredentialsMissing("Here one signs with a passkey, on the page of this step.", field="")
    proof: Proof = {}
    if credentials.provider is not None:
        proof = _provider_proof(fresh, subject, credentials.provider)
    else:
        _check_password(fresh, credentials)
    if demanded == Signing.SECOND_FACTOR or credentials.code:
        _check_code(fresh, credentials.code)
    accounts.note_right_password(fresh)
    return proof


def _passkey_proof(signer: User, subject: Subject, given: PasskeyAnswer) -> Proof:
    try:
        return prove_by_passkey(signer, subject, given)
    except NotProved:
        sentence = "The passkey did not sign what is shown here. Look at the record again and repeat it."
        raise WrongCredentials(sentence, field="") from None


def _provider_proof(signer: User, subject: Subject, given: ProviderAnswer) -> Proof:
    try:
        return prove_by_provider(signer, subject, given)
    except ProviderFailed as refusal:
        raise WrongCredentials(str(refusal), field="") from None


def _check_password(signer: User, credentials: Credentials) -> None:
    email_is_right = not credentials.both or credentials.email.strip().lower() == signer.email
    if not (signer.check_password(credentials.password) and email_is_right):
        raise WrongCredentials("E-mail or password is wrong." if credentials.both else "The password is wrong.")


def _check_code(signer: User, code: str) -> None:
    if not code:
        sentence = "Signing takes your second factor here: enter the code of your authenticator app."
        raise CredentialsMissing(sentence, field="code")
    if check_app_code(signer, code) is None:
        raise WrongCredentials("This code is not right, or it was used already. Wait for the next one.", field="code")


def _accept(signer: User, credentials: Credentials) -> None:
    if has_accepted(signer):
        return
    if not credentials.accepts_binding:
        raise AcceptanceMissing("Tick that your electronic signature binds you like your handwritten one.")
    Acceptance.objects.create(person=signer, person_name=signer.name, statement=BINDING_STATEMENT)
