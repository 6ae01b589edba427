"""For whom a session may act: the CNPJ of the e-CNPJ that opened it, or a person's proven CPF."""

from typing import Any

from portal.accounts.opening import Means


def company_session_of(user: Any) -> str:
    """The CNPJ whose e-CNPJ opened this session; "" for any other."""
    opening = getattr(user, "opening", None)
    return opening.cnpj if opening is not None and opening.means == Means.E_CNPJ else ""


def proven_cpf_of(user: Any) -> str:
    """The CPF for which this session may act: proven, and never in an e-CNPJ's session."""
    is_person = user.is_authenticated and user.is_active and not user.is_limited
    return user.cpf or "" if is_person and user.cpf_proof else ""


def opened_by_e_cpf(user: Any) -> bool:
    """Whether an e-CPF opened this session."""
    opening = getattr(user, "opening", None)
    return opening is not None and opening.means == Means.E_CPF
