from django.apps import AppConfig


class TrailReviewsConfig(AppConfig):
    name = "cqms.trail_reviews"
    label = "trail_reviews"

    def ready(self) -> None:
        from cqms.trail_reviews import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
