"""Everything held about one person in one organization (GDPR 15 and 20): as JSON for programs, as a page to read.

What the person signed and did is told by kind and number; titles of records stand there only as far as whoever asked
may see them now, so that nobody learns of a lane or a study this way. What stands in a lane that is closed to who asks
is left out, except what the person did there and asks for themselves. What belongs to the account and to no
organization (sign-ins, sessions, devices) is given to the person only.
"""

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from cqms.access.models import RoleAssignment, RoleRequest
from cqms.access.reach import lanes_of, may_see_lane, reach_of
from cqms.accounts.models import User
from cqms.api.models import ApiToken
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.audit.states import AccountState
from cqms.history.models import HistoryRow
from cqms.identity.factors import factors_of
from cqms.identity.models import KnownDevice, ProviderIdentity, SignedInSession
from cqms.lists.models import SavedView
from cqms.notifications.models import Notification
from cqms.organizations.models import Membership, Organization, TrackedModel
from cqms.organizations.scope import current_organization_id
from cqms.portal.policies import ABOUT_PEOPLE
from cqms.records.story import seen_by
from cqms.signatures.models import Acceptance, Signature

Tell = Callable[[str, int, int], None]
Rows = list[dict[str, Any]]

_HIDDEN = "a record that is not yours to see"
_SECRET = frozenset({"id", "organization_id", "user_id", "revision", "digest", "key", "history_id", "transaction_id"})
_CHUNK = 500


def write_own_data(person: User, target: BinaryIO, *, reader: User, reason: str, tell: Tell) -> dict[str, int]:
    """Write the archive for `reader`, who is the person or an administrator; how many rows each part has."""
    parts = dict(_parts(person, reader, tell))
    head = {
        "format": 1,
        "organization": Organization.objects.get(pk=current_organization_id()).name,
        "person": person.name,
        "made_at": timezone.now(),
        "made_for": reader.name,
        "reason": reason,
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        whole = json.dumps({**head, **parts}, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        archive.writestr("data.json", whole)
        archive.writestr(
            "data.html", render_to_string("portal/own_data_file.html", {"head": head, "parts": _shown(parts)})
        )
    return {name: len(rows) for name, rows in parts.items()}


def _parts(person: User, reader: User, tell: Tell) -> Iterator[tuple[str, Rows]]:
    makers: dict[str, Callable[[], Rows]] = {
        "account": lambda: [_fields(person, "email", "name", "zone", "is_active", "created_at")],
        "membership": lambda: _all(Membership.objects.filter(user=person)),
        "roles": lambda: _all(RoleAssignment.objects.filter(user=person)),
        "requests_for_roles": lambda: _all(RoleRequest.objects.filter(Q(user=person) | Q(requested_by=person))),
        "accepted_electronic_signatures": lambda: _all(Acceptance.objects.filter(person=person)),
        "signatures": lambda: _signatures(person, reader),
        "entries_by_the_person": lambda: _entries(Q(actor=person), person, reader),
        "entries_about_the_person": lambda: _entries(_about(person), person, reader),
        "named_in": lambda: _named_in(person, reader),
        "tokens": lambda: _all(ApiToken.objects.filter(user=person, organization_id=current_organization_id())),
        "known_at_provider": lambda: _all(ProviderIdentity.objects.filter(user=person)),
    }
    if reader.pk == person.pk:
        makers |= {
            "second_factors": lambda: _factors(person),
            "sessions": lambda: _all(SignedInSession.objects.filter(user=person)),
            "devices": lambda: _all(KnownDevice.objects.filter(user=person)),
            "account_as_it_was": lambda: _all(AccountState.objects.filter(user=person)),
            "sign_in_history": lambda: _all(SecurityEvent.objects.filter(user=person)),
            "notifications": lambda: _all(Notification.objects.filter(person=person)),
            "saved_views": lambda: _all(SavedView.objects.filter(owner=person)),
        }
    for count, (name, make) in enumerate(makers.items(), 1):
        tell(f"Collecting {name.replace('_', ' ')}", count, len(makers))
        yield name, make()


def _all(rows: QuerySet[Any]) -> Rows:
    return [_fields(row, *(field.name for field in row._meta.concrete_fields)) for row in rows.order_by("pk")]


def _fields(row: Model, *names: str) -> dict[str, Any]:
    found = {}
    for field in row._meta.concrete_fields:
        if field.name in names and field.name not in _SECRET and field.attname not in _SECRET:
            value = getattr(row, field.name)
            found[field.name] = str(value) if isinstance(value, Model) else value
    return found


def _about(person: User) -> Q:
    members = Membership.objects.filter(user=person).values("pk")
    roles = RoleAssignment.objects.filter(user=person).values("pk")
    return Q(record_kind=ABOUT_PEOPLE[0], record_id__in=members) | Q(record_kind=ABOUT_PEOPLE[1], record_id__in=roles)


def _told(which: Q, person: User, reader: User) -> QuerySet[AuditEvent]:
    """The entries that exist for who asks: to the person all of them, to others those in lanes they may know of."""
    rows = AuditEvent.objects.filter(which)
    return rows if reader.pk == person.pk else seen_by(reader, rows, capability=None)


def _entries(which: Q, person: User, reader: User) -> Rows:
    rows = _told(which, person, reader).order_by("pk")
    open_ones = set(_open(which, reader).values_list("pk", flat=True))
    return [
        {
            "at": row.at, "what": row.verb, "kind": row.record_kind, "number": row.record_id,
            "record": row.record_label if row.pk in open_ones else _HIDDEN,
            "in_words": row.sentence if row.pk in open_ones else "",
            "reason": row.reason if row.pk in open_ones else "",
        }
        for row in rows.iterator(_CHUNK)
    ]  # fmt: skip


def _open(which: Q, reader: User) -> QuerySet[AuditEvent]:
    """The entries a reader may read: of people always, of others what the timeline would show them."""
    rows = AuditEvent.objects.filter(which)
    seen = seen_by(reader, rows).values("pk")
    return rows.filter(Q(record_kind__in=ABOUT_PEOPLE) | Q(pk__in=seen))


def _signatures(person: User, reader: User) -> Rows:
    told = set(_told(Q(actor=person), person, reader).values_list("action_id", flat=True))
    open_actions = set(_open(Q(actor=person), reader).values_list("action_id", flat=True))
    return [
        {
            "signed_at": row.signed_at, "printed_name": row.signer_name, "meaning": row.get_meaning_display(),
            "method": row.get_method_display(), "zone": row.zone, "kind": row.record_kind, "number": row.record_id,
            "sha256": row.content_hash,
            "statement": row.statement if row.action_id in open_actions else _HIDDEN,
        }
        for row in Signature.objects.filter(signer=person).order_by("pk") if row.action_id in told
    ]  # fmt: skip


def _named_in(person: User, reader: User) -> Rows:
    """Every tracked record that names the person and stands in a lane the reader may know of, by kind and number."""
    found, reach = [], reach_of(reader)
    for model in apps.get_models():
        if not issubclass(model, TrackedModel) or issubclass(model, HistoryRow):
            continue
        for field in (each for each in model._meta.concrete_fields if each.related_model is User):
            rows = model._default_manager.filter(**{field.name: person}).order_by("pk")
            known = [row.pk for row in rows if all(may_see_lane(reach, lane, row) for lane in lanes_of(row))]
            found += [{"kind": model._meta.label_lower, "number": pk, "as": str(field.verbose_name)} for pk in known]
    return found


def _factors(person: User) -> Rows:
    found = factors_of(person)
    rows = [*([found.app] if found.app else []), *found.passkeys]
    return [{"kind": row.type, "added_at": row.created_at, "last_used_at": row.last_used_at} for row in rows]


def _shown(parts: dict[str, Rows]) -> list[tuple[str, Rows]]:
    """The parts as the page shows them: headings in words, moments in UTC."""
    return [
        (
            name.replace("_", " ").capitalize(),
            [{key.replace("_", " "): _plain(row[key]) for key in row} for row in rows],
        )
        for name, rows in parts.items()
    ]


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    return "" if value is None else str(value)
