"""Addresses of agents."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
