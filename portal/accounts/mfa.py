"""The second factor: its secrets are sealed to their owner, and what happens to it is told.

allauth calls ``encrypt`` for the TOTP secret and for the seed of the recovery codes, ``decrypt``
wherever it checks or shows a code. Passkeys are public keys and stay readable.
"""

import base64
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import segno
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from portal.accounts.allauth_internals import current_request, person_at_stage
from portal.accounts.models import User
from portal.audit.services import record
from portal.outbox.services import enqueue_mail
from portal.provider.services import current_provider
from portal.vault.services import VaultError, kid_of, open_sealed, seal

LABEL, TENANT, FIELD = "mfa.secret", "portal", "data"
FIELDS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
SVG_BORDER = 4  # quiet zone, in modules (ISO/IEC 18004)
logger = logging.getLogger(__name__)
_owner: ContextVar[int | None] = ContextVar("mfa_owner", default=None)


@contextmanager
def owned_by(user: User) -> Iterator[None]:
    """Seal and open for ``user`` where there is no request (commands, tests)."""
    token = _owner.set(user.pk)
    try:
        yield
    finally:
        _owner.reset(token)


def _owner_pk() -> int:
    """Whose secret is at hand: who is signed in, or who is at the second step of signing in."""
    if (known := _owner.get()) is not None:
        return known
    request = current_request()
    if request is not None and request.user.is_authenticated:
        return int(request.user.pk)
    person = person_at_stage(request)
    if person is None:
        raise VaultError("Nobody is there to whom this secret could belong.")
    return int(person.pk)


def _row(pk: int) -> str:
    return f"user:{pk}"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's two-step verification under the provider's name and our vault."""

    @sensitive_variables("text")
    def encrypt(self, text: str) -> str:
        sealed = seal(text.encode(), label=LABEL, tenant=TENANT, row=_row(_owner_pk()), field=FIELD)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; ValidationError (shown in the form) when it belongs elsewhere or its key is gone."""
        try:
            sealed = base64.b64decode(encrypted_text, validate=True)
            row = _row(_owner_pk())
            return open_sealed(sealed, label=LABEL, tenant=TENANT, row=row, field=FIELD).decode()
        except (VaultError, ValueError):
            logger.exception("A two-step verification secret could not be opened.")
            raise ValidationError(
                _("The code cannot be checked right now. Please contact us.")
            ) from None

    def get_totp_label(self, user: User) -> str:
        return user.email or user.masked_cpf or user.name

    def get_totp_issuer(self) -> str:
        return current_provider().short_name

    def build_totp_svg(self, url: str) -> str:
        """The QR code on its own white ground, legible on a dark page too."""
        out = io.BytesIO()
        segno.make(url, error="m").save(
            out, kind="svg", border=SVG_BORDER, light="#fff", scale=5, xmldecl=False
        )
        return out.getvalue().decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        request = current_request()
        host = request.get_host().partition(":")[0] if request else ""
        return {"id": host, "name": current_provider().short_name}

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}


class AuthenticatorSecrets:
    """The sealed secrets inside allauth's JSON, for the vault's rewrap."""

    name = "mfa.authenticator.data"

    def kids(self) -> set[str]:
        return {kid_of(sealed) for _pk, sealed in self._secrets()}

    def not_under(self, kid: str) -> Iterator[tuple[int, bytes]]:
        return (pair for pair in self._secrets() if kid_of(pair[1]) != kid)

    def replace(self, pk: int, old: bytes, new: bytes) -> bool:
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            field = FIELDS[Authenticator.Type(row.type)] if row else ""
            if row is None or row.data.get(field) != base64.b64encode(old).decode():
                return False
            row.data[field] = base64.b64encode(new).decode()
            row.save(update_fields=["data"])
        return True

    def _secrets(self) -> Iterator[tuple[int, bytes]]:
        rows = Authenticator.objects.filter(type__in=FIELDS).order_by("pk")
        for row in rows.iterator(chunk_size=500):
            yield row.pk, base64.b64decode(row.data[FIELDS[Authenticator.Type(row.type)]])


def requires_setup(user: User) -> bool:
    """Whether this person must set a second factor up before anything else."""
    factors = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(
        settings.STAFF_MFA_REQUIRED
        and user.is_staff
        and not Authenticator.objects.filter(user_id=user.pk, type__in=factors).exists()
    )


def reset(user: User, *, by: User | None, request: HttpRequest | None = None) -> int:
    """Take every factor away from a person who lost them all; how many there were."""
    with transaction.atomic():
        deleted: tuple[int, dict[str, int]] = Authenticator.objects.filter(user=user).delete()
        if deleted[0]:
            _tell(user, "reset", _("was switched off by the provider's staff"), by, request)
    return deleted[0]


def _tell(user: User, action: str, what: Any, by: Any, request: HttpRequest | None) -> None:
    event = record(f"mfa.{action}", target=user, actor=by, request=request)
    if user.email:
        enqueue_mail(
            to=user.email, template="security_changed", key=f"mfa:{event.pk}",
            about=[user.pk],
            context={"name": user.first_name, "what": what, "at": timezone.now()},
        )  # fmt: skip


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    what = {
        Authenticator.Type.TOTP: _("an authenticator app was activated"),
        Authenticator.Type.WEBAUTHN: _("a passkey was added"),
    }.get(authenticator.type)
    if what:
        _tell(user, f"{authenticator.type}_added", what, user, request)


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    what = {
        Authenticator.Type.TOTP: _("the authenticator app was deactivated"),
        Authenticator.Type.WEBAUTHN: _("a passkey was removed"),
    }.get(authenticator.type)
    if what:
        _tell(user, f"{authenticator.type}_removed", what, user, request)


def _codes_made(request: HttpRequest, user: User, **_rest: Any) -> None:
    _tell(user, "codes_made", _("new recovery codes were made"), user, request)


def _used(request: HttpRequest, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _tell(user, "code_used", _("a recovery code was used"), user, request)


def _failed(request: HttpRequest, user: User, **_rest: Any) -> None:
    record("mfa.failed", target=user, request=request)


def connect() -> None:
    """Called once, when the apps are ready."""
    signals.authenticator_added.connect(_added, dispatch_uid="portal.mfa.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="portal.mfa.removed")
    signals.authenticator_reset.connect(_codes_made, dispatch_uid="portal.mfa.codes")
    signals.authenticator_used.connect(_used, dispatch_uid="portal.mfa.used")
    signals.authentication_failed.connect(_failed, dispatch_uid="portal.mfa.failed")
