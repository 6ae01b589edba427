"""Addresses of what is sealed: shown, copied, former values, who saw what."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
