"""For "my data": powers of attorney that a person received, and those that a person gave."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Row, Rows
from portal.taxid import format_tax_id
from proxies.powers.models import Power, PowerStep


def personal_powers(user: User) -> dict[str, Any]:
    """What is kept of the person here."""
    mine = Power.objects.exclude(status=Power.Status.DRAFT)
    cpf = user.cpf if user.cpf_proof else None
    received = mine.filter(grantee_cpf=cpf) if cpf else mine.filter(grantee=user)
    steps = PowerStep.objects.filter(user=user).select_related("power").order_by("-pk")
    return {
        _("Powers of attorney that I received"): Rows(received.order_by("-pk"), _power),
        _("Powers of attorney that I gave for a company"): Rows(
            Power.objects.filter(signer=user).order_by("-pk"), _power
        ),
        _("What I did with powers of attorney"): Rows(steps, _step),
    }


def _power(power: Power) -> list[Row]:
    return [
        {
            _("Verification code"): power.shown_code,
            _("Grantor"): f"{power.grantor_name}, {power.shown_cnpj}",
            _("Responsible person"): f"{power.signer_name}, {format_tax_id(power.signer_cpf)}",
            _("Grantee"): " ".join(
                [f"{power.grantee_name}, {format_tax_id(power.grantee_cpf)}", power.grantee_email]
            ).strip(),
            _("Services"): f"{power.services_text} ({power.get_level_display().lower()})",
            _("Validity"): f"{power.starts_on:%d/%m/%Y} – {power.ends_on:%d/%m/%Y}",
            _("Status"): str(power.state(timezone.localdate()).label),
            _("Registered at"): instant(power.created_at),
        }
    ]


def _step(step: PowerStep) -> list[Row]:
    return [
        {
            _("When"): instant(step.at),
            _("Verification code"): step.power.shown_code,
            _("What"): step.get_kind_display(),
            _("Reason"): step.note,
        }
    ]
