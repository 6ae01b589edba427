"""From the catalogue to a slip: a new order, who pays, confirmation, documents, receipt, cancellation."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from orders.models import CustomerType, Order, Product
from orders.services import acts, concluding
from orders.services.life import NotPossible
from orders.services.numbers import FIRST, take_number
from portal.accounts.models import User
from portal.payments.models import Charge, Slip
from portal.payments.services.charges import note_settlement
from portal.transitions import IllegalTransition
from tests.factories import a_cnpj, a_cpf, make_user, small_pdf
from tests.factories.orders import make_order, make_product
from tests.factories.payments import make_agreement, make_payer
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
S = Order.Status
ADDRESS = {
    "street_type": "Rua", "street": "da Bahia", "street_number": "2277", "postal_code": "30160-012",
    "district": "Lourdes", "state": "MG", "city": "belo horizonte",
}  # fmt: skip


@pytest.fixture
def rita() -> User:
    return make_user("Rita Reis", phone="(31) 3247-5816")


def of(user: User, **typed: Any) -> dict[str, Any]:
    return {
        "customer_type": CustomerType.PERSON, "holder_name": user.name, "holder_cpf": user.cpf,
        "holder_email": user.email, "holder_phone": "(31) 3247-5816",
        "holder_born_on": "12/03/1980", **typed,
    }  # fmt: skip


def pays(user: User, **typed: Any) -> dict[str, Any]:
    return {"name": user.name, "tax_id": user.cpf, "email": user.email, **ADDRESS, **typed}


def ordered(browser: Client, user: User, product: Product | None = None, **typed: Any) -> Order:
    """An order that waits for its payer."""
    product = product or make_product()
    answer = browser.post(f"/pedidos/novo/{product.pk}/", of(user, **typed))
    assert answer.status_code == 302, words(answer)
    return Order.objects.latest("pk")


def paying(browser: Client, user: User) -> Order:
    """An order that was confirmed, with its slip."""
    order = ordered(browser, user)
    browser.post(f"/pedidos/{order.number}/pagador/", pays(user))
    browser.post(f"/pedidos/{order.number}/concluir/")
    order.refresh_from_db()
    assert order.status == S.AWAITING_PAYMENT
    return order


def test_an_order_from_the_catalogue_ends_with_a_slip(rita, client_of):
    make_agreement(is_default=True)
    product = make_product("e-CPF A3 token 3 anos", price_cents=31_500)
    browser = client_of(rita)
    assert "R$ 315,00" in words(browser.get("/pedidos/novo/"))
    form = browser.get(f"/pedidos/novo/{product.pk}/").content.decode()
    assert 'value="Rita Reis"' in form
    order = ordered(browser, rita, product)
    assert (order.holder, order.responsible, order.status) == (rita, None, S.INCOMPLETE)
    assert order.number >= FIRST
    page = words(browser.get(f"/pedidos/{order.number}/concluir/"))
    assert "Diga quem paga." in page
    answer = browser.post(f"/pedidos/{order.number}/pagador/", pays(rita))
    assert answer["Location"] == f"/pedidos/{order.number}/concluir/"
    assert "Rua da Bahia, 2277, Lourdes, Belo Horizonte/MG" in words(
        browser.get(answer["Location"])
    )
    answer = browser.post(f"/pedidos/{order.number}/concluir/", follow=True)
    slip = Slip.objects.get()
    assert slip.printed_line in answer.content.decode()
    assert "Aguardando o pagamento" in words(answer)
    order.refresh_from_db()
    assert order.charge == slip.charge
    assert (slip.amount_cents, slip.charge.about) == (31_500, order.about)
    assert browser.get(f"/pedidos/{order.number}/boletos/{slip.pk}/").content[:5] == b"%PDF-"


def test_who_orders_for_somebody_else_is_responsible_and_both_find_it(rita, client_of):
    otto = make_user("Otto Outro")
    order = ordered(
        client_of(rita), rita, holder_name="Otto Outro", holder_cpf=otto.cpf,
        holder_email=(otto.email or "").upper(),
    )  # fmt: skip
    assert (order.holder, order.responsible) == (otto, rita)
    for user in (rita, otto):
        assert client_of(user).get(f"/pedidos/{order.number}/").status_code == 200
    stranger = ordered(client_of(rita), rita, holder_cpf=a_cpf(), holder_email=rita.email)
    assert (stranger.holder, stranger.responsible) == (None, rita)


def test_a_company_needs_its_cnpj_and_pays_by_default(rita, client_of):
    product = make_product("e-CNPJ A1", kind=Product.Kind.E_CNPJ)
    browser = client_of(rita)
    bad = browser.post(f"/pedidos/novo/{product.pk}/", of(rita, customer_type=CustomerType.COMPANY))
    assert "Preencha para pessoa jurídica ou órgão público." in words(bad)
    person = browser.post(f"/pedidos/novo/{product.pk}/", of(rita))
    assert person.status_code == 422
    cnpj = a_cnpj()
    order = ordered(
        browser, rita, product, customer_type=CustomerType.COMPANY, company_name="Padaria Pão Ltda.",
        company_cnpj=cnpj,
    )  # fmt: skip
    assert (order.responsible, order.company, order.company_cnpj) == (rita, None, cnpj)
    assert (
        'value="Padaria Pão Ltda."'
        in browser.get(f"/pedidos/{order.number}/pagador/").content.decode()
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"holder_cpf": "111.111.111-11"}, "CPF"), ({"holder_name": "Rita"}, "nome e sobrenome"),
        ({"holder_born_on": "31/02/1980"}, "data"), ({"holder_born_on": "01/01/2999"}, "nascimento"),
        ({"holder_email": "rita@"}, "e-mail"), ({"customer_type": "nobody"}, "escolha"),
    ],
)  # fmt: skip
def test_wrong_data_are_named_and_nothing_is_kept(rita, client_of, typed, said):
    product = make_product()
    answer = client_of(rita).post(f"/pedidos/novo/{product.pk}/", of(rita, **typed))
    assert answer.status_code == 422
    assert said.lower() in words(answer).lower()
    assert not Order.objects.exists()


def test_a_product_that_is_not_sold_any_more_makes_no_order(rita, client_of):
    product = make_product(is_active=False)
    browser = client_of(rita)
    assert browser.post(f"/pedidos/novo/{product.pk}/", of(rita))["Location"] == "/pedidos/novo/"
    assert product.name not in words(browser.get("/pedidos/novo/"))
    assert not Order.objects.exists()


def test_a_public_body_by_agreement_waits_for_its_authorisation_without_a_slip(rita, client_of):
    browser = client_of(rita)
    order = ordered(
        browser,
        rita,
        customer_type=CustomerType.PUBLIC,
        company_name="Secretaria",
        company_cnpj=a_cnpj(),
    )
    browser.post(f"/pedidos/{order.number}/pagador/", {"by_agreement": "on"})
    browser.post(f"/pedidos/{order.number}/concluir/")
    order.refresh_from_db()
    assert (order.status, order.by_agreement, order.charge) == (
        S.AWAITING_AUTHORIZATION,
        True,
        None,
    )
    refused = browser.get(f"/pedidos/{order.number}/boletos/")
    assert refused.status_code == 403
    assert "Pago por convênio" in words(refused)
    other = ordered(browser, rita)
    form = browser.get(f"/pedidos/{other.number}/pagador/")
    assert "by_agreement" not in form.content.decode()


def test_another_payer_gets_a_new_slip_and_none_once_money_came(rita, client_of):
    make_agreement(is_default=True)
    browser = client_of(rita)
    order = paying(browser, rita)
    old = Slip.objects.get()
    url = f"/pedidos/{order.number}/pagador/"
    said = words(browser.post(url, pays(rita, name="Empresa X", tax_id=a_cnpj()), follow=True))
    assert "O responsável pelo pagamento foi alterado" in said
    old.refresh_from_db()
    new = Slip.objects.get(status=Slip.Status.ISSUED)
    assert (old.status, new.payer.name) == (Slip.Status.REPLACED, "Empresa X")
    assert new.our_number != old.our_number
    Charge.objects.update(settled_cents=1)  # known at the bank, not yet at the order
    refused = browser.post(url, pays(rita))
    assert refused.status_code == 409
    assert "pagamento" in words(refused)
    assert Slip.objects.count() == 2


def test_a_payment_closes_the_change_and_says_so(rita, client_of):
    make_agreement(is_default=True)
    browser = client_of(rita)
    order = paying(browser, rita)
    slip = Slip.objects.get()
    note_settlement(slip.charge, slip, slip.amount_cents, at=timezone.now())
    order.refresh_from_db()
    assert order.status == S.AWAITING_APPOINTMENT
    assert browser.get(f"/pedidos/{order.number}/pagador/").status_code == 403
    page = words(browser.get(f"/pedidos/{order.number}/boletos/"))
    assert "Pago" in page
    assert slip.printed_line not in page


def test_a_second_copy_is_the_same_slip_and_past_its_date_a_new_one(rita, client_of):
    make_agreement(is_default=True)
    browser = client_of(rita)
    order = paying(browser, rita)
    slip = Slip.objects.get()
    url = f"/pedidos/{order.number}/boletos/"
    assert browser.post(url, {"slip": slip.pk})["Location"] == f"{url}{slip.pk}/"
    Slip.objects.update(due_on="2020-01-02")
    Charge.objects.update(due_on="2020-01-02")
    said = words(browser.post(url, {"slip": slip.pk}, follow=True))
    assert "O boleto tinha vencido: foi emitido um novo." in said
    assert Slip.objects.count() == 2
    for wrong in ("0", "x", "99999999"):
        assert browser.post(url, {"slip": wrong}).status_code == 404


@pytest.mark.parametrize("status", ["rejected", "withdrawn"])
def test_where_the_bank_takes_no_slip_any_more_the_client_has_a_new_one_issued(
    rita, client_of, status
):
    make_agreement(is_default=True)
    browser = client_of(rita)
    url = f"/pedidos/{paying(browser, rita).number}/boletos/"
    assert "Emitir um novo boleto" not in words(browser.get(url))
    old = Slip.objects.get()
    Slip.objects.update(status=status)  # as a return file says
    assert f'name="slip" value="{old.pk}"' in browser.get(url).content.decode()
    said = words(browser.post(url, {"slip": old.pk}, follow=True))
    new = Slip.objects.exclude(pk=old.pk).get()
    assert "Foi emitido um novo boleto. Pague este, e não os outros." in said
    assert new.printed_line in browser.get(url).content.decode()
    assert "Emitir um novo boleto" not in words(browser.get(url))


def test_what_is_missing_after_too_little_was_paid_can_be_paid(rita, client_of):
    make_agreement(is_default=True)
    browser = client_of(rita)
    url = f"/pedidos/{paying(browser, rita).number}/boletos/"
    slip = Slip.objects.get()
    note_settlement(slip.charge, slip, slip.amount_cents - 1_000, at=timezone.now())
    assert "Emitir um novo boleto" in words(browser.get(url))
    browser.post(url, {"slip": slip.pk})
    rest = Slip.objects.exclude(pk=slip.pk).get()
    assert rest.amount_cents == 1_000
    note_settlement(rest.charge, rest, 1_000, at=timezone.now())
    assert "Emitir um novo boleto" not in words(browser.get(url))


def test_without_an_agreement_nothing_is_half_done(rita, client_of):
    browser = client_of(rita)
    order = ordered(browser, rita)
    browser.post(f"/pedidos/{order.number}/pagador/", pays(rita))
    answer = browser.post(f"/pedidos/{order.number}/concluir/")
    order.refresh_from_db()
    assert order.status == S.INCOMPLETE
    assert "convênio" in words(answer)
    assert not Charge.objects.exists()


def test_an_order_is_confirmed_once(rita):
    make_agreement(is_default=True)
    order = make_order(holder=rita, status=S.INCOMPLETE, payer=make_payer())
    again = Order.objects.get(pk=order.pk)
    concluding.confirm(order, by=rita, at=timezone.now())
    with pytest.raises((NotPossible, IllegalTransition)):
        concluding.confirm(again, by=rita, at=timezone.now())
    assert Charge.objects.count() == Slip.objects.count() == 1


def pdf(name: str = "rg.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, small_pdf(), "application/pdf")


def test_what_an_agent_asked_for_is_answered_with_a_file(rita, client_of, cast):
    order = make_order(holder=rita, status=S.AWAITING_VALIDATION)
    first = acts.pend(order, "RG legível", by=cast.agente, at=timezone.now())
    second = acts.pend(order, "Comprovante", by=cast.agente, at=timezone.now())
    browser, url = client_of(rita), f"/pedidos/{order.number}/concluir/"
    assert "RG legível" in words(browser.get(url))
    empty = browser.post(url, {"pendency": first.pk})
    assert "Escreva uma resposta ou anexe o arquivo." in words(empty)
    program = SimpleUploadedFile("rg.pdf", b"MZ\x90\0" + b"\0" * 200, "application/pdf")
    assert browser.post(url, {"pendency": first.pk, f"{first.pk}-file": program}).status_code == 422
    browser.post(url, {"pendency": first.pk, f"{first.pk}-file": pdf()})
    document = order.documents.get()
    assert (document.kind, document.pendency) == ("RG legível", first)
    order.refresh_from_db()
    assert order.status == S.PENDING_DOCUMENTS
    browser.post(url, {"pendency": second.pk, f"{second.pk}-text": "Levo no dia."})
    order.refresh_from_db()
    assert order.status == S.AWAITING_VALIDATION
    served = browser.get(f"/pedidos/{order.number}/documentos/{document.pk}/")
    assert served["Content-Type"] == "application/pdf"
    other = client_of(make_user("Otto Outro"))
    assert other.get(f"/pedidos/{order.number}/documentos/{document.pk}/").status_code == 404


def test_what_is_wrong_in_one_answer_loses_nothing_of_the_others(rita, client_of, cast):
    order = make_order(holder=rita, status=S.AWAITING_VALIDATION)
    asked = [
        acts.pend(order, text, by=cast.agente, at=timezone.now())
        for text in ("RG", "CNH", "Título")
    ]
    first, second, third = (pendency.pk for pendency in asked)
    browser, url = client_of(rita), f"/pedidos/{order.number}/concluir/"
    program = SimpleUploadedFile("cnh.pdf", b"MZ\x90\0" + b"\0" * 200, "application/pdf")
    lines = "\r\n".join(["linha"] * 80)  # 479 characters, as a browser counts them
    page = browser.post(
        url,
        {
            f"{first}-file": pdf(), f"{first}-text": lines, f"{second}-file": program,
            f"{second}-text": "Segue a CNH.", f"{third}-text": "  ",
        },
    )  # fmt: skip
    assert page.status_code == 422
    assert "A sua resposta foi enviada." in words(page)
    assert [pendency.text for pendency, _form in page.context["forms"]] == ["CNH", "Título"]
    assert "Segue a CNH." in page.content.decode()
    assert order.documents.get().pendency_id == first
    answer = browser.post(url, {f"{second}-text": "Levo no dia.", f"{third}-text": "Não tenho."})
    assert answer["Location"] == f"/pedidos/{order.number}/"
    order.refresh_from_db()
    assert order.status == S.AWAITING_VALIDATION


def test_a_document_that_is_not_what_it_says_is_refused_and_nothing_is_kept(rita, client_of):
    order = make_order(holder=rita, status=S.INCOMPLETE)
    browser, url = client_of(rita), f"/pedidos/{order.number}/concluir/"
    page = SimpleUploadedFile("rg.pdf", b"<html><script>1</script></html>", "application/pdf")
    answer = browser.post(url, {"document": "1", "kind": "Outro documento", "file": page})
    assert answer.status_code == 422
    assert "Este tipo de arquivo não é aceito aqui" in words(answer)
    assert not order.documents.exists()


def test_the_receipt_is_confirmed(rita, client_of):
    order = make_order(holder=rita, status=S.ISSUED)
    browser, url = client_of(rita), f"/pedidos/{order.number}/concluir/"
    assert "Você recebeu o certificado?" in words(browser.get(url))
    browser.post(url)
    order.refresh_from_db()
    assert order.status == S.DELIVERED
    assert browser.get(url).status_code == 403


def test_an_unpaid_order_is_cancelled_after_a_question_and_its_slip_withdrawn(rita, client_of):
    make_agreement(is_default=True)
    browser = client_of(rita)
    order = paying(browser, rita)
    url = f"/pedidos/{order.number}/cancelar/"
    assert "Cancelar o pedido" in words(browser.get(url))
    order.refresh_from_db()
    assert order.status == S.AWAITING_PAYMENT
    browser.post(url, {"reason": "Comprei em outro lugar."})
    order.refresh_from_db()
    assert order.status == S.CANCELLED
    assert Slip.objects.get().status == Slip.Status.WITHDRAWN
    assert "Comprei em outro lugar." in words(browser.get(f"/pedidos/{order.number}/detalhe/"))
    paid = make_order(holder=rita, status=S.AWAITING_APPOINTMENT)
    assert browser.post(f"/pedidos/{paid.number}/cancelar/").status_code == 403


@pytest.mark.parametrize("path", ["pagador/", "boletos/", "concluir/", "cancelar/"])
def test_somebody_elses_order_is_not_there(rita, client_of, path):
    order = make_order(holder=make_user("Otto Outro"), status=S.INCOMPLETE)
    browser = client_of(rita)
    assert browser.get(f"/pedidos/{order.number}/{path}").status_code == 404
    assert browser.post(f"/pedidos/{order.number}/{path}").status_code == 404


def test_numbers_rise_and_are_given_back_with_their_transaction(db):
    assert [take_number() for _ in range(3)] == [FIRST, FIRST + 1, FIRST + 2]


def test_no_number_is_printed_like_an_amount(rita, client_of):
    order = make_order(holder=rita)
    for path in ("", "detalhe/"):
        page = client_of(rita).get(f"/pedidos/{order.number}/{path}").content.decode()
        assert not re.search(r"3\.00\d\.\d{3}", page)
