"""The door of an organization: its own rules about sessions, networks and second factors, asked at every request."""

from dataclasses import dataclass

from django.http import HttpRequest

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.configuration.rules import SecondFactor, Settings
from cqms.configuration.selectors import current_settings
from cqms.identity.factors import factors_of
from cqms.identity.where import where
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope
from cqms.portal import fresh

SIGN_IN, NETWORK, SHOW_FACTOR, ADD_FACTOR = "sign in", "network", "show factor", "add factor"
PROVE = "prove"
SUSPENDED = "suspended"
_TOLD = "kept_out"
_C = Capability
DECIDERS = (_C.APPROVE, _C.LEAD, _C.ADVISE, _C.ASSURE, _C.CONTROL, _C.HEAD, _C.ADMINISTER)
"""What the people do who approve, decide or administer."""


@dataclass(frozen=True)
class Closed:
    """Why somebody does not come in now; `cure` is what would help: nothing, in a wrong network or while suspended."""

    cure: str
    sentence: str


def closed_to(request: HttpRequest, membership: Membership) -> Closed | None:
    """Why this session does not come into the open organization, None when it does; told once in the trail."""
    found = _closed(request, membership, current_settings())
    if found is not None:
        _tell(request, membership, found)
    return found


def open_to(request: HttpRequest, *, to_read: bool = False) -> list[Organization]:
    """The organizations this session may look into now; the others are asked again at their own door.

    `to_read` leaves out where the person inspects: what they read is marked and written down, which is done inside.
    """
    found = []
    for membership in request.memberships:
        with scope(membership.organization):
            inspects = reach_of(request.user).is_inspector
            if _closed(request, membership, current_settings()) is None and not (to_read and inspects):
                found.append(membership.organization)
    return found


def needs_factor(person: User, rules: Settings) -> bool:
    """Whether the open organization demands a second factor of this person."""
    if rules.second_factor != SecondFactor.DECIDERS:
        return rules.second_factor == SecondFactor.EVERYBODY
    reach = reach_of(person)
    return any(reach.anywhere(each) for each in DECIDERS)


def _closed(request: HttpRequest, membership: Membership, rules: Settings) -> Closed | None:
    place = membership.organization
    if place.suspended_at is not None:
        return Closed(SUSPENDED, place.closed_words)
    return _closed_by(rules, request, place) or _signed_out(request, membership)


def _signed_out(request: HttpRequest, membership: Membership) -> Closed | None:
    """An administrator shut out the sessions that there were; who proves that it is them comes in again."""
    since = membership.signed_out_at
    if since is None or fresh.proved_since(request, since):
        return None
    return Closed(PROVE, f"An administrator of {membership.organization} signed you out. Prove that it is you.")


def _closed_by(rules: Settings, request: HttpRequest, place: Organization) -> Closed | None:
    if fresh.age(request) > rules.session_hours * 3600:
        return Closed(SIGN_IN, f"{place} ends sessions after {rules.session_hours} hours. Sign in again.")
    if getattr(request, "idle_seconds", 0) > rules.idle_minutes * 60:
        return Closed(SIGN_IN, f"{place} ends sessions after {rules.idle_minutes} minutes without use.")
    address = where(request).address
    if not rules.admits(address):
        return Closed(NETWORK, f"{place} lets people in from its own networks only; you come from {address}.")
    if fresh.used_factor(request) or not needs_factor(request.user, rules):
        return None
    if factors_of(request.user):
        return Closed(SHOW_FACTOR, f"{place} asks for your second factor.")
    return Closed(ADD_FACTOR, f"{place} asks for a second factor: add an authenticator app or a passkey.")


def _tell(request: HttpRequest, membership: Membership, closed: Closed) -> None:
    key = f"{membership.pk}:{closed.cure}"
    told = request.session.get(_TOLD, [])
    if key in told:
        return
    request.session[_TOLD] = [*told, key]
    place, kind = where(request), SecurityEventKind.ENTRY_REFUSED
    if closed.cure == SIGN_IN:
        kind = SecurityEventKind.SESSION_OVER
    audit.note_security(kind, user=request.user, detail=closed.sentence, address=place.address, device=place.device)
    sentence = f"was kept out: {closed.cure}"
    audit.append(membership, actor=request.user, verb="refuse", sentence=sentence, reason=closed.sentence)
