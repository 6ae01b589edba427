"""Settings that exclude each other, or that nothing can work with: refused at start-up.

Knows no Django, because ``portal.settings`` asks it.
"""

import os
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

# EMAIL_TOKEN_BY -> what it needs besides.
_TOKEN_NEEDS = {
    "client": ["URL", "CLIENT_ID", "SECRET"], "refresh": ["CLIENT_ID", "SECRET", "REFRESH"],
    "service": ["KEY_FILE"],
}  # fmt: skip
_CONFIRMATIONS = ("session", "signature")  # of powers of attorney and of renewals
_MOST_SECONDS = 240  # that a check of an access, or a request to the authority, may take
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def address_of(text: str) -> str:
    """The bare address of ``Portal <portal@example.com>``; "" where there is no valid one.

    Mail shows the provider's short name beside it, so a name given here is left out.
    """
    _name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    broken = not (local and at and domain) or any(c in address for c in ' <>",\r\n')
    return "" if broken else address


def contradictions(values: Mapping[str, Any]) -> list[str]:
    """One sentence for each problem. ``values``: the settings by name."""
    prefix, s3 = str(values["PRIVATE_ACCEL_PREFIX"]), values["S3_BUCKET"]
    found = []
    if not values["DEFAULT_FROM_EMAIL"]:
        found.append(
            "DEFAULT_FROM_EMAIL holds no e-mail address. Write portal@example.com.br, or "
            '"Portal <portal@example.com.br>" in quotes.'
        )
    if prefix and s3:
        found.append(
            "S3_BUCKET and PRIVATE_ACCEL_PREFIX exclude each other: nginx has no files to send "
            "when they are in the bucket. Leave one of them out."
        )
    if prefix and not (prefix.startswith("/") and prefix.endswith("/")):
        found.append("PRIVATE_ACCEL_PREFIX must begin and end with a slash, as in /privado/.")
    found += _lacking_for_tokens(values)
    found += _wrong_for_checks(values)
    for name in ("ORDERS_RENEWAL_CONFIRMED_BY", "POWERS_CONFIRMED_BY"):
        if values[name] not in _CONFIRMATIONS:
            found.append(f"{name} must be one of {', '.join(_CONFIRMATIONS)}.")
    found += _wrong_for_issuing(values)
    if values["EMBEDDED"]:
        return found
    url = urlsplit(str(values["BASE_URL"]))
    if url.scheme == "https" and not values["TRUSTED_PROXIES"]:
        found.append(
            "BASE_URL is https and TRUSTED_PROXIES is 0: the portal would believe nobody that a "
            "page came by https and redirect for ever. With nginx in front set TRUSTED_PROXIES=1."
        )
    host = url.hostname or ""
    if host not in _LOOPBACK and not _answers(host, values["ALLOWED_HOSTS"]):
        found.append(
            f"ALLOWED_HOSTS does not name {host}, the host of BASE_URL: every page would "
            "be refused."
        )
    return found


def _lacking_for_tokens(values: Mapping[str, Any]) -> list[str]:
    way = values["EMAIL_TOKEN_BY"]
    if not way:
        return []
    if way not in _TOKEN_NEEDS:
        return [f"EMAIL_TOKEN_BY must be one of {', '.join(_TOKEN_NEEDS)}."]
    names = [f"EMAIL_TOKEN_{part}" for part in _TOKEN_NEEDS[way]]
    return [f"{name} must be set with EMAIL_TOKEN_BY={way}." for name in names if not values[name]]


def _wrong_for_checks(values: Mapping[str, Any]) -> list[str]:
    """Of the checks of accesses at agencies."""
    found = []
    if not 1 <= values["PROXY_CHECK_SECONDS"] <= _MOST_SECONDS:
        found.append(
            f"PROXY_CHECK_SECONDS must be from 1 to {_MOST_SECONDS}: after five minutes another "
            "worker would take the check for dead."
        )
    file = values["PROXY_CHECK_CA_FILE"]
    # The demonstration makes its own once it runs.
    if file and not values["DEMO"] and not os.access(file, os.R_OK):
        found.append("PROXY_CHECK_CA_FILE names a file that is not there or cannot be read.")
    return found


def _wrong_for_issuing(values: Mapping[str, Any]) -> list[str]:
    """Of the authority that issues certificates."""
    url = urlsplit(str(values["ISSUING_EST_URL"]))
    if not url.geturl():
        return []
    found = []
    if url.scheme != "https" or "/.well-known/est" not in url.path or url.query or url.username:
        found.append(
            "ISSUING_EST_URL must be https://, the host, and a path that ends in /.well-known/est "
            "or in that and a label; user and password have settings of their own."
        )
    for one, other in (("USER", "PASSWORD"), ("CERT_FILE", "KEY_FILE")):
        if bool(values[f"ISSUING_EST_{one}"]) != bool(values[f"ISSUING_EST_{other}"]):
            found.append(
                f"ISSUING_EST_{one} and ISSUING_EST_{other} go together: set both or none."
            )
    if not (values["ISSUING_EST_USER"] or values["ISSUING_EST_CERT_FILE"]):
        found.append("ISSUING_EST_USER or ISSUING_EST_CERT_FILE must be set with ISSUING_EST_URL.")
    if not 1 <= values["ISSUING_EST_SECONDS"] <= _MOST_SECONDS:
        found.append(f"ISSUING_EST_SECONDS must be from 1 to {_MOST_SECONDS}.")
    files = (f"ISSUING_EST_{part}_FILE" for part in ("CERT", "KEY", "CA"))
    found += [
        f"{name} names a file that is not there or cannot be read."
        for name in files
        if values[name] and not os.access(values[name], os.R_OK)
    ]
    return found


def _answers(host: str, allowed: Sequence[str]) -> bool:
    """Whether Django would answer for this host."""
    return any(
        name == "*" or name.strip("[]").lower() == host
        or (name.startswith(".") and f".{host}".endswith(name.lower()))
        for name in allowed
    )  # fmt: skip
