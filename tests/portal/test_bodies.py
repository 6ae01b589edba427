"""Strangers send bodies only where they may, and never more than the page can use."""

import io
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import LimitedStream
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from portal.accounts.models import User
from portal.bodies import FORM_BYTES, MEGABYTE, BodyMiddleware
from portal.files import uploads
from portal.files.pdf_weight import STRANGER
from tests.factories import Cast
from tests.portal.entrance import sign_in, signed_in
from tests.racing import PATIENCE_SECONDS

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


def test_a_body_of_unknown_length_is_nobody_s(cast: Cast) -> None:
    """The server would read it to its end, after the page."""
    browser = Client()
    browser.force_login(cast.ana)
    values: Any = {"wsgi.input": Unread(), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert browser.generic("POST", "/painel/", **values).status_code == 411


def test_a_public_page_that_takes_files_says_how_large(cast: Cast) -> None:
    path = reverse("invoices:verify")
    assert send(path, STRANGER.size + 1024**2).status_code == 413
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

    def __init__(self, *_read: Any) -> None: ...


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


class Held(io.BytesIO):
    """A body that waits to be let go on."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def read(self, *size: Any) -> bytes:
        self.begun.set()
        self.go_on.wait(PATIENCE_SECONDS)
        return super().read(*size)


def test_slow_bodies_of_signed_in_people_leave_a_thread_and_nobody_has_more_than_half(
    cast: Cast, settings: LazySettings
) -> None:
    settings.WEB_THREADS = 4
    guard: Any = BodyMiddleware(lambda request: Answers(request.read()))  # type: ignore[arg-type, return-value]

    def ask(who: User, body: io.BytesIO) -> int:
        values: Any = {"wsgi.input": body, "CONTENT_LENGTH": "4"}
        request = RequestFactory().generic("POST", "/painel/", **values)
        request.user, request.session = who, SessionStore()
        return int(guard(request).status_code)

    found: list[int] = []
    slow = [(cast.ana, Held(b"body")), (cast.ana, Held(b"body")), (cast.bruno, Held(b"body"))]
    threads = [threading.Thread(target=lambda o=one: found.append(ask(*o))) for one in slow]
    for thread, (_who, body) in zip(threads, slow, strict=True):
        thread.start()
        assert body.begun.wait(PATIENCE_SECONDS)
        if body is slow[1][1]:
            assert ask(cast.ana, io.BytesIO(b"body")) == 503, "half of the threads are theirs"
            assert ask(cast.bruno, io.BytesIO(b"body")) == 200
    assert ask(cast.carla, io.BytesIO(b"body")) == 503, "one thread reads no body"
    for _who, body in slow:
        body.go_on.set()
    for thread in threads:
        thread.join()
    assert found == [200, 200, 200]
    assert ask(cast.ana, io.BytesIO(b"body")) == 200


@pytest.mark.parametrize("size", [9_000, 2 * MEGABYTE])  # read before the page, and by it
def test_a_body_that_stops_short_is_refused_and_half_a_file_is_not_taken(
    cast: Cast, size: int
) -> None:
    seen: list[Any] = []

    def page(request: Any) -> Answers:
        seen.append(request.FILES)
        return Answers()

    data = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("x.zip", b"x" * size)})
    request = RequestFactory().generic("POST", "/painel/", data, MULTIPART_CONTENT)
    stream: Any = LimitedStream(io.BytesIO(data[: size // 2]), len(data))
    request._stream = stream
    request.user, request.session = cast.ana, SessionStore()
    guard: Any = BodyMiddleware(page)  # type: ignore[arg-type]
    if size > MEGABYTE:
        with pytest.raises(BadRequest):
            guard(request)
    else:
        assert guard(request).status_code == 400
    assert seen == []


@pytest.mark.parametrize("length", [4, 2 * MEGABYTE])
def test_a_place_is_free_again_whatever_the_page_did(
    cast: Cast, settings: LazySettings, length: int
) -> None:
    settings.WEB_THREADS = 1

    def fails(request: Any) -> Any:
        raise ZeroDivisionError

    guard = BodyMiddleware(fails)
    for _time in range(2):
        request = RequestFactory().generic("POST", "/painel/", b"x" * length)
        request.user = cast.ana
        with pytest.raises(ZeroDivisionError):
            guard(request)


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
