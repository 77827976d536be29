"""What Pionex's rows say of leveraged tokens: which there are, their last prices and their best offers.

No row says what is a leveraged token. BTC3L counts as one because its name reads as a multiple of BTC, and BTC itself
is listed beside it. Nor does a row say what is traded: `enable` was seen to be false where trades were made.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, printable
from levdesk.venues.pionex.wire import ROWS, VENUE, prices
from levdesk.venues.rows import moment_ms, named_row
from levdesk.venues.token_names import NamedMultiple, any_long_short_multiple

_CURRENCY: Final = "USDT"
_PERPETUAL: Final = "PERP"

# -- the list ----------------------------------------------------------------------------------------------------


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """The leveraged tokens among the spot pairs."""

    def named(row: JsonValue) -> tuple[str, JsonRow]:
        return named_row(row, "symbol")

    named_rows, problems = ROWS.each(reply, prices(reply, "symbols"), named, "row_unreadable", "a pair's row")
    pairs = {pair: row for pair, row in named_rows if row.get("type") != _PERPETUAL}
    found = [
        LeveragedToken(
            key=TokenKey(VENUE, symbol),
            underlying=name.underlying,
            target_leverage=name.target_leverage,
            quote_currency=_CURRENCY,
        )
        for symbol in map(symbol_of, pairs)
        if (name := _followed(symbol, pairs)) is not None
    ]
    if not found:
        problems.append(ROWS.problem("no_tokens_listed", "Pionex lists no leveraged token at the moment."))
    return Parsed(tuple(found), tuple(problems))


def symbol_of(pair: str) -> str:
    """The token of a pair in USDT, "" for any other pair: BTC3L_USDT is BTC3L."""
    symbol, _, currency = pair.rpartition("_")
    return symbol if currency == _CURRENCY else ""


def _followed(symbol: str, pairs: dict[str, JsonRow]) -> NamedMultiple | None:
    """What a token follows by its name, None where it is none or its coin is not listed beside it."""
    name = any_long_short_multiple(symbol)
    return name if name is not None and f"{name.underlying}_{_CURRENCY}" in pairs else None


# -- prices ------------------------------------------------------------------------------------------------------


def token_quotes(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenQuote]:
    """Last prices or best offers of the wanted tokens; only the list of last prices tells which there are."""

    def named(row: JsonValue) -> tuple[str, JsonRow]:
        return named_row(row, "symbol")

    named_rows, problems = ROWS.each(reply, prices(reply, "tickers"), named, "row_unreadable", "a price row")
    pairs: dict[str, JsonRow] = {}
    for pair, row in named_rows:
        pairs.setdefault(pair, row)
    wanted = None if keys is None else frozenset(key.symbol for key in keys if key.venue == VENUE)
    rows = {
        symbol: row for pair, row in pairs.items() if (symbol := symbol_of(pair)) and _is_wanted(symbol, wanted, pairs)
    }
    quotes = [_quote(symbol, row, reply.received_ms, problems) for symbol, row in rows.items()]
    if any("close" in row for row in pairs.values()):
        problems += [_not_listed(symbol) for symbol in sorted((wanted or frozenset()) - rows.keys())]
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _is_wanted(symbol: str, wanted: frozenset[str] | None, pairs: dict[str, JsonRow]) -> bool:
    return symbol in wanted if wanted is not None else _followed(symbol, pairs) is not None


def _not_listed(symbol: str) -> Problem:
    label = printable(symbol, 40)
    words = f"{label}: Pionex does not list it; it may have been delisted, merged or renamed."
    return ROWS.problem("token_not_listed", words, row=label)


def _quote(symbol: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> TokenQuote | None:
    stamp = row.get("time" if "close" in row else "timestamp")
    named = {"last": row.get("close"), "bid": row.get("bidPrice"), "ask": row.get("askPrice")}
    return quote_of(symbol, named, moment_ms(stamp, received_ms), problems)


def quote_of(symbol: str, figures: JsonRow, ts_ms: int, problems: list[Problem]) -> TokenQuote | None:
    """A quote out of "last", "bid" and "ask"; None when none of them is known."""
    reader = ROWS.reader(symbol, figures, problems)
    last, bid, ask = (
        reader.price(field, words) for field, words in (("last", "last price"), ("bid", "bid"), ("ask", "ask"))
    )
    if last is None and bid is None and ask is None:
        return None
    return TokenQuote(key=TokenKey(VENUE, symbol), last=last, bid=bid, ask=ask, price_ts_ms=ts_ms)
