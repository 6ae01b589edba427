"""What a person manages about themselves: second factor, sessions, profile, data, team."""

from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from portal.accounts.views import (
    certificate,
    context,
    erasures,
    finding,
    my_data,
    profile,
    second_factor,
    sessions,
    team,
)

SECURITY = "conta/seguranca/"
IDENTITY = "conta/confirmar-identidade/"

allauth_patterns: list[URLPattern | URLResolver] = [
    path("entrar/segunda-etapa/", mfa.authenticate, name="mfa_authenticate"),
    path(IDENTITY + "codigo/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(IDENTITY + "chave/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path(SECURITY, mfa.index, name="mfa_index"),
    path(SECURITY + "aplicativo/", never_cache(totp.activate_totp), name="mfa_activate_totp"),
    path(SECURITY + "aplicativo/desativar/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        SECURITY + "codigos/",
        never_cache(codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        SECURITY + "codigos/gerar/",
        codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        SECURITY + "chaves/",
        RedirectView.as_view(pattern_name="mfa_index"),
        name="mfa_list_webauthn",
    ),
    path(SECURITY + "chaves/nova/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path(
        SECURITY + "chaves/<int:pk>/remover/", webauthn.remove_webauthn, name="mfa_remove_webauthn"
    ),
    path(SECURITY + "chaves/<int:pk>/nome/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("conta/sessoes/", sessions.sessions, name="usersessions_list"),
]

own_patterns: list[URLPattern | URLResolver] = [
    path(SECURITY + "agora-nao/", second_factor.second_factor_later, name="second_factor_later"),
    path("conta/sessoes/<int:pk>/encerrar/", sessions.session_end, name="session_end"),
    path("conta/perfil/", profile.profile, name="profile"),
    path("conta/perfil/alterar/", profile.profile_edit, name="profile_edit"),
    path("conta/perfil/certificado/", certificate.link, name="certificate_link"),
    path("conta/perfil/e-mail/confirmar/", profile.email_prove, name="email_prove"),
    path("conta/perfil/e-mail/", profile.email_change, name="email_change"),
    path("conta/confirmar-e-mail/<str:token>/", profile.email_confirm, name="email_confirm"),
    path("conta/meus-dados/", my_data.my_data, name="my_data"),
    path("conta/meus-dados/arquivo/", my_data.my_data_export, name="my_data_export"),
    path("conta/meus-dados/exclusao/", my_data.erasure_ask, name="erasure_ask"),
    path(
        "conta/meus-dados/exclusao/<int:pk>/cancelar/",
        my_data.erasure_cancel,
        name="erasure_cancel",
    ),
    path("conta/empresa/", context.context, name="context"),
    path("conta/procurar/empresas/", finding.find_company, name="find_company"),
    path("conta/procurar/unidades/", finding.find_unit, name="find_unit"),
    path("conta/procurar/pessoas/", finding.find_person, name="find_person"),
    path("conta/equipe/", team.team_home, name="team"),
    path("conta/equipe/<int:company>/", team.team, name="team_of"),
    path("conta/equipe/<int:company>/convidar/", team.team_invite, name="team_invite"),
    path("conta/equipe/<int:company>/<int:pk>/", team.team_member, name="team_member"),
    path("conta/equipe/<int:company>/<int:pk>/encerrar/", team.team_end, name="team_end"),
    path(
        "conta/equipe/<int:company>/convites/<int:pk>/enviar/",
        team.team_invite_again,
        name="team_invite_again",
    ),
    path(
        "conta/equipe/<int:company>/convites/<int:pk>/cancelar/",
        team.team_invite_cancel,
        name="team_invite_cancel",
    ),
    path("equipe/exclusoes/", erasures.erasures, name="erasures"),
    path("equipe/exclusoes/<int:pk>/", erasures.erasure, name="erasure"),
    path(
        "equipe/exclusoes/<int:pk>/atender/", erasures.erasure_carry_out, name="erasure_carry_out"
    ),
    path("equipe/exclusoes/<int:pk>/continuar/", erasures.erasure_go_on, name="erasure_go_on"),
]
