"""Gate's streams: spot tickers and best offers of tokens, tickers of perpetuals.

The pushes carry no NAV by Gate's page; should one do, it is read as in the price list. A perpetual's best offers are
not asked for: nothing here is valued at them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.addresses import stream_url
from levdesk.venues.gate.replies import QUOTE_CURRENCY, token_quote, underlying_quote
from levdesk.venues.gate.wire import ROWS, VENUE
from levdesk.venues.json_figures import JsonRow, JsonValue, printable
from levdesk.venues.rows import moment_ms, named_row, past_ms
from levdesk.venues.streams import StreamNews, StreamSocket, Topic, TopicKind

_SPOT_TICKERS: Final = "spot.tickers"
_SPOT_OFFERS: Final = "spot.book_ticker"
_PERPETUAL_TICKERS: Final = "futures.tickers"
_SOCKETS: Final = {
    TopicKind.TOKEN: ("spot", "wss://api.gateio.ws/ws/v4/", (_SPOT_TICKERS, _SPOT_OFFERS)),
    TopicKind.UNDERLYING: ("futures", "wss://fx-ws.gateio.ws/v4/ws/usdt", (_PERPETUAL_TICKERS,)),
}
"""Name, address and channels; the page names no limit of topics per connection."""
_CHANNELS: Final = (_SPOT_TICKERS, _SPOT_OFFERS, _PERPETUAL_TICKERS)
_TIME: Final = 1
"""Gate's pages want a time here and look at it on private channels only; a captured answer was to this one."""
_PING_EVERY_S: Final = 10.0
_SILENT_AFTER_S: Final = 30.0
_UNKNOWN_NAMES: Final = ("unknown currency pair ", "unknown contract ")

# -- what is said ------------------------------------------------------------------------------------------------


def sockets(topics: Sequence[Topic], base_url: str) -> tuple[StreamSocket, ...]:
    """One connection for spot, one for perpetuals, as far as there are topics."""
    found: list[StreamSocket] = []
    for kind, (name, address, _) in _SOCKETS.items():
        carried = tuple(sorted({topic for topic in topics if topic.kind is kind}))
        if carried:
            found.append(
                StreamSocket(
                    name=name,
                    url=stream_url(address, base_url),
                    topics=carried,
                    ping_every_s=_PING_EVERY_S,
                    silent_after_s=_SILENT_AFTER_S,
                )
            )
    return tuple(found)


def orders(event: str, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Messages that subscribe to topics or end them: one per topic, for one unknown name fails a whole message."""
    return tuple(
        json.dumps(
            {"time": _TIME, "channel": channel, "event": event, "payload": [topic.instrument]},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for topic in topics
        for channel in _SOCKETS[topic.kind][2]
    )


# -- what is heard -----------------------------------------------------------------------------------------------


def news(message: str | bytes, received_ms: int) -> StreamNews:
    """What a message says; acknowledgements, pongs and channels nobody asked for say nothing."""
    said = ROWS.message(message, received_ms)
    sent_ms = _sent_ms(said, received_ms)
    if _failed(said):
        return StreamNews(refused=_refused(said), sent_ms=sent_ms)
    channel = said.get("channel")
    if said.get("event") != "update" or not isinstance(channel, str) or channel not in _CHANNELS:
        return StreamNews(sent_ms=sent_ms)
    problems: list[Problem] = []
    tokens: list[TokenQuote] = []
    underlyings: list[UnderlyingQuote] = []
    for name, row in _named_rows(said, problems):
        moment = moment_ms(row.get("t"), sent_ms or received_ms)
        symbol, _, currency = name.upper().rpartition("_")
        if channel == _PERPETUAL_TICKERS:
            underlyings.append(underlying_quote(name, row, moment, problems))
        elif symbol and currency == QUOTE_CURRENCY:
            read = token_quote if channel == _SPOT_TICKERS else _offers
            quote = read(symbol, row, moment, problems)
            tokens += [quote] if quote is not None else []
    return StreamNews(tokens=tuple(tokens), underlyings=tuple(underlyings), problems=tuple(problems), sent_ms=sent_ms)


def _sent_ms(said: JsonRow, received_ms: int) -> int | None:
    try:
        return past_ms(said.get("time_ms"), received_ms)
    except ValueError:
        return None


def _failed(said: JsonRow) -> bool:
    result = said.get("result")
    return bool(said.get("error")) or (isinstance(result, dict) and result.get("status") == "fail")


def _refused(said: JsonRow) -> tuple[str, ...]:
    """The instrument that Gate does not know, in its words, or those of the message it answers."""
    error = said.get("error")
    words = error.get("message") if isinstance(error, dict) else None
    if isinstance(words, str):
        for start in _UNKNOWN_NAMES:
            if words.startswith(start):
                return (printable(words.removeprefix(start), 40),)
    payload = said.get("payload")
    named = payload if isinstance(payload, list) else []
    return tuple(printable(name, 40) for name in named if isinstance(name, str)) or ("",)


def _named_rows(said: JsonRow, problems: list[Problem]) -> Iterator[tuple[str, JsonRow]]:
    """Rows of a push: one object on spot channels, a list on those of perpetuals."""
    result = said.get("result")
    rows: Sequence[JsonValue] = result if isinstance(result, list) else [result]
    for row in rows:
        try:
            yield named_row(row, "currency_pair", "contract", "s")
        except ValueError as error:
            problems.append(ROWS.problem("row_unreadable", f"Gate: a row of a stream {error}; it is left out."))


def _offers(symbol: str, row: JsonRow, moment: int, problems: list[Problem]) -> TokenQuote | None:
    reader = ROWS.reader(symbol, row, problems)
    bid, ask = reader.price("b", "bid"), reader.price("a", "ask")
    if bid is None and ask is None:
        return None
    return TokenQuote(key=TokenKey(VENUE, symbol), bid=bid, ask=ask, price_ts_ms=moment)
