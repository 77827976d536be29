"""OKX's replies and messages, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final

SERVER_TIME: Final = b'{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}'
"""[docs]"""

MARK_PRICES: Final = b"""{"code":"0","msg":"","data":[
  {"instType":"SWAP","instId":"BTC-USDT-SWAP","markPx":"200","ts":"1597026383085"}]}"""
"""[docs]"""

FUNDING_NOW: Final = b"""{"code":"0","data":[
  {"formulaType":"noRate","fundingRate":"0.0000182221218054","fundingTime":"1743609600000","impactValue":"",
   "instId":"BTC-USDT-SWAP","instType":"SWAP","interestRate":"","maxFundingRate":"0.00375","method":"current_period",
   "minFundingRate":"-0.00375","nextFundingRate":"","nextFundingTime":"1743638400000",
   "premium":"0.0000910113652644","settFundingRate":"0.0000145824401745","settState":"settled",
   "ts":"1743588686291"}],"msg":""}"""
"""[docs] Of 2025."""

INDEXES: Final = b"""{"code":"0","msg":"","data":[
  {"instId":"BTC-USDT","idxPx":"43350","high24h":"43649.7","sodUtc0":"43444.1","open24h":"43640.8",
   "low24h":"43261.9","sodUtc8":"43328.7","ts":"1649419644492"}]}"""
"""[docs]"""

COIN_TICKER: Final = b"""{"code":"0","msg":"","data":[
  {"instType":"SWAP","instId":"BTC-USD-SWAP","last":"9999.99","lastSz":"0.1","askPx":"9999.99","askSz":"11",
   "bidPx":"8888.88","bidSz":"5","open24h":"9000","high24h":"10000","low24h":"8888.88","volCcy24h":"2222",
   "vol24h":"2222","sodUtc0":"2222","sodUtc8":"2222","ts":"1597026383085"}]}"""
"""[docs] A perpetual that is settled in the coin."""

MARK_BARS: Final = b"""{"code":"0","msg":"","data":[
  ["1597026383085","3.721","3.743","3.677","3.708","0"],["1597026383085","3.731","3.799","3.494","3.72","1"]]}"""
"""[docs] Both rows carry the same time, which is no bar's start; real rows do not."""

TRADED_BARS: Final = b"""{"code":"0","msg":"","data":[
  ["1706637600000","43398.6","43493.9","43279.9","43373.9","5070.79611732","220057933.233687634","220057933.233687634","1"],
  ["1706634000000","43495.9","43591.7","43300","43398.6","4492.95408114","195072853.268772597","195072853.268772597","1"],
  ["1706630400000","43377.1","43500","43220.9","43495.9","7137.30786672","309343235.363089398","309343235.363089398","1"]
]}"""
"""[recorded] Spot bars of an hour, newest first."""

FUNDING: Final = b"""{"code":"0","msg":"","data":[
  {"formulaType":"noRate","fundingRate":"0.0000746604960499","fundingTime":"1703059200000","instId":"BTC-USD-SWAP",
   "instType":"SWAP","method":"next_period","realizedRate":"0.0000746572360545"}]}"""
"""[docs]"""

ERRORS: Final = (
    (200, b'{"code":"51001","msg":"Instrument ID does not exist","data":[]}'),  # [inferred] code and meaning are [docs]
    (400, b'{"code":"50014","msg":"Parameter instId can not be empty.","data":[]}'),  # [inferred]
    (200, b'{"code":"50035","msg":"This endpoint requires that APIKey must be bound to IP","data":[]}'),  # [inferred]
    (403, b"<html><body>Access denied</body></html>"),  # [inferred]
    (404, b""),  # [inferred]
)

BUSY: Final = (
    (200, b'{"code":"50011","msg":"Too Many Requests","data":[]}'),  # [inferred] code, meaning and status are [docs]
    (429, b'{"code":"50013","msg":"Systems are busy. Please try again later.","data":[]}'),  # [inferred]
    (200, b'{"code":"50026","msg":"System error. Try again later.","data":[]}'),  # [inferred]
)

# -- stream ------------------------------------------------------------------------------------------------------

SUBSCRIBE: Final = """{"id":"1512","op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"},
  {"channel":"mark-price","instId":"BTC-USDT-SWAP"},{"channel":"funding-rate","instId":"BTC-USDT-SWAP"}]}"""
"""[docs]"""

SUBSCRIBED: Final = """{"id":"1512","event":"subscribe","arg":{"channel":"tickers","instId":"BTC-USDT"},
  "connId":"a4d3ae55"}"""
"""[docs]"""

MARK_OF_A_FUTURE: Final = """{"arg":{"channel":"mark-price","instId":"LTC-USD-190628"},
  "data":[{"instType":"FUTURES","instId":"LTC-USD-190628","markPx":"0.1","ts":"1597026383085"}]}"""
"""[docs] A future with a delivery day, and so no perpetual."""

MARK_PUSH: Final = """{"arg":{"channel":"mark-price","instId":"BTC-USDT-SWAP"},
  "data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","markPx":"42310.6","ts":"1597026383085"}]}"""
"""[inferred] The same message about a perpetual."""

INDEX_PUSH: Final = """{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",
  "idxPx":"0.1","high24h":"0.5","low24h":"0.1","open24h":"0.1","sodUtc0":"0.1","sodUtc8":"0.1","ts":"1597026383085"}]}"""
"""[docs]"""

FUNDING_PUSH: Final = """{"arg":{"channel":"funding-rate","instId":"BTC-USD-SWAP"},"data":[{"formulaType":"noRate",
  "fundingRate":"0.0001875391284828","fundingTime":"1700726400000","impactValue":"","instId":"BTC-USD-SWAP",
  "instType":"SWAP","interestRate":"","method":"current_period","maxFundingRate":"0.00375",
  "minFundingRate":"-0.00375","nextFundingRate":"","nextFundingTime":"1700755200000","premium":"0.0001233824646391",
  "settFundingRate":"0.0001699799259033","settState":"settled","ts":"1700724675402"}]}"""
"""[docs]"""

TICKER_PUSH: Final = """{"arg":{"channel":"tickers","instId":"BTC-USD-SWAP"},"data":[{"instType":"SWAP",
  "instId":"BTC-USD-SWAP","last":"9999.99","lastSz":"0.1","askPx":"9999.99","askSz":"11","bidPx":"8888.88",
  "bidSz":"5","ts":"1597026383085"}]}"""
"""[inferred] The row of the ticker's reply, in a message."""

NOTICE: Final = """{"event":"notice","code":"64008",
  "msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}"""
"""[docs] A minute before the connection is closed."""

REFUSED_UNNAMED: Final = '{"id":"1512","event":"error","code":"60012","msg":"Invalid request: ...","connId":"a4d3ae55"}'
"""[docs] Abridged as its page prints it."""

REFUSED_INDEX: Final = r"""{"id":"1512","event":"error","code":"60012","msg":"Invalid request: {\"op\": \"subscribe\",
 \"argss\":[{ \"channel\" : \"index-tickers\", \"instId\" : \"BTC-USDT\"}]}","connId":"a4d3ae55"}""".replace("\n", "")
"""[docs] The request is repeated in the sentence."""

REFUSED_MARK: Final = """{"event":"error","msg":"Subscribe failed, wrong URL or channel:mark-price,\
instId:NOPE-USDT-SWAP doesn't exist. Please use the correct URL, channel and parameters \
referring to API document.","code":"60018","connId":"25ebf8bb"}"""
"""[recorded] In 2026, with a perpetual OKX does not list in place of the name that was refused."""

REFUSED_MARK_OF_2023: Final = """{"event":"error","msg":"channel:mark-price,instId:NOPE-USDT-SWAP doesn't exist",\
"code":"60018"}"""
"""[recorded] As above, in older words."""
