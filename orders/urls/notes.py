"""Addresses of fiscal notes, for clients and staff."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
