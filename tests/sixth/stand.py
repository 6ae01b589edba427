"""The portal with the sixth desk, to be looked at in a browser; told by lines what to do.

Prints its port, then an answer to each line: ``code KEY`` (what the picture of a security code
says), ``link ADDRESS`` (of the newest mail to it), ``guest`` (a link to one pass).
"""

import re
import sys
from datetime import date
from threading import Thread

import django

django.setup()

from captcha.models import CaptchaStore  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.utils import timezone  # noqa: E402

from portal import desks  # noqa: E402
from portal.accounts.models import Unit  # noqa: E402
from portal.accounts.services.guests import issue_link  # noqa: E402
from tests.factories import make_cast  # noqa: E402
from tests.portal.entrance import mail_text, mails  # noqa: E402
from tests.sixth.access import DRIVER  # noqa: E402
from tests.sixth.models import Pass  # noqa: E402


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what goes wrong is seen in the browser."""


def main() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    make_cast()
    desks.register(
        desks.Desk(
            name="seventh", label="Oficina",
            registration=desks.Registration(
                slug="oficina", form="tests.sixth.forms.PlateForm", link_first=True, asks_cpf=True
            ),
        )
    )  # fmt: skip
    port = int(settings.BASE_URL.rpartition(":")[2])
    server = ThreadedWSGIServer(("127.0.0.1", port), QuietHandler)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    Thread(target=server.serve_forever, daemon=True).start()
    _answer("ready")
    for line in sys.stdin:
        asked, _, about = line.strip().partition(" ")
        _answer(ANSWERS[asked](about))


def _answer(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _code(key: str) -> str:
    return str(CaptchaStore.objects.get(hashkey=key).response)


def _link(address: str) -> str:
    """The newest one; a link to a guest is made by a job, which no worker runs here."""
    call_command("outbox_sweep", verbosity=0, stdout=sys.stderr)
    found = re.search(rf"{re.escape(settings.BASE_URL)}\S+", mail_text(mails(address)[-1]))
    assert found is not None
    return found[0]


def _guest(_about: str) -> str:
    made = Pass.objects.create(
        unit=Unit.objects.earliest("pk"), plate="GUE5T00", until=date(2030, 12, 31), driver=DRIVER
    )
    return issue_link(made, email=DRIVER, by=None, at=timezone.now(), title="Credencial GUE5T00")


ANSWERS = {"code": _code, "link": _link, "guest": _guest}

if __name__ == "__main__":
    main()
