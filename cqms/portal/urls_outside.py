"""Pages that need no organization."""

app_name = "outside"

urlpatterns = []
