"""What a power says, as its signed record has it: pages and paper show that, and believe nothing else."""

from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from proxies.powers.models import Power
from proxies.powers.services import records

REVOCATION: dict[str, str | Promise] = {
    "good": _("not revoked"),
    "revoked": _("revoked"),
    "unknown": _("not known: the authority had not answered"),
}


def text_of(power: Power) -> dict[str, Any]:
    """The record, with its days and instants as such."""
    said = records.read(power.record)
    revocation = said["certificate"]["revocation"]
    as_of = revocation["as_of"]
    return said | {
        "starts_on": date.fromisoformat(said["starts_on"]),
        "ends_on": date.fromisoformat(said["ends_on"]),
        "made_at": datetime.fromisoformat(said["made_at"]),
        "revocation_state": REVOCATION.get(revocation["state"], revocation["state"]),
        "revocation_as_of": datetime.fromisoformat(as_of) if as_of else None,
    }  # fmt: skip
