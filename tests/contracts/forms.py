"""Every form of the portal with somebody who fills it in and a right answer; a contract holds it to the addresses."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import PASSWORD, email_of
from tests.days import today

ALLAUTH = frozenset({200, 302})

NO_DEVICE = frozenset({422})
"""Only a device knows the right answer, so that every answer is refused."""


@dataclass(frozen=True)
class Place:
    """A form: its address with holes, who fills it in, and what they enter besides what stands there already."""

    name: str
    who: str
    path: str
    given: dict[str, Any] = field(default_factory=dict)
    works: frozenset[int] = frozenset({302})
    refuses: frozenset[int] = frozenset({409, 422})

    def __str__(self) -> str:
        return self.path


DRAFT = {
    "title": "Calibration",
    "change_summary": "All",
    "change_reason": "A law",
    "audience": "All",
    "markdown": "# A",
}
FIRST = "the first that is offered"
SIGNED = {"password": PASSWORD, "accepts_binding": "on"}
WHY = {"reason": "Because."}
PDF_FILE = SimpleUploadedFile("Note.pdf", b"%PDF-1.4 a note", "application/pdf")
SOON = (today() + dt.timedelta(days=30)).isoformat()

PLACES = (
    Place("documents:new", "author", "/documents/new/", {**DRAFT, "owner": "process_owner"}),
    Place("documents:edit", "author", "/documents/{draft}/1.0/edit/", DRAFT),
    Place("documents:new_version", "author", "/documents/{effective}/new-version/", DRAFT),
    Place("documents:change", "document_control", "/documents/{draft}/change/", {**WHY, "department": "Archive"}),
    Place("documents:plan_review", "document_control", "/documents/{effective}/1.0/plan-review/", WHY),
    Place("documents:review", "process_owner", "/documents/{effective}/reviews/{review}/conclude/",
          {**SIGNED, "verdict": "revise", "comment": "A new law."}),
    Place("documents:step", "author", "/documents/{in_review}/1.0/steps/recall/", WHY),
    Place("documents:step", "reviewer", "/documents/{in_review}/1.0/steps/send_back/", {**SIGNED, **WHY}),
    Place("documents:step", "process_owner", "/documents/{in_approval}/1.0/steps/approve/", SIGNED),
    Place("documents:step", "document_control", "/documents/{approved}/1.0/steps/schedule/",
          {**WHY, "effective_on": SOON}),
    Place("studies:new", "quality_head", "/studies/new/",
          {"number": "NW-909", "title": "Wren", "phase": "2", "sponsor": "N", "countries": ["DE"],
           "manager": "study_manager"}),
    Place("studies:edit", "quality_head", "/studies/NW-101/edit/", WHY),
    Place("studies:site_new", "study_manager", "/studies/NW-101/sites/new/",
          {"number": "77", "name": "Clinic", "country": "DE", "status": "planned"}),
    Place("studies:site_edit", "study_manager", "/studies/NW-101/sites/{site}/edit/", WHY),
    Place("studies:milestone", "study_manager", "/studies/NW-101/milestones/first_participant/", WHY),
    Place("studies:randomisation_edit", "statistician", "/studies/NW-101/randomisation/edit/",
          {**WHY, "randomisation": "Blocks of 4."}),
    Place("studies:protocol_new", "study_manager", "/studies/NW-101/protocol/new/",
          {"label": "3.0", "dated_on": "2026-01-05"}),
    Place("studies:protocol_edit", "study_manager", "/studies/NW-101/protocol/1.0/edit/", WHY),
    Place("studies:participants", "study_manager", "/studies/NW-101/participants/", WHY),
    Place("portal:trail_export", "quality_head", "/trail/export/"),
    Place("trail_reviews:new", "qa", "/trail-reviews/new/",
          {"place": FIRST, "why_critical": "Endpoint", "owner": "study_manager"}),
    Place("trail_reviews:edit", "qa", "/trail-reviews/{planned}/edit/"),
    Place("trail_reviews:comment", "qa", "/trail-reviews/{running}/entries/{entry}/comment/", {"text": "Why?"}),
    Place("trail_reviews:answer", "author", "/trail-reviews/{running}/comments/{comment}/answer/", {"answer": "By post."}),
    Place("trail_reviews:step", "qa", "/trail-reviews/{planned}/steps/start/"),
    Place("trail_reviews:step", "qa", "/trail-reviews/{running}/steps/sign/", {**SIGNED, "conclusion": "All is well."}),
    Place("trail_reviews:step", "quality_head", "/trail-reviews/{planned}/steps/cancel/", WHY),
    Place("redactions:new", "study_manager", "/redactions/new/?kind=studies.study&id={study}",
          {"words": "Heron", "what": "Name", "why": "It names somebody.", "approver": "qa"}),
    Place("redactions:step", "study_manager", "/redactions/{prepared}/steps/ask/", SIGNED),
    Place("redactions:step", "qa", "/redactions/{requested}/steps/approve/", SIGNED),
    Place("redactions:step", "qa", "/redactions/{requested}/steps/decline/", WHY),
    Place("redactions:step", "study_manager", "/redactions/{requested}/steps/withdraw/"),
    Place("portal:invite", "administrator", "/members/invite/",
          {"email": "new@cast.test", "name": "Nora New", "role": "reader", "place": FIRST}),
    Place("administration:provider", "administrator", "/administration/settings/provider/",
          {**WHY, "name": "Sign-in", "issuer": "http://localhost:9", "client_id": "portal", "secret": "s",
           "domains": "cast.test"}),
    Place("administration:provider_stop", "administrator", "/administration/settings/provider/stop/", WHY),
    Place("portal:member_give_role", "administrator", "/members/{member}/give-role/", {"role": "vendor", "place": FIRST}),
    Place("portal:member_change", "administrator", "/members/{member}/change/", {**WHY, "department": "Archive"}),
    Place("portal:member_away", "administrator", "/members/{member}/away/",
          {"delegate": "process_owner", "since": "2026-01-05", "until": SOON}),
    Place("portal:member_identity", "administrator", "/members/{member}/identity/", {"evidence": "Passport"}),
    Place("portal:member_training", "administrator", "/members/{member}/training/", {"evidence": "Course"}),
    Place("portal:record_lane", "qa", "/records/documents.document/{document}/lane/", {**WHY, "lane": "confidential"}),
    Place("portal:file_new", "statistician", "/records/studies.study/{study_id}/files/new/", {"file": PDF_FILE}),
    Place("portal:file_remove", "study_manager", "/records/studies.study/{study_id}/files/{file}/remove/", WHY),
    Place("portal:comment_new", "statistician", "/records/studies.study/{study_id}/comments/new/", {"text": "Why?"}),
    Place("portal:comment_take_back", "study_manager", "/records/studies.study/{study_id}/comments/{remark}/take-back/", WHY),
    Place("portal:member_rename", "administrator", "/members/{member}/name/", {**WHY, "name": "Rita Reader"}),
    Place("portal:member_factors", "administrator", "/members/{member}/factors/", {"evidence": "Passport"}),
    Place("portal:member_data", "administrator", "/members/{member}/data/", WHY),
    Place("portal:member_sessions", "administrator", "/members/{member}/sessions/", WHY),
    Place("portal:member_end", "administrator", "/members/{member}/end/", WHY),
    Place("portal:role_end", "administrator", "/members/roles/{role}/end/", WHY),
    Place("administration:settings_propose", "administrator", "/administration/settings/propose/",
          {**WHY, "idle_minutes": 15}),
    Place("administration:settings_step", "quality_head", "/administration/settings/{settings}/approve/", SIGNED),
    Place("administration:settings_step", "qa", "/administration/settings/{settings}/decline/", WHY),
    Place("administration:request_new", "author", "/administration/requests/new/",
          {**WHY, "role": "vendor", "place": FIRST}),
    Place("administration:request_step", "quality_head", "/administration/requests/{wish}/refuse/", WHY),
    Place("administration:review_new", "administrator", "/administration/reviews/new/",
          {"title": "Spring", "due_on": SOON}),
    Place("administration:review_answer", "quality_head", "/administration/reviews/{access_review}/answer/"),
    Place("administration:review_day", "administrator", "/administration/reviews/{access_review}/day/",
          {**WHY, "due_on": SOON}),
    Place("administration:review_step", "quality_head", "/administration/reviews/{access_review}/cancel/", WHY),
    Place("administration:review_step", "quality_head", "/administration/reviews/{access_review}/conclude/", SIGNED),
    Place("outside:confirm", "author", "/account/confirm/", {"password": PASSWORD}),
    Place("outside:second_factor", "author", "/account/second-factor/", works=NO_DEVICE),
    Place("outside:app_add", "author", "/account/factors/app/", works=NO_DEVICE),
    Place("outside:passkey_add", "author", "/account/factors/passkey/", works=NO_DEVICE),
    Place("outside:zone", "author", "/account/zone/"),
    Place("outside:token_new", "author", "/account/tokens/new/", {"name": "report", "organization": "northwind"},
          works=frozenset({201})),
    Place("account_login", "", "/accounts/login/", {"login": email_of("author"), "password": PASSWORD},
          refuses=ALLAUTH),
    Place("account_reset_password", "", "/accounts/password/reset/", {"email": email_of("author")}, refuses=ALLAUTH),
    Place("account_change_password", "author", "/accounts/password/change/",
          {"oldpassword": PASSWORD, "password1": "ripe quinces in a bowl", "password2": "ripe quinces in a bowl"},
          refuses=ALLAUTH),
)  # fmt: skip
ELSEWHERE = {
    "account_signup": "nobody signs up by themselves: it shows no form",
    "account_reauthenticate": "nothing of ours asks for it",
    "account_reset_password_from_key": "the two fields of the page that changes a password",
    "mfa_authenticate": "the field of outside:second_factor, in the middle of signing in",
    "mfa_login_webauthn": "takes what a device made",
    "outside:codes": "asks nothing",
    "outside:factor_remove": "asks nothing",
    "portal:own_data": "asks nothing",
    "portal:member_invite": "asks nothing",
    "portal:members_file": "takes a file alone; its bad files stand with the tests of members",
    "portal:members_preview": "its reason is that of portal:member_sessions",
    "portal:member_back": "asks nothing",
    "studies:register": "takes a file alone",
    "studies:register_preview": "its fields are those of studies:new; its words are tried with the records of the register",
    "studies:participants_file": "takes a file; its reason is that of studies:participants",
}
"""Addresses with a form class that show no field of their own, with the reason."""
