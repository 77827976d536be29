"""What can go wrong on the way to a venue, told apart and put into plain sentences."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as urllib3_errors

from levdesk.domain.errors import VenueError, VenueGarbled, VenueUnreachable
from levdesk.venues.contract import Outgoing

TRANSPORT_ERRORS = (requests.RequestException, urllib3_errors.HTTPError, OSError)
"""Everything a transfer raises."""

_LATER = "LevDesk keeps trying."
_LINE = "Check the internet connection."
_TLS = "Check this computer's date. If a firewall or virus scanner reads along, its certificate must be trusted."
_PROXY = "Check the proxy settings of this computer (HTTPS_PROXY)."

_ExceptionTypes = tuple[type[BaseException], ...]

_UNREACHABLE: tuple[tuple[_ExceptionTypes, str, str], ...] = (
    (
        (requests.exceptions.InvalidSchema, urllib3_errors.ProxyError, urllib3_errors.ProxySchemeUnknown),
        "The proxy on the way to {host} does not work.",
        _PROXY,
    ),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, urllib3_errors.LocationValueError),
        "“{url}” is not an address.",
        "Check --venue-url and the settings.",
    ),
    ((urllib3_errors.NameResolutionError, socket.gaierror), "The name {host} could not be looked up.", _LINE),
    ((ssl.SSLCertVerificationError,), "{host} could not prove that it is {host}, so nothing was asked.", _TLS),
    ((urllib3_errors.SSLError, ssl.SSLError), "No secure connection to {host} could be made.", _TLS),
    ((ConnectionRefusedError,), "{host} refused the connection.", f"It may be down; {_LATER}"),
)
"""Kinds of failure, most telling first, with the sentence and the hint for each."""

_BROKEN_OFF = (urllib3_errors.ProtocolError, urllib3_errors.IncompleteRead, ConnectionError)


def translate(error: Exception, request: Outgoing) -> VenueError:
    """The failure as the exception tree has it, with a sentence that names the host and the kind of failure."""
    host = urlsplit(request.url).hostname or request.url
    chain = tuple(_chain(error))

    def unreachable(sentence: str, hint: str) -> VenueUnreachable:
        return VenueUnreachable(sentence.format(host=host, url=request.url), venue=request.venue, hint=hint)

    for kinds, sentence, hint in _UNREACHABLE:
        if any(isinstance(link, kinds) for link in chain):
            return unreachable(sentence, hint)
    if any(isinstance(link, urllib3_errors.DecodeError) for link in chain):
        return VenueGarbled(f"The answer of {host} could not be unpacked.", venue=request.venue)
    if _timed_out(chain):
        return unreachable(f"{{host}} did not answer within {request.timeout_s:g} s.", _LATER)
    if any(isinstance(link, _BROKEN_OFF) for link in chain):
        return unreachable("{host} broke off in the middle.", _LATER)
    return unreachable("{host} could not be reached.", _LINE)


def _timed_out(chain: tuple[BaseException, ...]) -> bool:
    """NewConnectionError says "timeout" by its base class, and means that there was no way."""
    return any(
        isinstance(link, (urllib3_errors.TimeoutError, requests.Timeout, TimeoutError))
        and not isinstance(link, urllib3_errors.NewConnectionError)
        for link in chain
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything it was made of."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop()
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
