from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cqms.accounts"
    label = "accounts"
