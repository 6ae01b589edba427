"""Run the demonstration's agency until it is stopped: checks of accesses are tried against it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from certificates import demo
from proxies.demo_agency import DemoAgency, describe


class Command(BaseCommand):
    help = _(
        "Runs an agency on this machine, against which the demonstration's accesses are checked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("port", type=int)

    def handle(self, *, port: int, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("This is not a demonstration (DEMO is off)."))
        server = DemoAgency(port, *demo.server())
        demo.root_file()  # by which the checks trust it
        describe(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.stop()
