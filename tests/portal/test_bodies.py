"""Strangers send bodies only where they may, and never more than the page can use."""

import io
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.bodies import FORM_BYTES, BodyMiddleware
from portal.files import uploads
from tests.factories import Cast
from tests.portal.entrance import sign_in, signed_in

pytestmark = pytest.mark.both(of="portal.bodies")


class Unread(io.BytesIO):
    """A body that nobody may touch."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(path: str, length: int = 10, **extra: Any) -> Any:
    """A POST whose body is still on its way."""
    values: Any = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length), **extra}
    return Client().generic("POST", path, **values)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/painel/", "/equipe/lotes/novo/", "/admin/accounts/user/add/"])
def test_a_stranger_is_sent_to_the_login_before_the_body_is_read(path: str) -> None:
    more: list[Any] = [{}, {"HTTP_COOKIE": "sessao=made-up"}, {"HTTP_TRANSFER_ENCODING": "chunked"}]
    for extra in more:
        answer = send(path, 4 * 1024**3, **extra)
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("account_login"))


@pytest.mark.django_db
def test_nothing_is_read_for_an_address_that_does_not_exist() -> None:
    assert send("/nada/").status_code == 404


@pytest.mark.django_db
def test_a_public_form_takes_no_more_than_a_form_needs() -> None:
    assert send(reverse("account_login"), FORM_BYTES + 1).status_code == 413
    assert send(reverse("account_login"), HTTP_TRANSFER_ENCODING="chunked").status_code == 411


def test_a_public_page_that_takes_files_says_how_large(cast: Cast, settings: LazySettings) -> None:
    path = reverse("invoices:verify")
    assert send(path, settings.UPLOAD_MAX_BYTES + 10 * 1024**2).status_code == 413
    for size in (10, 2 * 1024**2):  # in memory, and on disk
        file = SimpleUploadedFile("x.pdf", b"%PDF-1.7\n" + b"x" * size, "application/pdf")
        assert Client().post(path, {"file": file}).status_code == 200


def test_a_form_that_came_in_full_is_read_by_its_view(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get(reverse("account_login"))
    token = browser.cookies["csrf"].value
    sign_in(browser, cast.ana.cpf or "", csrfmiddlewaretoken=token)
    assert signed_in(browser)


class Answers:
    """What stands behind the middleware."""

    status_code = 200


@pytest.mark.django_db
def test_a_few_slow_bodies_are_read_at_once_and_the_next_is_told_to_come_again(
    settings: LazySettings,
) -> None:
    settings.WEB_THREADS = 4
    guard: Any = BodyMiddleware(lambda request: Answers())  # type: ignore[arg-type, return-value]
    begun = threading.Semaphore(0)
    go_on = threading.Event()

    class Slow(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            begun.release()
            go_on.wait()
            return super().read(*size)

    def ask(body: io.BytesIO) -> int:
        values: Any = {"wsgi.input": body, "CONTENT_LENGTH": "4"}
        request = RequestFactory().generic("POST", reverse("account_login"), **values)
        request.user = request.session = Nobody()  # type: ignore[assignment]
        return int(guard(request).status_code)

    found: list[int] = []
    slow = [
        threading.Thread(target=lambda: found.append(ask(Slow(b"body")))) for _thread in range(2)
    ]
    for thread in slow:
        thread.start()
    for _thread in slow:
        assert begun.acquire(timeout=60)
    assert ask(io.BytesIO(b"body")) == 503
    go_on.set()
    for thread in slow:
        thread.join()
    assert found == [200, 200]
    assert ask(io.BytesIO(b"body")) == 200
    assert ask(io.BytesIO(b"bo")) == 400, "it did not come in full"


class Nobody:
    is_authenticated = False


def test_what_a_refused_client_still_sends_is_not_waited_for(cast: Cast) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line: Any = {"gunicorn.socket": ours}
        send("/painel/", 4 * 1024**3, **line)
        ours.settimeout(60)
        assert ours.recv(1) == b""
        ours.sendall(b"302")
        assert theirs.recv(3) == b"302", "the answer still gets out"


def test_abandoned_uploads_go_and_those_that_grow_stay(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.UPLOADS_ROOT = tmp_path / "uploads"
    assert uploads.upload_folder().stat().st_mode & 0o777 == 0o700
    (uploads.upload_folder() / "a").write_text("x")
    written = (uploads.upload_folder() / "a").stat().st_mtime
    age = uploads.ABANDONED_AFTER.total_seconds()
    assert uploads.sweep_uploads(now=written + age - 1) == 0
    assert uploads.sweep_uploads(now=written + age + 1) == 1
    assert list(uploads.upload_folder().iterdir()) == []
