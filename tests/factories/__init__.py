"""Makes people, companies and documents for tests. Every CPF and CNPJ is generated.

A module for each kind of thing; a new desk adds its own and imports from it.
"""

from tests.factories.documents import (
    make_document,
    make_draft,
    make_report_type,
    make_type,
    small_pdf,
)
from tests.factories.notices import make_notice
from tests.factories.numbers import a_cnpj, a_cpf, next_number
from tests.factories.people import (
    PASSWORD,
    STAFF,
    Cast,
    make_cast,
    make_company,
    make_grant,
    make_invitation,
    make_unit,
    make_user,
)

__all__ = [
    "PASSWORD",
    "STAFF",
    "Cast",
    "a_cnpj",
    "a_cpf",
    "make_cast",
    "make_company",
    "make_document",
    "make_draft",
    "make_grant",
    "make_invitation",
    "make_notice",
    "make_report_type",
    "make_type",
    "make_unit",
    "make_user",
    "next_number",
    "small_pdf",
]
