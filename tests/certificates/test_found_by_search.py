"""The search box finds certificates by holder and number: those that the person may see."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from certificates.icp import Kind
from certificates.services.known import Origin, record_use
from portal.taxid import format_tax_id
from tests.certificates.known import a_record
from tests.factories import Cast, make_grant, make_user

pytestmark = pytest.mark.django_db


def holders(browser: Client, query: str) -> set[str]:
    answer = browser.get("/busca/", {"q": query})
    assert answer.status_code == 200
    assert all(hit.url.startswith("/") for group in answer.context["groups"] for hit in group.hits)
    found = {str(group.label): group.hits for group in answer.context["groups"]}
    return {str(hit.title) for hit in found.get("Certificados", [])}


def test_a_holder_finds_their_own_and_staff_everybodys(
    cast: Cast, client_of: Callable[..., Client]
):
    now = timezone.now()
    expired = a_record(Kind.E_CPF, cast.ana.cpf, days=-5)
    record_use(expired, origin=Origin.LOGIN, user=cast.ana, at=now)
    of_b = a_record(tax_id=cast.company_b.tax_id)
    record_use(of_b, origin=Origin.LOGIN, user=cast.bruno, at=now)
    limited = make_user("Lia")
    make_grant(limited, cast.company_b, scopes=["invoices"])
    for text in ("souza", str(cast.ana.cpf), format_tax_id(str(cast.ana.cpf))):
        assert holders(client_of(cast.ana), text) == {"ANA SOUZA"}
        assert holders(client_of(cast.agente), text) == {"ANA SOUZA"}
        for other in (cast.bruno, cast.faturista, limited):
            assert holders(client_of(other), text) == set()
    for text in ("empresa b", format_tax_id(cast.company_b.tax_id)):
        assert holders(client_of(cast.bruno), text) == {"EMPRESA B LTDA"}
        assert holders(client_of(cast.ana), text) == holders(client_of(limited), text) == set()
    page = client_of(cast.agente).get("/busca/", {"q": "souza"}).content.decode()
    assert "/certificados/?q=souza&amp;state=all" in page
    assert str(cast.ana.cpf) not in page
