"""Pages of administration."""

from django.urls import path

from cqms.administration.views import campaigns, overview, provider, requests, rights, settings

app_name = "administration"

urlpatterns = [
    path("", overview.Overview.as_view(), name="overview"),
    path("duties/", rights.Duties.as_view(), name="duties"),
    path("rights/", rights.Matrix.as_view(), name="rights"),
    path("rights/<int:person>/", rights.WhyThisRight.as_view(), name="right"),
    path("requests/", requests.RequestList.as_view(), name="requests"),
    path("requests/new/", requests.AskForRole.as_view(), name="request_new"),
    path("requests/<int:wish>/", requests.RequestPage.as_view(), name="request"),
    path("requests/<int:wish>/<slug:step>/", requests.RequestStep.as_view(), name="request_step"),
    path("reviews/", campaigns.ReviewList.as_view(), name="reviews"),
    path("reviews/new/", campaigns.OpenCampaign.as_view(), name="review_new"),
    path("reviews/<int:review>/", campaigns.ReviewPage.as_view(), name="review"),
    path("reviews/<int:review>/answer/", campaigns.AnswerReview.as_view(), name="review_answer"),
    path("reviews/<int:review>/day/", campaigns.MoveDay.as_view(), name="review_day"),
    path("reviews/<int:review>/<slug:step>/", campaigns.ReviewStep.as_view(), name="review_step"),
    path("settings/", settings.SettingsPage.as_view(), name="settings"),
    path("settings/propose/", settings.ProposeSettings.as_view(), name="settings_propose"),
    path("settings/provider/", provider.Provider.as_view(), name="provider"),
    path("settings/provider/stop/", provider.StopSignIn.as_view(), name="provider_stop"),
    path("settings/<int:number>/", settings.VersionPage.as_view(), name="settings_version"),
    path("settings/<int:number>/<slug:step>/", settings.SettingsStep.as_view(), name="settings_step"),
]
