"""What LBank's replies say, as domain values and problems.

Leveraged tokens have a price list of their own, so being in it is what tells them; the list has no NAV, no offers and
no word on their coin. Pairs are spelt btc3l_usdt.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, printable
from levdesk.venues.lbank.wire import ROWS, VENUE, read
from levdesk.venues.rows import as_object, moment_ms, named_row
from levdesk.venues.token_names import any_long_short_multiple

_QUOTE: Final = "USDT"


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """The leveraged tokens of the list, with target and underlying read from the name."""
    rows, problems = _token_rows(reply)
    found: list[LeveragedToken] = []
    for symbol in rows:
        named = any_long_short_multiple(symbol)
        if named is None:
            words = (
                f"{symbol}: LBank lists it as a leveraged token, but the name does not tell what it follows; left out."
            )
            problems.append(ROWS.problem("token_name_unread", f"{words} Define it by hand to hold it.", row=symbol))
            continue
        found.append(
            LeveragedToken(
                key=TokenKey(VENUE, symbol),
                underlying=named.underlying,
                target_leverage=named.target_leverage,
                quote_currency=_QUOTE,
            )
        )
    if not found:
        problems.append(ROWS.problem("no_tokens_listed", "LBank's list holds no leveraged token at the moment."))
    return Parsed(tuple(found), tuple(problems))


def token_quotes(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenQuote]:
    """Last prices of the wanted tokens."""
    wanted = None if keys is None else frozenset(key.symbol for key in keys if key.venue == VENUE)
    rows, problems = _token_rows(reply)
    quotes: list[TokenQuote] = []
    for symbol, row in rows.items():
        if wanted is None or symbol in wanted:
            quote = _quote(symbol, row, reply.received_ms, problems)
            quotes += [] if quote is None else [quote]
    for symbol in sorted((wanted or frozenset()) - rows.keys()):
        label = printable(symbol, 40)
        words = f"{label}: LBank does not list it; it may have been delisted, merged or renamed."
        problems.append(ROWS.problem("token_not_listed", words, row=label))
    return Parsed(tuple(quotes), tuple(problems))


def _token_rows(reply: Reply) -> tuple[dict[str, JsonRow], list[Problem]]:
    """Rows by token symbol."""
    found, problems = ROWS.each(
        reply, read(reply).get("data"), lambda row: named_row(row, "symbol"), "row_unreadable", "a price row"
    )
    if not found:
        raise ROWS.wrong_shape(reply, "a price list with anything in it")
    rows: dict[str, JsonRow] = {}
    for pair, row in found:
        symbol, _, currency = pair.upper().rpartition("_")
        if symbol and currency == _QUOTE:
            rows.setdefault(symbol, row)
    return rows, problems


def _quote(symbol: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> TokenQuote | None:
    """The last trade, at the moment the row says."""
    try:
        figures = as_object(row.get("ticker"))
    except ValueError as error:
        problems.append(ROWS.problem("row_unreadable", f"{symbol}: its price {error}; it is left out.", row=symbol))
        return None
    reader = ROWS.reader(symbol, figures, problems)
    last = reader.price("latest", "last price")
    if last is None:
        return None
    return TokenQuote(key=TokenKey(VENUE, symbol), last=last, price_ts_ms=moment_ms(row.get("timestamp"), received_ms))


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars; a row is [start in seconds, open, high, low, close, volume]. Days begin at midnight of UTC+8."""

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        if not isinstance(row, list) or len(row) < 6:
            raise ValueError("is not a row of six figures")
        start, first, high, low, last, volume = row[:6]
        return read_bar(RawBar(start, first, high, low, last, volume), received_ms=reply.received_ms)

    found, problems = ROWS.each(reply, read(reply).get("data"), bar, "candle_rejected", "a price bar")
    return Parsed(in_order(found, received_ms=reply.received_ms), tuple(problems))
