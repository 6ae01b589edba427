"""Addresses of the import of accesses from a spreadsheet."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
