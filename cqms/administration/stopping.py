"""Stopping sign-in by the provider of the organization at once, for example after it was broken into."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.administration import settings_life
from cqms.administration.policies import may_propose_settings
from cqms.api.models import ApiToken
from cqms.audit.refusals import Blocked, ReasonMissing
from cqms.configuration.models import VersionOfSettings
from cqms.configuration.selectors import current_settings, proposed
from cqms.identity.configuring import known_by_provider, present_provider
from cqms.notifications.services import Message, notify
from cqms.organizations.capabilities import Capability
from cqms.organizations.scope import current_organization_id


def stop_sign_in(*, reason: str, actor: User, tokens: bool = False) -> VersionOfSettings:
    """Let nobody sign in at the provider from now on, end the sessions that it opened, and tell who approves settings.

    It takes a way in and gives none, so it waits for nobody: it is a version of the settings that holds at once.
    Opening the provider again needs two people as ever. A version that waited is set aside, because it would open it.
    With `tokens` the API tokens for here end of everybody whom the provider knows. Raises a Refused.
    """
    may_propose_settings.demand(actor)
    with transaction.atomic():
        settings_life.lock()
        provider = present_provider()
        if not provider.get("is_open"):
            raise Blocked(["Nobody signs in at a provider here."])
        if not reason.strip():
            raise ReasonMissing("Give the reason: it becomes part of the trail.")
        _set_aside()
        wanted = replace(current_settings(), provider={**provider, "is_open": False})
        said = f"{reason.strip()}{_tokens_ended() if tokens else ''}"
        version = settings_life.propose(wanted, reason=said, actor=actor)
        done = settings_life.enforce(version, actor=actor)
        _tell_deciders(done, actor)
    return done


def _set_aside() -> None:
    waiting = proposed()
    if waiting is None:
        return
    why = "Sign-in at the provider was stopped at once; this version would open it again."
    row = settings_life.SETTINGS.perform(waiting, "set_aside", actor=None, reason=why)
    message = Message(
        key=f"settings_set_aside:{row.pk}",
        subject=f"{row} was set aside",
        body=f"{why} What it says is kept; propose it again from its page.",
        path=row.organization.path("administration:settings_version", number=row.number),
        stands_alone=True,
    )
    notify(row.proposed_by, message)


def _tokens_ended() -> str:
    """End the API tokens for here of everybody whom the provider knows; in words how many there were."""
    rows = ApiToken.objects.filter(
        user__in=known_by_provider(), organization_id=current_organization_id(), ended_at__isnull=True
    )
    count = rows.update(ended_at=timezone.now())
    return f" {count} API {'token was' if count == 1 else 'tokens were'} ended, too."


def _tell_deciders(version: VersionOfSettings, actor: User) -> None:
    """Who approves settings, and who administers, learn of it at once: nobody of them was asked."""
    message = Message(
        key=f"sign_in_stopped:{version.pk}",
        subject=f"{actor} stopped sign-in at the provider of {version.organization}",
        body=f"{version.reason}\nIt holds without a second person, because it only takes a way in. Opening it again is "
        "proposed by one person and approved by another.",
        path=version.organization.path("administration:settings_version", number=version.number),
        stands_alone=True,
    )
    told = {person.pk: person for who in (Capability.ASSURE, Capability.ADMINISTER) for person in people_with(who)}
    for person in told.values():
        if person != actor:
            notify(person, message)
