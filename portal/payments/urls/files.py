"""Addresses of bank files, settlements and remessas."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
