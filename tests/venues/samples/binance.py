"""Binance's replies and messages, figure by figure as its documents show them; types are theirs."""

from __future__ import annotations

from typing import Final

SERVER_TIME: Final = b'{"serverTime":1499827319559}'
"""[inferred] The page names the call and the unit only."""

PREMIUM_INDEX: Final = b"""
  {"symbol":"BTCUSDT","markPrice":"11793.63104562","indexPrice":"11781.80495970","estimatedSettlePrice":"11781.16138815",
   "lastFundingRate":"0.00038246","nextFundingTime":1597392000000,"interestRate":"0.00010000","time":1597370495002}"""
"""[docs] By way of a client library's tests; the answer for one symbol."""

DATED_FUTURE: Final = b"""
  {"symbol":"BTCUSDT_261225","markPrice":"12010.10000000","indexPrice":"11781.80495970","estimatedSettlePrice":"",
   "lastFundingRate":"","nextFundingTime":0,"interestRate":"","time":1597370495002}"""
"""[inferred] A future that pays no funding, as it stands among the perpetuals."""

PREMIUM_INDEX_LIST: Final = b"[" + PREMIUM_INDEX + b"," + DATED_FUTURE + b"]"
"""[inferred] The answer for all symbols: a list of the same rows."""

FUNDING_INFO: Final = b"""[
  {"symbol":"BLZUSDT","adjustedFundingRateCap":"0.02500000","adjustedFundingRateFloor":"-0.02500000",
   "fundingIntervalHours":8,"disclaimer":false}]"""
"""[docs] Perpetuals with a setting of their own; one that is absent settles every eight hours."""

FUNDING_RATE: Final = b"""[
  {"symbol":"BTCUSDT","fundingTime":1698768000000,"fundingRate":"0.00010000","markPrice":"34287.54619963"},
  {"symbol":"BTCUSDT","fundingTime":1698796800000,"fundingRate":"0.00010000","markPrice":"34651.40000000"}]"""
"""[docs]"""

KLINES: Final = b"""[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499644799999,
  "2434.19055334",308,"1756.87402397","28.46694368","17928899.62484339"]]"""
"""[docs] A bar of trades, one week long."""

MARK_KLINES: Final = (
    b'[[1591256460000,"9653.29201333","9654.56401333","9653.07367333","9653.07367333","0",1591256519999,'
    b'"0",60,"0","0","0"]]'
)
"""[docs] The volume of a mark price is always 0."""

SUBSCRIBE: Final = '{"method":"SUBSCRIBE","params":["btcusdt@markPrice@1s"],"id":1}'
"""[docs]"""

SUBSCRIBED: Final = '{"result":null,"id":1}'
"""[docs]"""

MARK_PRICE: Final = """
{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000",
 "i":"11784.62659091","P":"11784.25641265","r":"0.00038167","T":1562306400000}}"""
"""[docs]"""

SUBSCRIPTION_REFUSED: Final = '{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}'
"""[inferred] The page shows no refusal of a stream."""

INVALID_SYMBOL: Final = b'{"code":-1121,"msg":"Invalid symbol."}'
"""[docs]"""

ERRORS: Final = (
    (400, INVALID_SYMBOL),
    (200, INVALID_SYMBOL),  # [inferred]
    (403, b"<html><body>403 Forbidden</body></html>"),  # [inferred]
    (404, b""),  # [inferred]
    (451, b'{"code":0,"msg":"Service unavailable from a restricted location."}'),  # [inferred]
)

BANNED: Final = b'{"code":-1003,"msg":"Way too many requests; IP banned until 1790000090000."}'
"""[inferred] The page names the status 418 and no words; the moment is a minute and a half after a test's now."""

TOO_MANY: Final = b'{"code":-1003,"msg":"Too many requests."}'
"""[inferred]"""

# -- ended leveraged tokens --------------------------------------------------------------------------------------

TOKEN_INFO: Final = b"""[
  {"tokenName":"BTCDOWN","description":"3X Short Bitcoin Token","underlying":"BTC","tokenIssued":"717953.95",
   "basket":"-821.474 BTCUSDT Futures",
   "currentBaskets":[{"symbol":"BTCUSDT","amount":"-1183.984","notionalValue":"-22871089.96704"}],
   "nav":"4.79","realLeverage":"-2.316","fundingRate":"0.001020","dailyManagementFee":"0.0001",
   "purchaseFeePct":"0.0010","dailyPurchaseLimit":"100000.00","redeemFeePct":"0.0010",
   "dailyRedeemLimit":"1000000.00","timestamp":1583127900000}]"""
"""[docs]"""

TOKEN_NAV: Final = """
{"e":"nav","E":1583127900000,"s":"BTCDOWN","m":717953.95,"n":4.79,"b":[{"s":"BTCUSDT","n":-1183.984}],
 "l":-2.316,"t":-3,"f":0.001020}"""
"""[inferred] Letters of the page, e, E and the numbers' types of open clients; figures of the token's own row."""

NAV_KLINES: Final = (
    b'[[1598371200000,"5.88275270","6.03142087","5.85749741","5.99403551","2.28602984",1598374799999,"0",6209,'
    b'"14517.64507907","0","0"]]'
)
"""[docs] From a published copy of Binance's page on the call, which the venue page names without a sample."""

NAV_KLINE: Final = """
{"e":"kline","E":1598374123456,"s":"TRXDOWN","k":{"t":1598371200000,"T":1598374799999,"s":"TRXDOWN","i":"1h",
 "f":1598371200110,"L":1598374123210,"o":"5.88275270","c":"5.99403551","h":"6.03142087","l":"5.85749741",
 "v":"2.28602984","n":6209}}"""
"""[inferred] Fields and types as several open clients have them, figures of the bar above."""
