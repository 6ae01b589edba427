"""The page of the provider's contact desks leads to an order at the department of each."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.provider.models import ContactDesk
from tests.factories.tickets import make_department, make_topic

pytestmark = pytest.mark.django_db


def test_each_department_that_offers_a_subject_has_its_way(cast, client_of):
    offering, silent = make_department("Atendimento"), make_department("Arquivo")
    closed = make_department("Antigo", is_active=False)
    make_topic(offering)
    make_topic(offering)
    make_topic(silent, is_public=False)
    make_topic(closed)
    ContactDesk.objects.create(name="Sem departamento", email="sem@exemplo.com.br")
    page = Client().get(reverse("site:contact")).content.decode()
    way = f"/os/abrir/#departamento-{offering.pk}"
    assert page.count("/os/abrir/#departamento-") == page.count(f'href="{way}"') == 1
    assert "Sem departamento" in page
    assert "None" not in page
    assert f'id="departamento-{offering.pk}"' in Client().get("/os/abrir/").content.decode()
    # Agents register for callers, and ask nobody themselves.
    assert (
        "#departamento-"
        not in client_of(cast.atendente).get(reverse("site:contact")).content.decode()
    )
