"""One step of a power: its record, its seal and the new PDF, in the transaction of the step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from portal.accounts.models import User
from portal.audit.services import record as audit
from portal.outbox.services import enqueue_job
from proxies.powers.models import Power, PowerStep
from proxies.powers.services import records


def note(
    power: Power, *, by: User | None, at: datetime, request: HttpRequest | None, text: str = "",
    data: Mapping[str, Any] | None = None,
) -> PowerStep:  # fmt: skip
    """Write the step that the power has just taken (its status) into history, outbox and audit.

    Belongs into the transaction of ``advance``, at its end: the audit locks last.
    """
    step = PowerStep(power=power, kind=power.status, user=by, at=at, note=text[:300])
    step.record = records.of_step(step, power)
    step.save(force_insert=True)
    enqueue_job("powers.seal", key=f"powers-seal:{step.pk}", step=step.pk)
    audit(
        Power.AUDIT_ACTIONS[Power.Status(power.status)], target=power, company=power.company_id,
        actor=by, request=request, at=at, data={"sha256": power.record_sha256, **(data or {})},
    )  # fmt: skip
    return step
