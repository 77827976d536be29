"""Bybit's replies and messages, figure by figure as its documents and captures show them; types are the documents'."""

from __future__ import annotations

from typing import Final

SERVER_TIME: Final = b"""
  {"retCode":0,"retMsg":"OK","result":{"timeSecond":"1688639403","timeNano":"1688639403423213947"},
   "retExtInfo":{},"time":1688639403423}"""
"""[docs]"""


def envelope(*rows: bytes, time: bytes = b"1707923000000", category: bytes = b"linear") -> bytes:
    """Rows as a reply carries them."""
    result = b'{"category":"' + category + b'","list":[' + b",".join(rows) + b"]}"
    return b'{"retCode":0,"retMsg":"OK","result":' + result + b',"retExtInfo":{},"time":' + time + b"}"


INVERSE_TICKERS: Final = envelope(
    b"""
  {"symbol":"BTCUSD","lastPrice":"120635.50","indexPrice":"114890.92","markPrice":"114898.43",
   "prevPrice24h":"105595.90","price24hPcnt":"0.142425","highPrice24h":"131309.30","lowPrice24h":"102007.60",
   "prevPrice1h":"119806.10","openInterest":"240113967","openInterestValue":"2089.79","turnover24h":"115.6907",
   "volume24h":"13713832.0000","fundingRate":"0.0001","nextFundingTime":"1760371200000",
   "predictedDeliveryPrice":"","basisRate":"","deliveryFeeRate":"","deliveryTime":"0","ask1Size":"9854",
   "bid1Price":"103401.00","ask1Price":"109152.80","bid1Size":"1063","basis":"","preOpenPrice":"","preQty":"",
   "curPreListingPhase":"","fundingIntervalHour":"8","basisRateYear":"","fundingCap":"0.005"}""",
    time=b"1760352369814",
    category=b"inverse",
)
"""[docs] The example is of an inverse perpetual; linear ones have the same keys."""

BTC_TICKER: Final = b"""
  {"symbol":"BTCUSDT","lastPrice":"51444.40","indexPrice":"51469.95","markPrice":"51444.40",
   "prevPrice24h":"50147.50","price24hPcnt":"0.025861","highPrice24h":"51444.40","lowPrice24h":"48381.60",
   "prevPrice1h":"50999.90","openInterest":"225766.793","openInterestValue":"11614437205.81",
   "turnover24h":"2352063794.0035","volume24h":"47293.8870","fundingRate":"-0.00046295",
   "nextFundingTime":"1707926400000","predictedDeliveryPrice":"","basisRate":"","deliveryFeeRate":"",
   "deliveryTime":"0","ask1Size":"491.691","bid1Price":"51444.30","ask1Price":"51444.40"}"""
"""[recorded] A linear ticker of February 2024, before the funding interval was told; cut after `ask1Price`."""

DATED_TICKER: Final = b"""
  {"symbol":"BTC-26DEC25","lastPrice":"52000","indexPrice":"51469.95","markPrice":"52010","fundingRate":"",
   "nextFundingTime":"0","deliveryTime":"1766736000000"}"""
"""[inferred] A linear future with a date pays no funding."""

LINEAR_TICKERS: Final = envelope(BTC_TICKER, DATED_TICKER)
"""[inferred] The recorded row in the documented envelope."""

SPOT_TICKERS: Final = envelope(
    b"""
  {"symbol":"BTCUSDT","bid1Price":"20517.96","bid1Size":"2","ask1Price":"20527.77","ask1Size":"1.862172",
   "lastPrice":"20533.13","prevPrice24h":"20393.48","price24hPcnt":"0.0068","highPrice24h":"21128.12",
   "lowPrice24h":"20318.89","turnover24h":"243765620.65899866","volume24h":"11801.27771",
   "usdIndexPrice":"20784.12009279"}""",
    time=b"1673859087947",
    category=b"spot",
)
"""[docs] Not asked for here."""

SPOT_BOOK: Final = b"""
  {"retCode":"0","retMsg":"OK","result":{"s":"BTCUSDT","a":[["29971.81","0.001161"],["29988.93","0.112648"]],
   "b":[["29861","0.00101"],["29829.3","0.000667"]],"ts":"1706803989954","u":"4313234"},
   "retExtInfo":{},"time":"1706803989955"}"""
"""[recorded] Not asked for here; the capture turned numbers into strings."""

KLINES: Final = b"""
  {"retCode":"0","retMsg":"OK","result":{"symbol":"BTCUSDT","category":"linear","list":[
   ["1706637600000","43376.1","43474.1","43264.8","43352.8","1575.305","68345898.1407"],
   ["1706634000000","43488","43579.5","43286.8","43376.1","3199.431","138878389.2519"],
   ["1706630400000","43350.7","43492.5","43204.5","43488","1341.261","58117391.4117"]]},
   "retExtInfo":{},"time":"1706803708087"}"""
"""[recorded] Bars of trades, newest first; the capture turned the numbers of the envelope into strings."""

MARK_KLINES: Final = b"""
  {"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","category":"linear","list":[
   ["1670608800000","17164.16","17164.16","17121.5","17131.64"]]},"retExtInfo":{},"time":1672026361839}"""
"""[docs]"""

FUNDING: Final = b"""
  {"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[
   {"symbol":"ETHPERP","fundingRate":"0.0001","fundingRateTimestamp":"1672041600000"}]},
   "retExtInfo":{},"time":1672051897447}"""
"""[docs]"""

# -- streams -----------------------------------------------------------------------------------------------------

PONG: Final = '{"success":true,"ret_msg":"pong","conn_id":"0970e817-426e-429a-a679-ff7f55e0b16a","op":"ping"}'
"""[docs] The answer to our ping; its `op` stays "ping". The id of the connection is made up."""

SUBSCRIBED: Final = '{"success":true,"ret_msg":"","conn_id":"0970e817","req_id":"BTCUSDT","op":"subscribe"}'
"""[inferred] The page does not show the answer to a subscription."""

ONE_REFUSED: Final = (
    '{"success":false,"ret_msg":"error:handler not found,topic:tickers.NOSUCH","conn_id":"0970e817",'
    '"req_id":"NOSUCH","op":"subscribe"}'
)
"""[recorded] By others: the words of a refusal, and that it repeats the `req_id`; not on the venue page."""

MANY_REFUSED: Final = ONE_REFUSED.replace('"NOSUCH"', '"BTCUSDT,NOSUCH"')
"""[recorded] By others: one bad topic fails the whole request."""

ALREADY: Final = ONE_REFUSED.replace("handler not found", "already subscribed")
"""[recorded] By others: the words for a topic that is heard already."""

TICKER_SNAPSHOT: Final = """
{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","tickDirection":"MinusTick",
 "price24hPcnt":"-0.158315","lastPrice":"66666.60","prevPrice24h":"79206.20","highPrice24h":"79266.30",
 "lowPrice24h":"65076.90","prevPrice1h":"66666.60","markPrice":"66666.60","indexPrice":"115418.19",
 "openInterest":"492373.72","openInterestValue":"32824881841.75","turnover24h":"4936790807.6521",
 "volume24h":"73191.3870","fundingIntervalHour":"8","fundingCap":"0.005","nextFundingTime":"1760342400000",
 "fundingRate":"-0.005","bid1Price":"66666.60","bid1Size":"23789.165","ask1Price":"66666.70",
 "ask1Size":"23775.469","preOpenPrice":"","preQty":"","curPreListingPhase":""},"cs":9532239429,"ts":1760325052630}"""
"""[docs]"""

TICKER_DELTA: Final = """
{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"66667.10",
 "bid1Size":"23790.001"},"cs":9532239430,"ts":1760325052730}"""
"""[inferred] From the rule that a delta has the changed fields only."""

KLINE: Final = """
{"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5",
 "close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,
 "timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"}"""
"""[docs] Not asked for here."""

# -- refusals ----------------------------------------------------------------------------------------------------


def refusal(code: int, words: str) -> bytes:
    """An envelope that says no."""
    return f'{{"retCode":{code},"retMsg":"{words}","result":{{}},"retExtInfo":{{}},"time":1672051897447}}'.encode()


ERRORS: Final = (
    (200, refusal(10001, "Params error")),  # [inferred] codes are documented, envelopes of errors are not shown
    (200, refusal(10002, "Request not authorized - timestamp")),  # [inferred]
    (200, refusal(10009, "IP region is banned")),  # [inferred]
    (200, refusal(10029, "Symbol is not whitelisted")),  # [inferred]
    (200, refusal(170358, "The current site does not support ETP")),  # [docs] code and words
    (200, refusal(110070, "ETP symbols cannot be traded")),  # [docs] code and words
    (403, b"<html><body>The request could not be satisfied.</body></html>"),  # [inferred] an address in the US
    (404, b""),  # [recorded] the paths of leveraged tokens, October 2026; the body is unknown
)

TOO_MANY_VISITS: Final = refusal(10006, "Too many visits!")
"""[docs] Code and words."""

SERVER_ERROR: Final = refusal(10016, "Server error.")
"""[docs] Code; [inferred] words."""

TOO_FREQUENT: Final = b"403, access too frequent"
"""[docs] The words; the shape of the body is not shown."""

# -- ended leveraged tokens --------------------------------------------------------------------------------------

LT_INFO: Final = b"""
  {"retCode":0,"retMsg":"OK","result":{"list":[{"fundFee":"299.70622821","fundFeeTime":"1672992000000",
   "ltCoin":"BTC3L","ltName":"3X Long","ltStatus":"1","manageFeeRate":"0.00005","manageFeeTime":"1673053200000",
   "maxPurchase":"10000","maxPurchaseDaily":"200000","maxRedeem":"14434","maxRedeemDaily":"2100000",
   "minPurchase":"100","minRedeem":"144","netValue":"0.376482201140738147","purchaseFeeRate":"0.0005",
   "redeemFeeRate":"0.0005","total":"5000000","value":"49464463114.022994974075443169"}]},
   "retExtInfo":{},"time":1672991427073}"""
"""[docs]"""

LT_REFERENCE: Final = b"""
  {"retCode":0,"retMsg":"OK","result":{"basket":"-132.460000082171973364","circulation":"30097.901900052619091704",
   "leverage":"-2.666924651755770729","ltCoin":"BTC3S","nav":"27.692082719770373048","navTime":"1672991679858"},
   "retExtInfo":{},"time":1672991679937}"""
"""[docs]"""

LT_NAV: Final = """
{"topic":"lt.EOS3LUSDT","ts":1672325564669,"type":"snapshot","data":{"symbol":"EOS3LUSDT","time":1672325564554,
 "nav":"0.413517419653406162","basketPosition":"1.261060779498318641","leverage":"2.656197506416192150",
 "basketLoan":"-0.684866519289629374","circulation":"72767.309468460367138199","basket":"91764.000000292013277472"}}"""
"""[docs]"""

LT_TICKER: Final = """
{"topic":"tickers_lt.EOS3LUSDT","ts":1672325446847,"type":"snapshot","data":{"symbol":"EOS3LUSDT",
 "lastPrice":"0.41477848043290448","highPrice24h":"0.435285472510871305","lowPrice24h":"0.394601507960931382",
 "prevPrice24h":"0.431502290172376349","price24hPcnt":"-0.0388"}}"""
"""[docs]"""

LT_KLINE: Final = """
{"type":"snapshot","topic":"kline_lt.5.EOS3LUSDT","data":[{"start":1672325100000,"end":1672325399999,"interval":"5",
 "open":"0.416039541212402799","close":"0.41477848043290448","high":"0.416039541212402799",
 "low":"0.409734237314911206","confirm":false,"timestamp":1672325322393}],"ts":1672325322393}"""
"""[docs]"""
