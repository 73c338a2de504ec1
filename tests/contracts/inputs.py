"""Right input for every address that acts, with holes for the records of the world and for who sends it."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.cast import PASSWORD, email_of
from tests.contracts import events

_SIGNED = {"email": "{email}", "password": PASSWORD, "accepts_binding": "on", "reason": "Because."}
_FIRST_HOLE = re.compile(r"{(\w+)}")
_BY_DAY = f"{timezone.now() + timedelta(days=30):%Y-%m-%d}"
_DRAFT = {
    "title": "Another title", "change_summary": "What is new.", "change_reason": "A new law.", "training_impact": "read",
    "markdown": "# Purpose\n\nTo show who may.",
}  # fmt: skip
_DOCUMENT = {**_DRAFT, "type": "sop"}
_STUDY = {
    "number": "{study}",
    "title": "Another title",
    "kind": "interventional",
    "phase": "2",
    "status": "recruiting",
    "sponsor": "Northwind Therapeutics",
}
_SITE = {"number": "{site}", "name": "Another name", "country": "DE", "status": "open"}
_VERDICT = {"verdict": "no_change", "comment": "Still right."}

INPUTS: dict[str, dict[str, Any]] = {
    "portal:trail_export": {"paper": "A4", "formats": "pdf"},
    "portal:invite": {"email": "new@cast.test", "name": "Nora New", "role": "reader", "place": "{place}"},
    "portal:member_give_role": {"role": "auditor", "place": "{place}"},
    "portal:member_rename": {"name": "Another Name", "reason": "Married."},
    "portal:member_data": {"reason": "The person asked by letter."},
    "portal:member_sessions": {"reason": "A laptop was lost."},
    "portal:member_factors": {"evidence": "Passport, shown on site."},
    "portal:member_end": {"reason": "Left."},
    "portal:role_end": {"reason": "Not needed."},
    "studies:new": {**_STUDY, "number": "NW-909", "countries": "DE", "manager": "{manager}"},
    "studies:edit": {**_STUDY, "reason": "Because.", "countries": "DE\nFR", "manager": "{manager}", "revision": "{study_revision}"},
    "studies:site_new": {**_SITE, "number": "77"},
    "studies:site_edit": {**_SITE, "revision": "{site_revision}"},
    "studies:milestone": {"actual_on": "2026-05", "reason": "It came.", "revision": "0"},
    "studies:protocol_new": {"label": "2.0", "dated_on": "2026-05-01"},
    "studies:protocol_edit": {
        "label": "1.0", "dated_on": "2026-01-12", "in_force_from": "2026-02-02", "summary": "Said better.",
        "revision": "{protocol_revision}",
    },
    "trail_reviews:list": {"do": "usual_columns"},
    "trail_reviews:comment": {"text": "Why?"},
    "trail_reviews:answer": {"answer": "The protocol.", "revision": "{comment_revision}"},
    "api:trail_review_comments": {"text": "Why?"},
    "api:trail_review_answer": {"answer": "The protocol."},
    "api:trail_review": {"why_critical": "It decides.", "reason": "Said better.", "revision": "{trail_review_revision}"},
    "api:trail_reviews": {
        "place": "organization", "why_critical": "It decides.", "starts_on": "2026-01-01", "ends_on": "2026-01-31",
        "owner": email_of("qa"), "due_on": _BY_DAY,
    },
    "redactions:list": {"do": "usual_columns"},
    "redactions:new": {
        "words": "Handling of deviations", "what": "name", "why": "It names somebody.", "approver": "{head}",
    },
    "redactions:step": {"reason": "Not a name.", "revision": "{redaction_revision}"},
    "api:redactions": {
        "record": "documents.document:{document}", "words": ["Handling of deviations"], "what": "name",
        "why": "It names somebody.", "approver": email_of("quality_head"),
    },
    "portal:record_lane": {"lane": "confidential", "reason": "Names a person."},
    "portal:file_remove": {"reason": "A newer one exists."},
    "portal:comment_new": {"text": "Is this right?", "lane": "general"},
    "portal:comment_take_back": {"reason": "It was answered."},
    "studies:randomisation_edit": {
        "randomisation": "Blocks of 4.", "reason": "Smaller blocks.", "revision": "{scheme_revision}",
    },
    "api:comments": {"text": "Is this right?"},
    "api:comment_take_back": {"reason": "It was answered."},
    "api:files": {"file": b"Envelopes", "label": "Count", "lane": "general"},
    "api:file_remove": {"reason": "A newer one exists."},
    "api:milestone": {"planned_on": "2027-05", "actual_on": "", "revision": 0},
    "api:protocols": {"label": "2.0", "dated_on": "2026-05-01"},
    "api:protocol": {"summary": "Other words.", "revision": "{protocol_revision}"},
    "api:participants": {"month": "2026-09", "counts": [{"site": "01", "screened": 5, "enrolled": 3}]},
    "api:allocation": {
        "allocation": "Blocks of 4.", "reason": "Smaller blocks.", "revision": "{scheme_revision}",
    },
    "portal:member_change": {"department": "Other", "revision": "{member_revision}", "reason": "Moved."},
    "portal:member_away": {"since": _BY_DAY, "until": _BY_DAY, "delegate": "{owner}"},
    "portal:member_identity": {"evidence": "Passport, shown on site."},
    "portal:member_training": {"evidence": "Introduction, attended."},
    "administration:rights": {"do": "usual_columns"},
    "administration:requests": {"do": "usual_columns"},
    "administration:reviews": {"do": "usual_columns"},
    "administration:request_new": {"role": "training_coordinator", "place": "{place}", "reason": "To train."},
    "administration:request_step": {"revision": "{wish_revision}"},
    "administration:review_answer": {"revision": "{access_review_revision}"},
    "administration:review_day": {"due_on": _BY_DAY, "reason": "Holidays.", "revision": "{access_review_revision}"},
    "api:access_reviews": {"title": "Spring", "due_on": _BY_DAY},
    "api:access_review": {"due_on": _BY_DAY, "reason": "Holidays.", "revision": "{access_review_revision}"},
    "api:access_review_answers": {
        "answers": [{"assignment": "{asked_right}", "decision": "keep"}], "revision": "{access_review_revision}",
    },
    "api:access_review_step": {"reason": "Another portal.", "revision": "{access_review_revision}"},
    "api:settings": {"changes": {"idle_minutes": 15}, "reason": "Shared rooms.", "revision": 0},
    "api:settings_provider_stop": {"reason": "Broken into."},
    "api:settings_step": {"reason": "Too short.", "revision": "{settings_revision}"},
    "administration:review_step": {**_SIGNED, "revision": "{access_review_revision}"},
    "studies:list": {"do": "usual_columns"},
    "portal:members": {"do": "usual_columns"},
    "documents:list": {"do": "usual_columns"},
    "documents:new": {**_DOCUMENT, "owner": "{owner}"},
    "documents:change": {"owner": "{owner}", "department": "Other", "reason": "Moved.", "revision": "{document_revision}"},
    "documents:new_version": {**_DRAFT, "size": "major"},
    "documents:edit": {**_DRAFT, "revision": "{draft_revision}"},
    "documents:plan_review": {"next_review_on": _BY_DAY, "reason": "A new law.", "revision": "{effective_revision}"},
    "documents:review": {**_SIGNED, **_VERDICT, "revision": "{review_revision}"},
    "documents:step schedule": {**_SIGNED, "effective_on": _BY_DAY, "revision": "{approved_revision}"},
    "administration:settings_step": {**_SIGNED, "revision": "{settings_revision}"},
    "outside:confirm": {"password": PASSWORD},
    "outside:zone": {"zone": "Asia/Kolkata"},
    "outside:token_new": {"name": "x", "organization": "{organization}", "access": "read", "until": _BY_DAY},
    "account_login": {"login": "{email}", "password": PASSWORD},
    "account_reauthenticate": {"password": PASSWORD},
    "account_change_password": {
        "oldpassword": PASSWORD, "password1": "a quite other heron", "password2": "a quite other heron",
    },
    "account_reset_password": {"email": "{email}"},
    "api:studies": {**_STUDY, "number": "NW-909", "countries": ["DE"], "manager": email_of("study_manager")},
    "api:study": {"title": "Another title", "revision": "{study_revision}"},
    "api:sites": {**_SITE, "number": "77"},
    "api:site": {"name": "Another name", "revision": "{site_revision}"},
    "api:documents": {**_DOCUMENT, "owner": email_of("process_owner")},
    "api:document": {"department": "Other", "reason": "Moved.", "revision": "{document_revision}"},
    "api:versions": {**_DRAFT, "size": "major"},
    "api:version": {"title": "Another title", "revision": "{draft_revision}"},
    "api:version_file": {"file": b"# Purpose\n\nTo show who may.", "revision": "{draft_revision}"},
    "api:next_review": {"next_review_on": _BY_DAY, "reason": "A new law.", "revision": "{effective_revision}"},
    "api:version_step schedule": {**_SIGNED, "effective_on": _BY_DAY, "revision": "{approved_revision}"},
    "api:review_step": {**_SIGNED, **_VERDICT, "revision": "{review_revision}"},
}  # fmt: skip
INPUTS |= {name: given for each in events.TYPES for name, given in each.INPUTS.items()}


def input_of(name: str, path: str, values: dict[str, Any]) -> dict[str, Any]:
    """What is sent to an address; a step without input of its own is signed on the revision of its record."""
    step, record = path.strip("/").rpartition("/")[2], _FIRST_HOLE.search(path)
    signed = {**_SIGNED, "revision": f"{{{record[1]}_revision}}"} if record and "/steps/" in path else {}
    found = INPUTS.get(f"{name} {step}") or INPUTS.get(name) or signed
    return {key: filled_in(value, values) for key, value in found.items()}


def filled_in(value: Any, values: dict[str, Any]) -> Any:
    """The value with its holes filled, wherever in it they are."""
    if isinstance(value, list):
        return [filled_in(each, values) for each in value]
    if isinstance(value, dict):
        return {key: filled_in(each, values) for key, each in value.items()}
    return value.format(**values) if isinstance(value, str) else value
