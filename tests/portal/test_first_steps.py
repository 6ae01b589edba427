"""A new operator is led: what is done, what is next, and where empty choices are filled."""

import pytest
from django.urls import reverse

from invoices.forms.publish_one import PublishForm
from invoices.models import DocumentType
from portal import desks
from portal.accounts.models import Unit
from portal.provider.models import ContactDesk
from tests.factories import make_type
from tests.portal.entrance import text
from tests.portal.test_menu import menu

pytestmark = pytest.mark.django_db
PAGE = "/equipe/primeiros-passos/"


def test_the_page_says_what_is_done_and_what_is_next(cast, client_of):
    admin = client_of(cast.admin)
    ContactDesk.objects.all().delete()
    DocumentType.objects.all().delete()
    steps = {row.step.label: row for row in admin.get(PAGE).context["steps"]}
    assert [str(row.step.label) for row in steps.values() if row.is_next] == ["Tipos de documento"]
    assert steps["Empresas"].is_done
    make_type()
    steps = admin.get(PAGE).context["steps"]
    assert [str(row.step.label) for row in steps if row.is_next] == ["Certificado de assinatura"]
    left = [row for row in steps if not row.is_done]
    assert f"Faltam {len(left)} passos" in text(admin.get(PAGE))


def test_every_step_leads_to_a_page_that_opens(cast, client_of):
    admin = client_of(cast.admin)
    for step in desks.gather("first_steps"):
        assert admin.get(reverse(step.url_name)).status_code == 200, step.label


def test_an_empty_choice_says_where_it_is_filled(cast):
    DocumentType.objects.all().delete()
    assert "Ainda não há" in str(PublishForm(user=cast.faturista)["type"])
    make_type()
    assert "Ainda não há" not in str(PublishForm(user=cast.faturista)["type"])


def test_the_menu_leads_to_the_steps_until_all_are_done(cast, client_of, monkeypatch):
    admin = client_of(cast.admin)
    assert f'href="{PAGE}"' in menu(admin, "ui:dashboard")
    assert f'href="{PAGE}"' not in menu(client_of(cast.faturista), "ui:dashboard")
    monkeypatch.setattr("portal.provider.desk.steps_left", lambda: False)
    assert f'href="{PAGE}"' not in menu(admin, "ui:dashboard")
    monkeypatch.setattr("portal.provider.desk.steps_left", pytest.fail)
    assert f'href="{PAGE}"' not in menu(admin, "ui:dashboard"), "a session asks no more"


def test_a_choice_among_no_units_leads_those_who_may_add_one(cast):
    Unit.objects.update(is_active=False)
    field = str(PublishForm(user=cast.faturista)["unit"])
    assert "Ainda não há unidade" in field
    assert reverse("admin:accounts_company_changelist") in field
    for_agent = str(PublishForm(user=cast.agente)["unit"])
    assert reverse("admin:accounts_company_changelist") not in for_agent
    assert "Peça a quem administra o portal" in for_agent
    Unit.objects.update(is_active=True)
    assert "Ainda não há" not in str(PublishForm(user=cast.faturista)["unit"])
