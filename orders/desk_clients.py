"""What the clients' pages add to the desk: menu, front page, registration, manual, limits, words."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.services.matching import take_up_new
from orders.views.address import filled_in
from portal import desks
from portal.accounts.limits import Limit

SLUG = "servicos-online"
TITLE = _("Online Services")


def _is_client(request: HttpRequest) -> bool:
    return not request.user.is_staff


NAV = desks.NavItem(
    _("Certificate orders"), "orders:list", "shield-check", "client", 20, _is_client
)
FRONT = desks.Door(
    title=TITLE,
    text=_("Digital certificates: order, pay, book the validation and follow each step."),
    icon="shield-check",
    order=20,
    points=[
        _("Bank slip, second copy and payment status"),
        _("Appointment at the registration authority"),
        _("Fiscal notes of your orders"),
    ],
    links=[
        desks.Link(label=TITLE, url_name="orders:home", icon="shield-check"),
        desks.Link(label=_("Register Access"), url_name="accounts:register", args=[SLUG]),
    ],
)
SITEMAP = desks.Link(label=TITLE, url_name="orders:home", order=20)
REGISTRATION = desks.Registration(
    slug=SLUG,
    form="orders.forms.registration.AccessForm",
    link_first=True,
    asks_cpf=True,
    reviewed=True,
    address_form="orders.forms.registration.CpfAndEmail",
    title=_("Register Access"),
    intro=_("Give your CPF and E-MAIL and click on continue"),
    first_page="orders/register.html",
    confirmed="orders/registered.html",
    complete=take_up_new,
    filled_in=filled_in,
)
MANUAL = desks.Manual(
    slug=SLUG, title=_("User manual of the Online Services system"),
    text=_("How to register, sign in, order a certificate, pay, book the validation and follow your orders."),
)  # fmt: skip
LIMITS = {
    "order-new": Limit(20, 3600),
    "order-payer": Limit(20, 3600),
    "order-holder": Limit(20, 3600),
    "order-documents": Limit(60, 3600),
    "order-files-kept": Limit(20, 3600, strict=True),
    "renewal-files": Limit(30, 3600, strict=True),
    "slip-pdf": Limit(60, 3600),
    "note-pdf": Limit(60, 3600),
    "cep": Limit(30, 600),
}
AUDIT_WORDS = {
    "order.found": _("Found a certificate order by what the person has proven"),
    "order.placed": _("Ordered a certificate"),
    "order.payer": _("Chose who pays for a certificate order"),
}
