"""Addresses of electronic powers of attorney. Those of an office's accesses have numbers instead."""

from django.urls import URLPattern, path

from proxies.powers.views import granting, life, lists, power, verification

app_name = "powers"
_DRAFT = "procuracoes/conceder/<str:code>/"
_ONE = "procuracoes/eletronica/<str:code>/"
_DESK = "equipe/procuracoes-eletronicas/"

urlpatterns: list[URLPattern] = [
    path("procuracoes/concedidas/", lists.granted, name="granted"),
    path("procuracoes/recebidas/", lists.received, name="received"),
    path("procuracoes/conceder/", granting.grant, name="grant"),
    path(_DRAFT, granting.draft, name="draft"),
    path(f"{_DRAFT}confirmar/", granting.confirm, name="confirm"),
    path(f"{_DRAFT}assinar/", granting.sign, name="sign"),
    path(f"{_DRAFT}descartar/", granting.discard, name="discard"),
    path(f"{_DRAFT}registro.json", granting.record, name="record"),
    path(_ONE, power.power, name="power"),
    path(f"{_ONE}aceitar/", life.accept, name="accept"),
    path(f"{_ONE}recusar/", life.decline, name="decline"),
    path(f"{_ONE}renunciar/", life.renounce, name="renounce"),
    path(f"{_ONE}revogar/", life.revoke, name="revoke"),
    path(f"{_ONE}renovar/", granting.renew, name="renew"),
    path(f"{_ONE}procuracao.pdf", power.pdf, name="pdf"),
    path(f"{_ONE}prova.zip", power.evidence, name="evidence"),
    path("procuracao/verificar/", verification.verify, name="verify"),
    path("procuracao/verificar/<str:code>/", verification.verify_code, name="verify_code"),
    path(_DESK, lists.desk, name="desk"),
    path(f"{_DESK}<str:code>/revogar/", life.desk_revoke, name="desk_revoke"),
]
