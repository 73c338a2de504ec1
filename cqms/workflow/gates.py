"""Gates: how a higher app may veto a step of a lower one without being imported by it."""

from collections import defaultdict
from collections.abc import Callable

from cqms.accounts.models import User
from cqms.organizations.models import TrackedModel

Gate = Callable[[TrackedModel, User | None], list[str]]

_gates: dict[str, list[Gate]] = defaultdict(list)


def register(step_key: str, gate: Gate) -> None:
    """Ask `gate` before the step, for example `documents.version.approve`. It answers with reasons, or nothing."""
    _gates[step_key].append(gate)


def objections(step_key: str, record: TrackedModel, actor: User | None) -> list[str]:
    """Every sentence with which a gate holds the step up."""
    return [sentence for gate in _gates[step_key] for sentence in gate(record, actor)]
