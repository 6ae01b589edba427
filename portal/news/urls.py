"""Addresses of ``news``."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.news import views
from portal.news.feed import LatestNotices

app_name = "news"

_feed = cache_control(public=True, max_age=300)(require_safe(LatestNotices()))

urlpatterns = [
    path("noticias/", views.notices, name="list"),
    path("noticias/feed.xml", login_not_required(_feed), name="feed"),
    path("noticias/<slug:slug>/", views.notice, name="notice"),
    path("noticias/<slug:slug>/dispensar/", views.dismiss, name="dismiss"),
]
