"""A way in with a certificate that is taken as proven: what the entrance does with a real one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.opening import CertificateIdentity, Means
from portal.accounts.services.certificate_login import enter_with_certificate
from portal.urls import (  # noqa: F401 - this module stands in for that one
    handler400,
    handler403,
    handler404,
    handler429,
    handler500,
)
from portal.urls import urlpatterns as portal_urls
from tests.factories import a_cpf

_at_hand: list[CertificateIdentity] = []


@login_not_required
def _entrance(request: HttpRequest) -> HttpResponse:
    return enter_with_certificate(request, _at_hand[-1], next_url=request.GET.get("next", ""))


urlpatterns = [path("teste/certificado/", _entrance, name="test_entrance"), *portal_urls]


def e_cpf(cpf: str = "", **values: Any) -> CertificateIdentity:
    return _identity(Means.E_CPF, cpf=cpf or a_cpf(), **values)


def e_cnpj(cnpj: str, cpf: str = "", **values: Any) -> CertificateIdentity:
    values.setdefault("company_name", "PADARIA CENTRAL LTDA")
    return _identity(Means.E_CNPJ, cpf=cpf or a_cpf(), cnpj=cnpj, **values)


def _identity(means: Means, **values: Any) -> CertificateIdentity:
    end: datetime = timezone.now() + timedelta(days=90)
    defaults: dict[str, Any] = {
        "name": "NILO PRADO SERRA", "email": "", "cnpj": "", "company_name": "", "sha256": "ab" * 32,
        "not_after": end,
    }  # fmt: skip
    return CertificateIdentity(means=means, **(defaults | values))


def enter(client: Client, identity: CertificateIdentity, **query: str) -> Any:
    """Come in with this certificate; the portal's answer."""
    _at_hand[:] = [identity]
    return client.get("/teste/certificado/", query)


def client_with(identity: CertificateIdentity) -> Client:
    """A browser in which this certificate has opened a session."""
    client = Client()
    response = enter(client, identity)
    assert response.status_code == 302, response.content.decode()[:2000]
    return client


def person(identity: CertificateIdentity) -> User:
    return User.objects.get(cpf=identity.cpf)


@pytest.fixture
def entrance(settings: LazySettings) -> None:
    """The portal with one more address, at which a certificate is shown."""
    settings.ROOT_URLCONF = __name__
