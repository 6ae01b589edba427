"""Addresses of charges and slips."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
