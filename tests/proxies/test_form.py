"""The form of an access: the fields of its kind, secrets that never come back, what is refused."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certificates.trust.verdict import Fault
from portal.taxid import format_tax_id
from proxies.models import Agency, Proxy, Sphere
from proxies.services.values import current_values, open_value
from tests.certificates import pki
from tests.certificates.authority import pfx
from tests.factories import a_cnpj, a_cpf
from tests.factories.proxies import make_agency, make_office_client, make_proxy, open_proxies
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
SECRET = "Segredo#9-inventado"
SEED = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def carla(cast, client_of):
    open_proxies(cast.carla, cast.office)
    return client_of(cast.carla)


def new_url(office: Any, **query: str) -> str:
    return reverse("proxies:new", args=[office.pk], query=query)


def filled(office: Any, **changes: Any) -> dict[str, Any]:
    agency = changes.pop("agency", None) or make_agency()
    return {
        "kind": "login", "sphere": agency.sphere, "agency": agency.pk, "name": "ACESSO SEFAZ-MT",
        "holder": office.tax_id, "login": "usuario-9", "password": SECRET, **changes,
    }  # fmt: skip


def names_in(page: Any) -> set[str]:
    return set(re.findall(r'name="([a-z_]+)"', page.content.decode()))


def secrets_of(proxy: Proxy) -> dict[str, str]:
    return {name: open_value(value).decode() for name, value in current_values(proxy).items()}


@pytest.mark.parametrize(
    ("kind", "there", "absent"),
    [
        ("login", {"login", "password", "seed", "last_day"}, {"code", "pfx"}),
        ("code", {"code", "password"}, {"login", "pfx"}),
        ("certificate", {"pfx", "pfx_password"}, {"login", "password", "code", "last_day"}),
    ],
)
def test_only_the_fields_of_the_kind_chosen_are_there(carla, cast, kind, there, absent):
    first = names_in(carla.get(new_url(cast.office)))
    assert {"kind", "sphere"} <= first
    assert not {"name", "login", "code", "pfx"} & first
    page = carla.get(new_url(cast.office, kind=kind, sphere="state"))
    assert there <= names_in(page)
    assert not absent & names_in(page)
    text = words(page)
    assert ("se renova a cada 03 meses" in text) == (kind == "login")
    assert ("Fique atento ao vencimento do certificado" in text) == (kind == "certificate")
    assert ("Código de Acesso para PF" in text) == (kind == "code")
    prefilled = page.context["form"]["holder"].value() or ""
    assert bool(prefilled) == (kind != "code")


def test_an_access_is_registered_with_its_clients_and_its_values_sealed(carla, cast):
    client = make_office_client(cast.office)
    sent = filled(cast.office, clients=[client.pk], seed="jbsw y3dp ehpk 3pxp")
    answer = carla.post(new_url(cast.office), sent, follow=True)
    proxy = Proxy.objects.get()
    assert answer.redirect_chain[0][0] == f"/procuracoes/{proxy.pk}/"
    assert secrets_of(proxy) == {"login": "usuario-9", "password": SECRET, "seed": SEED}
    assert [*proxy.clients.all()] == [client]
    text = words(answer)
    assert "A procuração foi cadastrada." in text
    assert "Válida" in text
    assert SECRET not in answer.content.decode()
    assert "usuario-9" not in answer.content.decode()


def test_a_refused_form_keeps_everything_but_the_secrets_and_says_so(carla, cast):
    sent = filled(cast.office, name="", notes="do contador", holder="11.111.111/1111-11")
    page = carla.post(new_url(cast.office), sent)
    body = page.content.decode()
    assert "do contador" in body
    assert "usuario-9" not in body
    assert SECRET not in body
    assert "menos o que é secreto" in words(page)
    assert Proxy.objects.count() == 0


def test_another_kind_or_sphere_is_shown_without_losing_what_was_typed(carla, cast):
    city = make_agency("Receita Federal", sphere="federal", state="", notice="Só com procuração.")
    sent = filled(cast.office, kind="code", sphere="federal", switch="1", name="ACESSO E-CAC")
    page = carla.post(new_url(cast.office), sent)
    body = page.content.decode()
    assert 'value="ACESSO E-CAC"' in body
    assert "Receita Federal" in body
    assert SECRET not in body
    assert "has-error" not in body
    assert page.context["form"]["holder"].value() == ""  # codes are a person's
    again = carla.post(new_url(cast.office), {**sent, "agency": city.pk})
    assert "Só com procuração." in again.content.decode()
    assert Proxy.objects.count() == 0


@pytest.mark.parametrize("what", ["sphere", "kind", "inactive"])
def test_sphere_kind_and_agency_must_match(carla, cast, what):
    agency = make_agency()
    changes: dict[str, Any] = {}
    if what == "sphere":
        changes = {"sphere": Sphere.FEDERAL}
    elif what == "kind":
        agency.kinds = ["certificate"]
    else:
        agency.is_active = False
    agency.save()
    page = carla.post(new_url(cast.office), filled(cast.office, agency=agency, **changes))
    assert "Escolha um da lista" in words(page)
    assert Proxy.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": ""}, "Este campo é obrigatório."),
        ({"last_day": "01/01/2020"}, "O último dia deve ser hoje ou depois."),
        ({"seed": "não é uma semente"}, "Isto não é a semente"),
        ({"seed": "otpauth://hotp/x?secret=" + SEED}, "Isto não é a semente"),
        ({"seed": "otpauth://totp/x?secret=A"}, "Isto não é a semente"),
        ({"holder": "123"}, "CPF ou CNPJ válido"),
    ],
)
def test_what_does_not_fit_is_said(carla, cast, changes, said):
    page = carla.post(new_url(cast.office), filled(cast.office, **changes))
    assert said in words(page)
    assert Proxy.objects.count() == 0


def test_a_name_stands_once_in_an_office(carla, cast):
    make_proxy(cast.office, name="ACESSO SEFAZ-MT")
    page = carla.post(new_url(cast.office), filled(cast.office))
    assert "O escritório já tem uma procuração com este nome." in words(page)
    assert Proxy.objects.count() == 1


def changed(carla: Any, proxy: Proxy, **changes: Any) -> Any:
    sent = {
        "sphere": proxy.agency.sphere, "agency": proxy.agency_id, "name": proxy.name,
        "holder": proxy.holder, "seen": Proxy.objects.get(pk=proxy.pk).changes, **changes,
    }  # fmt: skip
    return carla.post(reverse("proxies:change", args=[proxy.pk]), sent)


def test_a_change_without_a_new_value_leaves_values_and_end_alone(carla, cast):
    proxy = make_proxy(cast.office)
    page = carla.get(reverse("proxies:change", args=[proxy.pk]))
    assert {"change_login", "change_password", "change_seed"} <= names_in(page)
    assert "kind" not in names_in(page)
    before = secrets_of(proxy)
    # A browser fills the password in by itself: without its box it does not count.
    saved = changed(carla, proxy, name="OUTRO", password="preenchida", login="x")
    assert "A procuração foi alterada." in words(carla.get(saved.url))
    assert secrets_of(proxy) == before
    renamed = Proxy.objects.get()
    assert renamed.name == "OUTRO"
    assert (renamed.ends_on, renamed.value_set_on) == (proxy.ends_on, proxy.value_set_on)


def test_a_ticked_box_changes_the_value_and_only_with_one(carla, cast):
    proxy = make_proxy(cast.office)
    login = secrets_of(proxy)["login"]
    empty = changed(carla, proxy, change_password="on")
    assert "Informe o novo ou desmarque" in words(empty)
    alone = changed(carla, proxy, last_day="01/01/2030")
    assert "O último dia pertence a uma nova senha" in words(alone)
    changed(carla, proxy, change_password="on", password=SECRET, last_day="01/01/2030")
    assert secrets_of(proxy) == {"login": login, "password": SECRET}
    proxy.refresh_from_db()
    assert f"{proxy.ends_on:%d/%m/%Y}" == "01/01/2030"


def test_the_stale_form_of_a_second_clerk_is_refused_and_keeps_what_was_typed(carla, cast):
    """Who saved last won, without a word."""
    proxy = make_proxy(cast.office, name="ANTIGO")
    changed(carla, proxy, name="NOVO NOME", notes="da primeira")
    before = secrets_of(proxy)
    late = {
        "notes": "da segunda", "change_password": "on", "password": SECRET, "change_seed": "on",
        "seed": SEED,
    }  # fmt: skip
    page = changed(carla, proxy, seen=proxy.changes, **late)
    text = words(page)
    assert "Outra pessoa alterou esta procuração" in text
    assert "Nome: NOVO NOME; Observações: da primeira" in text
    body = page.content.decode()
    assert 'value="ANTIGO"' in body
    assert "da segunda" in body
    assert SECRET not in body
    assert "menos o que é secreto" in text
    proxy.refresh_from_db()
    assert (proxy.name, proxy.notes, secrets_of(proxy)) == ("NOVO NOME", "da primeira", before)
    # It now knows of the other change: saved once more, it counts.
    seen = page.context["form"]["seen"].value()
    assert changed(carla, proxy, seen=seen, name="ANTIGO", notes="da segunda").status_code == 302
    # A form that does not say what it was made of is not trusted.
    assert "Outra pessoa alterou" in words(changed(carla, proxy, seen="", name="X"))


def test_a_second_factor_is_removed_by_its_box_and_not_together_with_a_new_one(carla, cast):
    proxy = make_proxy(cast.office)
    assert "remove_seed" not in names_in(carla.get(reverse("proxies:change", args=[proxy.pk])))
    changed(carla, proxy, change_seed="on", seed=SEED)
    page = carla.get(reverse("proxies:change", args=[proxy.pk]))
    assert "remove_seed" in names_in(page)
    assert not {"remove_login", "remove_password"} & names_in(page)
    both = changed(carla, proxy, change_seed="on", seed=SEED, remove_seed="on")
    assert "desmarque uma das duas caixas" in words(both)
    assert "seed" in secrets_of(proxy)
    changed(carla, proxy, remove_seed="on")
    assert secrets_of(proxy).keys() == {"login", "password"}


def test_the_form_sent_twice_leads_to_the_access_that_the_first_one_made(carla, cast):
    sent = filled(cast.office)
    carla.post(new_url(cast.office), sent)
    page = carla.post(new_url(cast.office), {**sent, "password": "corrigida"}, follow=True)
    proxy = Proxy.objects.get()
    assert page.redirect_chain[-1][0] == proxy.get_absolute_url()
    assert "O que você corrigiu depois disso não foi salvo" in words(page)
    assert secrets_of(proxy)["password"] == SECRET
    other = carla.post(new_url(cast.office), {**sent, "holder": a_cnpj()})
    assert "já tem uma procuração com este nome" in words(other)


def test_a_form_without_a_kind_asks_for_it(carla, cast):
    """It answered 500."""
    page = carla.post(new_url(cast.office), {"last_day": "31/12/2099", "name": "x"})
    assert page.status_code == 200
    assert "Tipo de acesso" in words(page)


def test_browsers_do_not_remember_the_login(carla, cast):
    body = carla.get(new_url(cast.office, kind="login", sphere="state")).content.decode()
    [box] = re.findall(r'<input[^>]*name="login"[^>]*>', body)
    assert 'autocomplete="off"' in box


def test_who_consults_sees_and_does_not_change(cast, client_of):
    open_proxies(cast.carla, cast.office, level="consult")
    proxy = make_proxy(cast.office)
    browser = client_of(cast.carla)
    page = browser.get(proxy.get_absolute_url())
    assert page.status_code == 200
    assert "/alterar/" not in page.content.decode()
    assert browser.get(reverse("proxies:change", args=[proxy.pk])).status_code == 403
    assert browser.get(new_url(cast.office)).status_code == 403


def test_the_page_says_who_has_access_and_of_when_the_values_are(carla, cast):
    proxy = make_proxy(
        cast.office, by=cast.carla, holder=a_cpf(), agency=make_agency(notice="Aviso.")
    )
    text = words(carla.get(proxy.get_absolute_url()))
    assert "Quem tem acesso a ela" in text
    assert "Carla Dias" in text
    assert "senhas anteriores também" in text
    assert "Aviso." in text
    assert proxy.shown_holder in text
    assert proxy.shown_holder.startswith("***")


def test_each_remark_of_the_manual_stands_once_beside_any_notice(carla, cast):
    remarks = ("se renova a cada 03 meses", "Se a senha não estiver atualizada")
    for agency in (make_agency(notice="Só com procuração."), Agency.objects.get(name="SEFAZ-MT")):
        proxy = make_proxy(cast.office, agency=agency)
        for page in (proxy.get_absolute_url(), reverse("proxies:change", args=[proxy.pk])):
            text = words(carla.get(page))
            assert agency.notice in text
            assert [text.count(remark) for remark in remarks] == [1, 1]


def certificate_sent(cast, **changes):
    agency = make_agency("e-CAC", sphere="federal", state="")
    sent = filled(cast.office, agency=agency, kind="certificate", name="e-CNPJ", **changes)
    del sent["login"], sent["password"]
    return sent


@pytest.mark.parametrize("fault", ["", "wrong password", "other holder", "nothing"])
def test_a_certificate_is_read_at_once_and_refused_with_its_reason(carla, cast, fault):
    root = pki.an_authority()
    made = pki.a_person(root, names=pki.a_cnpj_name())
    data = pfx(password=SECRET, key=made.key, leaf=made.certificate, others=[])
    sent = certificate_sent(
        cast, holder=a_cnpj() if fault == "other holder" else pki.CNPJ,
        pfx=SimpleUploadedFile("a1.pfx", data),
        pfx_password="outra" if fault == "wrong password" else SECRET,
    )  # fmt: skip
    if fault == "nothing":
        del sent["pfx"]
    page = carla.post(new_url(cast.office), sent, follow=True)
    assert SECRET not in page.content.decode()
    if fault:
        wrong = {"wrong password": "pfx_password", "other holder": "holder", "nothing": "pfx"}
        assert set(page.context["form"].errors) == {wrong[fault]}
        assert Proxy.objects.count() == 0
        return
    proxy = Proxy.objects.get()
    assert current_values(proxy).keys() == {"key"}
    assert proxy.ends_on == timezone.localdate(proxy.values.get().certificate.not_after)
    assert proxy.end_is_known
    text = words(page)
    assert "autoridade" in text  # which nobody knows here: said once, and beside the issuer
    assert text.count(str(Fault.UNKNOWN_AUTHORITY.label)) == 2
    assert text.count(format_tax_id(pki.CNPJ)) >= 2
    # While it is in use, the access is of its holder.
    refused = changed(carla, proxy, holder=a_cnpj())
    assert "Este certificado é de" in words(refused)
    assert set(refused.context["form"].errors) == {"holder"}
    proxy.refresh_from_db()
    assert proxy.holder == pki.CNPJ
    assert f"{proxy.ends_on:%d/%m/%Y}" in words(page)
