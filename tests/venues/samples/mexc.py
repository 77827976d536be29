"""MEXC's replies and messages, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final

# -- tokens ------------------------------------------------------------------------------------------------------

TOMO3L_PAIR: Final = b"""
  {"symbol":"TOMO3LUSDT","status":"ENABLED","baseAsset":"TOMO3L","baseAssetPrecision":2,"quoteAsset":"USDT",
   "quotePrecision":3,"quoteAssetPrecision":3,"baseCommissionPrecision":2,"quoteCommissionPrecision":3,
   "orderTypes":["LIMIT","LIMIT_MAKER"],"quoteOrderQtyMarketAllowed":false,"isSpotTradingAllowed":false,
   "isMarginTradingAllowed":false,"quoteAmountPrecision":"5","baseSizePrecision":"0.0001",
   "permissions":["SPOT","LIMIT"],"filters":[],"maxQuoteAmount":"5000000","makerCommission":"0.002",
   "takerCommission":"0.002","tradeSideType":"1"}"""
"""[docs] The pages' own example of a pair is a leveraged token."""

BROCK_PAIR: Final = b"""
  {"symbol":"BROCKUSDT","status":"1","baseAsset":"BROCK","baseAssetPrecision":2,"quoteAsset":"USDT",
   "quotePrecision":5,"quoteAssetPrecision":5,"baseCommissionPrecision":2,"quoteCommissionPrecision":5,
   "orderTypes":["LIMIT","MARKET","LIMIT_MAKER"],"isSpotTradingAllowed":true,"isMarginTradingAllowed":false,
   "quoteAmountPrecision":"1","baseSizePrecision":"0","permissions":["SPOT"],"filters":[],
   "maxQuoteAmount":"2000000","makerCommission":"0.0005","takerCommission":"0.0005",
   "quoteAmountPrecisionMarket":"1","maxQuoteAmountMarket":"100000","fullName":"Bitrock","tradeSideType":1}"""
"""[recorded] January 2025, an ordinary pair in the present shape."""

PLAIN_PAIRS: Final = b"""
  {"symbol":"TOMOUSDT","status":"1","baseAsset":"TOMO","quoteAsset":"USDT"},
  {"symbol":"BTCUSDT","status":"1","baseAsset":"BTC","quoteAsset":"USDT"},
  {"symbol":"BTC3SUSDT","status":"3","baseAsset":"BTC3S","quoteAsset":"USDT"},
  {"symbol":"BTC5LBTC","status":"1","baseAsset":"BTC5L","quoteAsset":"BTC"},
  {"symbol":"DEFI3LUSDT","status":"1","baseAsset":"DEFI3L","quoteAsset":"USDT"}"""
"""[inferred] Coins beside their tokens, a token that is offline, one in another currency, one without its coin."""

_HEAD: Final = b'{"timezone":"CST","serverTime":1737623435453,"rateLimits":[],"exchangeFilters":[],"symbols":['
EXCHANGE_INFO: Final = _HEAD + b",".join([BROCK_PAIR, TOMO3L_PAIR, PLAIN_PAIRS]) + b"]}"
"""[recorded] envelope."""
EXCHANGE_INFO_WITHOUT_TOKENS: Final = _HEAD + BROCK_PAIR + b"]}"
"""[recorded]"""

BTC_TICKER: Final = b"""
  {"symbol":"BTCUSDT","priceChange":"184.34","priceChangePercent":"0.00400048","prevClosePrice":"46079.37",
   "lastPrice":"46263.71","bidPrice":"46260.38","bidQty":"","askPrice":"46260.41","askQty":"",
   "openPrice":"46079.37","highPrice":"47550.01","lowPrice":"45555.5","volume":"1732.461487","quoteVolume":null,
   "openTime":1641349500000,"closeTime":1641349582808,"count":null}"""
"""[docs]"""

BTC3L_TICKER: Final = b"""
  {"symbol":"BTC3LUSDT","lastPrice":"0.1472","bidPrice":"0.147","bidQty":"","askPrice":"0.1475","askQty":"",
   "quoteVolume":null,"openTime":1641349500000,"closeTime":1641349582808,"count":null}"""
"""[inferred] A token's row in the shape above."""

TICKERS: Final = b"[" + b",".join([BTC_TICKER, BTC3L_TICKER, b'{"symbol":"ODD3LUSDT","lastPrice":"1"}']) + b"]"
"""[inferred] The list; ODD3L has a token's name, and no coin of that name is listed."""

BOOK_TICKERS: Final = b"""[
  {"symbol":"AEUSDT","bidPrice":"0.11001","bidQty":"115.59","askPrice":"0.11127","askQty":"215.48"},
  {"symbol":"AE3LUSDT","bidPrice":"0.11","bidQty":"1","askPrice":"0.12","askQty":"1"}]"""
"""[docs] the first row: best offers alone, without a time; [inferred] the second."""

ETF_INFO_ROW: Final = b"""
  {"symbol":"OP3SUSDT","netValue":"0.332","feeRate":"0.00001","timestamp":1661494588543,"leverage":-3,
   "realLeverage":2.9126,"mergedTimes":3,"lastMergedTime":1659063531000,"basket":24678.0916}"""
"""[docs] Hidden from the pages since December 2024."""

ETF_INFO_FIRST_ROW: Final = b'{"symbol":"BTC3LUSDT","netValue":"0.147","feeRate":" 0.00001","timestamp":1507725176595}'
"""[docs] The oldest shape, of February 2022; a blank stands within its fee."""

ETF_INFO: Final = b"[" + ETF_INFO_ROW + b"," + ETF_INFO_FIRST_ROW + b"]"
"""[inferred] The answer without a symbol."""

SPOT_CANDLES: Final = (
    b'[[1710327600000,"73260.0","73442.95","73238.69","73414.21","49.560236",1710331200000,"3633995.45"]]'
)
"""[recorded]"""

SERVER_TIME: Final = b'{"serverTime":1645539742000}'
"""[docs]"""

# -- perpetuals --------------------------------------------------------------------------------------------------

CONTRACT_TICKERS: Final = b"""{"success":true,"code":0,"data":[
  {"symbol":"BTC_USDT","lastPrice":31199,"bid1":31198.5,"ask1":31199,"volume24":40146908,
   "amount24":124905007.4428,"holdVol":55102960,"lower24Price":27795,"high24Price":33152.5,"riseFallRate":-0.0176,
   "riseFallValue":-562,"indexPrice":31016.3,"fairPrice":31199.5,"fundingRate":0.001,"maxBidPrice":31946.5,
   "minAskPrice":30085.5,"timestamp":1609831334016}]}"""
"""[docs] A list without a symbol, an object with one."""

CONTRACT_INDEX: Final = (
    b'{"success":true,"code":0,"data":{"symbol":"BTC_USDT","indexPrice":31104.6,"timestamp":1609829627708}}'
)
"""[docs]"""

CONTRACT_FUNDING: Final = b"""{"success":true,"code":0,"data":
  {"symbol":"BTC_USDT","fundingRate":0.000018,"maxFundingRate":0.0018,"minFundingRate":-0.0018,"collectCycle":8,
   "nextSettleTime":1761897600000,"timestamp":1761879755894}}"""
"""[docs]"""

FUNDING_HISTORY: Final = b"""{"success":true,"code":0,"data":{"pageSize":2,"totalCount":21,"totalPage":11,
  "currentPage":1,"resultList":[
    {"symbol":"BTC_USDT","fundingRate":0.000266,"settleTime":1609804800000},
    {"symbol":"BTC_USDT","fundingRate":0.00029,"settleTime":1609776000000}]}}"""
"""[docs]"""

FUNDING_HISTORY_WITH_CYCLE: Final = b"""{"success":true,"code":0,"data":{"pageSize":1,"totalCount":1,"totalPage":1,
  "currentPage":1,"resultList":[
    {"symbol":"BTC_USDT","fundingRate":1.8E-5,"settleTime":1761897600000,"collectCycle":8}]}}"""
"""[inferred] Newer rows add the cycle."""

CONTRACT_CANDLES: Final = b"""{"success":true,"code":0,"data":{"time":[1609740600],"open":[33016.5],
  "close":[33040.5],"high":[33094.0],"low":[32995.0],"vol":[67332.0],"amount":[222515.85925]}}"""
"""[docs]"""

# -- errors ------------------------------------------------------------------------------------------------------

ERRORS: Final = (
    (400, b'{"code":700002,"msg":"Signature for this request is not valid"}'),  # [docs] shape and table
    (200, b'{"code":30014,"msg":"invalid symbol"}'),  # [inferred] from the table
    (200, b'{"success":false,"code":401,"message":"Unauthorized"}'),  # [inferred] from the table
    (401, b'{"code":401,"msg":"no authority"}'),  # [inferred]
    (403, b"<html>Access Denied</html>"),  # [inferred] the firewall before MEXC
    (404, b""),  # [inferred] what an endpoint taken away looks like
)

BUSY: Final = (
    (200, b'{"success":false,"code":500,"message":"System internal error!"}'),  # [docs]
    (200, b'{"success":false,"code":510,"message":"Requests are too frequent"}'),  # [inferred] from the table
    (400, b'{"code":429,"msg":"Too Many Requests"}'),  # [inferred] from the table
    (418, b""),  # [inferred] a ban
)

UNKNOWN_CONTRACT: Final = b'{"success":false,"code":1001,"message":"Contract does not exist!"}'
"""[inferred] from the table of codes."""

# -- streams -----------------------------------------------------------------------------------------------------

TICKER_PUSH: Final = (
    '{"channel":"push.ticker","data":{"ask1":6866.5,"bid1":6865,"contractId":1,"fairPrice":6867.4,'
    '"fundingRate":0.0008,"high24Price":7223.5,"indexPrice":6861.6,"lastPrice":6865.5,"lower24Price":6756,'
    '"maxBidPrice":7073.42,"minAskPrice":6661.37,"riseFallRate":-0.0424,"riseFallValue":-304.5,"symbol":"BTC_USDT",'
    '"timestamp":1587442022003,"holdVol":2284742,"volume24":164586129},"symbol":"BTC_USDT","ts":1587442022003}'
)
"""[docs]"""

SUBSCRIBED: Final = '{"channel":"rs.sub.ticker","data":"success","ts":1587442022003}'
"""[docs] the channel, [inferred] the rest."""

PONG: Final = '{"channel":"pong","data":1587453241453}'
"""[docs]"""

SUBSCRIPTION_ERROR: Final = '{"channel":"rs.error","data":"Contract [NOSUCH_USDT] does not exist","ts":1587442022003}'
"""[inferred] The pages do not show how a subscription is refused."""

NAMELESS_ERROR: Final = '{"channel":"rs.error","data":"something is wrong"}'
"""[inferred]"""

SPOT_SUBSCRIBED: Final = '{"id":0,"code":0,"msg":"spot@public.aggre.bookTicker.v3.api.pb@100ms@BTC3LUSDT"}'
"""[docs] Of the spot stream, which is not asked for."""

# -- order books and announcements -------------------------------------------------------------------------------

ORDER_BOOK: Final = (
    b'{"lastUpdateId":20453289489,"bids":[["45995.47","10.337165"]],"asks":[["45995.48","13.457322"]],'
    b'"timestamp":1704908526228}'
)
"""[recorded]"""

ANNOUNCED: Final = (
    b'{"code":0,"data":[{"details":[{"title":"Delisting of BTC3L","url":"https://www.mexc.com/help/1",'
    b'"language":"CN","postTime":1761620404821}],"totalPage":"123"}],"msg":""}'
)
"""[docs] With a title in place of its dots."""
