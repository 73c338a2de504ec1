"""Study records as the register writes them, made up by us: small, odd and damaged ones."""

import copy
import json
from typing import Any

RECORD: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT90000001",
            "orgStudyIdInfo": {"id": "LAP 303/B"},
            "briefTitle": "Lapwing: walking after stroke",
            "officialTitle": "A randomised study of walking after stroke in adults",
        },
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2026-02", "type": "ACTUAL"},
            "primaryCompletionDateStruct": {"date": "2027-06-30", "type": "ESTIMATED"},
            "completionDateStruct": {"date": "2027-09", "type": "ESTIMATED"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Lapwing Institute"}},
        "conditionsModule": {"conditions": ["Stroke", "Gait"]},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE3", "PHASE2"], "enrollmentInfo": {"count": 240}},
        "contactsLocationsModule": {
            "locations": [
                {"facility": "Hill clinic", "city": "Graz", "country": "Austria", "status": "RECRUITING"},
                {"facility": "Hill clinic", "city": "Graz", "country": "Austria", "status": "NOT_YET_RECRUITING"},
                {"facility": "River hospital", "city": "Busan", "country": "Korea, Republic of", "status": "WITHDRAWN"},
                {"facility": "Old hospital", "city": "Novi Sad", "country": "Former Serbia and Montenegro"},
                {"city": "İzmir", "country": "Turkey (Türkiye)"},
            ]
        },
    }
}  # fmt: skip


def with_change(path: str, value: Any) -> bytes:
    """The record with one value below protocolSection replaced, or left out when it is None."""
    record = copy.deepcopy(RECORD)
    *parents, last = path.split(".")
    place = record["protocolSection"]
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return as_file(record)


def as_file(record: Any) -> bytes:
    """The bytes of a download."""
    return json.dumps(record).encode()
