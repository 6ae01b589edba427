"""People, the companies they act for, and the grants that say what they may see."""

from portal.accounts.models.certificates import EndedCertificate
from portal.accounts.models.companies import (
    Company,
    CompanyQuerySet,
    Grant,
    GrantQuerySet,
    Unit,
    UnitQuerySet,
    opens,
)
from portal.accounts.models.guests import GuestLink
from portal.accounts.models.invitations import Invitation
from portal.accounts.models.people import Address, User, UserManager, phone_validator
from portal.accounts.models.registration import PendingRegistration
from portal.accounts.models.requests import AccessLink, AccessRequest, ErasureRequest
from portal.accounts.models.second_factor import DeclinedSecondFactor
from portal.accounts.models.tries import Try

__all__ = [
    "AccessLink",
    "AccessRequest",
    "Address",
    "Company",
    "CompanyQuerySet",
    "DeclinedSecondFactor",
    "EndedCertificate",
    "ErasureRequest",
    "Grant",
    "GrantQuerySet",
    "GuestLink",
    "Invitation",
    "PendingRegistration",
    "Try",
    "Unit",
    "UnitQuerySet",
    "User",
    "UserManager",
    "opens",
    "phone_validator",
]
