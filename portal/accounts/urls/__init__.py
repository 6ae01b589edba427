"""Addresses of people and access: names that allauth knows stand bare, our own in ``accounts:``."""

from django.urls import include, path

from portal.accounts.urls import auth, self_service

urlpatterns = [
    *auth.allauth_patterns,
    *self_service.allauth_patterns,
    path("", include(([*auth.own_patterns, *self_service.own_patterns], "accounts"))),
]
