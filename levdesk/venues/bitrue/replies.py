"""What Bitrue's replies say, as domain values and problems.

Nothing marks a leveraged token: a pair counts as one when its base reads like XRP3L and XRP itself is listed. Assets
come in lower case in one list and in upper case in others.
"""

from __future__ import annotations

from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, TokenQuote
from levdesk.domain.problems import Problem
from levdesk.venues.bars import RawBar, in_order, read_bar
from levdesk.venues.bitrue.wire import ROWS, VENUE, read
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, printable
from levdesk.venues.rows import as_object, moment_ms, named_row
from levdesk.venues.token_names import NamedMultiple, any_long_short_multiple

_QUOTE: Final = "USDT"


def tokens(reply: Reply) -> Parsed[LeveragedToken]:
    """The leveraged tokens among the symbols of the exchange."""
    value = read(reply)
    listed = value.get("symbols") if isinstance(value, dict) else None
    bases, problems = ROWS.each(reply, listed, _usdt_base, "row_unreadable", "a symbol")
    known = frozenset(bases)
    if not known:
        raise ROWS.wrong_shape(reply, "a list with symbols in it")
    found = [
        LeveragedToken(
            key=TokenKey(VENUE, symbol),
            underlying=named.underlying,
            target_leverage=named.target_leverage,
            quote_currency=_QUOTE,
        )
        for symbol in dict.fromkeys(bases)
        if (named := _token_name(symbol, known)) is not None
    ]
    if not found:
        problems.append(ROWS.problem("no_tokens_listed", "Bitrue's list holds no leveraged token at the moment."))
    return Parsed(tuple(found), tuple(problems))


def _usdt_base(row: JsonValue) -> str:
    """The base of a pair in USDT; "" for other pairs."""
    figures = as_object(row)
    base, quote = figures.get("baseAsset"), figures.get("quoteAsset")
    if not isinstance(base, str) or not isinstance(quote, str) or not base.isprintable() or not base:
        raise ValueError("has no readable assets")
    return base.upper() if quote.upper() == _QUOTE else ""


def _token_name(symbol: str, listed: frozenset[str]) -> NamedMultiple | None:
    named = any_long_short_multiple(symbol)
    return named if named is not None and named.underlying in listed else None


def token_quotes(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenQuote]:
    """Prices of the wanted tokens."""
    value = read(reply)
    rows, problems = ROWS.each(
        reply,
        [value] if isinstance(value, dict) else value,
        lambda row: named_row(row, "symbol"),
        "row_unreadable",
        "a price row",
    )
    if not rows:
        raise ROWS.wrong_shape(reply, "a price list with anything in it")
    by_symbol: dict[str, JsonRow] = {}
    for pair, row in rows:
        plain = pair.upper().replace("_", "")
        if plain.endswith(_QUOTE):
            by_symbol.setdefault(plain.removesuffix(_QUOTE), row)
    if keys is None:
        listed = frozenset(by_symbol)
        wanted = frozenset(symbol for symbol in listed if _token_name(symbol, listed) is not None)
    else:
        wanted = frozenset(key.symbol for key in keys if key.venue == VENUE)
    quotes = [_quote(symbol, row, reply.received_ms, problems) for symbol, row in by_symbol.items() if symbol in wanted]
    for symbol in sorted(wanted - by_symbol.keys()):
        label = printable(symbol, 40)
        words = f"{label}: Bitrue does not list it; it may have been delisted, merged or renamed."
        problems.append(ROWS.problem("token_not_listed", words, row=label))
    return Parsed(tuple(quote for quote in quotes if quote is not None), tuple(problems))


def _quote(symbol: str, row: JsonRow, received_ms: int, problems: list[Problem]) -> TokenQuote | None:
    reader = ROWS.reader(symbol, row, problems)
    last, bid, ask = (
        reader.price(field, words)
        for field, words in (("lastPrice", "last price"), ("bidPrice", "bid"), ("askPrice", "ask"))
    )
    if last is None and bid is None and ask is None:
        return None
    return TokenQuote(
        key=TokenKey(VENUE, symbol),
        last=last,
        bid=bid,
        ask=ask,
        price_ts_ms=moment_ms(row.get("closeTime"), received_ms),
    )


def bars(reply: Reply) -> Parsed[Candle]:
    """Bars; `i` is the start in seconds, `v` the volume in base units, `a` the amount paid."""
    value = read(reply)

    def bar(row: JsonValue) -> tuple[Candle, bool | None]:
        start, first, high, low, last, volume = map(as_object(row).get, ("i", "o", "h", "l", "c", "v"))
        return read_bar(RawBar(start, first, high, low, last, volume), received_ms=reply.received_ms)

    rows = value.get("data") if isinstance(value, dict) else None
    found, problems = ROWS.each(reply, rows, bar, "candle_rejected", "a price bar")
    return Parsed(in_order(found, received_ms=reply.received_ms), tuple(problems))
