"""Addresses of checks: whether an access still opens."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
