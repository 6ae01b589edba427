"""The life of an access: registered, changed, given a new value, said to be expired, refused,
revoked, destroyed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from certificates.icp import CertificateRecord
from portal.accounts.models import Company, User
from portal.audit.services import record
from portal.transitions import IllegalTransition, advance
from proxies.models import Agency, HeldCertificate, Kind, OfficeClient, Proxy, SecretValue, State
from proxies.models.checks import CheckState
from proxies.services.certificates import check_holder
from proxies.services.sent import remember_refusal, take_back_refusal
from proxies.services.showing import certificate_of, values_in_use
from proxies.services.values import destroy_values, set_value

TWICE = timedelta(minutes=1)  # within which the same access is the same form, sent twice


class NameTaken(ValidationError):
    """Another access of the office has this name."""

    def __init__(self) -> None:
        super().__init__({"name": _("The office already has an access of this name.")})


class Stale(ValidationError):
    """Somebody else changed the access after the form was shown."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else changed this access while your form was open."))


@dataclass(frozen=True, kw_only=True)
class ProxyData:
    """What an access is, without its secrets."""

    agency: Agency
    kind: str
    name: str
    holder: str
    holder_name: str = ""
    notes: str = ""
    clients: Collection[OfficeClient] = ()


@dataclass(frozen=True, kw_only=True)
class NewValues:
    """Values to be sealed: field -> text or, of a certificate, its key (PKCS#8). A field that is
    not there stays as it is.

    ``certificate`` belongs to the field ``key``; ``chain``: those that came with it, PEM.
    ``lasts_to``: the last day that the person knows of, in place of the agency's rule.
    ``removed``: fields that the access has no more. ``typed_by``: who knows the values, where
    somebody else has them sealed.
    """

    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    certificate: CertificateRecord | None = None
    chain: str = ""
    lasts_to: date | None = None
    removed: Collection[str] = ()
    typed_by: User | None = None


@sensitive_variables("values")
def register(
    office: Company, data: ProxyData, values: NewValues, *, by: User | None, at: datetime,
    request: HttpRequest | None = None,
) -> Proxy:  # fmt: skip
    """A new access with its first values. Raises NameTaken, and VaultError without a keyring."""
    today = timezone.localdate(at)
    proxy = Proxy(office=office, created_by=by, value_set_on=today, ends_on=today)
    _fill(proxy, data)
    try:
        with transaction.atomic():
            proxy.save(force_insert=True)
            proxy.clients.set(data.clients)
            _note(proxy, "created", by=by, at=at, request=request)
            _seal_all(proxy, values, by=by, at=at, request=request)
    except IntegrityError as error:
        raise _taken(error, proxy) from error
    return proxy


@sensitive_variables("values")
def change(
    proxy: Proxy, data: ProxyData, values: NewValues, *, by: User, at: datetime,
    request: HttpRequest | None = None, seen: int | None = None,
) -> None:  # fmt: skip
    """Other data, and the values that were typed anew. Data alone never move the end.

    ``seen``: the access's ``changes`` when the form was shown; None for what is no form. Raises
    Stale, NameTaken; ValidationError when the access was destroyed meanwhile, and for a holder
    that the certificate in use is not of.
    """
    try:
        with transaction.atomic():
            proxy = _locked(proxy)
            if seen is not None and seen != proxy.changes:
                raise Stale
            _check_certificate(proxy, data, values)
            changed = _changed_fields(proxy, data)
            _fill(proxy, data)
            proxy.changes += 1
            proxy.save()
            proxy.clients.set(data.clients)
            if changed:
                _note(proxy, "changed", by=by, at=at, request=request, data={"fields": changed})
            for name in values.removed:
                _remove(proxy, name, by=by, at=at, request=request)
            if values.secrets:
                _seal_all(proxy, values, by=by, at=at, request=request)
    except IntegrityError as error:
        raise _taken(error, proxy) from error


@transaction.atomic
def expire(
    proxy: Proxy, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """A person or a check says that the value in use does not open any more: only a new one
    changes that. Raises IllegalTransition for one that is not in use."""
    proxy = _locked(proxy)
    if proxy.status != Proxy.Status.ACTIVE:
        raise _not_possible()
    if proxy.expired_at is None:
        proxy.expired_at = at
        proxy.save(update_fields=["expired_at"])
        _note(proxy, "expired", by=by, at=at, request=request)


@transaction.atomic
def confirm(proxy: Proxy, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """A person looked at an access whose end nobody knows, and it still opens: it is to be looked
    at again as long after today as it was after its value."""
    proxy, today = _locked(proxy), timezone.localdate(at)
    if proxy.end_is_known or proxy.state(today) != State.EXPIRING:
        raise _not_possible()
    proxy.ends_on = proxy.agency.look_at_on(today)
    proxy.save(update_fields=["ends_on"])
    _note(proxy, "confirmed", by=by, at=at, request=request)


@transaction.atomic
def refuse(
    proxy: Proxy, why: str, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """The agency refused the value in use: the access pauses until there is a new one."""
    if by is not None:
        remember_refusal(proxy, at=at)
    advance(
        proxy, to=Proxy.Status.REFUSED, status_note=why, by=by, at=at, note=why, request=request
    )


@transaction.atomic
def release(proxy: Proxy, why: str, *, by: User, at: datetime, request: HttpRequest) -> None:
    """A person says that the value was right all the same: it is used again."""
    take_back_refusal(proxy)
    advance(
        proxy, to=Proxy.Status.ACTIVE, only_if={"status": Proxy.Status.REFUSED}, status_note="",
        by=by, at=at, note=why, request=request,
    )  # fmt: skip


@transaction.atomic
def revoke(proxy: Proxy, why: str, *, by: User, at: datetime, request: HttpRequest) -> None:
    """It is not used any more. Its values stay, sealed, until it is destroyed."""
    advance(
        proxy, to=Proxy.Status.REVOKED, status_note=why, by=by, at=at, note=why, request=request
    )


@transaction.atomic
def reactivate(proxy: Proxy, *, by: User, at: datetime, request: HttpRequest) -> None:
    advance(
        proxy, to=Proxy.Status.ACTIVE, only_if={"status": Proxy.Status.REVOKED}, status_note="",
        by=by, at=at, request=request,
    )  # fmt: skip


@transaction.atomic
def destroy(
    proxy: Proxy, why: str, *, by: User | None, at: datetime, request: HttpRequest | None = None
) -> None:
    """Remove every value for good, former ones too. The access stays as a tombstone: what it was,
    whose, who saw it, and when and why it was destroyed."""
    advance(
        proxy, to=Proxy.Status.DESTROYED, status_note=why, by=by, at=at, note=why, request=request
    )
    destroy_values(proxy, at=at)


def _locked(proxy: Proxy) -> Proxy:
    """The row, for one at a time. ValidationError when it was destroyed.

    What its checks know is locked with it: whoever locks both does so in this order, and writes
    into the audit after that.
    """
    found = Proxy.objects.select_for_update(of=("self",), no_key=True)
    locked = found.select_related("office", "agency").get(pk=proxy.pk)
    CheckState.objects.select_for_update().filter(proxy=proxy).first()
    if locked.status == Proxy.Status.DESTROYED:
        raise ValidationError(_("This access was destroyed. Register a new one."))
    return locked


def _not_possible() -> IllegalTransition:
    return IllegalTransition(_("This is not possible in the access's present state."))


def twin_of(office: Company, data: ProxyData, *, by: User, at: datetime) -> Proxy | None:
    """The access that the same person registered a moment ago with these data: a form sent twice."""
    found = Proxy.objects.filter(
        office=office, agency=data.agency, kind=data.kind, name=data.name, holder=data.holder,
        created_by=by, created_at__gt=at - TWICE,
    )  # fmt: skip
    return found.exclude(status=Proxy.Status.DESTROYED).first()


def _check_certificate(proxy: Proxy, data: ProxyData, values: NewValues) -> None:
    """The holder is the one of the certificate in use, unless a new one comes."""
    if proxy.kind != Kind.CERTIFICATE or SecretValue.Field.KEY in values.secrets:
        return
    held = certificate_of(values_in_use(proxy))
    if held:
        try:
            check_holder(held.tax_id, data.holder)
        except ValidationError as error:
            raise ValidationError({"holder": error}) from error


def _fill(proxy: Proxy, data: ProxyData) -> None:
    for name in ("agency", "kind", "name", "holder", "holder_name", "notes"):
        setattr(proxy, name, getattr(data, name))


def _changed_fields(proxy: Proxy, data: ProxyData) -> list[str]:
    names = ("agency", "kind", "name", "holder", "holder_name", "notes")
    changed = [name for name in names if getattr(proxy, name) != getattr(data, name)]
    if {client.pk for client in data.clients} != set(proxy.clients.values_list("pk", flat=True)):
        changed.append("clients")
    return changed


@sensitive_variables("values", "plaintext")
def _seal_all(
    proxy: Proxy, values: NewValues, *, by: User | None, at: datetime, request: HttpRequest | None
) -> None:
    knows = values.typed_by or by
    for name, plaintext in values.secrets.items():
        value = set_value(proxy, name, plaintext, by=knows, at=at, request=request)
        proxy.events.create(kind="value", user=knows, at=at, note=name)
        if name == SecretValue.Field.KEY and values.certificate:
            _keep_certificate(value, values.certificate, values.chain)
    if values.secrets.keys() & {SecretValue.Field.LOGIN, proxy.main_field}:
        CheckState.objects.filter(proxy=proxy).update(
            next_run=at, values="", unclear=0, is_refused=False, is_said=False
        )
    if proxy.main_field in values.secrets:
        _restart_clock(proxy, values, at=at)
    if values.secrets.keys() & {SecretValue.Field.LOGIN, proxy.main_field}:
        _release_refused(proxy, by=by, at=at, request=request)


def _remove(
    proxy: Proxy, name: str, *, by: User | None, at: datetime, request: HttpRequest | None
) -> None:
    """Destroy the values of one field, former ones too."""
    if destroy_values(proxy, at=at, field=name):
        _note(proxy, "removed", by=by, at=at, request=request, data={"field": name}, note=name)


def _keep_certificate(value: SecretValue, said: CertificateRecord, chain: str) -> None:
    HeldCertificate.objects.create(
        value=value, kind=said.kind, name=said.name[:200], tax_id=said.tax_id,
        issuer=said.issuer[:200], serial=said.serial, sha256=said.sha256,
        not_before=said.not_before, not_after=said.not_after, der=said.der, chain=chain,
    )  # fmt: skip


def _restart_clock(proxy: Proxy, values: NewValues, *, at: datetime) -> None:
    """A new value: from today on its own end counts."""
    today = timezone.localdate(at)
    known = values.lasts_to or proxy.agency.last_day(proxy.kind, today)
    if proxy.kind == Kind.CERTIFICATE and values.certificate:
        known = timezone.localdate(values.certificate.not_after)
    proxy.value_set_on, proxy.expired_at = today, None
    proxy.end_is_known, proxy.ends_on = known is not None, known or proxy.agency.look_at_on(today)
    proxy.save(update_fields=["value_set_on", "expired_at", "end_is_known", "ends_on"])


def _release_refused(
    proxy: Proxy, *, by: User | None, at: datetime, request: HttpRequest | None
) -> None:
    """What the agency refused is not what stands there now."""
    if proxy.status == Proxy.Status.REFUSED:
        advance(
            proxy, to=Proxy.Status.ACTIVE, only_if={"status": Proxy.Status.REFUSED},
            status_note="", by=by, at=at, request=request,
        )  # fmt: skip


def _note(
    proxy: Proxy, kind: str, *, by: User | None, at: datetime, request: HttpRequest | None,
    data: Mapping[str, Any] | None = None, note: str = "",
) -> None:  # fmt: skip
    proxy.events.create(kind=kind, user=by, at=at, note=note)
    record(
        f"proxy.{kind}", target=proxy, company=proxy.office_id, actor=by, request=request, at=at,
        data=data,
    )  # fmt: skip


def _taken(error: IntegrityError, proxy: Proxy) -> Exception:
    """NameTaken where that is what the constraint refused; else the error itself."""
    others = Proxy.objects.filter(office=proxy.office, name=proxy.name).exclude(pk=proxy.pk)
    return NameTaken() if others.exclude(status=Proxy.Status.DESTROYED).exists() else error
