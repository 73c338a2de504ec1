"""What one person does not do together in a quality event."""

from cqms.access.segregation import Rule

OWNER_DOES_NOT_ASSURE = Rule(
    "Who answers for a quality event does not judge it",
    "Who owns a record does not check, approve or close it for quality assurance",
    "ICH E6(R3) 3.12",
    "Approving, verifying and closing quality events, CAPAs and changes",
)
REQUESTER_OF_CHANGE = Rule(
    "Who asks for a change does not approve it",
    "Who requested a change, or a planned deviation, does not approve it",
    "EU Annex 11 10",
    "Approving a change, also in retrospect, and a planned deviation",
)

DUTIES = (OWNER_DOES_NOT_ASSURE, REQUESTER_OF_CHANGE)
