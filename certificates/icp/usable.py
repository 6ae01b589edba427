"""Checks, by what a certificate says, whether a person or company can use it now."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.icp.record import CertificateRecord, Kind

_POLICIES = "2.16.76.1.2."


def is_icp_brasil(record: CertificateRecord) -> bool:
    """Whether it claims a policy of ICP-Brasil and names a CPF or CNPJ as ICP-Brasil does.

    Only a claim: who may make it is for ``certificates.trust`` to judge.
    """
    return record.policy_oid.startswith(_POLICIES) and bool(record.tax_id)


def check_usable(record: CertificateRecord, at: datetime) -> None:
    """Raises ValidationError for a certificate that no person or company can use ``at``.

    The code is the first of ``server_certificate``, ``not_icp``, ``expired``, ``not_yet_valid``.
    """
    if record.kind == Kind.SERVER:
        raise ValidationError(
            _("This is the certificate of a server or equipment, not of a person or company."),
            code="server_certificate",
        )
    if record.tax_id and not is_icp_brasil(record):
        raise ValidationError(
            _("This certificate has no policy of ICP-Brasil, although it names a CPF or CNPJ: its authority is not of ICP-Brasil."),
            code="not_icp",
        )  # fmt: skip
    if not is_icp_brasil(record):
        raise ValidationError(
            _("This certificate is not of ICP-Brasil: it names no CPF or CNPJ by its rules."),
            code="not_icp",
        )
    check_validity(record.not_before, record.not_after, at)


def check_validity(not_before: datetime, not_after: datetime, at: datetime) -> None:
    """Raises ValidationError, code ``expired`` or ``not_yet_valid``, with the day it tells."""
    if not_after <= at:
        raise ValidationError(
            _("This certificate expired on %(day)s.")
            % {"day": f"{timezone.localtime(not_after):%d/%m/%Y}"},
            code="expired",
        )
    if not_before > at:
        raise ValidationError(
            _("This certificate is only valid from %(day)s.")
            % {"day": f"{timezone.localtime(not_before):%d/%m/%Y}"},
            code="not_yet_valid",
        )
