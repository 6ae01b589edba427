"""Getting in: login, recovery, invitation, request for access, change of password."""

from allauth.account import views as allauth
from django.urls import URLPattern, URLResolver, path

allauth_patterns: list[URLPattern | URLResolver] = [
    path("entrar/", allauth.login, name="account_login"),
    path("sair/", allauth.logout, name="account_logout"),
    path("conta/inativa/", allauth.account_inactive, name="account_inactive"),
    path("conta/confirmar-identidade/", allauth.reauthenticate, name="account_reauthenticate"),
    path("altera-senha/", allauth.password_change, name="account_change_password"),
    path("esqueci-a-senha/", allauth.password_reset, name="account_reset_password"),
    path("esqueci-a-senha/enviado/", allauth.password_reset_done, name="account_reset_password_done"),
]

own_patterns: list[URLPattern | URLResolver] = []
