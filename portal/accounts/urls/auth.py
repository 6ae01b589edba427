"""Getting in: login, recovery, invitation, request for access, change of password."""

from allauth.account import views as allauth
from django.urls import URLPattern, URLResolver, path

from portal.accounts.views import (
    auth,
    certificate,
    certificate_only,
    guests,
    invitations,
    links,
    registration,
    requests,
    waiting_links,
)

allauth_patterns: list[URLPattern | URLResolver] = [
    path("entrar/", auth.login, name="account_login"),
    path("sair/", allauth.logout, name="account_logout"),
    path("conta/inativa/", allauth.account_inactive, name="account_inactive"),
    path("conta/confirmar-identidade/", allauth.reauthenticate, name="account_reauthenticate"),
    path("altera-senha/", auth.change_password, name="account_change_password"),
    path("define-senha/", auth.set_password, name="account_set_password"),
    path("esqueci-a-senha/", auth.recover, name="account_reset_password"),
    path(
        "esqueci-a-senha/enviado/", allauth.password_reset_done, name="account_reset_password_done"
    ),
]

own_patterns: list[URLPattern | URLResolver] = [
    path("acesso/", links.choose_password, name="choose_password"),
    path("acesso/<str:token>/", links.accept_link, name="accept_link"),
    path("convite/", invitations.invitation, name="invitation"),
    path("convite/sair/", invitations.leave_for_invitation, name="leave_for_invitation"),
    path("convite/<str:token>/", invitations.open_invitation, name="open_invitation"),
    path("entrar/certificado/cadastro/", certificate.question, name="certificate_question"),
    path("entrar/certificado/nao-e-meu/", certificate.not_mine, name="certificate_not_mine"),
    path("cadastro/<slug:slug>/", registration.register, name="register"),
    path("cadastro/<slug:slug>/enviado/", registration.sent, name="registration_sent"),
    path("cadastro/<slug:slug>/confirmar/", registration.confirm, name="registration_confirm"),
    path("cadastro/<slug:slug>/concluido/", registration.done, name="registration_done"),
    path("cadastro/<slug:slug>/nao-fui-eu/", registration.cancel, name="registration_cancel"),
    path("cadastro/<slug:slug>/<str:token>/", registration.link, name="registration_link"),
    path("solicitar-acesso/", requests.request_access, name="request_access"),
    path("solicitar-acesso/recebido/", requests.request_access_done, name="request_access_done"),
    path("visita/nova/", guests.guest_link_sent, name="guest_link_sent"),
    path("visita/<str:token>/", guests.guest_link, name="guest_link"),
    path("equipe/acessos/", requests.access_requests, name="access_requests"),
    path("equipe/acessos/recusar/", requests.refuse_requests, name="refuse_requests"),
    path("equipe/acessos/<int:pk>/", requests.access_request, name="access_request"),
    path("equipe/acessos/<int:pk>/aceitar/", requests.accept_request, name="accept_request"),
    path("equipe/acessos/<int:pk>/recusar/", requests.refuse_request, name="refuse_request"),
    path("equipe/convites/<int:pk>/enviar/", waiting_links.invitation_send, name="invitation_send"),
    path(
        "equipe/convites/<int:pk>/retirar/",
        waiting_links.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path(
        "equipe/cadastros/<int:pk>/enviar/",
        waiting_links.registration_send,
        name="registration_send",
    ),
    path(
        "equipe/cadastros/<int:pk>/retirar/",
        waiting_links.registration_withdraw,
        name="registration_withdraw",
    ),
    path("equipe/somente-certificado/", certificate_only.certificate_only, name="certificate_only"),
]
