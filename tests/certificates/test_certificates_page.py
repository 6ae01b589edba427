"""\"Certificados\": what each person sees of them, one page each, and the upload of one to watch."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from certificates.forms import known as forms
from certificates.icp import Kind, read_certificate
from certificates.models import CertificateUse, KnownCertificate
from certificates.services import revocations
from certificates.services.known import Origin, record_use, upload
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Revocation
from portal.accounts.limits import LIMITS, Limit
from portal.accounts.models import Grant
from portal.audit.models import AuditEvent
from tests.certificates import authority, pki
from tests.certificates.known import a_record
from tests.factories import Cast, make_grant, make_user

pytestmark = pytest.mark.django_db
LIST, UPLOAD = "certificates:list", "certificates:upload"


def page(client, **query: str) -> str:
    return client.get(reverse(LIST, query=query)).content.decode()


def used(cast: Cast, **values: object) -> KnownCertificate:
    """A certificate with which Ana signs in."""
    record = a_record(Kind.E_CPF, cast.ana.cpf, **values)  # type: ignore[arg-type]
    return record_use(record, origin=Origin.LOGIN, user=cast.ana, at=timezone.now())


def test_the_list_shows_holder_masked_cpf_issuer_validity_and_use(cast: Cast, client_of):
    made = used(cast, days=200.5, name="ANA SOUZA")
    text = page(client_of(cast.ana))
    for part in (
        "ANA SOUZA",
        cast.ana.masked_cpf,
        "AC Teste",
        "Válido",
        "vence em",
        "Acesso",
        "A1",
    ):
        assert part in text
    assert f"{timezone.localtime(made.not_after):%d/%m/%Y}" in text
    assert f'max="{365}"' in text
    assert cast.ana.cpf not in text
    assert "ANA SOUZA" not in page(client_of(cast.bruno))


def test_the_list_starts_from_the_company_chosen_in_the_switcher(cast: Cast, client_of):
    make_grant(cast.bruno, cast.office)
    for company, name in ((cast.company_b, "DA B"), (cast.office, "DO ESCRITORIO")):
        upload(a_record(name=name), company=company, by=cast.bruno, at=timezone.now())
    bruno = client_of(cast.bruno)
    assert "DA B" in page(bruno)
    assert "DO ESCRITORIO" in page(bruno)
    bruno.post(reverse("accounts:context"), {"company": cast.office.pk})
    text = page(bruno)
    assert "DO ESCRITORIO" in text
    assert "DA B<" not in text
    assert f'<option value="{cast.office.pk}" selected>' in text
    # The address wins over the switcher, and an empty company there means all of them.
    assert "DO ESCRITORIO" not in page(bruno, company=str(cast.company_b.pk))
    both = page(bruno, company="")
    assert "DA B" in both
    assert "DO ESCRITORIO" in both
    empty = page(bruno, state="expired")
    assert "Nenhum certificado encontrado com estes filtros" in empty
    assert 'href="?company="' in empty


def test_who_has_one_company_sees_their_own_certificates_whatever_is_chosen(cast: Cast, client_of):
    used(cast, name="ANA SOUZA")
    ana = client_of(cast.ana)
    ana.post(reverse("accounts:context"), {"company": cast.company_a.pk})
    assert "ANA SOUZA" in page(ana)


def test_nothing_to_show_says_how_one_comes_here(cast: Cast, client_of):
    text = page(client_of(cast.ana))
    assert "Ainda não há certificados aqui" in text
    assert reverse(UPLOAD) in text
    assert "Nenhum certificado encontrado com estes filtros" in page(
        client_of(cast.ana), state="expired"
    )


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("", {"NOVO", "EM BREVE", "RENOVADO", "PARADO", "REVOGADO"}),
        ("expiring", {"EM BREVE", "PARADO"}),
        ("renewed", {"RENOVADO"}),
        ("expired", {"VENCIDO"}),
        ("revoked", {"REVOGADO"}),
        ("unwatched", {"PARADO"}),
        ("all", {"NOVO", "EM BREVE", "RENOVADO", "PARADO", "REVOGADO", "VENCIDO"}),
        ("nonsense", {"NOVO", "EM BREVE", "RENOVADO", "PARADO", "REVOGADO"}),
    ],
)
def test_the_list_is_narrowed_by_state(cast: Cast, client_of, state, shown):
    now, ana = timezone.now(), cast.ana
    upload(a_record(days=300, name="NOVO"), company=None, by=ana, at=now)
    upload(a_record(days=59, name="EM BREVE"), company=None, by=ana, at=now)
    used(cast, days=50, name="RENOVADO")
    used(cast, days=400, name="NOVO")
    stopped = upload(a_record(days=40, name="PARADO"), company=None, by=ana, at=now)
    stopped.uses.update(stopped_at=now)
    revoked = upload(a_record(days=90, name="REVOGADO"), company=None, by=ana, at=now)
    KnownCertificate.objects.filter(pk=revoked.pk).update(revoked_at=now)
    upload(a_record(days=-5, name="VENCIDO"), company=None, by=ana, at=now)
    text = page(client_of(ana), **({"state": state} if state else {}))
    names = {"NOVO", "EM BREVE", "RENOVADO", "PARADO", "REVOGADO", "VENCIDO"}
    assert {name for name in names if f">{name}</a>" in text} == shown


def test_who_has_several_companies_chooses_one(cast: Cast, client_of):
    make_grant(cast.bruno, cast.office)
    now = timezone.now()
    record_use(a_record(tax_id=cast.company_b.tax_id, name="DA B"), origin=Origin.ORDER, at=now)
    record_use(a_record(tax_id=cast.office.tax_id, name="DO C"), origin=Origin.ORDER, at=now)
    bruno = client_of(cast.bruno)
    text = page(bruno, company=str(cast.office.pk))
    assert "DO C" in text
    assert "DA B" not in text
    assert "DA B" in page(bruno, company=str(cast.company_a.pk)), "another's company is no filter"
    assert 'name="company"' not in page(client_of(cast.ana))


def test_staff_with_the_permission_search_by_holder_and_number(cast: Cast, client_of):
    record_use(
        a_record(tax_id=cast.company_b.tax_id, name="EMPRESA BOA"),
        origin=Origin.ORDER,
        at=timezone.now(),
    )
    used(cast, name="ANA SOUZA")
    agent = client_of(cast.agente)
    assert "EMPRESA BOA" in page(agent)
    assert "EMPRESA BOA" in page(agent, q="boa")
    root = cast.company_b.tax_id[:8]
    masked = f"{root[:2]}.{root[2:5]}.{root[5:]}"
    for number in (cast.company_b.tax_id, masked):
        assert "EMPRESA BOA" in page(agent, q=number)
        assert "ANA SOUZA" not in page(agent, q=number)
    assert "EMPRESA BOA" not in page(client_of(cast.faturista))
    assert "Ainda não há" in page(client_of(cast.faturista))


def test_pages_follow_each_other_the_next_to_end_first(cast: Cast, client_of):
    now = timezone.now()
    for day in range(30):
        upload(a_record(days=100 + day, name=f"N{day:02d}X"), company=None, by=cast.ana, at=now)
    ana = client_of(cast.ana)
    first = ana.get(reverse(LIST))
    assert first.content.decode().index("N00X") < first.content.decode().index("N24X")
    second = ana.get(reverse(LIST, query={"cursor": first.context["page"].next})).content.decode()
    assert "N29X" in second
    assert "N24X" not in second


def test_the_list_costs_the_same_with_few_and_with_many(cast: Cast, client_of):
    bruno, now = client_of(cast.bruno), timezone.now()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(bruno)
        return len(queries)

    record_use(a_record(tax_id=cast.company_b.tax_id), origin=Origin.ORDER, at=now)
    cost()
    few = cost()
    for _i in range(24):
        record_use(a_record(tax_id=cast.unit_b1.cnpj), origin=Origin.ORDER, at=now)
    assert cost() == few


def test_a_revoked_one_has_no_time_left(cast: Cast, client_of):
    made = used(cast)
    KnownCertificate.objects.filter(pk=made.pk).update(revoked_at=timezone.now())
    text = page(client_of(cast.ana))
    assert f"revogado em {timezone.localdate():%d/%m/%Y}" in text
    assert "vence em" not in text
    assert 'value="0"' in text


# One certificate


def test_the_page_of_one_shows_what_it_says_and_whose_it_is(cast: Cast, client_of):
    issuer = pki.an_authority("AC de Teste")
    made = pki.a_person(issuer, names=pki.a_cnpj_name())
    record = read_certificate(made.der)
    row = record_use(
        record, origin=Origin.UPLOAD, company=cast.company_b, by=cast.bruno, at=timezone.now()
    )
    text = client_of(cast.bruno).get(row.get_absolute_url()).content.decode()
    for part in (
        "AC de Teste",
        row.serial,
        row.sha256,
        "12.ABC.345/0001-",
        "Empresa B",
        "Parar de acompanhar",
    ):
        assert part in text
    assert escape(str(Fault.UNKNOWN_AUTHORITY.label)) in text
    assert pki.CPF not in text
    assert "12345678909" not in text, "the common name's number"
    assert client_of(cast.ana).get(row.get_absolute_url()).status_code == 404


def test_the_public_certificate_is_saved_as_it_is(cast: Cast, client_of):
    made = used(cast)
    address = reverse("certificates:download", args=[made.pk])
    response = client_of(cast.ana).get(address)
    assert response.content == bytes(made.der)
    assert response["Content-Type"] == "application/pkix-cert"
    assert client_of(cast.bruno).get(address).status_code == 404


def test_stopping_asks_first_and_can_be_taken_back(cast: Cast, client_of):
    made, ana = used(cast), client_of(cast.ana)
    stop = reverse("certificates:unwatch", args=[made.pk])
    assert "continua na lista" in ana.get(stop).content.decode()
    assert CertificateUse.objects.watched().exists()
    ana.post(stop)
    assert not CertificateUse.objects.watched().exists()
    assert "Sem lembretes" in page(ana)
    ana.post(reverse("certificates:watch_again", args=[made.pk]))
    assert CertificateUse.objects.watched().exists()
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "certificates.unwatched", "certificates.watched",
    ]  # fmt: skip


def test_who_only_sees_a_company_s_certificate_does_not_stop_its_reminders(cast: Cast, client_of):
    made = record_use(
        a_record(tax_id=cast.company_b.tax_id), origin=Origin.ORDER, at=timezone.now()
    )
    bruno = client_of(cast.bruno)
    for name in ("unwatch", "watch_again"):
        assert bruno.post(reverse(f"certificates:{name}", args=[made.pk])).status_code == 403
    assert "Parar de acompanhar" not in bruno.get(made.get_absolute_url()).content.decode()


# Upload


def send(client, data: bytes, owner: str = "me", name: str = "certificado.cer"):
    return client.post(
        reverse(UPLOAD), {"file": SimpleUploadedFile(name, data), "owner": owner}, follow=True
    )


@pytest.fixture
def trusted(settings, tmp_path) -> pki.Made:
    """An authority under a pinned root."""
    root = pki.an_authority()
    issuer = pki.an_authority("AC de Teste", issuer=root)
    (tmp_path / "roots.pem").write_bytes(root.pem)
    (tmp_path / "others.pem").write_bytes(issuer.pem)
    settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")
    settings.TRUST_INTERMEDIATES_FILE = str(tmp_path / "others.pem")
    return issuer


def test_a_public_certificate_is_watched_for_oneself(cast: Cast, client_of, trusted):
    for data in (pki.a_person(trusted).der, pki.a_person(trusted).pem):
        text = send(client_of(cast.ana), data).content.decode()
        assert "O certificado está sendo acompanhado" in text
    use = CertificateUse.objects.all()[0]
    assert (use.user, use.company, use.by, use.origin) == (cast.ana, None, cast.ana, "upload")


def test_or_for_a_company(cast: Cast, client_of, trusted):
    send(client_of(cast.bruno), pki.a_person(trusted).der, str(cast.company_b.pk))
    assert CertificateUse.objects.get().company == cast.company_b
    assert (
        AuditEvent.objects.get(action="certificates.watched").chain
        == f"company:{cast.company_b.pk}"
    )


@pytest.fixture
def office(cast: Cast, monkeypatch) -> None:
    """Bruno may have certificates of more companies watched than a list shows."""
    monkeypatch.setattr(forms, "LISTED", 1)
    make_grant(cast.bruno, cast.office)


def test_of_many_companies_one_is_found_by_its_name(cast: Cast, client_of, trusted, office):
    bruno, data = client_of(cast.bruno), pki.a_person(trusted).der
    page = bruno.get(reverse(UPLOAD)).content.decode()
    assert reverse("accounts:find_company") in page
    assert 'name="owner"' not in page
    searched = {"company": cast.office.name, "find": "company"}
    found = bruno.post(reverse(UPLOAD), searched).content.decode()
    assert f'name="company_key" value="{cast.office.pk}"' in found
    assert "Este campo é obrigatório" not in found
    sent = {"file": SimpleUploadedFile("c.cer", data), "company": cast.office.name}
    bruno.post(reverse(UPLOAD), sent)
    assert CertificateUse.objects.get().company == cast.office


def test_no_company_named_means_oneself_and_not_one_s_own_is_refused(
    cast: Cast, client_of, trusted, office
):
    make_grant(cast.bruno, cast.company_a, Grant.Level.CONSULT)
    bruno, data = client_of(cast.bruno), pki.a_person(trusted).der
    sent = {"file": SimpleUploadedFile("c.cer", data), "company": cast.company_a.name}
    refused = bruno.post(reverse(UPLOAD), sent).content.decode()
    assert "Você não pode acompanhar certificados desta empresa." in refused
    assert not CertificateUse.objects.exists()
    bruno.post(reverse(UPLOAD), {"file": SimpleUploadedFile("c.cer", data), "company": ""})
    assert (CertificateUse.objects.get().user, CertificateUse.objects.get().company) == (
        cast.bruno, None,
    )  # fmt: skip


def test_not_for_another_s_company_nor_by_who_only_consults(cast: Cast, client_of, trusted):
    viewer = make_user("Vera Reis")
    make_grant(viewer, cast.company_b, Grant.Level.CONSULT)
    for person in (cast.ana, viewer):
        send(client_of(person), pki.a_person(trusted).der, str(cast.company_b.pk))
    assert not CertificateUse.objects.exists()


def test_unknown_authority_and_unknown_revocation_are_warnings(cast: Cast, client_of, trusted):
    text = send(client_of(cast.ana), pki.a_person(trusted).der).content.decode()
    assert escape(str(Fault.REVOCATION_UNKNOWN.label)) in text
    stranger = pki.an_authority("AC Desconhecida", key=pki.a_key(5))
    text = send(client_of(cast.ana), pki.a_person(stranger).der).content.decode()
    assert escape(str(Fault.UNKNOWN_AUTHORITY.label)) in text
    assert CertificateUse.objects.count() == 2


def test_an_expired_one_is_refused_with_its_day(cast: Cast, client_of, trusted):
    made = pki.a_person(trusted, days=(-400, -35))
    day = timezone.localtime(made.certificate.not_valid_after_utc)
    text = send(client_of(cast.ana), made.der).content.decode()
    assert f"Este certificado venceu em {day:%d/%m/%Y}: não há mais o que acompanhar." in text
    assert not KnownCertificate.objects.exists()


@pytest.mark.parametrize("fault", [Fault.REVOKED, Fault.BAD_SIGNATURE])
def test_a_revoked_and_a_forged_one_are_refused(cast: Cast, client_of, trusted, monkeypatch, fault):
    def judged(*args, **options):
        return replace(examine(*args, **options), faults=(fault,))

    monkeypatch.setattr(forms, "examine", judged)
    assert (
        escape(str(fault.label))
        in send(client_of(cast.ana), pki.a_person(trusted).der).content.decode()
    )
    assert not KnownCertificate.objects.exists()


def test_whatever_holds_a_private_key_is_refused_with_a_warning(cast: Cast, client_of):
    pfx = authority.pfx(leaf=authority.certificate(names=authority.company_names()))
    both = authority.pem_key() + pki.a_person(pki.an_authority()).pem
    for data, name in (
        (pfx, "a.pfx"),
        (pfx, "a.cer"),
        (both, "a.pem"),
        (authority.pem_key(), "a.key"),
    ):
        text = send(client_of(cast.ana), data, name=name).content.decode()
        assert "Este arquivo contém uma chave privada" in text
    assert not KnownCertificate.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b"nada", b"0" * 300_000, b"-----BEGIN CERTIFICATE-----\nAAAA"]
)
def test_what_is_no_certificate_is_refused_in_plain_words(cast: Cast, client_of, data):
    text = send(client_of(cast.ana), data).content.decode()
    assert "não é um certificado" in text or "grande demais" in text or "malformado" in text
    assert not KnownCertificate.objects.exists()


def test_uploads_are_counted(cast: Cast, client_of, monkeypatch):
    monkeypatch.setitem(LIMITS, "certificate-upload", Limit(1, 3600))
    ana = client_of(cast.ana)
    assert send(ana, b"nada").status_code == 200
    assert send(ana, b"nada").status_code == 429
    assert send(client_of(cast.bruno), b"nada").status_code == 200


# Revocation


def test_what_was_revoked_meanwhile_is_noted_and_the_rest_asked_about(cast: Cast, monkeypatch):
    gone, good = used(cast), used(cast)
    at = timezone.now() - timedelta(hours=1)
    unknown = examine(b"", purpose="watch", at=timezone.now())  # type: ignore[arg-type]

    def judged(der, **options):
        state = Revocation.REVOKED if der == bytes(gone.der) else Revocation.UNKNOWN
        return replace(unknown, revocation=state, revoked_at=at)

    asked: list[bytes] = []
    monkeypatch.setattr(revocations, "examine", judged)
    monkeypatch.setattr(revocations, "request_check", asked.append)
    assert revocations.note_revocations(at=timezone.now()) == 1
    assert asked == [bytes(good.der)]
    gone.refresh_from_db()
    assert gone.revoked_at == at
    assert revocations.note_revocations(at=timezone.now()) == 0


# Administration


def test_the_administration_looks_and_never_writes(cast: Cast, client_of):
    made = used(cast)
    admin = client_of(cast.admin)
    base = "admin:certificates_knowncertificate"
    assert cast.ana.cpf not in admin.get(reverse(f"{base}_changelist")).content.decode()
    assert admin.get(reverse(f"{base}_change", args=[made.pk])).status_code == 200
    assert admin.get(reverse(f"{base}_add")).status_code == 403
