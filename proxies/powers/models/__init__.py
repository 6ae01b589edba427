"""Powers of attorney that a company gives with its certificate, and their history."""

from proxies.powers.models.powers import (
    CHANGE,
    LIVE,
    SOON,
    TONES,
    VIEW,
    Power,
    PowerQuerySet,
    State,
)
from proxies.powers.models.sessions import company_session_of, opened_by_e_cpf, proven_cpf_of
from proxies.powers.models.steps import PowerStep

__all__ = [
    "CHANGE",
    "LIVE",
    "SOON",
    "TONES",
    "VIEW",
    "Power",
    "PowerQuerySet",
    "PowerStep",
    "State",
    "company_session_of",
    "opened_by_e_cpf",
    "proven_cpf_of",
]
