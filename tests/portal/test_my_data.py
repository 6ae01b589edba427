"""My data (LGPD): everything that is kept about me, on the page and in a file."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from certificates.icp import Kind
from certificates.services import known
from invoices.models import DocumentEvent
from invoices.services import history, questions
from portal import desks
from portal.accounts.models import AccessRequest, ErasureRequest, GuestLink, User
from portal.accounts.personal_data import as_json, collect
from portal.accounts.views.my_data import SHOWN
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.reminders.models import Dismissal
from portal.taxid import format_tax_id
from tests.certificates.known import a_record
from tests.factories import Cast, make_document, make_grant, make_invitation
from tests.kept import a_row
from tests.portal.entrance import sign_in, text

pytestmark = pytest.mark.both

ClientOf = Callable[..., Client]
EXPORT = "accounts:my_data_export"


def export(client: Client) -> dict[str, object]:
    response = client.post(reverse(EXPORT))
    assert response["Content-Disposition"] == 'attachment; filename="meus-dados.json"'
    assert "no-store" in response["Cache-Control"]
    found: dict[str, object] = json.loads(response.getvalue())
    return found


def test_the_page_says_what_is_kept_and_why(cast: Cast, client_of: ClientOf) -> None:
    page = text(client_of(cast.ana).get(reverse("accounts:my_data")))
    assert "Por quanto tempo".lower() in page.lower()
    assert format_tax_id(cast.ana.cpf or "") in page
    assert str(cast.unit_a1) in page
    assert "Marco Civil" in page


def test_the_file_holds_every_section_and_only_ones_own_data(
    cast: Cast, client_of: ClientOf
) -> None:
    record("account.login", target=cast.bruno, actor=cast.bruno)
    data = export(client_of(cast.ana))
    for section in (
        "Cadastro",
        "Acesso a empresas e unidades",
        "Onde estou conectado",
        "Meus pedidos",
    ):
        assert section in data
    whole = json.dumps(data, ensure_ascii=False)
    assert (cast.ana.email or "?") in whole
    assert (cast.bruno.email or "?") not in whole
    assert f"accounts.user:{cast.bruno.pk}" not in whole


def test_questions_mails_and_what_staff_did_are_in_the_file(
    cast: Cast, client_of: ClientOf
) -> None:
    record("mfa.reset", target=cast.ana, actor=cast.admin)
    questions.ask(cast.ana, "amount", None, "Por que o valor mudou?")
    data = export(client_of(cast.ana))
    [question] = rows_of(data, "Minhas dúvidas")
    assert "Por que o valor mudou?" in question["Texto"]
    [mail] = rows_of(data, "E-mails para mim e sobre mim")
    assert mail["Enviado para"] == "Outra pessoa"
    done = rows_of(data, "O que outros fizeram com o meu cadastro")
    assert [*done[0]] == ["Quando", "O quê"]
    assert cast.admin.name not in json.dumps(data, ensure_ascii=False)


def test_what_other_people_did_with_the_same_documents_is_not_in_the_file(
    cast: Cast, client_of: ClientOf
) -> None:
    make_grant(cast.bruno, cast.company_a)
    document = make_document(cast.unit_a1)
    history.note(document, "opened", cast.bruno, timezone.now())
    history.note(document, "seen", cast.ana, timezone.now())
    documents = export(client_of(cast.ana))["Documentos"]
    assert "Visto" in str(documents)
    assert "Aberto" not in str(documents)
    assert cast.bruno.name not in str(documents)


def test_times_in_the_file_are_local_and_read_as_people_write_them(
    cast: Cast, client_of: ClientOf
) -> None:
    at = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    record("account.login", target=cast.ana, actor=cast.ana, at=at)
    done = rows_of(export(client_of(cast.ana)), "O que fiz no portal")
    assert ("01/03/2026 22:30", "Meu cadastro") in {(row["Quando"], row["Sobre"]) for row in done}


def test_invitations_made_and_received_are_in_the_file_without_the_others(
    cast: Cast, client_of: ClientOf
) -> None:
    make_invitation(cast.company_a, cast.bruno, email=cast.ana.email)
    accepted = {"accepted_at": timezone.now(), "accepted_by": cast.ana}
    make_invitation(cast.company_b, cast.bruno, **accepted)
    make_invitation(cast.office, cast.ana, name="Zeca Rocha", email="zeca@exemplo.com.br")
    data = export(client_of(cast.ana))
    received = rows_of(data, "Convites que recebi")
    assert [row["Empresa"] for row in received] == [cast.company_b.name, cast.company_a.name]
    assert [bool(row["Aceito em"]) for row in received] == [True, False]
    [made] = rows_of(data, "Convites que fiz")
    assert (made["Empresa"], made["Nível"]) == (cast.office.name, "Consulta")
    whole = json.dumps(data, ensure_ascii=False)
    assert not [text for text in ("Zeca", "zeca@", cast.bruno.name) if text in whole]


def test_what_was_asked_before_there_was_an_account_is_found_by_what_is_proven(
    cast: Cast, client_of: ClientOf
) -> None:
    a_row(AccessRequest, email=cast.ana.email, unit_text="pelo e-mail")
    a_row(AccessRequest, cpf=cast.ana.cpf, unit_text="pelo CPF")
    data = export(client_of(cast.ana))
    asked = [row["Pedido"] for row in rows_of(data, "Meus pedidos")]
    assert asked == ["Acesso a pelo e-mail", "Acesso a pelo CPF"]
    User.objects.filter(pk=cast.ana.pk).update(
        email_proof="", email_proven_at=None, cpf_proof="", cpf_proven_at=None
    )
    assert rows_of(export(client_of(cast.ana)), "Meus pedidos") == []


def test_an_invitation_to_an_address_that_was_only_typed_is_not_shown(
    cast: Cast, client_of: ClientOf
) -> None:
    make_invitation(cast.company_a, cast.bruno, email=cast.ana.email)
    User.objects.filter(pk=cast.ana.pk).update(email_proof="", email_proven_at=None)
    assert rows_of(export(client_of(cast.ana)), "Convites que recebi") == []


def test_every_section_is_in_words_and_local_times(cast: Cast) -> None:
    ana, now = cast.ana, timezone.now()
    fill_every_section(cast)
    with translation.override("pt-br"):
        sections = json.loads("".join(as_json(collect(ana))))
        first = sections | {"": sections.pop("Cadastro")}  # one object, not a list
    assert [name for name, value in sections.items() if not value] == [], "fill it in the test"
    texts = [*leaves(first)]
    assert [text for text in texts if re.search(r"\d{4}-\d\d-\d\d|\b[a-z]+\.[a-z]+:\d", text)] == []
    words = desks.merged("audit_words").keys() | {"True", "False", "None"}
    assert [text for text in texts if text in words or re.fullmatch(r"[a-z]+_[a-z_]+", text)] == []
    assert f"{timezone.localtime(now):%d/%m/%Y %H}" in str(texts)


def fill_every_section(cast: Cast) -> None:
    ana, now = cast.ana, timezone.now()
    sign_in(Client(), str(ana.cpf))
    Authenticator.objects.create(user=ana, type="totp", data={})
    a_row(AccessRequest, user=ana)
    a_row(ErasureRequest, user=ana)
    a_row(GuestLink, email=ana.email)
    a_row(Dismissal, user=ana, watch="certificates")
    make_invitation(cast.company_a, cast.bruno, email=ana.email)
    make_invitation(cast.company_a, ana)
    record("mfa.reset", target=ana, actor=cast.admin)
    questions.ask(ana, "amount", None, "Por que o valor mudou?")
    history.note(make_document(cast.unit_a1), "seen", ana, now)
    known.upload(a_record(Kind.E_CPF, str(ana.cpf)), company=None, by=ana, at=now)


def leaves(value: Any) -> Iterator[str]:
    """Every label and every text, however deep."""
    if isinstance(value, dict):
        yield from value
        value = [*value.values()]
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        assert isinstance(value, str), value
        yield value


def rows_of(data: dict[str, object], section: str) -> list[dict[str, str]]:
    found = data[section]
    assert isinstance(found, list)
    return found


def test_no_secret_is_in_the_file(cast: Cast, client_of: ClientOf) -> None:
    ana = client_of(cast.ana)
    whole = json.dumps(export(ana))
    assert cast.ana.password not in whole
    assert str(ana.session.session_key) not in whole


def test_another_part_of_the_portal_adds_its_section(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"Documento": f"Fatura {n}", "Quando": "01/02/2026"} for n in range(14)]
    monkeypatch.setitem(
        desks._desks,
        "viewers",
        desks.Desk(name="viewers", label="", personal_data={"Quem viu": lambda _user: rows}),
    )
    ana = client_of(cast.ana)
    page = text(ana.get(reverse("accounts:my_data")))
    assert "Quem viu" in page
    assert "Fatura 9" in page
    assert "Fatura 10" not in page
    assert "Mais 4 linhas estão no arquivo." in page
    assert export(ana)["Quem viu"] == rows


def test_the_page_reads_of_a_long_list_what_it_shows_and_the_file_has_it_whole(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, many = make_document(cast.unit_a1), 2001
    DocumentEvent.objects.bulk_create(
        DocumentEvent(document=document, kind="seen", user=cast.ana, at=timezone.now())
        for _ in range(many)
    )
    ana, read = client_of(cast.ana), []
    real: Any = DocumentEvent.from_db

    def from_db(_model: Any, *row: Any, **options: Any) -> Any:
        read.append(row)
        return real(*row, **options)

    monkeypatch.setattr(DocumentEvent, "from_db", classmethod(from_db))
    page = text(ana.get(reverse("accounts:my_data")))
    assert "Há mais de 1.000 outras linhas no arquivo." in page
    assert len(read) == SHOWN
    done = export(ana)["Documentos"]
    assert isinstance(done, dict)
    assert len(done["O que fiz com documentos"]) == many


def test_taking_the_file_along_is_recorded_and_limited(cast: Cast, client_of: ClientOf) -> None:
    cache.clear()
    ana = client_of(cast.ana)
    answers = [ana.post(reverse(EXPORT)).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    assert AuditEvent.objects.filter(action="account.data_exported").count() == 10


def test_the_file_is_not_given_to_a_link(cast: Cast, client_of: ClientOf) -> None:
    assert client_of(cast.ana).get(reverse(EXPORT)).status_code == 405
