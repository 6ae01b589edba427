"""Accesses and their values at the same moment; see ``races``."""

from proxies.models import Proxy
from proxies.services import life
from proxies.services.life import NameTaken, NewValues, ProxyData
from tests.factories import Cast
from tests.factories.proxies import AT, SECRETS, make_agency, make_proxy
from tests.racing import Race, Work

_S = "proxies.services"


def _register(cast: Cast) -> Work:
    data = ProxyData(
        agency=make_agency(), kind="login", name="ACESSO SEFAZ-MT", holder=cast.office.tax_id
    )
    return lambda: life.register(
        cast.office, data, NewValues(secrets=SECRETS), by=cast.carla, at=AT
    )


def _renew(cast: Cast) -> Work:
    """Each clerk has the page open with the same access, and gives a new password."""
    pk = make_proxy(cast.office).pk

    def renew() -> None:
        proxy = Proxy.objects.select_related("office", "agency").get(pk=pk)
        data = ProxyData(agency=proxy.agency, kind=proxy.kind, name=proxy.name, holder=proxy.holder)
        life.change(proxy, data, NewValues(secrets={"password": b"nova"}), by=cast.carla, at=AT)

    return renew


RACES = [
    Race(name="register-access", prepare=_register, told=(NameTaken,),
         services={f"{_S}.life.register", f"{_S}.life._note"},
         leaves={"proxies.Proxy": 1, "proxies.SecretValue": 2}),
    # Every value that was given stands, each under a version of its own.
    Race(name="renew-value", prepare=_renew,
         services={f"{_S}.life.change", f"{_S}.life._seal_all", f"{_S}.values.set_value"},
         leaves={"proxies.SecretValue": 8}),
]  # fmt: skip
EXCEPTIONS = {
    "a row beside the value that it belongs to, in its transaction; one to one": {
        f"{_S}.life._keep_certificate",
    },
    "each time that somebody asks is a disclosure of its own": {f"{_S}.disclosures._note"},
}
