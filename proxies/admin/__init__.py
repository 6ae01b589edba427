"""Administration of accesses: the catalogue, and lists to look at. Nothing sealed is shown."""

from proxies.admin import agencies, downloads, proxies

__all__ = ["agencies", "downloads", "proxies"]
