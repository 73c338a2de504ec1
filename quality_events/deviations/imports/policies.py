"""Who may import deviations. The sentence is read on screen."""

from dataclasses import replace

from cqms.access.policies import may_somewhere
from cqms.organizations.capabilities import Capability
from quality_events.policies import is_quality_assurance, may_report

_REFUSAL = "Only who may log deviations of this study, or quality assurance, imports them."
may_import = replace(may_report | is_quality_assurance, refusal=_REFUSAL)
may_import_somewhere = replace(
    may_somewhere(Capability.CONTRIBUTE) | may_somewhere(Capability.ASSURE), refusal=_REFUSAL
)
