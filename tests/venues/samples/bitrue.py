"""Bitrue's replies, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final

SERVER_TIME: Final = b'{"serverTime":1499827319559}'
"""[docs]"""

SYMBOLS: Final = b"""
{"timezone":"CTT","serverTime":1635464889117,"rateLimits":[
  {"rateLimitType":"REQUESTS_WEIGHT","interval":"MINUTE","limit":1200}],"exchangeFilters":[],"symbols":[
  {"symbol":"SHABTC","status":"TRADING","baseAsset":"sha","baseAssetPrecision":0,"quoteAsset":"btc","quotePrecision":10},
  {"symbol":"XRPUSDT","status":"TRADING","baseAsset":"xrp","quoteAsset":"usdt"},
  {"symbol":"XRP3LUSDT","status":"TRADING","baseAsset":"xrp3l","quoteAsset":"usdt"},
  {"symbol":"XRP3SUSDT","status":"HALT","baseAsset":"XRP3S","quoteAsset":"USDT"},
  {"symbol":"XRP1SUSDT","status":"TRADING","baseAsset":"xrp1s","quoteAsset":"usdt"},
  {"symbol":"WEB3LUSDT","status":"TRADING","baseAsset":"web3l","quoteAsset":"usdt"}],"coins":[]}"""
"""[inferred] The first symbol and the frame as an open library keeps them; the tokens are those the page names, and a
coin whose name only looks like one."""

BTC_TICKER: Final = b"""
[{"symbol":"BTCUSDT","priceChange":"1208.73","priceChangePercent":"1.6700","weightedAvgPrice":null,
  "prevClosePrice":null,"lastPrice":"73369.84","lastQty":null,"bidPrice":"73369.83","askPrice":"73369.84",
  "openPrice":"72161.11","highPrice":"73630.71","lowPrice":"63892.36","volume":"45360.559",
  "quoteVolume":"3262918839.286","openTime":"0","closeTime":"0","firstId":"0","lastId":"0","count":"0"}]"""
"""[recorded] An ordinary pair, as a list of one; the recorder quoted every number."""

TICKERS: Final = b"""
[{"symbol":"XRPUSDT","lastPrice":"1.1786","bidPrice":"1.1785","askPrice":"1.1787","closeTime":0},
 {"symbol":"XRP3L_USDT","lastPrice":"1.0798","bidPrice":"1.0790","askPrice":"1.0801","closeTime":1635464889117},
 {"symbol":"WEB3LUSDT","lastPrice":"0.02","bidPrice":"0.019","askPrice":"0.021","closeTime":0},
 {"symbol":"XRP3LBTC","lastPrice":"0.00001","bidPrice":"","askPrice":null,"closeTime":0}]"""
"""[inferred] In the recorded form; one symbol with the underscore that a library once met in this list."""

BARS: Final = b"""
{"symbol":"BTCUSDT","scale":"KLINE_1H","data":[{"i":"1710327600","is":"1710327600000","a":"20010767.688",
  "v":"272.8614","c":"73442.94","h":"73442.95","l":"73238.69","o":"73256.01"}]}"""
"""[recorded]"""

NET_VALUE: Final = {
    "netValue": "1.079792003418094",
    "beginNetValue": "1.0075782872361934",
    "futruesPrice": "1.1786",
    "beginFutruesPrice": "1.1511",
}
"""[docs] Of xrp3lusdt, with the field names as they are; the call wants a key, so only the figures are of use here."""

REFUSALS: Final = (
    (400, b'{"code":-1121,"msg":"Invalid symbol."}'),
    (200, b'{"code":-1121,"msg":"Invalid symbol."}'),
    (200, b'{"code":-2017,"msg":"Could not find net-value for given symbol."}'),
    (401, b""),
    (403, b"<html><body>Access denied</body></html>"),
    (412, b'{"code":-1102,"msg":""}'),
)
"""[docs] The bodies of the first three; [inferred] the rest."""

BUSY: Final = ((400, b'{"code":-1003,"msg":"Too many requests."}'),)
"""[inferred]"""
