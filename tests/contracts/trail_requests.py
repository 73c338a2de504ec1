"""What the API is sent about reviews of the trail and redactions: operation, who, path, body, the record it is about."""

from typing import Any

from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SOON, WHY

EMAIL = {"email": email_of("process_owner"), "password": PASSWORD, "code": "", "accepts_binding": True}
_TRAIL = {
    "place": "organization", "why_critical": "Endpoint", "frequency": 3, "starts_on": "2026-01-05",
    "ends_on": "2026-02-05", "kinds": ["studies.study"], "owner": email_of("study_manager"), "due_on": SOON,
}  # fmt: skip

TRAIL_REQUESTS: tuple[tuple[Any, ...], ...] = (
    ("access_reviews_create", "quality_head", "access-reviews/", {"title": "Spring", "due_on": SOON}),
    ("access_reviews_partial_update", "quality_head", "access-reviews/{access_review}/", {**WHY, "due_on": SOON},
     "access-reviews/{access_review}/"),
    ("access_reviews_answers_update", "quality_head", "access-reviews/{access_review}/answers/",
     {"answers": [{"assignment": "{asked_right}", "decision": "remove", "comment": "Moved to sales."}]},
     "access-reviews/{access_review}/"),
    ("access_reviews_steps_create", "quality_head", "access-reviews/{access_review}/steps/cancel/", {**WHY, **EMAIL},
     "access-reviews/{access_review}/"),
    ("settings_create", "qa", "settings/",
     {**WHY, "changes": {"idle_minutes": 15, "zone": "Europe/Oslo", "calendars": ["DE"]}, "revision": 0}),
    ("settings_provider_stop_create", "qa", "settings/provider/stop/", {**WHY, "tokens": False}),
    ("settings_steps_create", "quality_head", "settings/{settings}/steps/decline/", {**WHY, **EMAIL},
     "settings/{settings}/"),
    ("trail_reviews_create", "qa", "trail-reviews/", _TRAIL),
    ("trail_reviews_partial_update", "quality_head", "trail-reviews/{planned}/", {**_TRAIL, **WHY},
     "trail-reviews/{planned}/"),
    ("trail_reviews_steps_create", "quality_head", "trail-reviews/{planned}/steps/cancel/",
     {**WHY, **EMAIL, "conclusion": ""}, "trail-reviews/{planned}/"),
    ("trail_reviews_entries_comments_create", "qa", "trail-reviews/{running}/entries/{entry}/comments/",
     {"text": "Why?", "concerns": email_of("author")}),
    ("trail_reviews_comments_answer_update", "author", "trail-reviews/{running}/comments/{comment}/answer/",
     {"answer": "By post."}),
    ("redactions_create", "study_manager", "redactions/",
     {"record": "studies.study:1", "words": ["Heron"], "files": [], "what": "Name",
      "why": "It names somebody.", "approver": email_of("qa")}),
    ("redactions_steps_create", "qa", "redactions/{requested}/steps/decline/",
     {**WHY, **EMAIL}, "redactions/{requested}/"),
)  # fmt: skip
