"""The way out to the venues: one request in, one reply out, with nothing remembered and nothing followed.

Certificates are always verified, redirects are not followed, no credentials are taken from anywhere, and an answer is
bounded in time and size. Retrying, pausing and judging an answer belong to the office.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from levdesk import __version__
from levdesk.domain.errors import VenueGarbled, VenueUnreachable
from levdesk.io.rate_limits import Turnstile
from levdesk.services.ports import Clock
from levdesk.venues.contract import Outgoing, Reply, Request

if TYPE_CHECKING:
    import requests

MAX_BODY_BYTES: Final = 32 * 1024 * 1024
MAX_CONNECT_S: Final = 4.0
MAX_IDLE_SESSIONS: Final = 8
_CHUNK_BYTES: Final = 64 * 1024


class RequestsDoor:
    """Carries requests, as many at once as there are callers. An `HttpDoor`.

    Sessions are lent out, not bound to threads: a job thread of Qt's looks new to Python each time it runs something,
    so a session per thread would be a new connection per request, and none would ever be closed.

    Args:
        clock: stamps replies.
        turnstile: keeps to the venues' limits.
        max_body_bytes: larger answers are refused.
        monotonic_s: measures the time an answer takes.
    """

    def __init__(
        self,
        clock: Clock,
        turnstile: Turnstile,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._turnstile = turnstile
        self._max_body_bytes = max_body_bytes
        self._monotonic_s = monotonic_s
        self._idle: list[requests.Session] = []
        self._lock = threading.Lock()

    def send(self, request: Outgoing) -> Reply:
        """Fetch; any HTTP status is a Reply.

        Raises:
            VenueUnreachable: no whole answer came, with the reason in words.
            VenueBusy: our own count says that the venue's limit is used up.
            VenueGarbled: the answer is too large, or cannot be unpacked.
        """
        from levdesk.io.http_errors import TRANSPORT_ERRORS, translate  # late: brings requests, 0.1 s

        self._turnstile.pass_through(
            request.venue,
            f"{request.method} {urlsplit(request.url).path}",
            patience_s=request.timeout_s,
            weight=request.weight,
        )
        try:
            return self._fetch(request)
        except TRANSPORT_ERRORS as error:
            raise translate(error, request) from error

    def close(self) -> None:
        """Close all connections; call when no request is under way."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _fetch(self, request: Outgoing) -> Reply:
        deadline_s = self._monotonic_s() + request.timeout_s
        url = f"{request.url}?{urlencode(request.query)}" if request.query else request.url
        with (
            self._lent() as session,
            session.request(
                request.method,
                url,
                headers=dict(request.headers),
                data=request.body if isinstance(request, Request) and request.body else None,
                timeout=(min(MAX_CONNECT_S, request.timeout_s), request.timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = self._read_body(response, request, deadline_s)
            return Reply(
                status=response.status_code,
                body=body,
                received_ms=self._clock.now_ms(),
                headers={name.lower(): value for name, value in response.headers.items()},
            )

    @contextmanager
    def _lent(self) -> Iterator[requests.Session]:
        """A session nobody else is using; the one used last first, for its connections are the freshest."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            session = _new_session()
        try:
            yield session
        finally:
            with self._lock:
                kept = len(self._idle) < MAX_IDLE_SESSIONS
                if kept:
                    self._idle.append(session)
            if not kept:
                session.close()

    def _read_body(self, response: requests.Response, request: Outgoing, deadline_s: float) -> bytes:
        """The unpacked body, given up when it grows too large or the whole takes too long.

        `read1` returns after one read from the socket, so that a venue that sends drop by drop is noticed.
        """
        host = urlsplit(request.url).hostname
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._max_body_bytes:
                limit = self._max_body_bytes / 1024 / 1024
                raise VenueGarbled(f"{host} sent more than {limit:g} MiB.", venue=request.venue)
            if self._monotonic_s() > deadline_s:
                raise VenueUnreachable(
                    f"{host} did not finish its answer within {request.timeout_s:g} s.", venue=request.venue
                )
        return bytes(body)


class OfflineDoor:
    """Lets nothing out. An `HttpDoor` for `--offline`."""

    def send(self, request: Request) -> Reply:
        """Refuse.

        Raises:
            VenueUnreachable: always.
        """
        raise VenueUnreachable(
            "LevDesk was started offline, so nothing is fetched.",
            venue=request.venue,
            hint="Start without --offline to fetch prices.",
        )


def _new_session() -> requests.Session:
    """A session that verifies, follows nothing, sends no stored password and tries a lost connection once more."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    # It would log every lost connection with its address; what goes wrong is told by our exceptions.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    session = requests.Session()
    once_more = Retry(
        total=1,
        connect=1,
        read=0,
        redirect=0,
        status=0,
        other=0,
        respect_retry_after_header=False,  # 429 and 503 go to the planner, which knows when to come back
        raise_on_status=False,
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=once_more))
    session.verify = True
    session.auth = _send_as_it_is  # anything but None, or requests looks for a password in ~/.netrc
    session.headers.update({"User-Agent": f"LevDesk/{__version__}", "Accept-Encoding": "gzip"})
    return session


def _send_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
