"""Pages of documents."""

app_name = "documents"

urlpatterns = []
