"""Addresses of ``help``."""

from django.urls import path

from portal.help import views

app_name = "help"

urlpatterns = [
    path("ajuda/", views.index, name="index"),
    path("ajuda/<slug:slug>/", views.manual, name="manual"),
    path("ajuda/<slug:slug>/resposta/", views.answer, name="answer"),
    path("equipe/manuais/", views.answers, name="answers"),
]
