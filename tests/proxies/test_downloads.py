"""Files for clients: who is offered what, versions, their hash, and what staff may publish."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.files.models import PendingFile
from proxies.models import Download, DownloadVersion
from proxies.services import downloads as services
from tests.factories.downloads import make_download, make_version

pytestmark = [pytest.mark.django_db]
PAGE = "/baixar/"


def publish(client, download, data: bytes, name: str, version: str = "1.0"):
    return client.post(
        reverse("proxies:publish", args=[download.pk]),
        {"file": SimpleUploadedFile(name, data), "version": version, "notes": "Primeira versão"},
    )


@pytest.mark.django_db(transaction=True)
def test_what_staff_publish_is_downloaded_byte_for_byte_with_its_hash(cast, client_of, client):
    download, data = make_download("COLETOR - GS", audience="everyone"), b"Leia-me\n" * 100
    assert publish(client_of(cast.admin), download, data, "leia-me.txt").status_code == 302
    page = client.get(PAGE).content.decode()
    digest = hashlib.sha256(data).hexdigest()
    assert digest in page
    assert "COLETOR - GS" in page
    file = client.get(reverse("proxies:download_file", args=[download.versions.get().pk]))
    assert b"".join(file.streaming_content) == data
    assert file["X-Content-SHA256"] == digest
    assert file["Content-Disposition"].startswith("attachment")
    assert not PendingFile.objects.exists()
    event = AuditEvent.objects.get(action="download.published")
    assert event.data == {"version": "1.0", "sha256": digest}


def test_a_stranger_is_offered_only_what_everybody_may_have(cast, client_of, client):
    make_version(make_download("PARA TODOS", audience="everyone"))
    closed = make_version(make_download("PARA CLIENTES"))
    page = client.get(PAGE).content.decode()
    assert "PARA TODOS" in page
    assert "PARA CLIENTES" not in page
    assert "entre" in page
    assert client.get(reverse("proxies:download_file", args=[closed.pk])).status_code == 404
    assert "PARA CLIENTES" in client_of(cast.ana).get(PAGE).content.decode()


def test_in_a_new_installation_staff_are_led_to_publishing_and_others_read_that_nothing_is_there(
    cast, client_of, client
):
    Download.objects.all().delete()
    page = reverse("proxies:downloads")
    catalogue = reverse("admin:proxies_download_changelist")
    read = client.get(page).content.decode()
    assert "Ainda não há nada para baixar" in read
    assert catalogue not in read
    staff = client_of(cast.admin)
    assert catalogue in staff.get(page).content.decode()
    waits = Download.objects.create(title="Planilha modelo", text="Para importar.")
    assert waits.get_absolute_url() in staff.get(page).content.decode()
    assert waits.title not in client.get(page).content.decode()


def test_what_is_not_offered_any_more_is_not_downloaded_either(cast, client_of):
    version = make_version(make_download("ANTIGO", is_active=False))
    browser = client_of(cast.ana)
    assert "ANTIGO" not in browser.get(PAGE).content.decode()
    assert browser.get(reverse("proxies:download_file", args=[version.pk])).status_code == 404


def test_the_newest_version_is_the_current_one_and_older_ones_can_be_had(cast, client_of):
    download = make_download()
    old, new = make_version(download, "1.0"), make_version(download, "1.1")
    (offer,) = services.offers_for(cast.ana)
    assert (offer.current, offer.older) == (new, [old])
    page = client_of(cast.ana).get(PAGE).content.decode()
    assert reverse("proxies:download_file", args=[old.pk]) in page


def test_a_withdrawn_version_gives_way_to_the_one_before(cast, client_of):
    download = make_download()
    old, new = make_version(download, "1.0"), make_version(download, "1.1")
    staff = client_of(cast.admin)
    address = reverse("proxies:withdraw", args=[new.pk])
    assert "1.1" in staff.get(address).content.decode()
    assert services.offers_for(cast.ana)[0].current == new
    staff.post(address)
    assert services.offers_for(cast.ana)[0].current == old
    assert staff.get(reverse("proxies:download_file", args=[new.pk])).status_code == 404
    new.refresh_from_db()
    assert (new.file_key, new.sha256) == ("", "ab" * 32)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_version_is_published_once_and_the_file_of_the_second_is_removed(cast, client_of):
    download = make_download()
    make_version(download, "1.0")
    answer = publish(client_of(cast.admin), download, b"outro texto", "leia-me.txt")
    assert answer.status_code == 422
    assert "já foi publicada" in answer.content.decode()
    assert DownloadVersion.objects.count() == 1
    assert not PendingFile.objects.exists()


def _zip(name: str, times: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * times)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("coletor.exe", b"MZ\x90\x00" + bytes(200)),
        ("pagina.html", b"<!doctype html><script>alert(1)</script>"),
        ("bomba.zip", _zip("zeros.bin", 30_000_000)),
        ("fora.zip", _zip("../fora.txt", 10)),
        ("vazio.txt", b""),
    ],
)
def test_what_could_harm_a_client_is_not_published(cast, client_of, name, data):
    answer = publish(client_of(cast.admin), make_download(), data, name)
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors
    assert not DownloadVersion.objects.exists()


def test_the_page_costs_the_same_with_many_downloads(
    cast, client_of, django_assert_max_num_queries
):
    browser = client_of(cast.ana)
    for _ in range(2):
        make_version(make_download())
    with django_assert_max_num_queries(60) as few:
        browser.get(PAGE)
    for _ in range(10):
        make_version(make_version(make_download()).download, "2.0")
    with django_assert_max_num_queries(len(few)):
        browser.get(PAGE)
