"""Pages of the platform inside an organization."""

from django.urls import path

from cqms.portal.views import (
    home,
    inbox,
    jobs,
    lanes,
    member_file,
    member_forms,
    member_security,
    members,
    parts,
    past,
    provider,
    reports,
    search,
    timeline,
    trail,
)

app_name = "portal"

_RECORD = "records/<str:kind>/<int:pk>/"

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("inbox/", inbox.Inbox.as_view(), name="inbox"),
    path("timeline/", timeline.OrganizationTimeline.as_view(), name="timeline"),
    path("people/<int:person>/timeline/", timeline.PersonTimeline.as_view(), name="person_timeline"),
    path("records/<str:kind>/<int:pk>/", timeline.record, name="record"),
    path("records/<str:kind>/<int:pk>/as-of/", past.RecordAsOf.as_view(), name="record_as_of"),
    path("records/<str:kind>/<int:pk>/access/", lanes.WhoMaySee.as_view(), name="record_access"),
    path("records/<str:kind>/<int:pk>/lane/", lanes.MoveToLane.as_view(), name="record_lane"),
    path(f"{_RECORD}files/new/", parts.NewFile.as_view(), name="file_new"),
    path(f"{_RECORD}files/<int:part>/", parts.File.as_view(), name="file"),
    path(f"{_RECORD}files/<int:part>/remove/", parts.RemoveFile.as_view(), name="file_remove"),
    path(f"{_RECORD}comments/new/", parts.NewComment.as_view(), name="comment_new"),
    path(f"{_RECORD}comments/<int:part>/take-back/", parts.TakeBackComment.as_view(), name="comment_take_back"),
    path("trail/export/", trail.TrailExport.as_view(), name="trail_export"),
    path("jobs/<uuid:key>/", jobs.JobPage.as_view(), name="job"),
    path("jobs/<uuid:key>/file/", jobs.job_file, name="job_file"),
    path("jobs/<uuid:key>/retry/", jobs.job_retry, name="job_retry"),
    path("trail/verifier/<str:which>/", reports.trail_verifier, name="trail_verifier"),
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/<str:number>/", reports.ReportPage.as_view(), name="report"),
    path("reports/<str:number>/<str:which>/", reports.report_file, name="report_file"),
    path("members/", members.MemberList.as_view(), name="members"),
    path("members/invite/", member_forms.Invite.as_view(), name="invite"),
    path("members/file/", member_file.MembersFile.as_view(), name="members_file"),
    path("members/file/<str:sha256>/", member_file.MembersPreview.as_view(), name="members_preview"),
    path("members/provider/", provider.Provider.as_view(), name="provider"),
    path("members/roles/", members.RoleTable.as_view(), name="roles"),
    path("members/roles/<int:role>/end/", member_forms.EndRole.as_view(), name="role_end"),
    path("members/<int:member>/", members.Member.as_view(), name="member"),
    path("members/<int:member>/give-role/", member_forms.GiveRole.as_view(), name="member_give_role"),
    path("members/<int:member>/name/", member_forms.Rename.as_view(), name="member_rename"),
    path("members/<int:member>/invite/", member_forms.InviteAgain.as_view(), name="member_invite"),
    path("members/<int:member>/change/", member_forms.ChangeMember.as_view(), name="member_change"),
    path("members/<int:member>/away/", member_forms.Away.as_view(), name="member_away"),
    path("members/<int:member>/back/", member_forms.BackAgain.as_view(), name="member_back"),
    path("members/<int:member>/identity/", member_forms.ProveIdentity.as_view(), name="member_identity"),
    path("members/<int:member>/training/", member_forms.NoteIntroduction.as_view(), name="member_training"),
    path("members/<int:member>/factors/", member_security.ForgetFactors.as_view(), name="member_factors"),
    path("members/<int:member>/sessions/", member_security.EndSessions.as_view(), name="member_sessions"),
    path("members/<int:member>/end/", member_forms.EndMembership.as_view(), name="member_end"),
]
