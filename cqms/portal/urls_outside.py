"""Pages that need no organization."""

from django.urls import path

from cqms.portal.views import account, factors, health, home, inbox, mail, proving, sessions, tokens

app_name = "outside"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", home.Start.as_view(), name="start"),
    path("inbox/", inbox.InboxEverywhere.as_view(), name="inbox"),
    path("account/", account.Account.as_view(), name="account"),
    path("account/zone/", account.ChangeZone.as_view(), name="zone"),
    path("account/zone/meant/", account.zones_meant, name="zones_meant"),
    path("account/sign-ins/", account.SignIns.as_view(), name="sign_ins"),
    path("account/confirm/", proving.Confirm.as_view(), name="confirm"),
    path("account/second-factor/", proving.SecondFactor.as_view(), name="second_factor"),
    path("account/factors/", factors.Factors.as_view(), name="factors"),
    path("account/factors/app/", factors.AddApp.as_view(), name="app_add"),
    path("account/factors/passkey/", factors.AddPasskey.as_view(), name="passkey_add"),
    path("account/factors/codes/", factors.Codes.as_view(), name="codes"),
    path("account/factors/<int:factor>/remove/", factors.RemoveFactor.as_view(), name="factor_remove"),
    path("account/sessions/", sessions.Sessions.as_view(), name="sessions"),
    path("account/sessions/end/", sessions.sessions_end, name="sessions_end"),
    path("account/sessions/<int:session>/end/", sessions.session_end, name="session_end"),
    path("account/tokens/", tokens.Tokens.as_view(), name="tokens"),
    path("account/tokens/new/", tokens.NewToken.as_view(), name="token_new"),
    path("account/tokens/<int:token>/end/", tokens.token_end, name="token_end"),
    path("mail/", mail.Mails.as_view(), name="mails"),
    path("mail/<str:key>/", mail.OneMail.as_view(), name="mail"),
]
