"""Administration of accesses: the catalogue, and lists to look at. Nothing sealed is shown."""

from proxies.admin import agencies

__all__ = ["agencies"]
