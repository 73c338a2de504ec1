"""Who gets what from the files, comments and closed fields of records: rows of the table of `pages.py`."""

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
