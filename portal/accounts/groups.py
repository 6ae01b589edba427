"""The staff groups that a portal starts with, and what they may do.

An operator may change them afterwards: nothing here is given twice. A later release that brings
new permissions adds them to existing groups with ``add_permissions`` in a migration of its own.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as current_apps
from django.db import DEFAULT_DB_ALIAS

_VIEW_PEOPLE = [
    "accounts.view_user",
    "accounts.view_company",
    "accounts.view_unit",
    "accounts.view_grant",
]
_KEEP_COMPANIES = [
    "accounts.add_company", "accounts.change_company", "accounts.add_unit", "accounts.change_unit",
]  # fmt: skip
_KEEP_PEOPLE = [
    "accounts.add_user", "accounts.change_user", "accounts.add_grant", "accounts.change_grant",
    "accounts.view_accessrequest", "accounts.decide_accessrequest",
]  # fmt: skip
_VIEW_DOCUMENTS = [
    "invoices.view_document",
    "invoices.view_documenttype",
    "invoices.view_tombstone",
]
_VIEW_TRUST = ["trust.view_intermediate", "trust.view_revocationlist"]


def _all(app: str, *models: str) -> list[str]:
    return [
        f"{app}.{action}_{model}"
        for model in models
        for action in ("add", "change", "delete", "view")
    ]


BILLING, HELP_DESK, REGISTRATION, ADMINISTRATION = (
    "Faturamento", "Atendimento", "Agente de registro", "Administração",
)  # fmt: skip

GROUPS: dict[str, list[str]] = {
    BILLING: [
        *_VIEW_PEOPLE, *_KEEP_COMPANIES, *_KEEP_PEOPLE, *_VIEW_DOCUMENTS,
        "invoices.publish_document", "invoices.hold_document", "invoices.change_document",
        *_all("invoices", "batch", "batchrow", "invoicedraft", "invoiceitem"),
        "invoices.view_documentevent", "invoices.view_purgerun",
    ],
    HELP_DESK: [
        *_VIEW_PEOPLE, *_KEEP_PEOPLE, *_VIEW_DOCUMENTS, "invoices.view_documentevent",
        "news.view_notice", "news.add_notice", "news.change_notice", *_VIEW_TRUST,
    ],
    REGISTRATION: [*_VIEW_PEOPLE, "certificates.view_knowncertificate"],
    ADMINISTRATION: [
        *_all("accounts", "user", "company", "unit", "grant"),
        "accounts.view_accessrequest", "accounts.decide_accessrequest",
        "accounts.view_erasurerequest", "accounts.decide_erasurerequest",
        "auth.view_group", "auth.add_group", "auth.change_group", "auth.delete_group",
        "audit.view_auditevent", "outbox.view_entry", "outbox.retry_entry",
        *_all("provider", "provider", "contactdesk"), *_all("certificates", "signingcertificate"),
        "certificates.view_knowncertificate", *_all("news", "notice"),
        *_VIEW_TRUST, "trust.add_intermediate", "trust.delete_intermediate",
        "trust.view_revocationanswer", "trust.view_issueraddress",
        *_VIEW_DOCUMENTS, *_all("invoices", "documenttype"),
        "invoices.publish_document", "invoices.hold_document", "invoices.change_document",
        *_all("invoices", "batch", "batchrow", "invoicedraft", "invoiceitem"),
        "invoices.view_documentevent", "invoices.view_purgerun", "invoices.add_purgerun",
    ],
}  # fmt: skip


def make_groups(apps: Any = current_apps, using: str = DEFAULT_DB_ALIAS) -> None:
    """The groups that are missing, with their permissions; those that exist stay as they are."""
    known = set(apps.get_model("auth", "Group").objects.using(using).values_list("name", flat=True))
    for name, permissions in GROUPS.items():
        if name not in known:
            add_permissions(name, permissions, apps=apps, using=using)


def add_permissions(
    name: str,
    permissions: Iterable[str],
    *,
    apps: Any = current_apps,
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Give a group more permissions (``app.codename``), making what does not exist yet.

    Django makes permissions only after the last migration; those made here it finds and keeps.
    """
    group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=name)
    group.permissions.add(*(_permission(text, apps, using) for text in permissions))


def _permission(text: str, apps: Any, using: str) -> Any:
    app, codename = text.split(".")
    model = codename.partition("_")[2]
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label=app, model=model)
    permission, _ = (
        apps.get_model("auth", "Permission").objects.using(using)
        .get_or_create(
            content_type=content_type, codename=codename,
            defaults={"name": _name(app, model, codename)},
        )
    )  # fmt: skip
    return permission


def _name(app: str, model: str, codename: str) -> str:
    """The name that Django would give."""
    meta = current_apps.get_model(app, model)._meta
    return (
        dict(meta.permissions).get(codename)
        or f"Can {codename.partition('_')[0]} {meta.verbose_name_raw}"
    )


def after_migrate(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:  # noqa: ARG001
    """After a flush, which empties what migrations wrote: only where there is no group at all."""
    if not current_apps.get_model("auth", "Group").objects.using(using).exists():
        make_groups(using=using)
