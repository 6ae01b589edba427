"""Accesses that offices hold, their sealed values, who saw them, and the agencies they open."""

from proxies.models.agencies import Agency, Kind, Sphere
from proxies.models.batches import ProxyBatch, ProxyBatchRow
from proxies.models.checks import Check, CheckState, LoginPage
from proxies.models.downloads import Download, DownloadVersion
from proxies.models.leaving import LeftOffice
from proxies.models.offices import OfficeClient, offices_open_to, offices_visible_to
from proxies.models.proxies import Proxy, ProxyEvent, State
from proxies.models.secrets import Disclosure, HeldCertificate, SecretValue

__all__ = [
    "Agency", "Check", "CheckState", "Disclosure", "Download", "DownloadVersion", "HeldCertificate",
    "Kind", "LeftOffice", "LoginPage", "OfficeClient", "Proxy", "ProxyBatch", "ProxyBatchRow",
    "ProxyEvent", "SecretValue", "Sphere", "State", "offices_open_to", "offices_visible_to",
]  # fmt: skip
