"""What a person manages about themselves: second factor, sessions, profile, data, team."""

from django.urls import URLPattern, URLResolver

allauth_patterns: list[URLPattern | URLResolver] = []

own_patterns: list[URLPattern | URLResolver] = []
