"""Companies that accept only certificates: whom that closes out, from when, and who is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Company, Unit, User
from portal.accounts.opening import Means, Opening
from portal.accounts.services import certificate_only as service
from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from portal.taxid import format_tax_id
from tests.factories import Cast, a_cnpj, make_company, make_document, make_grant, make_unit
from tests.portal.certificate_entry import client_with, e_cnpj, e_cpf, entrance  # noqa: F401
from tests.portal.entrance import mail_text, mails, sign_in, signed_in, text

ClientOf = Callable[..., Client]
URL = "accounts:certificate_only"
A_DAY = timedelta(days=1)
SEED = "Será permitido o uso da inscrição e senha?"


def today() -> date:
    return timezone.localdate()


def require(company: Company, start: date | None = None) -> None:
    Company.objects.filter(pk=company.pk).update(
        certificate_only_from=start or today(), certificate_only_set_at=timezone.now()
    )


def run_jobs() -> None:
    from portal.outbox.registry import jobs

    for entry in Entry.objects.filter(kind=Entry.Kind.JOB).order_by("pk"):
        jobs[entry.name].run(**entry.arguments)


def by_password(user: User) -> User:
    user.set_login_method(Opening(Means.PASSWORD))
    return user


# Whom it closes out.


def test_a_password_no_longer_shows_the_company_from_that_civil_day_on(cast: Cast) -> None:
    require(cast.company_b, date(2026, 12, 1))
    bruno = by_password(cast.bruno)
    eve = datetime(2026, 12, 1, 2, 59, 59, tzinfo=UTC)  # 23:59:59 in São Paulo
    assert list(Unit.objects.visible_to(bruno, at=eve)) == [cast.unit_b1]
    assert not Unit.objects.visible_to(bruno, at=eve + timedelta(seconds=1)).exists()


def test_a_certificate_jobs_and_staff_still_see_it(cast: Cast) -> None:
    require(cast.company_b)
    assert list(Unit.objects.visible_to(cast.bruno)) == [cast.unit_b1]
    cast.bruno.set_login_method(e_cpf().opening())
    assert list(Unit.objects.visible_to(cast.bruno)) == [cast.unit_b1]
    assert cast.unit_b1 in Unit.objects.visible_to(by_password(cast.faturista))


def test_a_grant_on_a_unit_is_closed_too_and_others_stay(cast: Cast) -> None:
    make_grant(cast.ana, cast.company_b)
    require(cast.company_a)
    assert list(Unit.objects.visible_to(by_password(cast.ana))) == [cast.unit_b1]


def test_an_administrator_by_password_does_not_administer_it(cast: Cast) -> None:
    require(cast.office)
    assert not Company.objects.administered_by(by_password(cast.carla)).exists()


def test_an_open_session_loses_the_company_on_the_day(cast: Cast, client_of: ClientOf) -> None:
    document, bruno = make_document(cast.unit_b1), client_of(cast.bruno)
    page = reverse("invoices:document", args=[document.pk])
    assert bruno.get(page).status_code == 200
    require(cast.company_b)
    assert bruno.get(page).status_code == 404
    assert bruno.post(reverse("invoices:release", args=[document.pk])).status_code == 404
    assert SEED not in text(bruno.get(reverse("ui:dashboard")))
    assert "não abrem mais com senha" in text(bruno.get(reverse("ui:dashboard")))


def test_who_has_nothing_else_is_refused_with_the_explanation(
    cast: Cast, settings: LazySettings
) -> None:
    settings.CERTIFICATE_ENTRANCE_URL = "https://certificado.exemplo.com.br"
    require(cast.company_b)
    client = Client()
    response = sign_in(client, cast.bruno.cpf or "")
    assert response.status_code == 403
    assert SEED in text(response)
    assert "Não, apenas o certificado digital." in text(response)
    assert reverse("entrance:start") in text(response)
    assert "Empresa B" in text(response)
    assert not signed_in(client)
    assert client.get(reverse("ui:dashboard")).status_code == 302
    assert AuditEvent.objects.filter(action="account.login_refused").count() == 1


def test_a_stranger_learns_nothing_from_a_wrong_password(cast: Cast) -> None:
    before = sign_in(Client(), cast.bruno.cpf or "", "Errada123")
    require(cast.company_b)
    after = sign_in(Client(), cast.bruno.cpf or "", "Errada123")
    assert after.status_code == before.status_code == 200
    assert SEED not in text(after)
    assert "Empresa B" not in text(after)


def test_a_recovery_does_not_open_what_the_password_does_not(cast: Cast) -> None:
    from portal.accounts import services

    require(cast.company_b)
    token = services.send_recovery(cast.bruno, ticket="t", at=timezone.now())
    client = Client()
    client.get(reverse("accounts:accept_link", args=[token]))
    new = {"password1": "Caminho7Novo", "password2": "Caminho7Novo"}
    assert client.post(reverse("accounts:choose_password"), new).status_code == 403
    assert not signed_in(client)


def test_a_provisional_password_is_not_used_up_by_a_refusal(cast: Cast) -> None:
    from portal.accounts import services

    require(cast.company_b)
    password = services.issue_provisional_password(cast.bruno, by=None, at=timezone.now())
    assert sign_in(Client(), cast.bruno.cpf or "", password).status_code == 403
    cast.bruno.refresh_from_db()
    assert cast.bruno.provisional_until is not None


def test_who_has_other_companies_gets_in_and_is_told(cast: Cast) -> None:
    make_grant(cast.bruno, cast.company_a)
    require(cast.company_b)
    client = Client()
    assert sign_in(client, cast.bruno.cpf or "").status_code == 302
    page = text(client.get(reverse("invoices:list")))
    assert "Empresa B só abre com certificado digital" in page
    assert cast.unit_b1.code not in page


def test_staff_and_people_without_a_company_get_in(cast: Cast) -> None:
    require(cast.company_b)
    make_grant(cast.faturista, cast.company_b)
    assert sign_in(Client(), cast.faturista.cpf or "").status_code == 302
    cast.bruno.grants.all().delete()
    assert sign_in(Client(), cast.bruno.cpf or "").status_code == 302


def test_until_it_starts_there_is_a_notice(cast: Cast, client_of: ClientOf) -> None:
    require(cast.company_b, today() + 10 * A_DAY)
    client = Client()
    assert sign_in(client, cast.bruno.cpf or "").status_code == 302
    page = text(client.get(reverse("ui:dashboard")))
    assert "em breve só abrirão com certificado digital" in page
    assert f"{today() + 10 * A_DAY:%d/%m/%Y}" in page
    other = client_of(cast.ana)
    assert "certificado digital, não mais" not in text(other.get(reverse("ui:dashboard")))


@pytest.mark.usefixtures("entrance")
def test_certificates_open_it(cast: Cast) -> None:
    require(cast.company_b)
    for shown in (e_cpf(cast.bruno.cpf or ""), e_cnpj(cast.unit_b1.cnpj)):
        assert cast.unit_b1.code in text(client_with(shown).get(reverse("invoices:list")))


# Setting it.


def staff_sends(client: Client, **data: Any) -> Any:
    return client.post(reverse(URL), {"start": f"{today() + 30 * A_DAY:%Y-%m-%d}", **data})


def test_a_list_is_previewed_line_by_line_and_changes_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    require(cast.office, today() - A_DAY)
    unknown = a_cnpj()
    numbers = [
        format_tax_id(cast.company_a.tax_id), cast.company_b.tax_id, cast.company_b.tax_id,
        cast.office.tax_id, unknown, "12.345",
    ]  # fmt: skip
    page = text(staff_sends(client_of(cast.faturista), numbers="\n".join(numbers)))
    shown = [
        "Será definida", "Será definida", "Repetida na lista", "Já definida",
        "Sem cadastro aqui", "Não é um CNPJ nem CPF",
    ]  # fmt: skip
    body = page[page.index("<tbody>") :]
    places = [body.index(word) for word in dict.fromkeys(shown)]
    assert places == sorted(places)
    assert not Company.objects.filter(certificate_only_from__gt=today()).exists()
    assert not Entry.objects.exists()


def test_a_confirmed_list_is_set_whole_noted_and_told(cast: Cast, client_of: ClientOf) -> None:
    client, start = client_of(cast.faturista), today() + 30 * A_DAY
    numbers = f"{cast.company_a.tax_id}\n{cast.company_b.tax_id}"
    response = staff_sends(client, numbers=numbers, confirm="1")
    assert response["Location"] == reverse(URL)
    chosen = Company.objects.filter(certificate_only_from=start)
    assert set(chosen) == {cast.company_a, cast.company_b}
    event = AuditEvent.objects.filter(action="company.certificate_only").latest("pk")
    assert event.data == {"from": start.isoformat()}
    assert event.actor == cast.faturista
    run_jobs()
    told = mail_text(mails(cast.ana.email or "")[0])
    assert f"{start:%d/%m/%Y}" in told
    assert "Secretaria A" in told
    assert "Empresa B" not in told
    assert reverse("entrance:help") in told
    assert not mails(cast.carla.email or "")


def test_a_confirmation_of_what_has_changed_since_is_shown_again(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.faturista)
    numbers = f"{cast.company_a.tax_id}\n{cast.company_b.tax_id}"
    require(cast.company_b, today() - A_DAY)
    response = staff_sends(client, numbers=numbers, confirm="1")
    assert response.status_code == 200
    assert "Algo mudou" in text(response)
    cast.company_a.refresh_from_db()
    assert cast.company_a.certificate_only_from is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_csv_with_a_head_and_the_cnpj_in_any_column_is_read(
    cast: Cast, client_of: ClientOf, encoding: str
) -> None:
    rows = f'Razão;CNPJ\n"São João";"{format_tax_id(cast.company_b.tax_id)}"\n'
    file = SimpleUploadedFile("lista.csv", rows.encode(encoding))
    page = text(staff_sends(client_of(cast.faturista), file=file))
    assert page.count("Será definida") == 2  # the figure and the line
    assert "Empresa B" in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"numbers": ""}, "Cole pelo menos um CNPJ"),
        ({"numbers": "1", "start": "2020-01-01"}, "O início deve ser hoje ou depois"),
        ({"numbers": "1", "start": "ontem"}, "dd/mm/aaaa"),
        ({"numbers": "1\n" * 5001}, "No máximo 5.000"),
        ({"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04\0\0")}, "danificado"),
        ({"file": SimpleUploadedFile("x.csv", b"1" * 512_001)}, "500,0"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(
    cast: Cast, client_of: ClientOf, data: dict[str, Any], said: str
) -> None:
    assert said in text(staff_sends(client_of(cast.faturista), **data))


def test_the_page_lists_those_already_set(cast: Cast, client_of: ClientOf) -> None:
    require(cast.company_b)
    require(cast.company_a, today() + A_DAY)
    page = text(client_of(cast.faturista).get(reverse(URL)))
    assert "Em vigor" in page
    assert "Anunciada" in page
    assert "Escritório C" not in page


def test_those_set_are_found_by_name_number_and_state(cast: Cast, client_of: ClientOf) -> None:
    require(cast.company_b)
    require(cast.company_a, today() + A_DAY)
    client = client_of(cast.faturista)

    def found(**query: str) -> set[str]:
        return {company.name for company in client.get(reverse(URL), query).context["page"].rows}

    assert found(q="empresa b") == {"Empresa B"}
    assert found(q=format_tax_id(cast.company_a.tax_id)) == {"Secretaria A"}
    assert found(q="escritório") == set()
    assert found(status="in_force") == {"Empresa B"}
    assert found(status="announced") == {"Secretaria A"}
    assert found(status="nonsense", sort="-from") == {"Secretaria A", "Empresa B"}


def test_the_list_costs_the_same_for_few_and_many(
    cast: Cast, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast.faturista)
    client.get(reverse(URL))
    for number in (1, 20):
        for _ in range(number):
            require(make_company("Mais uma"))
        with django_assert_max_num_queries(5):
            client.get(reverse(URL))
    lines = "\n".join(make_company("Outra").tax_id for _ in range(40))
    with django_assert_max_num_queries(5):
        staff_sends(client, numbers=lines)


def admin_form(company: Company, **values: Any) -> dict[str, Any]:
    return {
        "kind": company.kind, "name": company.name, "tax_id": company.tax_id, "email": "",
        "phone": "", "is_active": "on", "certificate_only_from": "", "units-TOTAL_FORMS": "0",
        "units-INITIAL_FORMS": "0", **values,
    }  # fmt: skip


def test_staff_set_and_lift_one_company_on_its_page(cast: Cast, client_of: ClientOf) -> None:
    company, client = make_company("Nova"), client_of(cast.faturista)
    make_grant(cast.bruno, company)
    page, start = f"/admin/accounts/company/{company.pk}/change/", today() + 20 * A_DAY
    past = client.post(
        page, admin_form(company, certificate_only_from=f"{today() - A_DAY:%d/%m/%Y}")
    )
    assert "O início deve ser hoje ou depois" in text(past)
    client.post(page, admin_form(company, certificate_only_from=f"{start:%d/%m/%Y}"))
    company.refresh_from_db()
    assert company.certificate_only_from == start
    run_jobs()
    assert len(mails(cast.bruno.email or "")) == 1
    require(company, today() - 9 * A_DAY)
    again = client.post(
        page,
        admin_form(company, name="Outro", certificate_only_from=f"{today() - 9 * A_DAY:%d/%m/%Y}"),
    )
    assert again.status_code == 302, "a day that stands already may have passed"
    client.post(page, admin_form(company))
    assert Company.objects.filter(pk=company.pk, certificate_only_from=None).exists()
    assert AuditEvent.objects.filter(action="company.certificate_only_lifted").exists()


def test_the_administration_filters_by_it_and_leads_to_the_list(
    cast: Cast, client_of: ClientOf
) -> None:
    require(cast.company_b)
    require(cast.company_a, today() + A_DAY)
    client, page = client_of(cast.faturista), "/admin/accounts/company/"
    for value, name in (
        ("sim", "Empresa B"),
        ("em-breve", "Secretaria A"),
        ("nao", "Escritório C"),
    ):
        shown = text(client.get(page, {"certificado": value}))
        names = [n for n in ("Empresa B", "Secretaria A", "Escritório C") if f">{n}</a>" in shown]
        assert names == [name]
    ticked = {"action": "require_certificate", "_selected_action": [cast.office.pk]}
    target = client.post(page, ticked)["Location"]
    assert format_tax_id(cast.office.tax_id) in text(client.get(target))


# Telling its people.


def test_a_week_before_each_is_reminded_once(cast: Cast) -> None:
    make_grant(cast.bruno, cast.office)
    start, decided = date(2026, 12, 15), datetime(2026, 11, 1, 12, tzinfo=UTC)
    for company in (cast.company_b, cast.office):
        service.require_certificate([company], start, by=None, at=decided)
    eight = datetime(2026, 12, 7, 12, tzinfo=UTC)
    assert service.remind(at=eight) == 0
    assert service.remind(at=eight + A_DAY) == 2  # Bruno of both companies, Carla
    assert service.remind(at=eight + A_DAY) == 0
    assert service.remind(at=eight + 3 * A_DAY) == 0
    told = mail_text(mails(cast.bruno.email or "")[-1])
    assert "Empresa B" in told
    assert "Escritório C" in told
    assert "15/12/2026" in told


def test_who_was_told_less_than_a_week_ago_is_not_reminded(cast: Cast) -> None:
    at = datetime(2026, 12, 10, 12, tzinfo=UTC)
    service.require_certificate([cast.company_b], date(2026, 12, 15), by=None, at=at)
    assert service.remind(at=at + A_DAY) == 0


def test_a_policy_lifted_or_moved_meanwhile_is_not_announced(cast: Cast) -> None:
    now, start = timezone.now(), today() + 30 * A_DAY
    service.require_certificate([cast.company_b], start, by=None, at=now)
    service.lift(cast.company_b, by=None, at=now)
    run_jobs()
    assert not mails(cast.bruno.email or "")


def test_the_announcement_sent_twice_arrives_once(cast: Cast) -> None:
    service.require_certificate([cast.company_b], today(), by=None, at=timezone.now())
    run_jobs()
    run_jobs()
    assert len(mails(cast.bruno.email or "")) == 1
    assert "A partir de hoje" in mail_text(mails(cast.bruno.email or "")[0])


def test_a_past_start_is_refused(cast: Cast) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        service.require_certificate([cast.company_b], today() - A_DAY, by=None, at=timezone.now())
    assert make_unit(cast.company_b).company.requires_certificate(today()) is False
