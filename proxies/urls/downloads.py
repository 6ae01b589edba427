"""Addresses of files that the provider publishes for its clients."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
