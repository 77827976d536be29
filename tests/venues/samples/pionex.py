"""Pionex's replies and messages, figure by figure as its specification and captures show them.

[recorded] here is a capture others published in September 2026, of Pionex or, where said, of its sister in the United
States. Where the specification gives only fields and types, or a library's tests fill them with placeholders, the
figures are ours and the types are the specification's: marked [inferred].
"""

from __future__ import annotations

from typing import Final

# -- tokens ------------------------------------------------------------------------------------------------------

SYMBOLS: Final = b"""{"data":{"symbols":[{"symbol":"BTC_USDT","type":"SPOT","baseCurrency":"BTC","quoteCurrency":"USDT",
  "basePrecision":6,"quotePrecision":2,"amountPrecision":8,"minAmount":"10","minTradeSize":"0.000001",
  "maxTradeSize":"1000","minTradeDumping":"0.000001","maxTradeDumping":"100","enable":true,"buyCeiling":"1.1",
  "sellFloor":"0.9"}]},"result":true,"timestamp":1566676132311}"""
"""[docs] One ordinary pair."""

TOKEN_SYMBOLS: Final = b"""{"data":{"symbols":[
  {"symbol":"BTC_USDT","type":"SPOT","baseCurrency":"BTC","quoteCurrency":"USDT","enable":true},
  {"symbol":"ETH_USDT","type":"SPOT","baseCurrency":"ETH","quoteCurrency":"USDT","enable":true},
  {"symbol":"BTC3L_USDT","type":"SPOT","baseCurrency":"BTC3L","quoteCurrency":"USDT","enable":true},
  {"symbol":"BTC1S_USDT","type":"SPOT","baseCurrency":"BTC1S","quoteCurrency":"USDT","enable":true},
  {"symbol":"ETH2L_USDT","type":"SPOT","baseCurrency":"ETH2L","quoteCurrency":"USDT","enable":true},
  {"symbol":"ETH5S_USDT","type":"SPOT","baseCurrency":"ETH5S","quoteCurrency":"USDT","enable":true},
  {"symbol":"MOON3L_USDT","type":"SPOT","baseCurrency":"MOON3L","quoteCurrency":"USDT","enable":true},
  {"symbol":"BTC3L_BTC","type":"SPOT","baseCurrency":"BTC3L","quoteCurrency":"BTC","enable":true},
  {"symbol":"BTC_USDT_PERP","type":"PERP","baseCurrency":"BTC","quoteCurrency":"USDT"}
  ]},"result":true,"timestamp":1566676132311}"""
"""[inferred] The kinds of names its pages tell of, one whose coin is not listed, and two pairs in other currencies."""

TICKERS: Final = b"""{"result":true,"timestamp":1713081600123,"data":{"tickers":[
  {"symbol":"BTC3L_USDT","time":1713081600000,"open":"3.1","close":"2.9012","high":"3.3","low":"2.7",
   "volume":"1200.5","amount":"3482.89","count":"123"},
  {"symbol":"BTC_USDT","time":1713081600000,"open":"66000","close":"64500.5","high":"67000","low":"62000",
   "volume":"10","amount":"645000","count":"9000"}]}}"""
"""[inferred] Types as specified: figures and `count` are strings, `time` is a number."""

BOOK_TICKERS: Final = b"""{"result":true,"timestamp":1713081600456,"data":{"tickers":[
  {"symbol":"BTC3L_USDT","bidPrice":"2.8991","bidSize":"40","askPrice":"2.9034","askSize":"55",
   "timestamp":"1713081600400"},
  {"symbol":"BTC_USDT","bidPrice":"64500.1","bidSize":"1","askPrice":"64500.9","askSize":"1",
   "timestamp":"1713081600400"}]}}"""
"""[inferred] Types as specified: `timestamp` is a string here."""

PLACEHOLDER_BOOK: Final = b"""{"result":true,"timestamp":1,"data":{"tickers":[{"symbol":"123","bidPrice":"123",
  "bidSize":"123","askPrice":"123","askSize":"123","timestamp":"123"}]}}"""
"""[docs] Shape only: the placeholders of a library's tests."""

PLACEHOLDER_TICKERS: Final = b"""{"result":true,"timestamp":1,"data":{"tickers":[{"symbol":"123","time":1,"open":"123",
  "close":"123","high":"123","low":"123","volume":"123","amount":"123","count":"123"}]}}"""
"""[docs] Shape only, as above."""

PLACEHOLDER_BARS: Final = b"""{"result":true,"timestamp":1,"data":{"klines":[{"time":1,"open":"123","close":"123",
  "high":"123","low":"123","volume":"123"}]}}"""
"""[docs] Shape only, as above; a bar of 1970 cannot be."""

BARS: Final = b"""{"result":true,"timestamp":1713081600123,"data":{"klines":[
  {"time":1713078000000,"open":"3.0","close":"2.9","high":"3.1","low":"2.8","volume":"120.5"},
  {"time":1713074400000,"open":"3.2","close":"3.0","high":"3.3","low":"2.95","volume":"98"}]}}"""
"""[inferred] Types as specified, newest first."""

# -- perpetuals --------------------------------------------------------------------------------------------------

INDEXES: Final = b"""{"result":true,"timestamp":1566691672400,"data":{"indexes":[
  {"symbol":"BTC_USDT_PERP","indexPrice":"29950.50","markPrice":"29952.30","nextFundingRate":"0.0001",
   "nextFundingTime":1566720000000,"updateTime":1566691672311},
  {"symbol":"ETH_USDT_PERP","indexPrice":"1850.10","markPrice":"1850.02","nextFundingRate":"-0.00002",
   "nextFundingTime":1566720000000,"updateTime":1566691672311}]}}"""
"""[inferred] Fields and types as specified; the first row's figures are those of the stream's example."""

MARK_BARS: Final = b"""{"result":true,"timestamp":1713081600123,"data":{"klines":[
  {"time":"1713078000000","open":"64900","close":"64500.5","high":"65010","low":"64400"},
  {"time":"1713074400000","open":"65100","close":"64900","high":"65200","low":"64850"}]}}"""
"""[inferred] Types as specified: here `time` is a string, and there is no volume."""

FUNDING: Final = b"""{"result":true,"timestamp":1713081600123,"data":{"symbol":"BTC_USDT_PERP","rates":[
  {"fundingRate":"0.0001","fundingTime":1713052800000},{"fundingRate":"-0.00005","fundingTime":1713024000000}]}}"""
"""[inferred] Fields and types as specified."""

DEPTH: Final = b"""{"result":true,"timestamp":1566691672311,"data":{"bids":[["27964.01","0.0675"]],
  "asks":[["27979.32","0.0731"]],"updateTime":1566691672300}}"""
"""[inferred] Fields and types as specified; the figures are those of the stream's example."""

ERRORS: Final = (
    (  # [docs]
        200,
        b'{"result":false,"code":"TRADE_INVALID_SYMBOL","message":"Invalid symbol","timestamp":1566691672311}',
    ),
    (  # [docs] as misspelled there
        400,
        b'{"result":false,"code":"TRADE_INVAILD_SYMBOL","message":"Invalid symbol","timestamp":1566691672311}',
    ),
    (  # [recorded] an error's time is in seconds, and its status is good
        200,
        b'{"result":false,"code":"MARKET_INVALID_SYMBOL","message":"symbol error","timestamp":1790133551}',
    ),
    (  # [recorded]
        200,
        b'{"result":false,"code":"MARKET_PARAMETER_ERROR","message":"limit error","timestamp":1790133551}',
    ),
    (404, b'{"error_msg":"404 Route Not Found"}'),  # [recorded] the singular bookTicker, and any path there is not
    (400, b'{"result":false,"code":"MARKET_INVALID_TIME","message":"","timestamp":1566691672311}'),  # [inferred]
    (403, b"<html><body>Access denied</body></html>"),  # [inferred]
    (404, b""),  # [inferred]
)

# -- stream ------------------------------------------------------------------------------------------------------

SUBSCRIBE_OFFERS: Final = '{"op":"SUBSCRIBE","topic":"DEPTH","symbol":"BTC3L_USDT","limit":1}'
"""[docs] With the token's pair in place of BTC_USDT."""

SUBSCRIBE_INDEX: Final = '{"op":"SUBSCRIBE","topic":"INDEX","symbol":"BTC_USDT_PERP"}'
"""[docs]"""

SUBSCRIBED: Final = '{"type":"SUBSCRIBED","topic":"DEPTH","symbol":"BTC_USDT"}'
"""[docs]"""

PING: Final = '{"op":"PING","timestamp":1566691672311}'
"""[docs] The answer carries the same time."""

PONG: Final = '{"op":"PONG","timestamp":1566691672311}'
"""[docs]"""

OFFERS: Final = """{"topic":"DEPTH","symbol":"BTC_USDT","timestamp":1566691672311,"data":{
  "bids":[["27964.01","0.0675"],["27963.23","0.9111"]],"asks":[["27979.32","0.0731"],["27980.97","1.0294"]]}}"""
"""[docs]"""

TRADE: Final = """{"topic":"TRADE","symbol":"BTC_USDT","timestamp":1566691672311,"data":[{"symbol":"BTC_USDT",
  "tradeId":"600848671","price":"7962.62","size":"0.0122","side":"BUY","timestamp":1566691672311}]}"""
"""[docs]"""

PERPETUAL_TRADES: Final = """{"topic":"TRADE","symbol":"BTC_USDT_PERP","timestamp":1566691672311,"data":[
  {"symbol":"BTC_USDT_PERP","tradeId":"600848671","price":"30000.00","size":"0.1000","side":"BUY","type":"NORMAL",
   "timestamp":1566691672311},{"symbol":"BTC_USDT_PERP","tradeId":"600848672","price":"30001.50","size":"0.0500",
   "side":"SELL","type":"NORMAL","timestamp":1566691672315}]}"""
"""[docs] Of a perpetual; the program does not ask for these."""

INDEX: Final = """{"topic":"INDEX","symbol":"BTC_USDT_PERP","timestamp":1566691672311,"data":[{"symbol":"BTC_USDT_PERP",
  "indexPrice":"29950.50","markPrice":"29952.30","nextFundingRate":"0.0001","nextFundingTime":1566720000000,
  "updateTime":1566691672311}]}"""
"""[docs]"""

EMPTY_OFFERS: Final = """{"topic":"DEPTH","symbol":"ACX_USDT","data":{"bids":[],"asks":[]},
  "timestamp":1790134046365}"""
"""[recorded] At the sister venue: a pair without a trade in a day."""

RECORDED_MS: Final = 1_790_134_733_500
"""About when the recorded messages came."""

RECORDED_INDEX: Final = """{"topic":"INDEX","symbol":"BTC_USDT_PERP","data":[{"symbol":"BTC_USDT_PERP",
  "indexPrice":"86755.22144","markPrice":"86713.51475","nextFundingRate":"0.0000394094",
  "nextFundingTime":1790150400000,"updateTime":1790134733200}],"timestamp":178995573831}"""
"""[recorded] The message's own time is no moment in ms."""

RECORDED_TRADE: Final = """{"topic":"TRADE","symbol":"BTC_USDT","data":[{"symbol":"BTC_USDT",
  "tradeId":"200000000107868897","price":"86697.95","size":"0.000008","side":"BUY","timestamp":1790133987528}],
  "timestamp":1790133987586}"""
"""[recorded] At the sister venue."""

REFUSED: Final = """{"type":"ERROR","code":"INVALID_SYMBOL","message":"invalid `symbol`","timestamp":1790133870342}"""
"""[recorded] It does not say which."""

REFUSED_NAMED: Final = """{"type":"ERROR","topic":"DEPTH","symbol":"NOPE3L_USDT","code":"INVALID_SYMBOL",
  "message":"invalid `symbol`"}"""
"""[inferred] If it ever does."""

CLOSING: Final = '{"op": "CLOSE", "timestamp": 1790134207135, "note": "missed pong exceed max limit"}'
"""[recorded] The last words before the connection is closed."""
