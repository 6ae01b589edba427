"""What the pages of powers of attorney add to the portal: see ``proxies.powers.desk``."""

from collections.abc import Mapping
from typing import Any

URLS = ""
PARTS: dict[str, Any] = {}  # fields of ``Desk`` that pages fill: nav, cards, …
LIMITS: Mapping[str, Any] = {}
