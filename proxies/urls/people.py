"""Addresses of the people of an office."""

from django.urls import path

from proxies.views import people

urlpatterns = [
    path("escritorios/<int:office>/usuarios/", people.users, name="users"),
    path("escritorios/<int:office>/usuarios/novo/", people.user_new, name="user_new"),
    path("escritorios/<int:office>/usuarios/<int:pk>/", people.user, name="user"),
    path(
        "escritorios/<int:office>/usuarios/<int:pk>/desativar/", people.user_deactivate,
        name="user_deactivate",
    ),
    path(
        "escritorios/<int:office>/usuarios/convidados/<int:pk>/", people.user_invited,
        name="user_invited",
    ),
    path(
        "escritorios/<int:office>/usuarios/convidados/<int:pk>/enviar/", people.user_send,
        name="user_send",
    ),
    path(
        "escritorios/<int:office>/usuarios/convidados/<int:pk>/remover/", people.user_remove,
        name="user_remove",
    ),
]  # fmt: skip
