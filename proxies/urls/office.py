"""Addresses of offices, their accesses and their clients."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
