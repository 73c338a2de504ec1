"""The places where a role can be held: the organization itself, and whatever the apps above register."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cqms.access.models import Grant, OrganizationGrant
from cqms.organizations.models import Organization, OrganizationModel


@dataclass(frozen=True)
class Anchor:
    """A model below which roles may be held, and the table of its derived grants.

    `narrows` answers with the countries and sites of a record, to which a role there may be narrowed.
    """

    model: type[Organization] | type[OrganizationModel]
    grants: type[Grant]
    narrows: Callable[[Any], tuple[set[str], set[str]]] | None = None


ORGANIZATION = Organization._meta.label_lower

_anchors: dict[str, Anchor] = {ORGANIZATION: Anchor(Organization, OrganizationGrant)}


def register(
    model: type[OrganizationModel],
    grants: type[Grant],
    narrows: Callable[[Any], tuple[set[str], set[str]]] | None = None,
) -> None:
    """Let roles be held at records of this model; called when its app is ready."""
    _anchors[model._meta.label_lower] = Anchor(model, grants, narrows)


def anchors() -> dict[str, Anchor]:
    """Every anchor by the label of its model."""
    return _anchors


def anchor_model(kind: str) -> type[Organization] | type[OrganizationModel]:
    """The model of an anchor. Raises KeyError for a kind nobody registered."""
    return _anchors[kind].model
