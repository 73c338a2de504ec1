"""Who may do what with studies. The sentences are read on screen."""

from dataclasses import replace

from cqms.access.policies import may, may_somewhere
from cqms.organizations.capabilities import Capability

may_list = may_somewhere(Capability.READ)
may_read = may(Capability.READ)
may_open_studies = replace(
    may(Capability.CONTRIBUTE) | may(Capability.LEAD),
    refusal="Only who drafts records or leads studies in the whole organization opens a study.",
)
leads = may(Capability.LEAD)
may_change = replace(
    leads | may(Capability.ASSURE),
    refusal="Only who leads this study, or quality assurance, changes it and its sites.",
)
may_see_unblinded = may(Capability.SEE_UNBLINDED)
may_randomise = may_see_unblinded & may(Capability.CONTRIBUTE)
may_contribute = may(Capability.CONTRIBUTE)
may_export = may(Capability.INSPECT)
