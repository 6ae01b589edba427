"""What ``test_full_disk`` does in a process whose state folder is a small disk of its own."""

import os
import sys
from pathlib import Path
from typing import Any

import django
import pytest

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from invoices.models import Document, DocumentEvent  # noqa: E402
from portal.audit.models import AuditEvent  # noqa: E402
from portal.files import services as files  # noqa: E402
from portal.files.models import PendingFile  # noqa: E402
from portal.full_disk import is_full_disk  # noqa: E402
from portal.vault.keyring import keyring  # noqa: E402
from tests.factories import make_cast, make_document  # noqa: E402

settings.ALLOWED_HOSTS = ["testserver"]
VAR = Path(settings.VAR_DIR)
FILLING = VAR / "filling"


def fill() -> None:
    """Leave no byte."""
    with FILLING.open("ab", buffering=0) as file:
        for size in (2**16, 2**10, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


def stored() -> set[str]:
    root = Path(settings.PRIVATE_MEDIA_ROOT)
    return {str(path) for path in root.rglob("*") if path.is_file()}


def browser_of(user: Any) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    browser.get(reverse("ui:dashboard"))  # notes the session's activity, once a minute
    return browser


def main() -> None:
    cast = make_cast()
    document = make_document(cast.unit_a1)
    ana, admin = browser_of(cast.ana), browser_of(cast.admin)
    keyring()
    before, events = stored(), AuditEvent.objects.count()
    fill()

    for path in (
        reverse("ui:dashboard"), reverse("invoices:list"), document.get_absolute_url(),
        reverse("invoices:open", args=[document.pk]),
    ):  # fmt: skip
        answer: Any = ana.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200, (path, answer.status_code)
        assert body
    assert not DocumentEvent.objects.filter(user=cast.ana).exists(), "there was room after all"

    with pytest.raises(Exception) as stopped:
        files.store(b"%PDF-1.7\n" + b"x" * 2**20, prefix="tests", name="a.pdf")
    assert is_full_disk(stopped.value), repr(stopped.value)
    assert stored() == before
    assert not PendingFile.objects.filter(key__startswith="tests").exists()

    file = SimpleUploadedFile("x.zip", b"PK" + os.urandom(2**21), "application/zip")
    answer = admin.post(reverse("invoices:batch_new"), {"name": "Lote", "file": file})
    assert (answer.status_code, "não tem espaço" in answer.content.decode()) == (507, True)
    assert stored() == before
    assert not list((VAR / "uploads").glob("*"))

    # An act that must be audited is refused, and nothing of it is done.
    answer = admin.post(reverse("invoices:withdraw", args=[document.pk]), {"reason": "Engano"})
    assert answer.status_code == 507
    assert AuditEvent.objects.count() == events
    assert Document.objects.get(pk=document.pk).status == "published"
    assert "disk" in admin.get("/saude/pronto").json()["down"]

    FILLING.unlink()
    assert ana.get(document.get_absolute_url()).status_code == 200
    assert DocumentEvent.objects.filter(user=cast.ana, document=document).exists()
    answer = admin.post(reverse("invoices:withdraw", args=[document.pk]), {"reason": "Engano"})
    assert Document.objects.get(pk=document.pk).status == "withdrawn", answer
    files.store(b"%PDF-1.7\n" + b"x" * 2**10, prefix="tests", name="a.pdf")


if __name__ == "__main__":
    main()
    sys.exit(0)
