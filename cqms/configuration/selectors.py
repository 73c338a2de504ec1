"""What holds in an organization now: the one place where other code asks."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet, Subquery
from django.db.models.functions import JSONObject

from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.configuration.rules import Settings, from_values
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization_id, scope, scope_cache

_KEY = "configuration"


def current_settings() -> Settings:
    """What holds in the open organization; one query a scope, none where it came `with_settings`. Raises NoScope."""
    cache = scope_cache()
    if _KEY not in cache:
        here = Organization.objects.filter(pk=current_organization_id())
        remember(*here.values_list("zone", *with_settings().values()).get())
    found: Settings = cache[_KEY]
    return found


def with_settings() -> dict[str, Subquery]:
    """What another query may read along of the open organization, to `remember` it."""
    row = VersionOfSettings.objects.filter(state=VersionOfSettingsState.IN_FORCE).order_by()
    return {"in_force": Subquery(row.values(json=JSONObject(values="values", number="number")))}


def remember(zone: str, in_force: dict[str, Any] | None) -> Settings:
    """Keep for this scope what `with_settings` read, and the zone of the organization."""
    found = from_values(in_force["values"], version=in_force["number"]) if in_force else Settings(zone=zone)
    scope_cache()[_KEY] = found
    return found


def settings_of(organization: Organization) -> Settings:
    """What holds in an organization, whether or not it is open; opens it for the question."""
    with scope(organization):
        return current_settings()


def forget() -> None:
    """Ask again within this scope: another version has come into force."""
    scope_cache().pop(_KEY, None)


def every_version() -> QuerySet[VersionOfSettings]:
    """All versions, the newest first."""
    rows: QuerySet[VersionOfSettings] = VersionOfSettings.objects.select_related(
        "proposed_by", "approved_by", "organization"
    )
    return rows.order_by("-number")


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
