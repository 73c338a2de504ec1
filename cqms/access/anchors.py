"""The places where a role can be held: the organization itself, and whatever the apps above register."""

from dataclasses import dataclass

from cqms.access.models import Grant, OrganizationGrant
from cqms.organizations.models import Organization, OrganizationModel


@dataclass(frozen=True)
class Anchor:
    """A model below which roles may be held, and the table of its derived grants."""

    model: type[Organization] | type[OrganizationModel]
    grants: type[Grant]


ORGANIZATION = Organization._meta.label_lower

_anchors: dict[str, Anchor] = {ORGANIZATION: Anchor(Organization, OrganizationGrant)}


def register(model: type[OrganizationModel], grants: type[Grant]) -> None:
    """Let roles be held at records of this model; called when its app is ready."""
    _anchors[model._meta.label_lower] = Anchor(model, grants)


def anchors() -> dict[str, Anchor]:
    """Every anchor by the label of its model."""
    return _anchors


def anchor_model(kind: str) -> type[Organization] | type[OrganizationModel]:
    """The model of an anchor. Raises KeyError for a kind nobody registered."""
    return _anchors[kind].model
