"""KuCoin's replies and messages, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final


def enveloped(data: bytes) -> bytes:
    """An answer as every call gives it."""
    return b'{"code":"200000","data":' + data + b"}"


# -- tokens ------------------------------------------------------------------------------------------------------

ETF_INFO: Final = enveloped(
    b'[{"currency":"BTCUP","netAsset":"33.846","targetLeverage":"2-4","actualLeverage":"2.1648",'
    b'"issuedSize":"107134.87655291","basket":"118.324559 XBTUSDTM"}]'
)
"""[docs] Declared to be at its end in May 2026."""

ETF_INFO_OLDER: Final = (
    b'{"success":true,"code":"200","msg":"success","retry":false,"data":[{"currency":"BTCUP","netAsset":0.001,'
    b'"targetLeverage":"2-4","actualLeverage":"2.33","assetsUnderManagement":"766834.764756714775 USDT",'
    b'"basket":"-78.671762 XBTUSDTM"}]}'
)
"""[docs] An older shape: NAV as a number, another good code, and a basket whose sign is not that of the token."""

SYMBOLS: Final = enveloped(
    b"""[
  {"symbol":"BTC3L-USDT","name":"BTC3L-USDT","baseCurrency":"BTC3L","quoteCurrency":"USDT","market":"ETF"},
  {"symbol":"ETH3S-USDT","name":"ETH3S-USDT","baseCurrency":"ETH3S","quoteCurrency":"USDT","market":"ETF"},
  {"symbol":"BTCUP-USDT","name":"BTCUP-USDT","baseCurrency":"BTCUP","quoteCurrency":"USDT","market":"ETF"},
  {"symbol":"ETHDOWN-USDT","name":"ETHDOWN-USDT","baseCurrency":"ETHDOWN","quoteCurrency":"USDT","market":"ETF"},
  {"symbol":"JUP-USDT","name":"JUP-USDT","baseCurrency":"JUP","quoteCurrency":"USDT","market":"USDS"}]"""
)
"""[inferred] The page names the call and its ETF market, not a reply."""

ALL_TICKERS: Final = enveloped(
    b"""{"time":1729175612158,"ticker":[
  {"symbol":"BTC-USDT","symbolName":"BTC-USDT","buy":"66982.4","sell":"66982.5","changeRate":"-0.0114",
   "changePrice":"-778.1","high":"68107.7","low":"66683.3","vol":"1738.02898182","volValue":"117321982.415978333",
   "last":"66981.5","averagePrice":"67281.21437289","takerFeeRate":"0.001","makerFeeRate":"0.001"},
  {"symbol":"BTC3L-USDT","symbolName":"BTC3L-USDT","buy":"0.0123","sell":"0.0125","last":"0.01240"},
  {"symbol":"JUP-USDT","symbolName":"JUP-USDT","buy":"0.9","sell":"0.91","last":"0.9"},
  {"symbol":"BTC3L-BTC","symbolName":"BTC3L-BTC","buy":"1","sell":"1","last":"1"}]}"""
)
"""[inferred] A list of rows as `market/stats` gives them one by one."""

STATS: Final = enveloped(
    b"""{"time":1729175612158,"symbol":"BTC-USDT","buy":"66982.4","sell":"66982.5","changeRate":"-0.0114",
  "changePrice":"-778.1","high":"68107.7","low":"66683.3","vol":"1738.02898182","volValue":"117321982.415978333",
  "last":"66981.5","averagePrice":"67281.21437289","takerFeeRate":"0.001","makerFeeRate":"0.001",
  "takerCoefficient":"1","makerCoefficient":"1"}"""
)
"""[docs] One pair."""

SPOT_CANDLES: Final = enveloped(
    b'[["1706637600","43396.4","43369.4","43491.9","43285.2","135.02905655","5859577.939581874"]]'
)
"""[recorded] the row."""

SERVER_TIME: Final = enveloped(b"1729100692873")
"""[docs]"""

# -- perpetuals --------------------------------------------------------------------------------------------------

CONTRACTS: Final = enveloped(
    b"""[
  {"symbol":"XBTUSDTM","type":"FFWCSX","baseCurrency":"XBT","quoteCurrency":"USDT","tickSize":0.1,
   "multiplier":0.001,"fundingRateSymbol":".XBTUSDTMFPI8H","indexSymbol":".KXBTUSDT","status":"Open",
   "fundingFeeRate":5.2E-5,"predictedFundingFeeRate":8.3E-5,"fundingRateGranularity":28800000,
   "markPrice":67687.08,"indexPrice":67683.58,"lastTradePrice":67690.1,"nextFundingRateTime":16545690}]"""
)
"""[docs] the extract; [inferred] the values of the last four fields, which the page only names."""

MARK_PRICE: Final = enveloped(
    b'{"symbol":"XBTUSDTM","granularity":1000,"timePoint":1729254307000,"value":67687.08,"indexPrice":67683.58}'
)
"""[docs]"""

PERPETUAL_CANDLES: Final = enveloped(b"[[1728576000000,60791.1,61035,58940,60300,5501167]]")
"""[docs] the row."""

FUNDING: Final = enveloped(
    b'[{"symbol":"XBTUSDTM","fundingRate":2.1E-4,"timepoint":1702296000000},'
    b'{"symbol":"XBTUSDTM","fundingRate":3.47E-4,"timepoint":1702267200000}]'
)
"""[docs]"""

# -- errors ------------------------------------------------------------------------------------------------------

ERRORS: Final = (
    (400, b'{"code":"400100","msg":"Invalid Parameter."}'),  # [docs]
    (200, b'{"code":"400100","msg":"Invalid Parameter."}'),  # [docs] an error even with HTTP 200
    (401, b'{"code":"400005","msg":"Invalid KC-API-SIGN"}'),  # [docs]
    (200, b'{"code":"900001","msg":"symbol not exists"}'),  # [inferred] from the table of codes
    (403, b"<html>Forbidden</html>"),  # [inferred]
    (404, b'{"code":"404000","msg":"Url Not Found"}'),  # [inferred] an endpoint taken away
)

BUSY: Final = (
    (200, b'{"code":"429000","msg":"Too many requests. System-level rate limit exceeded."}'),  # [docs]
    (429, b'{"code":"429000","msg":"Too many requests. System-level rate limit exceeded."}'),  # [docs]
    (200, b'{"code":"500000","msg":"Internal Server Error"}'),  # [inferred] from the table of codes
)

# -- streams -----------------------------------------------------------------------------------------------------

TOKEN: Final = (
    "2neAiuYvAU61ZDXANAGAsiL4-iAExhsBXZxftpOeh_55i3Ysy2q2LEsEWU64mdzUOPusi34M_wGoSf7iNyEWJ93g2WHl-j4M7tCZ_S21PuIByWXUJF"
    "DywtiYB9J6i9GjsxUuhPw3Blq6rhZlGykT3Vp1phUafnulOOpts-MEmEF-3bpfetLOAq79RbGaLlE4JBvJHl5Vs9Y="
    ".ymP9jIr6v-vucrZr8761yA=="
)

_SERVER: Final = b'"instanceServers":[{"endpoint":"wss://ws-api-%s.kucoin.com/","encrypt":true,"protocol":"websocket",'
_INTERVALS: Final = b'"pingInterval":18000,"pingTimeout":10000}]}'
SPOT_TICKET: Final = enveloped(b'{"token":"' + TOKEN.encode() + b'",' + _SERVER % b"spot" + _INTERVALS)
"""[docs]"""
FUTURES_TICKET: Final = enveloped(b'{"token":"' + TOKEN.encode() + b'",' + _SERVER % b"futures" + _INTERVALS)
"""[docs] with the futures host, which the page names."""

WELCOME: Final = '{"id":"hQvf8jkno","type":"welcome"}'
"""[docs]"""
ACKNOWLEDGED: Final = '{"id":"1545910660739","type":"ack"}'
"""[docs]"""
PONG: Final = '{"id":"1545910590801","type":"pong"}'
"""[docs]"""

MARK_PUSH: Final = (
    '{"topic":"/contract/instrument:XBTUSDTM","type":"message","subject":"mark.index.price",'
    '"data":{"markPrice":90445.02,"indexPrice":90445.02,"granularity":1000,"timestamp":1731899129000}}'
)
"""[docs]"""
FUNDING_PUSH: Final = (
    '{"topic":"/contract/instrument:XBTUSDM","subject":"funding.rate",'
    '"data":{"granularity":60000,"fundingRate":-0.002966,"timestamp":1551770400000}}'
)
"""[docs]"""
SNAPSHOT_PUSH: Final = (
    '{"topic":"/contractMarket/snapshot:XBTUSDTM","type":"message","subject":"snapshot.24h",'
    '"id":"673ab3fff4088b0001664f41","data":{"highPrice":91512.8,"lastPrice":90326.7,"lowPrice":88747.8,'
    '"price24HoursBefore":89880.4,"priceChg":446.3,"priceChgPct":0.0049,"symbol":"XBTUSDTM",'
    '"ts":1731900415023929239,"turnover":526928331.0482177734,"volume":5834.46}}'
)
"""[docs] Its moment is in nanoseconds."""
OFFERS_PUSH: Final = (
    '{"topic":"/contractMarket/tickerV2:XBTUSDTM","type":"message","subject":"tickerV2","sn":1709284589209,'
    '"data":{"symbol":"XBTUSDTM","sequence":1709284589209,"bestBidSize":713,"bestBidPrice":"88987.4",'
    '"bestAskPrice":"88987.5","bestAskSize":1037,"ts":1731665526461000000}}'
)
"""[docs] A topic that is not asked for."""
SPOT_PUSH: Final = (
    '{"type":"message","topic":"/market/ticker:BTC-USDT","subject":"trade.ticker","data":{"sequence":"1545896668986",'
    '"price":"0.08","size":"0.011","bestAsk":"0.08","bestAskSize":"0.18","bestBid":"0.049","bestBidSize":"0.036",'
    '"Time":1704873323416}}'
)
"""[docs] Of the spot host, which is not connected to."""

UNKNOWN_TOPIC: Final = (
    '{"id":"NOSUCHUSDTM","type":"error","code":404,"data":"topic /contract/instrument:NOSUCHUSDTM is not found"}'
)
"""[inferred] The page does not show how a subscription is refused."""
NAMELESS_ERROR: Final = '{"type":"error","code":401,"data":"token is invalid"}'
"""[inferred]"""

# -- order books and announcements -------------------------------------------------------------------------------

ORDER_BOOK: Final = enveloped(
    b'{"time":1729176273859,"sequence":"14610502970","bids":[["66976.4","0.69109872"]],"asks":[["66976.5","0.05408199"]]}'
)
"""[docs]"""

ANNOUNCED: Final = enveloped(
    b'{"totalNum":1,"totalPage":1,"currentPage":1,"pageSize":50,"items":[{"annId":129045,'
    b'"annTitle":"KuCoin Will Delist Certain Leveraged Tokens","annType":["latest-announcements","delistings"],'
    b'"annDesc":"","cTime":1729594043000,"language":"en_US","annUrl":"https://www.kucoin.com/announcement/129045"}]}'
)
"""[inferred] From the fields the page names."""
