"""A power of attorney from the e-CNPJ's form to its end, in two browsers at once.

Bruno grants it in a session of the company's e-CNPJ; Rita accepts it in one of her e-CPF and uses
it: the service that it names opens, another one does not. He revokes it, and she is signed out.
How a certificate opens such a session is looked at in ``test_certificate_login``.
"""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser(desk="powers")
SESSIONS = """
import json, time
from datetime import timedelta
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.utils import timezone
from certificates.demo.cast import one
from certificates.icp import read_certificate
from certificates.services.known import Origin, record_use
from invoices.models import Document
from portal.accounts.models import Company, User
from portal.accounts.opening import SESSION_KEY as OPENING, Means, Opening
from portal.taxid import with_check_digits

now = timezone.now()

def signed_in(user, opening):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "portal.accounts.backends.AccountBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods_user"] = str(user.pk)
    proof = {"method": "certificate", "at": time.time() + 36_000}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
    session[OPENING] = opening.as_json()
    session.save()
    UserSession.objects.create(
        user=user, session_key=session.session_key, ip="127.0.0.1", user_agent="Chromium", data={}
    )
    return session.session_key

said = read_certificate(one("e-cnpj").public_path.read_bytes())
company = Company.objects.get(tax_id=said.cnpj)
use = record_use(said, origin=Origin.LOGIN, company=company, at=now)
rita = User.objects.create(
    name="Rita Prado", cpf=with_check_digits("314159265"), cpf_proof="certificate", cpf_proven_at=now
)
e_cnpj = Opening(Means.E_CNPJ, said.cnpj, said.name, said.sha256, said.not_after)
e_cpf = Opening(Means.E_CPF, "", "", "ef" * 32, now + timedelta(days=90))
print(json.dumps({
    "bruno": signed_in(User.objects.get(cpf=said.cpf), e_cnpj),
    "rita": signed_in(rita, e_cpf),
    "cpf": rita.cpf,
    "document": Document.objects.filter(unit__company=company).latest("published_at").get_absolute_url(),
    "certificate": f"/certificados/{use.pk}/",
}))
"""
WIDENED = """
from portal.accounts.models import Grant
Grant.objects.filter(user__cpf="{cpf}", source="proxy").update(scopes=["invoices", "certificates"])
"""


def looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, EVERYTHING) == []


def status(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer
    return answer.status


def test_from_the_grant_to_the_revocation_that_ends_the_grantee_s_session(
    portal: Portal, chromium: Browser
):
    world = json.loads(portal.shell(SESSIONS).splitlines()[-1])
    portal.sessions |= {"company": world["bruno"], "grantee": world["rita"]}
    company = enter(chromium, portal, "company", viewport={"width": 360, "height": 740})
    grantee = enter(chromium, portal, "grantee")
    his, hers = company.new_page(), grantee.new_page()
    assert status(hers, world["document"]) == 404
    place = grant(his, world["cpf"])
    accept(hers)
    assert status(hers, world["document"]) == 200
    assert status(hers, world["certificate"]) == 404
    portal.shell(WIDENED.format(cpf=world["cpf"]))
    assert status(hers, world["certificate"]) == 200, "it was the service alone that was not named"
    revoke(his, place)
    hers.goto(world["document"])
    assert "/entrar/" in hers.url
    hers.goto("/painel/")
    assert "/entrar/" in hers.url
    his.goto(world["document"])
    expect(his.locator("header")).to_contain_text("e-CNPJ")
    company.close()
    grantee.close()


def grant(page: Page, cpf: str) -> str:
    """As the manual says; the address of the power."""
    page.goto("/procuracoes/concedidas/")
    page.get_by_role("link", name="Conceder procuração").first.click()
    looks_right(page)
    page.get_by_label("CPF de quem recebe").fill(cpf)
    page.get_by_label("Nome completo").fill("Rita Prado")
    page.get_by_label("Faturas e relatórios").check()
    page.get_by_label("Até", exact=True).fill(
        f"{timezone.localdate() + timedelta(days=30):%d/%m/%Y}"
    )
    page.get_by_role("button", name="Ler o texto").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ler e confirmar")
    expect(page.locator(".power-text")).to_contain_text("substabelecimento")
    looks_right(page)
    page.get_by_label("Li o texto acima").check()
    page.get_by_role("button", name="Conceder a procuração").click()
    expect(page.locator(".badges")).to_contain_text("Aguardando aceite")
    looks_right(page)
    return page.url


def accept(page: Page) -> None:
    page.goto("/painel/")
    page.get_by_role("link", name="Ver todas").first.click()
    looks_right(page)
    page.locator("tbody a").first.click()
    page.get_by_role("link", name="Ler e aceitar").click()
    looks_right(page)
    page.get_by_role("button", name="Aceitar").click()
    expect(page.locator(".badges")).to_contain_text("Termina em breve")


def revoke(page: Page, place: str) -> None:
    page.goto(place)
    page.get_by_role("link", name="Revogar").click()
    looks_right(page)
    page.get_by_role("button", name="Revogar").click()
    expect(page.locator(".badges")).to_contain_text("Revogada")
