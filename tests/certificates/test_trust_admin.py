"""The administration of trust: authorities come by upload, and only with a root behind them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certificates.trust.models import Intermediate, RevocationList
from certificates.trust.revocation import request_check
from portal.audit.models import AuditEvent
from portal.outbox.delivery import sweep
from portal.outbox.models import Entry
from tests.certificates import pki
from tests.certificates.world import World

pytestmark = pytest.mark.django_db
ADD, LIST = "admin:trust_intermediate_add", "admin:trust_intermediate_changelist"


@pytest.fixture
def admin(cast, client_of):
    return client_of(cast.admin)


def upload(client, data: bytes):
    file = SimpleUploadedFile("ac.cer", data)
    return client.post(reverse(ADD), {"file": file}, follow=True).content.decode()


def test_an_authority_under_a_root_is_kept_and_audited(admin, world: World):
    other = pki.an_authority("AC Nova", issuer=world.root, key=pki.a_key(3))
    page = upload(admin, other.der)
    row = Intermediate.objects.get()
    assert row.source == Intermediate.Source.UPLOAD
    assert "AC Nova" in page
    assert AuditEvent.objects.filter(action="trust.intermediate_added").count() == 1
    assert "já estão aqui" in upload(admin, other.der)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"nada", "não é um certificado"),
        (b"", "vazio"),
        (pki.an_authority("Raiz Estranha", key=pki.a_key(5)).der, "Nenhuma raiz confiável"),
        (
            pki.a_person(pki.an_authority("Raiz Estranha", key=pki.a_key(5))).der,
            "nenhuma autoridade",
        ),
    ],
    ids=["no certificate", "empty", "no root behind it", "a person's"],
)
def test_what_leads_to_no_root_is_refused(admin, world: World, data, text):
    assert text in upload(admin, data)
    assert not Intermediate.objects.exists()


def test_an_authority_can_be_removed_and_that_is_audited(admin, world: World):
    upload(admin, pki.an_authority("AC Nova", issuer=world.root, key=pki.a_key(3)).der)
    row = Intermediate.objects.get()
    admin.post(reverse("admin:trust_intermediate_delete", args=[row.pk]), {"post": "yes"})
    assert not Intermediate.objects.exists()
    assert AuditEvent.objects.filter(action="trust.intermediate_removed").count() == 1


def test_lists_are_looked_at_and_fetched_again_on_request(admin, world: World):
    request_check(world.person(ocsp=True).der)
    world.server.pages.pop("/ac.crl")
    sweep()
    url = reverse("admin:trust_revocationlist_changelist")
    page = admin.get(url).content.decode()
    assert "404" in page
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer)
    row = RevocationList.objects.get(url=world.url("/ac.crl"))
    assert not row.may_try(timezone.now())
    admin.post(url, {"action": "fetch_now", "_selected_action": [row.pk]})
    sweep()
    row.refresh_from_db()
    assert row.failures == 0
    assert not row.is_stale(timezone.now())
    assert "Em vigor" in admin.get(url).content.decode()
    for name in ("revocationanswer", "issueraddress"):
        assert admin.get(reverse(f"admin:trust_{name}_changelist")).status_code == 200
    detail = reverse("admin:trust_revocationlist_change", args=[row.pk])
    assert world.url("/ac.crl") in admin.get(detail).content.decode()


def test_the_lists_pages_read_no_megabytes_and_cost_no_more_with_many_rows(
    admin, world: World, django_assert_max_num_queries
):
    url = reverse("admin:trust_revocationlist_changelist")
    admin.get(url)
    for i in range(40):
        RevocationList.objects.create(
            url=f"http://a.example/{i}", authority=f"{i:064}", issuer="AC", wanted_at=timezone.now()
        )
    with django_assert_max_num_queries(12) as queries:
        admin.get(url)
    assert not any('"der"' in query["sql"] for query in queries.captured_queries)


def test_staff_without_the_permission_see_nothing_of_it(client_of, cast, world: World):
    assert client_of(cast.agente).get(reverse(ADD)).status_code == 403
    assert client_of(cast.ana).get(reverse(LIST)).status_code in {302, 403}
    assert not Entry.objects.exists()
