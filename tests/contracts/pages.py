"""Who gets what from every address: the table that `test_urls.py` holds the portal to.

A row is the name of a URL, a method, a path and the answers: a status with the people who get it, `*` for everybody
who is not named in the row. Words in capitals are groups. Holes in paths are filled by `addresses.values_of`, the
input of what acts comes from `inputs.py` and is right, so that only the person decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.contracts import events, pages_of_parts

GROUPS = {
    "CONTRIBUTE": "author reviewer process_owner qa quality_head document_control study_manager medical_monitor"
    " statistician",
    "ASKERS": "author reviewer process_owner qa document_control study_manager medical_monitor statistician",
    "INSPECT": "qa quality_head document_control study_manager auditor inspector",
    "ASSURE": "qa quality_head",
    "CONTROL": "quality_head document_control",
    "LEAD": "qa quality_head study_manager",
    "PLAN": "qa quality_head study_manager auditor",
    "NO_READERS": "administrator guest",
}


@dataclass(frozen=True)
class Section:
    """Rows of one place. `foreign` is what everybody gets for the id of another organization, `visitor` who is nobody.

    The outsider belongs to the other organization: what hangs at ours answers them 404, foreign rows are their own.
    """

    place: Literal["mounted", "outside", "api"]
    visitor: int
    rows: str
    foreign: str = "404 *"


@dataclass(frozen=True)
class Call:
    """One row."""

    section: Section
    name: str
    method: str
    path: str
    told: str

    def __str__(self) -> str:
        return f"{self.name} {self.method} {self.path}"

    @property
    def names_a_record(self) -> bool:
        """Whether something of an organization stands in the path."""
        return "{" in self.path

    def expected(self, who: str) -> int:
        """The status of somebody with a record of our organization."""
        at_home = {"visitor": self.section.visitor}
        if self.section.place == "mounted" or (self.section.place == "api" and self.names_a_record):
            at_home["outsider"] = 404
        return status_in(self.told, who, at_home)

    def expected_of_foreign(self, who: str) -> int:
        """The status of somebody with a record of the other organization."""
        at_home = {"visitor": self.section.visitor}
        if self.section.place == "mounted":
            at_home["outsider"] = 404
        return status_in(self.section.foreign, who, at_home)


def status_in(told: str, who: str, otherwise: dict[str, int]) -> int:
    """The status that a list of answers has for somebody: by name, by group, by default, or as anybody else."""
    answers = [part.split() for part in told.split("|")]
    named = {
        name: int(status) for status, *names in answers for word in names for name in GROUPS.get(word, word).split()
    }
    return named.get(who) or otherwise.get(who) or named["*"]


def calls() -> Iterator[Call]:
    """Every row of the table."""
    for section in SECTIONS:
        for line in section.rows.strip().splitlines():
            name, method, path, told = line.split(maxsplit=3)
            yield Call(section, name, method, path, told)


SECTIONS = (
    *(Section("mounted", 302, each.PAGES) for each in events.TYPES),
    *(Section("api", 401, each.API) for each in events.TYPES),
    Section("api", 401, pages_of_parts.API),
    Section("mounted", 302, """
portal:home             GET  /                                                     200 *
portal:search           GET  /search/?q=data                                       200 *
portal:help             GET  /help/                                                200 *
portal:inbox            GET  /inbox/                                               200 *
portal:inbox            POST /inbox/                                               302 *
portal:timeline         GET  /timeline/                                            200 INSPECT administrator | 403 *
portal:person_timeline  GET  /people/{person}/timeline/                            200 INSPECT administrator reader | 403 *
portal:record           GET  /records/documents.document/{document}/               302 * | 404 NO_READERS
portal:record           GET  /records/organizations.membership/{member}/           302 * | 404 guest
portal:record_as_of     GET  /records/documents.document/{document}/as-of/         200 * | 404 NO_READERS
portal:record_access    GET  /records/documents.document/{document}/access/        200 INSPECT statistician | 403 * | 404 NO_READERS
portal:record_lane      GET  /records/documents.document/{document}/lane/          200 ASSURE statistician | 403 * | 404 NO_READERS
portal:record_lane      POST /records/documents.document/{document}/lane/          302 ASSURE | 422 statistician | 403 * | 404 NO_READERS
portal:receipt          GET  /signatures/{signature}/receipt/                       200 * | 404 NO_READERS
portal:trail_verifier   GET  /trail/verifier/page/                                 200 INSPECT | 403 *
portal:trail_export     GET  /trail/export/                                        200 INSPECT | 403 *
portal:trail_export     GET  /trail/export/?kind=documents.document&id={document}  200 INSPECT | 403 * | 404 NO_READERS
portal:trail_export     POST /trail/export/?kind=documents.document&id={document}  302 INSPECT | 403 * | 404 NO_READERS
portal:job              GET  /jobs/{job}/                                          200 qa | 404 *
portal:job_retry        POST /jobs/{job}/retry/                                    409 qa | 404 *
portal:job_file         GET  /jobs/{job}/file/                                     404 *
portal:reports          GET  /reports/                                             200 INSPECT | 403 *
portal:report           GET  /reports/{report}/                                    200 INSPECT | 404 *
portal:report_file      GET  /reports/{report}/pdf/                                200 INSPECT | 404 *
portal:members          GET  /members/                                             200 administrator | 403 *
portal:members          POST /members/                                             302 administrator | 403 *
portal:own_data         GET  /own-data/                                            200 *
portal:own_data         POST /own-data/                                            302 *
portal:members_file     GET  /members/file/                                        200 administrator | 403 *
portal:members_file     POST /members/file/                                        422 administrator | 403 *
portal:members_preview  GET  /members/file/NO_FILE/                                404 administrator | 403 *
portal:members_preview  POST /members/file/NO_FILE/                                404 administrator | 403 *
portal:roles            GET  /members/roles/                                       200 *
portal:invite           GET  /members/invite/                                      200 administrator | 403 *
portal:invite           POST /members/invite/                                      302 administrator | 403 *
studies:list            GET  /studies/                                             200 * | 403 administrator
studies:list            POST /studies/                                             302 * | 403 administrator
studies:new             GET  /studies/new/                                         200 CONTRIBUTE | 403 *
studies:new             POST /studies/new/                                         302 CONTRIBUTE | 403 *
studies:register        GET  /studies/register/                                    200 CONTRIBUTE | 403 *
studies:register        POST /studies/register/                                    422 CONTRIBUTE | 403 *
studies:register_preview GET /studies/register/NO_FILE/                            404 CONTRIBUTE | 403 *
studies:register_preview POST /studies/register/NO_FILE/                           404 CONTRIBUTE | 403 *
studies:detail          GET  /studies/{study}/                                     200 * | 404 administrator
studies:detail          GET  /studies/{other_study}/                               200 * | 404 NO_READERS
studies:edit            GET  /studies/{study}/edit/                                200 LEAD | 403 * | 404 administrator
studies:edit            POST /studies/{study}/edit/                                302 LEAD | 403 * | 404 administrator
studies:site_new        GET  /studies/{study}/sites/new/                           200 LEAD | 403 * | 404 administrator
studies:site_new        POST /studies/{study}/sites/new/                           302 LEAD | 403 * | 404 administrator
studies:site_edit       GET  /studies/{study}/sites/{site}/edit/                   200 LEAD | 403 * | 404 administrator
studies:site_edit       POST /studies/{study}/sites/{site}/edit/                   302 LEAD | 403 * | 404 administrator
studies:milestone       GET  /studies/{study}/milestones/report/                  200 LEAD | 403 * | 404 administrator
studies:milestone       POST /studies/{study}/milestones/report/                  302 LEAD | 403 * | 404 administrator
studies:protocol_new    GET  /studies/{study}/protocol/new/                        200 LEAD | 403 * | 404 administrator
studies:protocol_new    POST /studies/{study}/protocol/new/                        302 LEAD | 403 * | 404 administrator
studies:protocol_edit   GET  /studies/{study}/protocol/1.0/edit/                   200 LEAD | 403 * | 404 administrator
studies:protocol_edit   POST /studies/{study}/protocol/1.0/edit/                   302 LEAD | 403 * | 404 administrator
studies:participants    GET  /studies/{study}/participants/                        200 LEAD | 403 * | 404 administrator
studies:participants    POST /studies/{study}/participants/                        422 LEAD | 403 * | 404 administrator
studies:participants_file GET /studies/{study}/participants/file/                  200 LEAD | 403 * | 404 administrator
studies:participants_file POST /studies/{study}/participants/file/                 422 LEAD | 403 * | 404 administrator
documents:list          GET  /documents/                                           200 * | 302 reviewer | 403 administrator
documents:list          POST /documents/                                           302 * | 403 administrator
documents:new           GET  /documents/new/                                       200 CONTRIBUTE | 403 *
documents:new           POST /documents/new/                                       302 CONTRIBUTE | 403 *
documents:detail        GET  /documents/{effective}/                               200 * | 404 NO_READERS
documents:detail        GET  /documents/{plan}/                                    200 * | 404 administrator
documents:detail        GET  /documents/{hidden}/                                  200 ASSURE | 404 *
documents:change        GET  /documents/{effective}/change/                        200 process_owner CONTROL | 403 * | 404 NO_READERS
documents:change        POST /documents/{effective}/change/                        302 process_owner CONTROL | 403 * | 404 NO_READERS
documents:new_version   GET  /documents/{approved}/new-version/                    200 CONTRIBUTE | 403 * | 404 NO_READERS
documents:new_version   POST /documents/{approved}/new-version/                    409 CONTRIBUTE | 403 * | 404 NO_READERS
documents:review        GET  /documents/{effective}/reviews/{review}/conclude/     200 process_owner | 403 * | 404 NO_READERS
documents:review        POST /documents/{effective}/reviews/{review}/conclude/     302 process_owner | 403 * | 404 NO_READERS
documents:version       GET  /documents/{draft}/1.0/                               200 * | 404 NO_READERS
documents:version       GET  /documents/{plan}/1.0/                                200 * | 404 administrator
documents:version       GET  /documents/{hidden}/1.0/                              200 ASSURE | 404 *
documents:edit          GET  /documents/{draft}/1.0/edit/                          200 author | 403 * | 404 NO_READERS
documents:edit          POST /documents/{draft}/1.0/edit/                          302 author | 403 * | 404 NO_READERS
documents:plan_review   GET  /documents/{effective}/1.0/plan-review/               200 CONTROL | 403 * | 404 NO_READERS
documents:plan_review   POST /documents/{effective}/1.0/plan-review/               302 CONTROL | 403 * | 404 NO_READERS
documents:step          GET  /documents/{draft}/1.0/steps/submit/                  200 author | 403 * | 404 NO_READERS
documents:step          POST /documents/{draft}/1.0/steps/submit/                  302 author | 403 * | 404 NO_READERS
documents:step          POST /documents/{draft}/1.0/steps/void/                    302 ASSURE | 403 * | 404 NO_READERS
documents:step          POST /documents/{draft}/1.0/steps/approve/                 409 * | 404 NO_READERS
documents:step          POST /documents/{in_review}/1.0/steps/review/              302 reviewer | 403 * | 404 NO_READERS
documents:step          POST /documents/{in_review}/1.0/steps/recall/              302 author | 403 * | 404 NO_READERS
documents:step          GET  /documents/{in_approval}/1.0/steps/approve/           200 process_owner | 403 * | 404 NO_READERS
documents:step          POST /documents/{in_approval}/1.0/steps/approve/           302 process_owner | 403 * | 404 NO_READERS
documents:step          POST /documents/{plan}/1.0/steps/approve/                  302 medical_monitor | 409 study_manager | 403 * | 404 administrator
documents:step          POST /documents/{approved}/1.0/steps/schedule/             302 CONTROL | 403 * | 404 NO_READERS
documents:step          POST /documents/{approved}/1.0/steps/take_effect/          409 * | 404 NO_READERS
documents:step          POST /documents/{effective}/1.0/steps/retire/              302 process_owner | 403 * | 404 NO_READERS
documents:download      GET  /documents/{effective}/1.0/files/pdf/                 200 * | 404 NO_READERS
documents:download      GET  /documents/{plan}/1.0/files/source/                   200 * | 404 administrator
documents:download      GET  /documents/{hidden}/1.0/files/signed/                 200 ASSURE | 404 *
"""),
    Section("mounted", 302, pages_of_parts.ROWS),
    Section("mounted", 302, """
administration:overview         GET  /administration/                     200 INSPECT administrator | 403 *
administration:duties           GET  /administration/duties/              200 * | 403 guest
administration:rights           GET  /administration/rights/              200 administrator | 403 *
administration:rights           POST /administration/rights/              302 administrator | 403 *
administration:requests         GET  /administration/requests/            200 administrator quality_head | 403 *
administration:requests         POST /administration/requests/            302 administrator quality_head | 403 *
administration:request_new      GET  /administration/requests/new/        200 * | 403 guest
administration:request_new      POST /administration/requests/new/        302 * | 403 guest | 422 administrator inspector
administration:request          GET  /administration/requests/{wish}/     200 administrator quality_head medical_monitor | 404 *
administration:request_step     GET  /administration/requests/{wish}/grant/   200 quality_head | 403 administrator medical_monitor | 404 *
administration:request_step     POST /administration/requests/{wish}/grant/   302 quality_head | 403 administrator medical_monitor | 404 *
administration:reviews          GET  /administration/reviews/             200 administrator quality_head | 403 *
administration:reviews          POST /administration/reviews/             302 administrator quality_head | 403 *
administration:review_new       GET  /administration/reviews/new/         200 administrator quality_head | 403 *
administration:review_new       POST /administration/reviews/new/         422 administrator quality_head | 403 *
administration:review           GET  /administration/reviews/{access_review}/           200 administrator quality_head | 404 *
administration:review_answer    GET  /administration/reviews/{access_review}/answer/    200 quality_head | 403 administrator | 404 *
administration:review_answer    POST /administration/reviews/{access_review}/answer/    302 quality_head | 403 administrator | 404 *
administration:review_day       GET  /administration/reviews/{access_review}/day/       200 administrator quality_head | 404 *
administration:review_day       POST /administration/reviews/{access_review}/day/       302 administrator quality_head | 404 *
administration:review_step      GET  /administration/reviews/{access_review}/conclude/  409 quality_head | 403 administrator | 404 *
administration:review_step      POST /administration/reviews/{access_review}/conclude/  409 quality_head | 403 administrator | 404 *
administration:settings         GET  /administration/settings/            200 INSPECT administrator | 403 *
administration:settings_propose GET  /administration/settings/propose/    200 ASSURE administrator | 403 *
administration:settings_propose POST /administration/settings/propose/    422 ASSURE administrator | 403 *
administration:provider         GET  /administration/settings/provider/   200 ASSURE administrator | 403 *
administration:provider         POST /administration/settings/provider/   422 ASSURE administrator | 403 *
administration:provider_stop    GET  /administration/settings/provider/stop/ 200 ASSURE administrator | 403 *
administration:provider_stop    POST /administration/settings/provider/stop/ 422 ASSURE administrator | 403 *
administration:settings_version GET  /administration/settings/1/          200 INSPECT administrator | 403 *
administration:settings_version GET  /administration/settings/99/         404 INSPECT administrator | 403 *
administration:settings_step    GET  /administration/settings/1/approve/  200 quality_head | 403 *
administration:settings_step    POST /administration/settings/1/approve/  302 quality_head | 403 *
"""),
    Section("mounted", 302, """
trail_reviews:list    GET  /trail-reviews/                                             200 * | 403 administrator
trail_reviews:list    POST /trail-reviews/                                             302 * | 403 administrator
trail_reviews:new     GET  /trail-reviews/new/                                         200 PLAN | 403 *
trail_reviews:new     POST /trail-reviews/new/                                         422 PLAN | 403 *
trail_reviews:review  GET  /trail-reviews/{trail_review}/                              200 * | 404 NO_READERS
trail_reviews:edit    GET  /trail-reviews/{trail_review}/edit/                         200 PLAN | 403 * | 404 NO_READERS
trail_reviews:edit    POST /trail-reviews/{trail_review}/edit/                         422 PLAN | 403 * | 404 NO_READERS
trail_reviews:comment GET  /trail-reviews/{trail_review}/entries/{entry}/comment/      200 qa | 403 * | 404 NO_READERS
trail_reviews:comment POST /trail-reviews/{trail_review}/entries/{entry}/comment/      302 qa | 403 * | 404 NO_READERS
trail_reviews:answer  GET  /trail-reviews/{trail_review}/comments/{comment}/answer/    200 author | 403 * | 404 NO_READERS
trail_reviews:answer  POST /trail-reviews/{trail_review}/comments/{comment}/answer/    302 author | 403 * | 404 NO_READERS
trail_reviews:step    GET  /trail-reviews/{trail_review}/steps/cancel/                 200 PLAN | 403 * | 404 NO_READERS
trail_reviews:step    POST /trail-reviews/{trail_review}/steps/cancel/                 302 PLAN | 403 * | 404 NO_READERS
redactions:list       GET  /redactions/                                                200 * | 403 administrator
redactions:list       POST /redactions/                                                302 * | 403 administrator
redactions:new        GET  /redactions/new/?kind=documents.document&id={document}      200 CONTRIBUTE | 403 * | 404 NO_READERS
redactions:new        POST /redactions/new/?kind=documents.document&id={document}      302 ASKERS | 422 quality_head | 403 * | 404 NO_READERS
redactions:redaction  GET  /redactions/{redaction}/                                    200 * | 404 NO_READERS
redactions:step       GET  /redactions/{redaction}/steps/withdraw/                     200 study_manager | 403 * | 404 NO_READERS
redactions:step       POST /redactions/{redaction}/steps/withdraw/                     302 study_manager | 403 * | 404 NO_READERS
"""),
    Section("mounted", 302, foreign="404 administrator | 403 *", rows="""
portal:role_end         GET  /members/roles/{role}/end/    200 administrator | 403 *
portal:role_end         POST /members/roles/{role}/end/    302 administrator | 403 *
portal:member           GET  /members/{member}/            200 administrator | 403 *
portal:member_give_role GET  /members/{member}/give-role/  200 administrator | 403 *
portal:member_give_role POST /members/{member}/give-role/  302 administrator | 403 *
portal:member_rename    GET  /members/{member}/name/       200 administrator | 403 *
portal:member_rename    POST /members/{member}/name/       302 administrator | 403 *
portal:member_invite    GET  /members/{member}/invite/     200 administrator | 403 *
portal:member_invite    POST /members/{member}/invite/     422 administrator | 403 *
administration:right    GET  /administration/rights/{person}/  200 administrator | 403 *
portal:member_change    GET  /members/{member}/change/     200 administrator | 403 *
portal:member_change    POST /members/{member}/change/     302 administrator | 403 *
portal:member_away      GET  /members/{member}/away/       200 administrator | 403 *
portal:member_away      POST /members/{member}/away/       302 administrator | 403 *
portal:member_back      GET  /members/{member}/back/       200 administrator | 403 *
portal:member_back      POST /members/{member}/back/       302 administrator | 403 *
portal:member_identity  GET  /members/{member}/identity/   200 administrator | 403 *
portal:member_identity  POST /members/{member}/identity/   302 administrator | 403 *
portal:member_training  GET  /members/{member}/training/   200 administrator | 403 *
portal:member_training  POST /members/{member}/training/   302 administrator | 403 *
portal:member_factors   GET  /members/{member}/factors/    200 administrator | 403 *
portal:member_factors   POST /members/{member}/factors/    422 administrator | 403 *
portal:member_data      GET  /members/{member}/data/       200 administrator | 403 *
portal:member_data      POST /members/{member}/data/       302 administrator | 403 *
portal:member_sessions  GET  /members/{member}/sessions/   200 administrator | 403 *
portal:member_sessions  POST /members/{member}/sessions/   302 administrator | 403 *
portal:member_end       GET  /members/{member}/end/        200 administrator | 403 *
portal:member_end       POST /members/{member}/end/        302 administrator | 403 *
"""),
    Section("mounted", 302, foreign="405 *", rows="portal:job_retry GET /jobs/{job}/retry/ 405 *"),
    Section("outside", 302, foreign="405 *", rows="outside:token_end GET /account/tokens/{token}/end/ 405 *"),
    Section("outside", 302, """
outside:start           GET  /                             302 *
outside:inbox           GET  /inbox/                       200 *
outside:account         GET  /account/                     200 *
outside:zone            GET  /account/zone/                200 *
outside:zone            POST /account/zone/                302 *
outside:sign_ins        GET  /account/sign-ins/            200 *
outside:sign_ins        POST /account/sign-ins/            405 *
outside:zones_meant     GET  /account/zone/meant/          200 *
outside:confirm         GET  /account/confirm/             200 *
outside:confirm         POST /account/confirm/             302 *
outside:second_factor   GET  /account/second-factor/       200 *
outside:second_factor   POST /account/second-factor/       422 *
outside:factors         GET  /account/factors/             200 *
outside:app_add         GET  /account/factors/app/         302 *
outside:app_add         POST /account/factors/app/         302 *
outside:passkey_add     GET  /account/factors/passkey/     302 *
outside:passkey_add     POST /account/factors/passkey/     302 *
outside:codes           GET  /account/factors/codes/       302 *
outside:codes           POST /account/factors/codes/       302 *
outside:factor_remove   GET  /account/factors/1/remove/    302 *
outside:factor_remove   POST /account/factors/1/remove/    302 *
outside:sessions        GET  /account/sessions/            200 *
outside:sessions_end    GET  /account/sessions/end/        405 *
outside:sessions_end    POST /account/sessions/end/        302 *
outside:session_end     GET  /account/sessions/123/end/    405 *
outside:session_end     POST /account/sessions/123/end/    404 *
outside:tokens          GET  /account/tokens/              200 *
outside:token_new       GET  /account/tokens/new/          200 *
outside:token_new       POST /account/tokens/new/          201 *
outside:token_end       POST /account/tokens/{token}/end/  302 author | 404 *
outside:mails           GET  /mail/                        200 administrator outsider | 403 *
outside:mail            GET  /mail/{mail}/                 200 administrator | 403 * | 404 outsider
account_logout          GET  /accounts/logout/             200 *
account_logout          POST /accounts/logout/             302 *
account_change_password GET  /accounts/password/change/    200 *
account_change_password POST /accounts/password/change/    302 *
account_reauthenticate  GET  /accounts/reauthenticate/     200 *
account_reauthenticate  POST /accounts/reauthenticate/     302 *
api:docs                GET  /api/docs/                    200 *
api:operation           GET  /api/docs/studies_list/       200 *
account_sso_again       GET  /accounts/sso/again/          404 *
mfa_authenticate        GET  /accounts/second-factor/      302 *
mfa_authenticate        POST /accounts/second-factor/      302 *
"""),
    Section("outside", 200, """
outside:healthz                      GET  /healthz                            200 *
outside:readyz                       GET  /readyz                             200 *
ui:styleguide                        GET  /styleguide/                        200 *
account_login                        GET  /accounts/login/                    302 *
account_login                        POST /accounts/login/                    302 *
mfa_login_webauthn                   GET  /accounts/passkey/                  302 visitor *
mfa_login_webauthn                   POST /accounts/passkey/                  302 visitor *
account_sso                          GET  /accounts/sso/                      200 *
account_sso_callback                 GET  /accounts/sso/callback/             403 visitor *
account_sso_begin                    GET  /accounts/sso/northwind/            404 visitor *
account_signup                       GET  /accounts/signup/                   302 *
account_signup                       POST /accounts/signup/                   302 *
account_inactive                     GET  /accounts/inactive/                 200 *
account_reset_password               GET  /accounts/password/reset/           200 *
account_reset_password               POST /accounts/password/reset/           302 visitor *
account_reset_password_done          GET  /accounts/password/reset/done/      200 *
account_reset_password_from_key      GET  /accounts/password/reset/key/1-a-b/ 200 *
account_reset_password_from_key      POST /accounts/password/reset/key/1-a-b/ 200 *
account_reset_password_from_key_done GET  /accounts/password/reset/key/done/  200 *
"""),
    Section("api", 401, """
api:schema           GET    /api/schema/                                                  200 *
api:nowhere          GET    /api/v1/nothing/                                              404 *
api:nowhere          POST   /api/v1/nothing/                                              404 *
api:nowhere          PUT    /api/v1/nothing/                                              404 *
api:nowhere          PATCH  /api/v1/nothing/                                              404 *
api:nowhere          DELETE /api/v1/nothing/                                              404 *
api:search           GET    /api/v1/search/?q=data                                        200 *
api:record_as_of     GET    /api/v1/records/documents.document/{document}/as-of/          200 * | 404 NO_READERS
api:redactions       GET    /api/v1/redactions/                                           200 * | 403 administrator
api:redactions       POST   /api/v1/redactions/                                           201 ASKERS | 403 * | 422 NO_READERS outsider quality_head
api:redaction        GET    /api/v1/redactions/{redaction}/                               200 * | 404 NO_READERS
api:redaction_step   POST   /api/v1/redactions/{redaction}/steps/withdraw/                200 study_manager | 403 * | 404 NO_READERS
api:studies          GET    /api/v1/studies/                                              200 * | 403 administrator
api:studies          POST   /api/v1/studies/                                              201 CONTRIBUTE | 403 * | 422 guest outsider
api:study            GET    /api/v1/studies/{study}/                                      200 * | 404 administrator
api:study            GET    /api/v1/studies/{other_study}/                                200 * | 404 NO_READERS
api:study            PATCH  /api/v1/studies/{study}/                                      200 LEAD | 403 * | 404 administrator
api:sites            GET    /api/v1/studies/{study}/sites/                                200 * | 404 administrator
api:sites            POST   /api/v1/studies/{study}/sites/                                201 LEAD | 403 * | 404 administrator
api:site             GET    /api/v1/studies/{study}/sites/{site}/                         200 * | 404 administrator
api:site             PATCH  /api/v1/studies/{study}/sites/{site}/                         200 LEAD | 403 * | 404 administrator
api:documents        GET    /api/v1/documents/                                            200 * | 403 administrator
api:documents        POST   /api/v1/documents/                                            201 CONTRIBUTE | 403 * | 422 guest outsider
api:document         GET    /api/v1/documents/{effective}/                                200 * | 404 NO_READERS
api:document         GET    /api/v1/documents/{plan}/                                     200 * | 404 administrator
api:document         GET    /api/v1/documents/{hidden}/                                   200 ASSURE | 404 *
api:document         PATCH  /api/v1/documents/{effective}/                                200 process_owner CONTROL | 403 * | 404 NO_READERS
api:versions         GET    /api/v1/documents/{effective}/versions/                       200 * | 404 NO_READERS
api:versions         POST   /api/v1/documents/{approved}/versions/                        409 CONTRIBUTE | 403 * | 404 NO_READERS
api:version          GET    /api/v1/documents/{draft}/versions/1.0/                       200 * | 404 NO_READERS
api:version          GET    /api/v1/documents/{hidden}/versions/1.0/                      200 ASSURE | 404 *
api:version          PATCH  /api/v1/documents/{draft}/versions/1.0/                       200 author | 403 * | 404 NO_READERS
api:version_file     PUT    /api/v1/documents/{draft}/versions/1.0/file/                  200 author | 403 * | 404 NO_READERS
api:version_download GET    /api/v1/documents/{effective}/versions/1.0/files/pdf/         200 * | 404 NO_READERS
api:version_download GET    /api/v1/documents/{hidden}/versions/1.0/files/signed/         200 ASSURE | 404 *
api:next_review      PUT    /api/v1/documents/{effective}/versions/1.0/next-review/       200 CONTROL | 403 * | 404 NO_READERS
api:version_step     POST   /api/v1/documents/{draft}/versions/1.0/steps/submit/          200 author | 403 * | 404 NO_READERS
api:version_step     POST   /api/v1/documents/{in_approval}/versions/1.0/steps/approve/   200 process_owner | 403 * | 404 NO_READERS
api:version_step     POST   /api/v1/documents/{plan}/versions/1.0/steps/approve/          200 medical_monitor | 409 study_manager | 403 * | 404 administrator
api:version_step     POST   /api/v1/documents/{approved}/versions/1.0/steps/schedule/     200 CONTROL | 403 * | 404 NO_READERS
api:version_step     POST   /api/v1/documents/{effective}/versions/1.0/steps/retire/      200 process_owner | 403 * | 404 NO_READERS
api:reviews          GET    /api/v1/documents/{effective}/reviews/                        200 * | 404 NO_READERS
api:review           GET    /api/v1/documents/{effective}/reviews/{review}/               200 * | 404 NO_READERS
api:review_step      POST   /api/v1/documents/{effective}/reviews/{review}/steps/conclude/ 200 process_owner | 403 * | 404 NO_READERS
"""),
)  # fmt: skip
"""Every address, by place."""
