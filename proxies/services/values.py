"""Values of accesses in the vault: sealed to their place, opened, renewed, destroyed.

Nothing here decides who may see a value, or notes that somebody did: see ``disclosures``.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.audit.services import record, target_of
from portal.vault.services import Tampered, open_sealed, seal
from proxies.models import Proxy, SecretValue

SET = "proxy.value_set"


class ValueReplaced(Tampered):
    """The newest value that the audit knows of is not the newest one that is there."""


@sensitive_variables("plaintext")
def set_value(
    proxy: Proxy, field: str, plaintext: bytes, *, by: User | None, at: datetime,
    request: HttpRequest | None = None,
) -> SecretValue:  # fmt: skip
    """Seal a new value of a field. The caller holds the row of ``proxy`` locked, so that each
    version is given once; the constraint decides all the same."""
    newest = proxy.values.filter(field=field).aggregate(n=Max("version"))["n"] or 0
    value = SecretValue(proxy=proxy, field=field, version=newest + 1, set_by=by, set_at=at)
    value.sealed = seal(plaintext, **value.vault_context())
    value.save(force_insert=True)
    record(
        SET, target=proxy, company=proxy.office_id, actor=by, request=request, at=at,
        data={"field": field, "version": value.version},
    )  # fmt: skip
    return value


def current_values(proxy: Proxy) -> dict[str, SecretValue]:
    """The value in use of each field that has one: field -> its newest version."""
    newest: dict[str, SecretValue] = {}
    for value in proxy.values.order_by("version"):
        newest[value.field] = value
    return {field: value for field, value in newest.items() if value.sealed is not None}


@sensitive_variables("opened")
def open_value(value: SecretValue, *, newest: bool = True) -> bytes:
    """What a value says.

    Raises portal.vault.VaultError: KeyMissing without its key, Tampered for bytes that were
    changed or belong elsewhere, ValueReplaced when ``newest`` and the audit knows a newer one.
    """
    if value.sealed is None:
        raise Tampered("The value was destroyed.")
    opened = open_sealed(value.sealed, **value.vault_context())
    if newest and not _stands(value):
        raise ValueReplaced("An older value stands in the place of the newest.")
    return opened


def is_former(value: SecretValue) -> bool:
    """Whether a newer value of its field is there."""
    newer = SecretValue.objects.filter(proxy=value.proxy_id, field=value.field)
    return newer.filter(version__gt=value.version).exists()


def destroy_values(proxy: Proxy, *, at: datetime, field: str = "") -> int:
    """Remove the sealed bytes of every value, former ones too, or of every one of a field; the
    rows stay. How many."""
    kept = proxy.values.filter(sealed__isnull=False)
    return (kept.filter(field=field) if field else kept).update(sealed=None, destroyed_at=at)


def _stands(value: SecretValue) -> bool:
    """Whether the value is the newest that the audit knows of, or was until somebody set the next
    one while it was opened: then that one's row is there."""
    known = _newest_in_audit(value.proxy, value.field)
    if known > value.version:
        return value.proxy.values.filter(field=value.field, version=known).exists()
    return known == value.version


def _newest_in_audit(proxy: Proxy, field: str) -> int:
    """The last version of a field that the audit chain knows of; 0 without any."""
    events = AuditEvent.objects.filter(target=target_of(proxy), action=SET).order_by("-pk")
    versions: Iterable[int] = (
        event.data["version"] for event in events if event.data.get("field") == field
    )
    return next(iter(versions), 0)
