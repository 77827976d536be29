"""One JSON POST, bounded in time, with every failure in words that hold nothing of the address but its host.

Failures are raised after the handling of what caused them has ended: the cause of a failed request names its address,
which may be a secret, and would be printed with every trace.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from levdesk import __version__
from levdesk.domain.errors import DeliveryFailed

if TYPE_CHECKING:
    import requests

CONNECT_S: Final = 5.0
ANSWER_S: Final = 15.0
_MOST_ANSWER_BYTES: Final = 64 * 1024
_LATER: Final = "LevDesk tries again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        headers: by lower-case name.
        body: the first 64 KiB.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after_s(self, now: datetime | None = None) -> float | None:
        """How long the other side asks to wait: seconds or a date, None when it named none that can be read."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, (zoned - (now or datetime.now(UTC))).total_seconds())


class Poster:
    """Posts; a connection is made for each message and closed after it, because they are few and far between.

    Args:
        connect_s, answer_s: how long to wait for a connection, and for the whole answer.
    """

    def __init__(self, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> None:
        self._connect_s = connect_s
        self._answer_s = answer_s

    def post(self, url: str, document: Mapping[str, object], *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a document; any status is an answer, and no redirect is followed.

        Raises:
            DeliveryFailed: no whole answer came.
        """
        import requests  # late: 0.1 s
        import urllib3.exceptions

        failure: DeliveryFailed
        try:
            return self._send(url, document, headers or {})
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            failure = _explained(error, urlsplit(url).hostname or "the server", self._answer_s)
        raise failure

    def _send(self, url: str, document: Mapping[str, object], headers: Mapping[str, str]) -> Answer:
        deadline_s = time.monotonic() + self._answer_s
        with (
            _new_session() as session,
            session.post(
                url,
                data=json.dumps(document).encode(),
                headers={"Content-Type": "application/json", **headers},
                timeout=(min(self._connect_s, self._answer_s), self._answer_s),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = bytearray()
            while len(body) < _MOST_ANSWER_BYTES and (chunk := response.raw.read1(8192, decode_content=True)):
                body += chunk
                if time.monotonic() > deadline_s:
                    raise TimeoutError
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status_code, headers=found, body=bytes(body))


def refused(answer: Answer, whom: str, *, advice: str, again_s: float | None = None) -> DeliveryFailed:
    """A bad answer as a failure: whether to try again goes by its status.

    Args:
        answer: with a status other than 2xx.
        whom: who answered, for the sentence.
        advice: what to check when trying again would not help.
        again_s: seconds the other side named in its own way.
    """
    status = answer.status
    wait_s = answer.retry_after_s() if again_s is None else again_s
    if status == 429:
        return DeliveryFailed(f"{whom} asks to send less often.", again=True, retry_after_s=wait_s, hint=_LATER)
    if status in {408, 425} or status >= 500:
        sentence = f"{whom} cannot take messages just now (HTTP {status})."
        return DeliveryFailed(sentence, again=True, retry_after_s=wait_s, hint=_LATER)
    if 300 <= status < 400:
        return DeliveryFailed(
            f"{whom} sends elsewhere, which is not followed (HTTP {status}).", again=False, hint=advice
        )
    return DeliveryFailed(f"{whom} refused the message (HTTP {status}).", again=False, hint=advice)


def _explained(error: Exception, host: str, answer_s: float) -> DeliveryFailed:
    """No answer, in words."""
    from levdesk.io.http_errors import translate  # late: brings requests
    from levdesk.venues.contract import Request, RequestKind

    # Only the host is handed on, so that no sentence can hold a path.
    asked = Request(venue="", kind=RequestKind.SERVER_TIME, url=f"https://{host}", timeout_s=answer_s)
    told = translate(error, asked)
    return DeliveryFailed(told.message, again=True, hint=told.hint)


def _new_session() -> requests.Session:
    """A session that verifies, follows nothing, and takes no credentials from anywhere."""
    import requests

    # It would log lost connections with their addresses.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    session = requests.Session()
    session.verify = True
    session.auth = _send_as_it_is  # anything but None, or requests looks for a password in ~/.netrc
    session.headers.update({"User-Agent": f"LevDesk/{__version__}", "Accept-Encoding": "gzip"})
    return session


def _send_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
