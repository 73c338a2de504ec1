"""The places where a role can be held: the organization itself, and whatever the apps above register."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cqms.access.models import Grant, OrganizationGrant
from cqms.accounts.models import User
from cqms.organizations.models import Organization, OrganizationModel


@dataclass(frozen=True)
class Anchor:
    """A model below which roles may be held, and the table of its derived grants.

    `narrows` answers with the countries and sites of a record, to which a role there may be narrowed; `answers` names
    the field with the person who answers for it.
    """

    model: type[Organization] | type[OrganizationModel]
    grants: type[Grant]
    narrows: Callable[[Any], tuple[set[str], set[str]]] | None = None
    answers: str = ""


ORGANIZATION = Organization._meta.label_lower

_anchors: dict[str, Anchor] = {ORGANIZATION: Anchor(Organization, OrganizationGrant)}


def register(
    model: type[OrganizationModel],
    grants: type[Grant],
    narrows: Callable[[Any], tuple[set[str], set[str]]] | None = None,
    answers: str = "",
) -> None:
    """Let roles be held at records of this model; called when its app is ready."""
    _anchors[model._meta.label_lower] = Anchor(model, grants, narrows, answers)


def anchors() -> dict[str, Anchor]:
    """Every anchor by the label of its model."""
    return _anchors


def anchor_model(kind: str) -> type[Organization] | type[OrganizationModel]:
    """The model of an anchor. Raises KeyError for a kind nobody registered."""
    return _anchors[kind].model


def who_answers_for(kind: str, pk: int) -> User | None:
    """The person who answers for a record at which roles are held; None for the organization, and where nobody does."""
    anchor = _anchors[kind]
    if not anchor.answers:
        return None
    found: User = getattr(anchor.model._default_manager.select_related(anchor.answers).get(pk=pk), anchor.answers)
    return found
