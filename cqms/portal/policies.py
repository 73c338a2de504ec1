"""Who may use the portal's own pages."""

from cqms.access.models import RoleAssignment
from cqms.access.policies import may, may_somewhere
from cqms.audit.models import kind_of
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership

may_administer = may(Capability.ADMINISTER)
may_inspect = may_somewhere(Capability.INSPECT)
may_read_trail = may_inspect | may_administer

ABOUT_PEOPLE = (kind_of(Membership), kind_of(RoleAssignment))
"""The records an administrator works with; their trail is all an administrator sees of the organization's."""
