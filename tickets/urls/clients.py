"""Addresses of clients and guests."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
