"""Addresses of ``reminders``."""

from django.urls import URLPattern, URLResolver, path

from portal.reminders import views

app_name = "reminders"

urlpatterns: list[URLPattern | URLResolver] = [
    path("lembretes/", views.reminder_list, name="list"),
    path("lembretes/dispensar/", views.dismiss, name="dismiss"),
    path("lembretes/retomar/", views.restore, name="restore"),
    path("lembretes/agenda/", views.feed_new, name="feed_new"),
    path("lembretes/agenda/desligar/", views.feed_end, name="feed_end"),
    path("lembretes/<str:token>.ics", views.feed, name="feed"),
]
