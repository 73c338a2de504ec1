"""Pages of reviews of the trail."""

from django.urls import path

from cqms.trail_reviews import views

app_name = "trail_reviews"

urlpatterns = [
    path("", views.ReviewList.as_view(), name="list"),
    path("new/", views.PlanReview.as_view(), name="new"),
    path("<str:number>/", views.ReviewDetail.as_view(), name="review"),
    path("<str:number>/edit/", views.ChangePlan.as_view(), name="edit"),
    path("<str:number>/entries/<int:entry>/comment/", views.CommentOnEntry.as_view(), name="comment"),
    path("<str:number>/comments/<int:comment>/answer/", views.AnswerComment.as_view(), name="answer"),
    path("<str:number>/steps/<slug:step>/", views.ReviewStep.as_view(), name="step"),
]
