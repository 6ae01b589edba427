"""Files leave by one door: the right headers, whole, and in constant memory."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.http import Http404
from django.test import RequestFactory

from portal.files import serving
from portal.files.services import serve, store

pytestmark = [pytest.mark.both, pytest.mark.django_db]
REQUEST = RequestFactory().get("/")
BYTES = b"%PDF-1.7 " + bytes(300_000)


@pytest.fixture
def stored():
    return store(BYTES, prefix="t", name="a.pdf")


def out(stored, **options):
    options = {
        "name": "Fatura – Água.pdf",
        "content_type": "application/pdf",
        "inline": True,
        **options,
    }
    return serve(REQUEST, stored.key, **options)


def test_a_pdf_is_shown_under_its_name_and_kept_nowhere(stored):
    response = out(stored, size=stored.size, sha256=stored.sha256)
    assert b"".join(response.streaming_content) == BYTES
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(BYTES))
    assert (
        response["Content-Disposition"]
        == "inline; filename*=utf-8''Fatura%20%E2%80%93%20%C3%81gua.pdf"
    )
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Content-SHA256"] == stored.sha256
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]


def test_it_goes_out_in_pieces(stored):
    pieces = [len(piece) for piece in out(stored).streaming_content]
    assert max(pieces) == 64 * 1024


def test_a_download_is_an_attachment(stored):
    assert (
        out(stored, inline=False, name='a"b.pdf')["Content-Disposition"]
        == 'attachment; filename="a\\"b.pdf"'
    )


@pytest.mark.parametrize(
    "content_type", ["text/html", "image/svg+xml", "application/xml", "text/csv"]
)
def test_what_a_browser_could_run_is_never_shown_inline(stored, content_type):
    response = out(stored, content_type=content_type)
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_name_cannot_bring_a_header(stored):
    response = out(stored, name="a\r\nSet-Cookie: x=1.pdf")
    assert "\n" not in response["Content-Disposition"]


def test_asking_for_the_head_sends_no_body(stored):
    response: Any = serve(
        RequestFactory().head("/"),
        stored.key,
        name="a",
        content_type="application/pdf",
        inline=True,
    )
    assert response["Content-Length"] == str(len(BYTES))
    assert response.content == b""


def test_a_file_that_the_store_lost_is_not_found_and_logged(stored, caplog):
    with pytest.raises(Http404):
        serve(REQUEST, "t/aa/none.pdf", name="a", content_type="application/pdf", inline=True)
    assert "t/aa/none.pdf" in caplog.text


def test_behind_nginx_the_file_is_nginxs_to_send(stored, settings):
    settings.PRIVATE_ACCEL_PREFIX = "/_private/"
    response = out(stored)
    assert response["X-Accel-Redirect"] == f"/_private/{stored.key}"
    assert response.content == b""
    assert response["Content-Type"] == "application/pdf"


def test_a_store_with_signed_addresses_sends_it_itself(stored, monkeypatch):
    asked: dict[str, str] = {}

    class Signed(InMemoryStorage):
        querystring_auth = True

        def url(self, name, parameters=None):
            asked.update(parameters, name=name)
            return f"https://store.test/{name}?signed"

    monkeypatch.setattr(serving, "default_storage", Signed())
    response = out(stored)
    assert (response.status_code, response["Location"]) == (
        302,
        f"https://store.test/{stored.key}?signed",
    )
    assert response["Cache-Control"] == "private, no-store"
    assert asked["name"] == stored.key
    assert asked["ResponseContentDisposition"].startswith("inline; filename*=")
    assert asked["ResponseContentType"] == "application/pdf"


@pytest.mark.parametrize(("inline", "status"), [(True, 200), (False, 302)])
def test_a_picture_in_a_page_comes_from_here_whatever_the_store(
    stored, monkeypatch, inline, status
):
    class Signed(InMemoryStorage):
        querystring_auth = True

        def url(self, name, parameters=None):
            return f"https://store.test/{name}?signed"

    store = Signed()
    store.save(stored.key, ContentFile(BYTES))
    monkeypatch.setattr(serving, "default_storage", store)
    response = out(stored, content_type="image/png", inline=inline)
    assert response.status_code == status
    if inline:
        assert b"".join(response.streaming_content) == BYTES
        assert response["Content-Type"] == "image/png"
