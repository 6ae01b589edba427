"""No machine word reaches a page: what is recorded, queued and permitted has a name for people."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import translation

from invoices.models import DocumentEvent
from portal import desks
from portal.accounts.admin.audited import AuditedAdmin
from portal.accounts.admin.groups import permission_label
from portal.accounts.models import AccessLink
from portal.audit.services import record
from portal.outbox.models import Entry
from portal.outbox.registry import jobs
from portal.ui.admin import ReadOnlyInline
from tests.factories import make_document

pytestmark = pytest.mark.both

ROOT = Path(__file__).parents[2]
# Action that is put together where it is recorded -> what its blanks may hold.
BLANKS: dict[str, list[str]] = {
    "account.{}_redeemed": [AccessLink.Kind.INVITATION, AccessLink.Kind.RECOVERY],
    "document.{}": [DocumentEvent.Kind.HELD, DocumentEvent.Kind.FREED],
    "mfa.{}": [
        "totp_added", "totp_removed", "webauthn_added", "webauthn_removed", "codes_made",
        "code_used", "reset",
    ],
    "office_client.{}": ["created", "changed", "ended", "served"],
    "proxy.{}": ["created", "changed", "expired"],
}  # fmt: skip
# Where an action is handed on by name, and whose actions are asked for below or by their callers.
HANDED_ON = {
    "portal/accounts/admin/audited.py", "portal/audit/services.py", "portal/transitions.py",
}  # fmt: skip


def modules() -> Iterator[Path]:
    for app in ("portal", "certificates", "invoices", "orders", "tickets", "proxies"):
        yield from (ROOT / app).rglob("*.py")


def recorded(path: Path) -> Iterator[str]:
    """The actions that a module records; one with blanks as ``mfa.{}``."""
    tree = ast.parse(path.read_text())
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"record", "NewEvent"}:
                yield from texts(node.args[0], constants)


def texts(node: ast.expr, constants: dict[str, ast.expr]) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=first, orelse=other):
            yield from texts(first, constants)
            yield from texts(other, constants)
        case ast.Name(id=name) if name in constants:
            yield from texts(constants[name], constants)
        case ast.JoinedStr(values=parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case _:
            yield ast.unparse(node)


def test_every_action_that_is_recorded_has_a_label() -> None:
    words, actions = desks.merged("audit_words"), set()
    for path in modules():
        if str(path.relative_to(ROOT)) not in HANDED_ON:
            actions |= set(recorded(path))
    for blank in {action for action in actions if "{" in action}:
        assert blank in BLANKS, f"say in BLANKS what {blank} may be"
        actions = actions - {blank} | {blank.format(value) for value in BLANKS[blank]}
    assert actions - words.keys() == set()
    assert len(actions) > 50


def test_every_step_of_an_object_has_a_label() -> None:
    words = desks.merged("audit_words").keys()
    steps = {
        action
        for model in apps.get_models()
        for action in getattr(model, "AUDIT_ACTIONS", {}).values()
    }
    assert len(steps) > 5
    assert steps - words == set()


def test_every_change_in_the_administration_has_a_label() -> None:
    words = desks.merged("audit_words")
    pages: dict[Any, Any] = dict(admin.site._registry)
    for model, page in pages.items():
        if isinstance(page, AuditedAdmin):
            edited = (one.model for one in page.inlines if not issubclass(one, ReadOnlyInline))
            for shown in (model, *edited):
                for what in ("created", "changed", "deleted"):
                    assert f"{shown._meta.model_name}.{what}" in words


def test_every_job_has_a_label_and_every_label_a_job() -> None:
    assert desks.merged("job_words").keys() == jobs.keys()


def test_labels_are_in_the_readers_language() -> None:
    for part in ("audit_words", "job_words"):
        for name, label in desks.merged(part).items():
            with translation.override("en"):
                english = str(label)
            with translation.override("pt-br"):
                assert str(label) != english or re.search(r"e-mail", english), name


def test_the_audit_shows_and_finds_what_people_call_things(cast, client_of):
    document = make_document(cast.unit_a1)
    record("document.published", target=document, company=cast.company_a.pk)
    record("account.login", target=cast.ana)
    browser = client_of(cast.admin)
    address = reverse("admin:audit_auditevent_changelist")
    page = browser.get(address).content.decode()
    for text in ("Publicou um documento", f"Documento {document.pk}", "O portal"):
        assert text in page
    for word in (">document.published<", ">invoices.document:", ">account.login<", ">portal<"):
        assert word not in page
    for asked in (f"documento {document.pk}", f"invoices.document:{document.pk}"):
        [found] = browser.get(address, {"q": asked}).context["cl"].result_list
        assert found.action == "document.published"


def test_my_data_and_the_outbox_show_labels(cast, client_of):
    record("account.login", target=cast.ana, actor=cast.ana)
    page = client_of(cast.ana).get(reverse("accounts:my_data")).content.decode()
    assert "account.login" not in page
    assert "accounts.user:" not in page
    Entry.objects.create(kind="job", key="x", name="invoices.check_batch")
    page = client_of(cast.admin).get(reverse("outbox:list")).content.decode()
    assert "Conferir um lote" in page
    assert "invoices.check_batch" not in page


@pytest.mark.django_db
def test_permissions_are_in_the_readers_language() -> None:
    offered = Permission.objects.filter(
        content_type__app_label__in=[d.name for d in desks.registered()]
    )
    with translation.override("pt-br"):
        for permission in offered.select_related("content_type"):
            assert not permission_label(permission).startswith("Can "), permission.codename


def test_a_group_is_offered_permissions_that_exist_and_keeps_them(cast, client_of):
    group = Group.objects.get(name="Faturamento")
    address = reverse("admin:auth_group_change", args=[group.pk])
    page = client_of(cast.admin).get(address).content.decode()
    assert "Pode publicar e retirar documentos" in page
    assert "Can add" not in page
    assert "captcha" not in page.lower()
    chosen = group.permissions.values_list("pk", flat=True)
    offered = page.count("<option")
    assert page.count(" selected") == len(chosen) < offered < Permission.objects.count()
