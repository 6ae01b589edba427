"""``settings.DEMO = True`` in a test is a whole demonstration: its authority is registered too.

The settings install ``certificates.demo`` with DEMO alone; tests switch it while they run.
"""

from typing import Any

from django.test.signals import setting_changed

from certificates.trust.sources import demonstrations_accepted


def follow(*, setting: str, value: Any, **_more: Any) -> None:
    if setting != "DEMO" or bool(value) == demonstrations_accepted():
        return
    from certificates.demo import registration

    (registration.register if value else registration.unregister)()


def install() -> None:
    setting_changed.connect(follow)
