"""Pages of administration."""

from django.urls import path

from cqms.administration.views import overview, settings

app_name = "administration"

urlpatterns = [
    path("", overview.Overview.as_view(), name="overview"),
    path("settings/", settings.SettingsPage.as_view(), name="settings"),
    path("settings/propose/", settings.ProposeSettings.as_view(), name="settings_propose"),
    path("settings/<int:number>/", settings.VersionPage.as_view(), name="settings_version"),
    path("settings/<int:number>/<slug:step>/", settings.SettingsStep.as_view(), name="settings_step"),
]
