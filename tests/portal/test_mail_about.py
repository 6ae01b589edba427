"""Whom a mail is about is said where it is written, so that "my data" and an erasure find it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from portal.accounts.models import ErasureRequest
from portal.accounts.services import erasure
from portal.accounts.services.passwords import issue_provisional_password
from portal.outbox import people
from portal.outbox.models import Entry
from tests.factories import Cast, make_user

ROOT = Path(settings.BASE_DIR)


def mails_without_about() -> Iterator[str]:
    for app in {app.name.partition(".")[0] for app in apps.get_app_configs()}:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if called == "enqueue_mail" and "about" not in {k.arg for k in node.keywords}:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_mail_says_whom_it_is_about() -> None:
    assert list(mails_without_about()) == []


@pytest.mark.django_db
def test_erasure_takes_back_the_mail_to_an_address_that_was_only_typed(cast: Cast) -> None:
    person, now = make_user("Rita Reis", typed=True, email="rita@exemplo.com.br"), timezone.now()
    issue_provisional_password(person, by=cast.admin, at=now)
    mail = people.about(person.pk).get(key__startswith="provisional:")
    asked = ErasureRequest.objects.create(user=person, reason="Saí da empresa")
    erasure.carry_out(asked, by=cast.admin, at=now)
    mail.refresh_from_db()
    assert (mail.status, mail.sealed, mail.recipient) == (Entry.Status.CANCELLED, None, "")
