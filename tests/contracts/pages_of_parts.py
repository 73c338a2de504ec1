"""Who gets what from files, comments and closed fields of records, and from reviews over the API: rows of the table of `pages.py`."""

API = """
api:comments          GET  /api/v1/records/studies.study/{study_id}/comments/                    200 * | 404 administrator
api:comments          POST /api/v1/records/studies.study/{study_id}/comments/                    201 CONTRIBUTE | 403 * | 404 administrator
api:comments          GET  /api/v1/records/documents.version/{version}/comments/                 200 * | 404 NO_READERS
api:comments          POST /api/v1/records/documents.version/{version}/comments/                 201 CONTRIBUTE auditor | 403 * | 404 NO_READERS
api:comment_take_back POST /api/v1/records/studies.study/{study_id}/comments/{remark}/take-back/ 200 study_manager | 403 * | 404 administrator
api:files             GET  /api/v1/records/studies.study/{study_id}/files/                       200 * | 404 administrator
api:files             POST /api/v1/records/studies.study/{study_id}/files/                       201 CONTRIBUTE | 403 * | 404 administrator
api:files             GET  /api/v1/records/documents.version/{version}/files/                    200 * | 404 NO_READERS
api:files             POST /api/v1/records/documents.version/{version}/files/                    201 CONTRIBUTE | 403 * | 404 NO_READERS
api:file              GET  /api/v1/records/studies.study/{study_id}/files/{file}/                200 * | 404 administrator
api:file_remove       POST /api/v1/records/studies.study/{study_id}/files/{file}/remove/         200 ASSURE study_manager | 403 * | 404 administrator
api:milestones        GET  /api/v1/studies/{study}/milestones/                                   200 * | 404 administrator
api:milestone         GET  /api/v1/studies/{study}/milestones/first_participant/                 200 * | 404 administrator
api:milestone         PUT  /api/v1/studies/{study}/milestones/report/                            200 LEAD | 403 * | 404 administrator
api:protocols         GET  /api/v1/studies/{study}/protocol-versions/                            200 * | 404 administrator
api:protocols         POST /api/v1/studies/{study}/protocol-versions/                            201 LEAD | 403 * | 404 administrator
api:protocol          GET  /api/v1/studies/{study}/protocol-versions/1.0/                        200 * | 404 administrator
api:protocol          PATCH /api/v1/studies/{study}/protocol-versions/1.0/                       200 LEAD | 403 * | 404 administrator
api:participants      GET  /api/v1/studies/{study}/participants/                                 200 * | 404 administrator
api:participants      PUT  /api/v1/studies/{study}/participants/                                 200 LEAD | 403 * | 404 administrator
api:allocation        GET  /api/v1/studies/{study}/allocation/                                   200 statistician | 404 *
api:allocation        PUT  /api/v1/studies/{study}/allocation/                                   200 statistician | 404 *
api:access_reviews   GET    /api/v1/access-reviews/                                       200 *
api:access_reviews   POST   /api/v1/access-reviews/                                       422 administrator quality_head outsider | 403 *
api:access_review    GET    /api/v1/access-reviews/{access_review}/                       200 administrator quality_head | 404 *
api:access_review    PATCH  /api/v1/access-reviews/{access_review}/                       200 administrator quality_head | 404 *
api:access_review_answers PUT /api/v1/access-reviews/{access_review}/answers/             200 quality_head | 403 administrator | 404 *
api:access_review_step POST /api/v1/access-reviews/{access_review}/steps/cancel/          200 administrator quality_head | 404 *
api:settings         GET    /api/v1/settings/                                             200 INSPECT administrator outsider | 403 *
api:settings         POST   /api/v1/settings/                                             422 ASSURE administrator outsider | 403 *
api:settings_in_force GET   /api/v1/settings/in-force/                                    200 INSPECT administrator outsider | 403 *
api:settings_provider_stop POST /api/v1/settings/provider/stop/                           422 ASSURE administrator outsider | 403 *
api:settings_version GET    /api/v1/settings/1/                                           200 INSPECT administrator outsider | 403 *
api:settings_version GET    /api/v1/settings/99/                                          404 INSPECT administrator outsider | 403 *
api:settings_step    POST   /api/v1/settings/1/steps/decline/                             200 ASSURE outsider | 403 *
api:trail_reviews    GET    /api/v1/trail-reviews/                                        200 * | 403 administrator
api:trail_reviews    POST   /api/v1/trail-reviews/                                        201 PLAN | 422 *
api:trail_review     GET    /api/v1/trail-reviews/{trail_review}/                         200 * | 404 NO_READERS
api:trail_review     PATCH  /api/v1/trail-reviews/{trail_review}/                         409 PLAN | 403 * | 404 NO_READERS
api:trail_review_comments POST /api/v1/trail-reviews/{trail_review}/entries/{entry}/comments/ 201 qa | 403 * | 404 NO_READERS
api:trail_review_answer PUT /api/v1/trail-reviews/{trail_review}/comments/{comment}/answer/ 200 author | 403 * | 404 NO_READERS
api:trail_review_step POST  /api/v1/trail-reviews/{trail_review}/steps/cancel/            200 PLAN | 403 * | 404 NO_READERS
"""
ROWS = """
portal:record_access    GET  /records/attachments.attachment/{file}/access/        200 INSPECT statistician | 403 * | 404 administrator
portal:record_access    GET  /records/comments.comment/{remark}/access/            200 INSPECT statistician | 403 * | 404 administrator
portal:file_new         GET  /records/studies.study/{study_id}/files/new/          200 CONTRIBUTE | 403 * | 404 administrator
portal:file_new         POST /records/studies.study/{study_id}/files/new/          422 CONTRIBUTE | 403 * | 404 administrator
portal:file_new         GET  /records/documents.version/{version}/files/new/       200 CONTRIBUTE | 403 * | 404 NO_READERS
portal:file             GET  /records/studies.study/{study_id}/files/{file}/       200 * | 404 administrator
portal:file_remove      GET  /records/studies.study/{study_id}/files/{file}/remove/ 200 ASSURE study_manager | 403 * | 404 administrator
portal:file_remove      POST /records/studies.study/{study_id}/files/{file}/remove/ 302 ASSURE study_manager | 403 * | 404 administrator
portal:comment_new      GET  /records/studies.study/{study_id}/comments/new/       200 CONTRIBUTE | 403 * | 404 administrator
portal:comment_new      POST /records/studies.study/{study_id}/comments/new/       302 CONTRIBUTE | 403 * | 404 administrator
portal:comment_new      GET  /records/documents.version/{version}/comments/new/    200 CONTRIBUTE auditor | 403 * | 404 NO_READERS
portal:comment_take_back GET /records/studies.study/{study_id}/comments/{remark}/take-back/  200 study_manager | 403 * | 404 administrator
portal:comment_take_back POST /records/studies.study/{study_id}/comments/{remark}/take-back/ 302 study_manager | 403 * | 404 administrator
studies:randomisation   GET  /studies/{study}/randomisation/                       200 statistician | 404 *
studies:randomisation_edit GET /studies/{study}/randomisation/edit/                200 statistician | 404 *
studies:randomisation_edit POST /studies/{study}/randomisation/edit/               302 statistician | 404 *
"""
