"""Powers as bare rows, for pages that show many: no certificate, no job, no mail."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from portal.accounts.models import Company, Unit, User
from portal.canonical import canonical
from proxies.powers.models import Power, PowerStep
from tests.factories import a_cpf


def power_row(
    company: Company,
    grantee: User | None = None,
    *,
    status: str = "waiting",
    units: list[Unit] | None = None,
    **values: Any,
) -> Power:
    """One of this company's own CNPJ, for the invoices, from today on for a year."""
    now, today = timezone.now(), timezone.localdate()
    given: dict[str, Any] = {
        "cnpj": company.tax_id, "grantor_name": company.name.upper(), "signer_cpf": a_cpf(),
        "signer_name": "NILO PRADO SERRA", "certificate_sha256": "ab" * 32,
        "grantee_cpf": grantee.cpf if grantee else a_cpf(),
        "grantee_name": grantee.name if grantee else "Davi Rocha", "services": ["invoices"],
        "level": "operate", "starts_on": today, "ends_on": today + timedelta(days=364),
        "created_at": now, "record_sha256": "cd" * 32,
    } | values  # fmt: skip
    if status != "draft":
        given = {"means": "session", "granted_at": now} | given
    if status == "active":
        given = {"grantee": grantee, "accepted_at": now} | given
    power = Power(company=company, status=status, **given)
    power.record = canonical(_said(power, units or []))
    power.save()
    power.units.set(units or [])
    if status != "draft":
        PowerStep.objects.create(power=power, kind="waiting", at=now, record=b"{}")
    return power


def ending(days: int) -> date:
    """A day so many days ahead."""
    return timezone.localdate() + timedelta(days=days)


def _said(power: Power, units: list[Unit]) -> dict[str, Any]:
    """What pages read of a record."""
    return {
        "grantor": {"cnpj": power.cnpj, "name": power.grantor_name},
        "signer": {"cpf": power.signer_cpf, "name": power.signer_name, "capacity": "responsável"},
        "grantee": {"cpf": power.grantee_cpf, "name": power.grantee_name},
        "office_cnpj": power.office_cnpj,
        "places": {
            "company": {"name": power.company.name, "tax_id": power.company.tax_id},
            "whole_company": not units,
            "units": [{"code": one.code, "name": one.name, "cnpj": one.cnpj} for one in units],
        },
        "services": [{"name": name, "text": name, "operate": ""} for name in power.services],
        "level": {"name": power.level, "text": power.get_level_display()},
        "starts_on": power.starts_on.isoformat(), "ends_on": power.ends_on.isoformat(),
        "made_at": timezone.localtime(power.created_at).isoformat(timespec="seconds"),
        "time_zone": "America/Sao_Paulo", "text": ["Texto da procuração."], "text_version": "1",
        "verification": f"https://exemplo.com.br/procuracao/verificar/{power.code}/",
        "certificate": {
            "issuer": "AC", "serial": "1", "sha256": power.certificate_sha256,
            "revocation": {"state": "good", "as_of": ""},
        },
        "confirmation": {"asked": "session", "text": "na sessão"},
    }  # fmt: skip
