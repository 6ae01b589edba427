"""Explains what is wrong with a certificate, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.icp import CertificateRecord, Kind
from certificates.trust.verdict import Fault

Text = str | Promise


@dataclass(frozen=True)
class Explanation:
    """``code``: a Fault's, ``seal`` or ``not_sent``. ``steps``: what to do next, in this order."""

    code: str
    title: Text
    steps: tuple[Text, ...]


_RENEW = _(
    "Order a new certificate from the authority of your choice; it takes a new appointment or an online renewal."
)
_ISSUER = _("Ask the authority that issued it: only it can say more, or issue another.")
_CHOOSE = _(
    "Close every window of the browser, open it again, and choose the right certificate when it asks."
)
_PASSWORD = _(
    "Meanwhile, sign in with your password, unless your company accepts certificates only."
)

NOT_SENT = Explanation(
    "not_sent",
    _("Your browser sent no certificate"),
    (
        _("Token or card (A3): connect it, wait for its light, and see whether the authority's program recognises it."),
        _("File (A1): install it in this browser or in the system, by opening the .pfx or .p12 file and typing its password."),
        _("If you closed the window in which the browser asks for the certificate, it remembers that: close every window of the browser and try again."),
        _("A certificate that has expired, or whose authority is not of ICP-Brasil, may not even be offered by the browser: test its file, which tells."),
    ),
)  # fmt: skip
SEAL = Explanation(
    "seal",
    _("This is an electronic seal: it signs documents of a company, but nobody logs in with it"),
    (_("Use the company's e-CNPJ, or the e-CPF of a person who was given access."), _CHOOSE),
)
_BY_FAULT: dict[Fault, tuple[Text, ...]] = {
    Fault.UNREADABLE: (_("Export the certificate again, without its private key, as .cer or .pem."),),
    Fault.EXPIRED: (_RENEW, _("If you have a newer certificate already, choose that one: close every window of the browser and try again."), _PASSWORD),
    Fault.NOT_YET_VALID: (_("See whether date and time of your computer are right."), _("Otherwise wait for the day from which it is valid.")),
    Fault.UNKNOWN_AUTHORITY: (_("Only certificates of ICP-Brasil are accepted: e-CPF and e-CNPJ."), _CHOOSE, _("If yours is of ICP-Brasil, its authority may be new: tell us, with the issuer's name that is shown here.")),
    Fault.BAD_SIGNATURE: (_("It looks like the certificate of a known authority, but was not made with its key. Do not use it."), _ISSUER),
    Fault.SERVER_CERTIFICATE: (_("Use an e-CPF or an e-CNPJ."), _CHOOSE),
    Fault.WRONG_PURPOSE: (_("Use an e-CPF or an e-CNPJ."), _CHOOSE),
    Fault.WRONG_POLICY: (_("Accepted are e-CPF and e-CNPJ of the kinds A1 to A4."), _CHOOSE),
    Fault.NO_IDENTITY: (_("Use an e-CPF or an e-CNPJ of ICP-Brasil: they name the person by CPF."), _ISSUER),
    Fault.REVOKED: (_("A revoked certificate never becomes valid again."), _RENEW, _("If you did not ask for this, call the authority that issued it at once.")),
    Fault.REVOCATION_UNKNOWN: (_("The authority's service did not answer in time. Try again in a few minutes."), _PASSWORD, _("If it goes on for hours, tell us and the authority.")),
    Fault.DEMONSTRATION: (_("Use the certificate that an authority of ICP-Brasil issued to you."), _CHOOSE),
}  # fmt: skip


def explain(faults: Iterable[Fault], record: CertificateRecord | None) -> list[Explanation]:
    """Each fault once, in the order given."""
    return [_explain(fault, record) for fault in dict.fromkeys(faults)]


def _explain(fault: Fault, record: CertificateRecord | None) -> Explanation:
    unfit = fault in {Fault.WRONG_PURPOSE, Fault.WRONG_POLICY}
    if unfit and record is not None and record.kind is Kind.SEAL:
        return SEAL
    return Explanation(fault.value, fault.label, _BY_FAULT[fault])
