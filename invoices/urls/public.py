"""What anyone may open: whether a document is genuine."""

from django.urls import URLPattern, path

from invoices.views import verification

urlpatterns: list[URLPattern] = [
    path("verificar/", verification.verify, name="verify"),
    path("verificar/<str:code>/", verification.verify_code, name="verify_code"),
]
