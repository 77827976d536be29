"""Pionex's replies as a whole: the envelope {result, data, timestamp}, and what its error codes mean."""

from __future__ import annotations

from typing import Final

from levdesk.domain.errors import VenueError
from levdesk.domain.market import Candle
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue
from levdesk.venues.refusals import Hints, VenueWords, address_hint, failure, read_answer, retry_after_s
from levdesk.venues.rows import VenueRows, as_object, past_ms, seconds_of_ms

VENUE: Final = "pionex"
TITLE: Final = "Pionex"
ROWS: Final = VenueRows(VENUE, TITLE)
PERPETUAL_ENDING: Final = "_PERP"

_BAN_S: Final = 60.0
"""After a 429 every request is refused so long, and each one that is made all the same adds ten seconds."""
_SYMBOL_HINT: Final = "It may have been delisted, merged or renamed; define the token by hand to keep it."
_HINTS: Final = Hints(
    address_hint(VENUE),
    {
        "MARKET_INVALID_SYMBOL": _SYMBOL_HINT,
        "TRADE_INVALID_SYMBOL": _SYMBOL_HINT,
        "TRADE_INVAILD_SYMBOL": _SYMBOL_HINT,  # Pionex's own pages spell it this way too
        "IP_NOT_WHITELISTED": address_hint(VENUE),
    },
)


def envelope(reply: Reply) -> JsonRow:
    """The whole of a reply that is not a refusal.

    Raises:
        VenueBusy, VenueRefused: by status, or by a `result` of false.
        VenueGarbled: the body cannot be read.
    """
    value = read_answer(reply, _words, _refusal, venue=VENUE, title=TITLE)
    if not isinstance(value, dict) or value.get("result") is not True:
        raise ROWS.wrong_shape(reply, "an answer")
    return value


def data(reply: Reply, field: str) -> list[JsonValue]:
    """The list a reply carries under a name."""
    held = envelope(reply).get("data")
    rows = held.get(field) if isinstance(held, dict) else None
    if not isinstance(rows, list):
        raise ROWS.wrong_shape(reply, f"an answer with {field} in it")
    return rows


def prices(reply: Reply, field: str) -> list[JsonValue]:
    """The list a reply carries, which is never empty."""
    rows = data(reply, field)
    if not rows:
        raise ROWS.wrong_shape(reply, f"a list of {field} with anything in it")
    return rows


def _words(value: JsonValue) -> VenueWords:
    if not isinstance(value, dict):
        return VenueWords()
    code, *messages = (
        text if isinstance(text := value.get(name), str) else "" for name in ("code", "message", "error_msg")
    )
    return VenueWords(code, next(filter(None, messages), ""), refuses=value.get("result") is False)


def _refusal(reply: Reply, words: VenueWords) -> VenueError:
    status = reply.status
    hint = _HINTS.of(status, words.label)
    wait_s = retry_after_s(reply, reply.received_ms)
    if wait_s is None and status == 429:
        wait_s = _BAN_S
    return failure(status, words, venue=VENUE, title=TITLE, hint=hint, wait_s=wait_s)


def server_time_ms(reply: Reply) -> int:
    """Pionex's clock, which every answer carries, however far it is from ours."""
    try:
        return past_ms(envelope(reply).get("timestamp"), 10 * reply.received_ms)
    except ValueError:
        raise ROWS.wrong_shape(reply, "an answer with its time") from None


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars, oldest first; Pionex sends the newest first, without a flag for the one that is growing."""

    def bar(value: JsonValue) -> tuple[Candle, bool | None]:
        row = as_object(value)
        first, high, low, last = (row.get(name) for name in ("open", "high", "low", "close"))
        raw = RawBar(seconds_of_ms(row.get("time")), first, high, low, last, row.get("volume"))
        return read_bar(raw, received_ms=reply.received_ms)

    read, problems = ROWS.each(reply, data(reply, "klines"), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(read, received_ms=reply.received_ms), tuple(problems))
