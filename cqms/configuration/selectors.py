"""What holds in an organization now: the one place where other code asks."""

from dataclasses import replace

from django.db.models import Subquery

from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.configuration.rules import Settings, from_values
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization_id, scope, scope_cache

_KEY = "configuration"


def current_settings() -> Settings:
    """What holds in the open organization; one query a scope. Raises NoScope outside of one."""
    cache = scope_cache()
    if _KEY not in cache:
        row = VersionOfSettings.objects.filter(state=VersionOfSettingsState.IN_FORCE)
        zone, values, number = (
            Organization.objects.filter(pk=current_organization_id())
            .values_list("zone", Subquery(row.values("values")), Subquery(row.values("number")))
            .get()
        )
        cache[_KEY] = from_values(values, version=number) if number else Settings(zone=zone)
    found: Settings = cache[_KEY]
    return found


def settings_of(organization: Organization) -> Settings:
    """What holds in an organization, whether or not it is open; opens it for the question."""
    with scope(organization):
        return current_settings()


def forget() -> None:
    """Ask again within this scope: another version has come into force."""
    scope_cache().pop(_KEY, None)


def every_version() -> list[VersionOfSettings]:
    """All versions, the newest first."""
    return list(VersionOfSettings.objects.select_related("proposed_by", "approved_by").order_by("-number"))


def proposed() -> VersionOfSettings | None:
    """The version that waits for its approval."""
    return VersionOfSettings.objects.filter(state=VersionOfSettingsState.PROPOSED).first()


def strictest(found: list[Settings]) -> Settings:
    """What holds for a person before they chose an organization: the strictest rule of all of theirs."""
    if not found:
        return Settings()
    factors = ["nobody", "deciders", "everybody"]
    return replace(
        found[0],
        second_factor=max((each.second_factor for each in found), key=factors.index),
        session_hours=min(each.session_hours for each in found),
        idle_minutes=min(each.idle_minutes for each in found),
    )
