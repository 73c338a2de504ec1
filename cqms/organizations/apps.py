from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "cqms.organizations"
    label = "organizations"
