"""Addresses of the people of an office."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
