"""Time stamps from an authority over HTTP (RFC 3161)."""

import asyncio
import base64
import urllib.error
import urllib.request

from asn1crypto import cms, tsp
from django.conf import settings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, set_tsp_headers

from certificates.icp.reading import UNPARSABLE

TIMEOUT = 10
_MAX_ANSWER = 64 * 1024


class TimestampFailed(Exception):
    """The time-stamp authority did not answer, or refused. Trying again later may work."""


class HTTPTimeStamper(TimeStamper):
    """A client of one authority; ``user`` and ``password`` go by HTTP Basic."""

    def __init__(self, url: str, *, user: str = "", password: str = "") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if not url.startswith(("http://", "https://")):
            raise TimestampFailed("TSA_URL must begin with http:// or https://")
        self._url = url
        self._headers = set_tsp_headers({})
        if user:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over exactly this digest; raises TimestampRequestError for any other answer."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            info = token["content"]["encap_content_info"]["content"].parsed
            stamped = info["message_imprint"]["hashed_message"].native
        except TimestampRequestError:
            raise
        except UNPARSABLE as error:  # pyHanko stumbles over a wrong nonce where it means to say so
            raise TimestampRequestError("the answer is not the time stamp asked for") from error
        if stamped != message_digest:
            raise TimestampRequestError("the time stamp is of something else")
        return token

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return await asyncio.to_thread(self._ask, req.dump())

    def _ask(self, body: bytes) -> tsp.TimeStampResp:
        request = urllib.request.Request(self._url, data=body, headers=self._headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                data = answer.read(_MAX_ANSWER + 1)
        except (urllib.error.URLError, OSError) as error:
            raise TimestampRequestError(str(getattr(error, "reason", error))) from error
        try:
            response = tsp.TimeStampResp.load(data, strict=True)
            response["status"]["status"].native  # noqa: B018 - parses lazily
        except UNPARSABLE as error:
            raise TimestampRequestError("the answer is not a time stamp") from error
        return response


def timestamper() -> HTTPTimeStamper | None:
    """The configured authority's client, if there is one."""
    if not settings.TSA_URL:
        return None
    return HTTPTimeStamper(
        settings.TSA_URL, user=settings.TSA_USERNAME, password=settings.TSA_PASSWORD
    )
