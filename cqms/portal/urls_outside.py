"""Pages that need no organization."""

from django.urls import path

from cqms.portal.views import account, health, home, inbox, mail, tokens

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
    path("account/tokens/", tokens.Tokens.as_view(), name="tokens"),
    path("account/tokens/new/", tokens.NewToken.as_view(), name="token_new"),
    path("account/tokens/<int:token>/end/", tokens.token_end, name="token_end"),
    path("mail/", mail.Mails.as_view(), name="mails"),
    path("mail/<str:key>/", mail.OneMail.as_view(), name="mail"),
]
