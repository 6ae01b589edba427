"""What certificates add to the demonstration: the provider signs, people's certificates are known."""

from django.utils.translation import gettext as _

from certificates.demo.cast import describe
from certificates.demo.signer import demo_pfx
from certificates.demo.watched import remember_cast
from certificates.models import SigningCertificate
from certificates.services import install_pfx
from portal.demo.world import World


def load(_world: World) -> None:
    """Install the A1 with which everything is signed."""
    if not SigningCertificate.objects.exists():
        pfx, password = demo_pfx()
        install_pfx(pfx, password, label=_("Demonstration"), by=None)


def finish(world: World) -> None:
    """People have logged in with their certificates, or uploaded them."""
    remember_cast(at=world.at)


def logins() -> list[str]:
    """The files to import into a browser."""
    return describe()
