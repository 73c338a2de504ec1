"""Every page of the portal, as somebody meets it in the demo world."""

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from tests.browser.event_places import EVENT_PLACES
from tests.browser.people import Person
from tests.browser.place import ALDER, Place, send_empty
from tests.browser.portal import Portal

_NO_PAGES = {
    "studies:register_preview": "needs a file that somebody sent first; its story is told by the tests of studies",
    "outside:healthz": "a line for a load balancer",
    "outside:readyz": "a line for a load balancer",
    "outside:token_end": "answers a POST with a redirect",
    "outside:zones_meant": "a fragment: what a field suggests",
    "outside:session_end": "answers a POST with a redirect",
    "outside:sessions_end": "answers a POST with a redirect",
    "outside:factor_remove": "is there for who has a factor: seen in test_passkeys",
    "account_sso_callback": "answers a provider with a redirect, or a refusal as account_sso shows it",
    "account_sso_again": "is there for who signed in at a provider",
    "account_sso_begin": "goes on to a provider by itself",
    "mfa_authenticate": "is there after the password of somebody with a factor: seen in test_passkeys",
    "mfa_login_webauthn": "gives scripts what a passkey is asked",
    "portal:job_file": "a file",
    "portal:job_retry": "answers a POST with a redirect",
    "portal:record": "redirects to the page of a record",
    "portal:report_file": "a file",
    "portal:file": "a file",
    "portal:trail_verifier": "a file to be saved",
    "portal:members_preview": "needs a file that somebody sent first; its story is told by the tests of members",
    "portal:member_invite": "is there for people who have not set a password; its story is told by the portal's tests",
    "documents:download": "a file",
    "issues:file": "a file",
    "breaches:file": "a file",
    "breaches:unlink": "the page of issues:unlink, for another type",
    "breaches:sent": "the page of breaches:sheet with what was sent: the demo world has notified nobody",
    "complaints:file": "a file",
    "process_deviations:file": "a file",
    "process_deviations:unlink": "the page of issues:unlink",
    "intake:file": "a file",
    "deviations:file": "a file",
    "deviations:import_check": "needs a file that somebody sent first: seen as “import deviations, what it would do”",
    "deviations:import_columns": "needs a file that somebody sent first: seen as “import deviations, columns”",
    "deviations:import_file": "a file",
    "deviations:unlink": "the page of issues:unlink",
    "specifications:file": "a file",
    "specifications:unlink": "the page of issues:unlink",
    "specifications:edit": "is there for a draft: the page of specifications:new",
    "specifications:step": "is there for a draft: the page of issues:step",
    "freezes:detail": "the demo world has frozen nothing yet: the page of issues:detail",
    "freezes:edit": "the page of issues:edit",
    "freezes:link": "the page of issues:link",
    "freezes:unlink": "the page of issues:unlink",
    "freezes:files": "the page of issues:files",
    "freezes:file": "a file",
    "freezes:step": "the page of issues:step",
    "intake:received": "is there for who sent a report: seen as “report an event, received”",
    "intake:unlink": "the page of issues:unlink",
    "changes:file": "a file",
    "changes:task_file": "a file",
    "changes:report": "a button: it leads to the page of a job",
    "capas:file": "a file",
    "issues:report": "a button: it leads to the page of a job",
    "process_deviations:report": "a button: it leads to the page of a job",
    "complaints:report": "a button: it leads to the page of a job",
    "breaches:report": "a button: it leads to the page of a job",
    "capas:report": "a button: it leads to the page of a job",
    "deviations:report": "a button: it leads to the page of a job",
    "freezes:report": "a button: it leads to the page of a job",
    "intake:report": "a button: it leads to the page of a job",
    "specifications:report": "a button: it leads to the page of a job",
    "capas:action_file": "a file",
    "account_signup": "nobody signs up by themselves: it answers with the page of sign-in or a refusal",
    "account_inactive": "is shown to nobody who can be signed in",
    "account_reauthenticate": "nothing of ours asks for it",
}
"""Addresses that show no page of their own, with the reason."""


def _open_the_first_dialog(person: Person) -> None:
    person.page.locator(".steps .button").first.click()
    person.page.locator("dialog[open]").wait_for()


def _show_the_keys(person: Person) -> None:
    person.page.keyboard.press("?")
    person.page.locator("dialog#keys[open]").wait_for()


def _confirm(person: Person) -> None:
    """Where a fresh proof is asked for first, give it."""
    if person.heading() == "Confirm that it is you":
        person.fill(password=person.password)
        person.press("Confirm")
        person.page.wait_for_url(lambda url: "/confirm/" not in url)


def _open_the_menus(person: Person) -> None:
    person.page.locator("main details > summary").first.click()


def _unfold(person: Person) -> None:
    for summary in person.page.locator("#timeline details > summary").all():
        summary.click()


def _preview(person: Person) -> None:
    person.page.locator("[name=markdown]").fill(
        "# Purpose\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`code`\n"
    )
    person.press("Preview")
    person.page.locator(".prose h1").wait_for()


PLACES = (
    Place("sign in", "", "/accounts/login/"),
    Place("sign in with the organization", "", "/accounts/sso/"),
    Place("sign in with the organization, unknown", "", "/accounts/sso/?organization=nowhere", status=404),
    Place("sign in with the organization, refused", "", "/accounts/sso/callback/?state=x", status=403),
    Place("sign-in provider", "administrator", f"{ALDER}/administration/settings/provider/"),
    Place("sign-in provider, wrong", "administrator", f"{ALDER}/administration/settings/provider/", send_empty),
    Place("stop sign-in", "administrator", f"{ALDER}/administration/settings/provider/stop/"),
    Place("sign in, wrong", "", "/accounts/login/", send_empty),
    Place("cannot sign in", "", "/accounts/password/reset/"),
    Place("cannot sign in, sent", "", "/accounts/password/reset/done/"),
    Place("password link used up", "", "/accounts/password/reset/key/1-abc-def/"),
    Place("password set", "", "/accounts/password/reset/key/done/"),
    Place("sign out", "author", "/accounts/logout/"),
    Place("change the password", "author", "/accounts/password/change/"),
    Place("start", "author", "/"),
    Place("inbox everywhere", "author", "/inbox/"),
    Place("account", "author", "/account/"),
    Place("account, zone", "author", "/account/zone/"),
    Place("account, sign-ins", "author", "/account/sign-ins/"),
    Place("account, confirm", "author", "/account/confirm/"),
    Place("account, confirm, wrong", "author", "/account/confirm/", send_empty),
    Place("account, second factor", "author", "/account/second-factor/"),
    Place("account, factors", "author", "/account/factors/"),
    Place("account, new app", "author", "/account/factors/app/", _confirm),
    Place("account, new passkey", "author", "/account/factors/passkey/", _confirm),
    Place("account, recovery codes", "author", "/account/factors/codes/", _confirm),
    Place("account, sessions", "author", "/account/sessions/"),
    Place("account, tokens", "author", "/account/tokens/"),
    Place("account, new token", "author", "/account/tokens/new/"),
    Place("API", "author", "/api/docs/"),
    Place("API, an operation", "author", "/api/docs/documents_create/"),
    Place("mails", "administrator", "/mail/"),
    Place("mail", "administrator", "/mail/{mail}/"),
    Place("style guide", "administrator", "/styleguide/"),
    Place("home of an author", "author", f"{ALDER}/"),
    Place("home of a quality head", "quality_head", f"{ALDER}/"),
    Place("home of a reader", "reader", f"{ALDER}/"),
    Place("home of site staff", "site_staff", f"{ALDER}/"),
    Place("the keys", "author", f"{ALDER}/", _show_the_keys),
    Place("search", "qa", f"{ALDER}/search/?q=study"),
    Place("search, nothing found", "qa", f"{ALDER}/search/?q=zzzz"),
    Place("help", "qa", f"{ALDER}/help/"),
    Place("inbox", "qa", f"{ALDER}/inbox/"),
    Place("inbox, empty", "inspector", f"{ALDER}/inbox/"),
    Place("trail", "quality_head", f"{ALDER}/timeline/"),
    Place("trail, filtered to nothing", "quality_head", f"{ALDER}/timeline/?since=1999-01-01&until=1999-01-02"),
    Place("trail of a person", "author", f"{ALDER}/people/{{person}}/timeline/"),
    Place("a record as it was", "quality_head", f"{ALDER}/records/documents.document/{{document}}/as-of/"),
    Place(
        "a record before it began",
        "author",
        f"{ALDER}/records/documents.document/{{document}}/as-of/?as_of=1999-12-31T10:00",
    ),
    Place("trail as PDF", "quality_head", f"{ALDER}/trail/export/"),
    Place(
        "trail of a document as PDF", "quality_head", f"{ALDER}/trail/export/?kind=documents.document&id={{document}}"
    ),
    Place("long work", "quality_head", f"{ALDER}/jobs/{{job}}/"),
    Place("trail reviews", "qa", f"{ALDER}/trail-reviews/"),
    Place("plan a trail review", "qa", f"{ALDER}/trail-reviews/new/"),
    Place("plan a trail review, wrong", "qa", f"{ALDER}/trail-reviews/new/", send_empty),
    Place("trail review, signed", "qa", f"{ALDER}/trail-reviews/TR-0001/"),
    Place("trail review, running", "qa", f"{ALDER}/trail-reviews/TR-0002/"),
    Place("trail review, flagged", "qa", f"{ALDER}/trail-reviews/TR-0002/?flag=by_administrator"),
    Place("trail review, without the right to inspect", "author", f"{ALDER}/trail-reviews/TR-0002/"),
    Place("comment on an entry", "qa", f"{ALDER}/trail-reviews/TR-0002/entries/{{entry}}/comment/"),
    Place("answer a comment", "author", f"{ALDER}/trail-reviews/TR-0002/comments/{{comment}}/answer/"),
    Place("change the plan of a trail review", "qa", f"{ALDER}/trail-reviews/TR-0003/edit/"),
    Place("begin a trail review", "qa", f"{ALDER}/trail-reviews/TR-0003/steps/start/"),
    Place("cancel a trail review", "quality_head", f"{ALDER}/trail-reviews/TR-0003/steps/cancel/"),
    Place("redactions", "qa", f"{ALDER}/redactions/"),
    Place("redaction, carried out", "qa", f"{ALDER}/redactions/RED-0001/"),
    Place("redaction, waits for approval", "qa", f"{ALDER}/redactions/RED-0002/"),
    Place("redaction, as a reader sees it", "author", f"{ALDER}/redactions/RED-0002/"),
    Place("ask for a redaction", "qa", f"{ALDER}/redactions/new/?kind=documents.document&id={{document}}"),
    Place(
        "ask for a redaction, wrong",
        "qa",
        f"{ALDER}/redactions/new/?kind=documents.document&id={{document}}",
        send_empty,
    ),
    Place("approve a redaction", "qa", f"{ALDER}/redactions/RED-0002/steps/approve/"),
    Place("decline a redaction", "qa", f"{ALDER}/redactions/RED-0002/steps/decline/"),
    Place("receipt of a signature", "quality_head", f"{ALDER}/signatures/{{signature}}/receipt/"),
    Place("reports", "quality_head", f"{ALDER}/reports/"),
    Place("report", "quality_head", f"{ALDER}/reports/{{report}}/"),
    Place("administration", "administrator", f"{ALDER}/administration/"),
    Place("rights", "administrator", f"{ALDER}/administration/rights/"),
    Place("why a right", "administrator", f"{ALDER}/administration/rights/{{person}}/"),
    Place("segregation of duties", "author", f"{ALDER}/administration/duties/"),
    Place("requests for roles", "administrator", f"{ALDER}/administration/requests/"),
    Place("ask for a role", "author", f"{ALDER}/administration/requests/new/"),
    Place("request for a role", "quality_head", f"{ALDER}/administration/requests/{{wish}}/"),
    Place("grant a role", "quality_head", f"{ALDER}/administration/requests/{{wish}}/grant/"),
    Place("access reviews", "administrator", f"{ALDER}/administration/reviews/"),
    Place("review all rights", "administrator", f"{ALDER}/administration/reviews/new/"),
    Place("access review", "quality_head", f"{ALDER}/administration/reviews/{{access_review}}/"),
    Place("answer an access review", "quality_head", f"{ALDER}/administration/reviews/{{access_review}}/answer/"),
    Place(
        "move the day of an access review", "administrator", f"{ALDER}/administration/reviews/{{access_review}}/day/"
    ),
    Place("cancel an access review", "administrator", f"{ALDER}/administration/reviews/{{access_review}}/cancel/"),
    Place(
        "sign an access review too early",
        "quality_head",
        f"{ALDER}/administration/reviews/{{access_review}}/conclude/",
        status=409,
    ),
    Place("change a member", "administrator", f"{ALDER}/members/{{member}}/change/"),
    Place("a member is away", "administrator", f"{ALDER}/members/{{member}}/away/"),
    Place("a member is back", "administrator", f"{ALDER}/members/{{member}}/back/"),
    Place("identity of a member", "administrator", f"{ALDER}/members/{{member}}/identity/"),
    Place("training of a member", "administrator", f"{ALDER}/members/{{member}}/training/"),
    Place("settings", "administrator", f"{ALDER}/administration/settings/"),
    Place("propose settings", "administrator", f"{ALDER}/administration/settings/propose/"),
    Place("propose settings, wrong", "administrator", f"{ALDER}/administration/settings/propose/", send_empty),
    Place("version of the settings", "qa", f"{ALDER}/administration/settings/2/"),
    Place("approve settings", "quality_head", f"{ALDER}/administration/settings/2/approve/"),
    Place("who may see a document", "qa", f"{ALDER}/records/documents.document/{{document}}/access/"),
    Place("move a document", "qa", f"{ALDER}/records/documents.document/{{document}}/lane/"),
    Place("inspector reads", "inspector", f"{ALDER}/documents/"),
    Place("sessions of a member", "administrator", f"{ALDER}/members/{{member}}/sessions/"),
    Place("lost factors of a member", "administrator", f"{ALDER}/members/{{member}}/factors/"),
    Place(
        "members",
        "administrator",
        f"{ALDER}/members/?cols=name.e-mail.roles.department.since.e-signatures-accepted.state",
    ),
    Place("own data", "author", f"{ALDER}/own-data/"),
    Place("data of a member", "administrator", f"{ALDER}/members/{{member}}/data/"),
    Place("members from a file", "administrator", f"{ALDER}/members/file/"),
    Place("invite", "administrator", f"{ALDER}/members/invite/"),
    Place("invite, wrong", "administrator", f"{ALDER}/members/invite/", send_empty),
    Place("roles", "administrator", f"{ALDER}/members/roles/"),
    Place("end a role", "administrator", f"{ALDER}/members/roles/{{role}}/end/"),
    Place("member", "administrator", f"{ALDER}/members/{{member}}/"),
    Place("give a role", "administrator", f"{ALDER}/members/{{member}}/give-role/"),
    Place("rename", "administrator", f"{ALDER}/members/{{member}}/name/"),
    Place("end a membership", "administrator", f"{ALDER}/members/{{member}}/end/"),
    Place("studies", "author", f"{ALDER}/studies/"),
    Place("studies, none found", "author", f"{ALDER}/studies/?q=zzzz"),
    Place("new study", "quality_head", f"{ALDER}/studies/new/"),
    Place("new study, wrong", "quality_head", f"{ALDER}/studies/new/", send_empty),
    Place("study", "study_manager", f"{ALDER}/studies/{{study}}/"),
    Place("study at one site", "site_staff", f"{ALDER}/studies/{{study}}/"),
    Place("edit a study", "study_manager", f"{ALDER}/studies/{{study}}/edit/"),
    Place("new site", "study_manager", f"{ALDER}/studies/{{study}}/sites/new/"),
    Place("edit a site", "study_manager", f"{ALDER}/studies/{{study}}/sites/{{site}}/edit/"),
    Place("study from a register", "quality_head", f"{ALDER}/studies/register/"),
    Place("study from a register, wrong", "quality_head", f"{ALDER}/studies/register/", send_empty),
    Place("milestone", "study_manager", f"{ALDER}/studies/{{study}}/milestones/first_participant/"),
    Place("new protocol version", "study_manager", f"{ALDER}/studies/{{study}}/protocol/new/"),
    Place("protocol version", "study_manager", f"{ALDER}/studies/{{study}}/protocol/2.0/edit/"),
    Place("add a file", "statistician", f"{ALDER}/records/studies.study/{{study_id}}/files/new/"),
    Place("add a file, wrong", "study_manager", f"{ALDER}/records/studies.study/{{study_id}}/files/new/", send_empty),
    Place("remove a file", "study_manager", f"{ALDER}/records/studies.study/{{study_id}}/files/{{file}}/remove/"),
    Place("write a comment", "study_manager", f"{ALDER}/records/studies.study/{{study_id}}/comments/new/"),
    Place(
        "take back a comment",
        "study_manager",
        f"{ALDER}/records/studies.study/{{study_id}}/comments/{{remark}}/take-back/",
    ),
    Place("who may see a file", "qa", f"{ALDER}/records/attachments.attachment/{{file}}/access/"),
    Place("study, unblinded", "statistician", f"{ALDER}/studies/{{study}}/"),
    Place("randomisation", "statistician", f"{ALDER}/studies/{{study}}/randomisation/"),
    Place("randomisation, change", "statistician", f"{ALDER}/studies/{{study}}/randomisation/edit/"),
    Place("participants", "study_manager", f"{ALDER}/studies/{{study}}/participants/"),
    Place("participants from a file", "study_manager", f"{ALDER}/studies/{{study}}/participants/file/"),
    Place("documents", "author", f"{ALDER}/documents/"),
    Place("documents, a menu open", "author", f"{ALDER}/documents/", _open_the_menus),
    Place("documents, none found", "author", f"{ALDER}/documents/?q=zzzz"),
    Place("new document", "author", f"{ALDER}/documents/new/"),
    Place("new document, wrong", "author", f"{ALDER}/documents/new/", send_empty),
    Place("new document, preview", "author", f"{ALDER}/documents/new/", _preview),
    Place("document", "reader", f"{ALDER}/documents/{{effective}}/"),
    Place("change a document", "document_control", f"{ALDER}/documents/{{effective}}/change/"),
    Place("version, draft", "author", f"{ALDER}/documents/{{draft}}/1.0/"),
    Place("version, in review", "author", f"{ALDER}/documents/{{in_review}}/1.0/"),
    Place("version, in approval", "quality_head", f"{ALDER}/documents/{{in_approval}}/1.0/", _unfold),
    Place("version, approved", "document_control", f"{ALDER}/documents/{{approved}}/1.0/"),
    Place("version, effective", "process_owner", f"{ALDER}/documents/{{effective}}/1.0/"),
    Place("version, review due", "process_owner", f"{ALDER}/documents/{{review_due}}/1.0/"),
    Place("edit a draft", "author", f"{ALDER}/documents/{{draft}}/1.0/edit/"),
    Place("new version", "author", f"{ALDER}/documents/{{effective}}/new-version/"),
    Place("plan a review", "document_control", f"{ALDER}/documents/{{effective}}/1.0/plan-review/"),
    Place("verdict of a review", "process_owner", f"{ALDER}/documents/{{review_due}}/reviews/{{review}}/conclude/"),
    Place("submit", "author", f"{ALDER}/documents/{{draft}}/1.0/steps/submit/"),
    Place("submit, wrong", "author", f"{ALDER}/documents/{{draft}}/1.0/steps/submit/", send_empty),
    Place("approve", "study_manager", f"{ALDER}/documents/{{plan}}/1.0/steps/approve/"),
    Place("approve in a dialog", "study_manager", f"{ALDER}/documents/{{plan}}/1.0/", _open_the_first_dialog),
    Place("reject", "study_manager", f"{ALDER}/documents/{{plan}}/1.0/steps/reject/"),
    Place("set the date", "document_control", f"{ALDER}/documents/{{approved}}/1.0/steps/schedule/"),
    Place("void", "qa", f"{ALDER}/documents/{{draft}}/1.0/steps/void/"),
    Place("a step that is not possible", "author", f"{ALDER}/documents/{{effective}}/1.0/steps/submit/", status=409),
    Place("a step of somebody else", "reader", f"{ALDER}/documents/{{plan}}/1.0/steps/approve/", status=403),
    Place("not allowed", "reader", f"{ALDER}/documents/new/", status=403),
    *EVENT_PLACES,
    Place("nothing there", "author", f"{ALDER}/nothing/", status=404),
    Place("nothing there, signed out", "", "/nothing/", status=404),
)

_TITLES = {
    "effective": "Controlled documents",
    "in_approval": "Handling of deviations",
    "in_review": "Oversight of service providers",
    "review_due": "Quality policy",
    "draft": "Monthly review of the audit trail",
    "plan": "Monitoring plan",
    "approved": "Risk management plan",
}
_IN = "(SELECT id FROM organizations_organization WHERE slug = 'alder')"
_ASKED = {
    "complaint_link": "SELECT min(id) FROM quality_events_eventlink WHERE from_kind = 'complaints.complaint' AND "
    f"organization_id = {_IN}",
    "event_link": f"SELECT min(id) FROM quality_events_eventlink WHERE organization_id = {_IN}",
    "capa_link": f"SELECT max(id) FROM quality_events_eventlink WHERE organization_id = {_IN}",
    "change_link": "SELECT min(id) FROM quality_events_eventlink WHERE from_kind = 'changes.changecontrol' AND "
    f"organization_id = {_IN}",
    "change_asked": f"SELECT min(id) FROM changes_impactassessment WHERE organization_id = {_IN} AND state = 'asked'",
    "change_planned": "SELECT min(t.id) FROM changes_changetask t JOIN changes_changecontrol c ON c.id = t.change_id "
    f"WHERE c.state = 'assessment' AND t.organization_id = {_IN}",
    "change_open": "SELECT min(t.id) FROM changes_changetask t JOIN changes_changecontrol c ON c.id = t.change_id "
    f"WHERE c.state = 'implementing' AND t.done_at IS NULL AND t.organization_id = {_IN}",
    "capa_cause": f"SELECT min(id) FROM capas_cause WHERE organization_id = {_IN}",
    "capa_action": f"SELECT min(id) FROM capas_action WHERE organization_id = {_IN} AND done_at IS NULL",
    "planned_action": f"SELECT max(id) FROM capas_action WHERE organization_id = {_IN}",
    "capa_extension": f"SELECT min(id) FROM capas_extensionrequest WHERE organization_id = {_IN}",
    "wish": f"SELECT id FROM access_rolerequest WHERE organization_id = {_IN} AND state = 'requested' LIMIT 1",
    "access_review": "SELECT r.id FROM access_accessreview r JOIN accounts_user u ON u.id = r.reviewer_id "
    f"WHERE u.email = 'quality.head@alder.example' AND r.organization_id = {_IN}",
    "person": "SELECT id FROM accounts_user WHERE email = 'author@alder.example'",
    "signature": f"SELECT min(id) FROM signatures_signature WHERE record_kind = 'documents.version' AND organization_id = {_IN}",
    "document": f"SELECT min(id) FROM documents_document WHERE organization_id = {_IN}",
    "member": f"SELECT m.id FROM organizations_membership m JOIN accounts_user u ON u.id = m.user_id "
    f"WHERE u.email = 'author@alder.example' AND m.organization_id = {_IN}",
    "role": "SELECT r.id FROM access_roleassignment r JOIN accounts_user u ON u.id = r.user_id "
    "WHERE u.email = 'author@alder.example' AND r.ends_at IS NULL",
    "study": f"SELECT s.number FROM studies_study s JOIN studies_site t ON t.study_id = s.id "
    f"WHERE s.organization_id = {_IN} ORDER BY s.id LIMIT 1",
    "study_id": f"SELECT s.id FROM studies_study s JOIN studies_site t ON t.study_id = s.id "
    f"WHERE s.organization_id = {_IN} ORDER BY s.id LIMIT 1",
    "file": f"SELECT min(id) FROM attachments_attachment WHERE organization_id = {_IN} AND lane = 'general'",
    "remark": f"SELECT min(id) FROM comments_comment WHERE organization_id = {_IN} AND lane = 'general'",
    "site": f"SELECT t.number FROM studies_study s JOIN studies_site t ON t.study_id = s.id "
    f"WHERE s.organization_id = {_IN} ORDER BY s.id, t.id LIMIT 1",
    "entry": f"SELECT entry_id FROM trail_reviews_trailcomment WHERE organization_id = {_IN} LIMIT 1",
    "comment": f"SELECT id FROM trail_reviews_trailcomment WHERE organization_id = {_IN} LIMIT 1",
    "review": f"SELECT id FROM documents_periodicreview WHERE organization_id = {_IN} AND state = 'open' LIMIT 1",
}


def world(portal: Portal) -> dict[str, str]:
    """What stands in the holes of the paths, except for the mail and the job, which somebody must make first."""
    by_title = (
        "SELECT number FROM documents_document WHERE organization_id = " + _IN + " AND title = %s ORDER BY id LIMIT 1"
    )
    found = {key: portal.rows(by_title, title)[0][0] for key, title in _TITLES.items()}
    return {**found, **{key: str(portal.rows(query)[0][0]) for key, query in _ASKED.items()}}


def every_page_name() -> set[str]:
    """The names of all addresses that show a page to people."""
    names = set(_names(get_resolver("cqms.portal.urls_mounted").url_patterns, ""))
    return {name for name in names if name not in _NO_PAGES and (not name.startswith("api:") or name == "api:docs")}


def _names(patterns: list[URLPattern | URLResolver], space: str) -> list[str]:
    found = []
    for each in patterns:
        if isinstance(each, URLResolver):
            found += _names(each.url_patterns, f"{space}{each.namespace}:" if each.namespace else space)
        else:
            found.append(f"{space}{each.name}")
    return found
