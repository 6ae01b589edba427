"""Pages are sent compressed to whoever takes that; files keep their exact length."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from portal.compression import CompressPages

pytestmark = pytest.mark.django_db


def through(response):
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    return CompressPages(lambda request: response)(request)


def test_a_page_is_compressed_for_a_browser_that_takes_it():
    answer = Client().get("/", headers={"accept-encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "</html>" in gzip.decompress(answer.content).decode()
    assert len(answer.content) < 4_000


def test_a_browser_that_does_not_take_it_gets_the_page_as_it_is():
    answer = Client().get("/")
    assert "Content-Encoding" not in answer.headers
    assert b"</html>" in answer.content


def test_a_file_keeps_its_bytes_and_its_length():
    answer = through(HttpResponse(b"%PDF-" + b" " * 1000, content_type="application/pdf"))
    assert "Content-Encoding" not in answer.headers
    assert len(answer.content) == 1005


def test_what_is_streamed_is_left_alone():
    answer = through(StreamingHttpResponse([b"<p>" * 500], content_type="text/html"))
    assert "Content-Encoding" not in answer.headers
