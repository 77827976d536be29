"""HTX's replies and messages, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final

FUTURES_TIME: Final = b'{"status":"ok","ts":1790000000123}'
"""[inferred] The clock of the futures host; a third party saw this form in 2026."""

SPOT_TIME: Final = b'{"status":"ok","data":1494900087029}'
"""[docs]"""

INDEX: Final = (
    b'{"status":"ok","data":[{"index_price":13076.32986568,"index_ts":1603694592011,"contract_code":"BTC-USDT"}],'
    b'"ts":1603694596400}'
)
"""[docs] A bare number with eight decimals."""

INDEX_WITH_A_DELISTED_ROW: Final = b"""
{"status":"ok","data":[
  {"index_price":86812.90428571429,"index_ts":1789999999000,"contract_code":"BTC-USDT"},
  {"index_price":3.0021,"index_ts":1747706678010,"contract_code":"CVX-USDT"}],"ts":1790000000000}"""
"""[inferred] Rows of delisted perpetuals stay as they last were: a third party saw CVX-USDT in 2026 with this time."""

FUNDING_NOW: Final = b"""
{"code":"200","message":"Success","data":[{"contract_code":"BTC-USDT","funding_rate":"0.000081913965631512",
  "funding_time":"1781251200000","next_funding_time":"1781280000000","min_funding_rate":"-0.003750000000000000",
  "max_funding_rate":"0.003750000000000000"}],"ts":"1781235566039"}"""
"""[recorded] June 2026; the recorder quoted every number."""

FUNDING_NOW_BARE: Final = b"""
{"code":200,"data":[{"contract_code":"BTC-USDT","funding_rate":"-0.0001","funding_time":"1782460800000",
  "next_funding_time":"1782489600000","min_funding_rate":"-0.00375","max_funding_rate":"0.00375"}],"ts":1782450000000}"""
"""[inferred] The same with a bare code and time."""

OLD_FUNDING_NOW: Final = b"""
{"status":"ok","data":[{"funding_rate":"-0.007500000000000000","contract_code":"ETC-USDT","symbol":"ETC",
  "fee_asset":"USDT","funding_time":"1613976000000","estimated_rate":null,"next_funding_time":null},
  {"funding_rate":"0E-18","contract_code":"BTC-USDT","symbol":"BTC","fee_asset":"USDT","funding_time":"1790006400000"}],
  "ts":1790000000000}"""
"""[inferred] The older call's form: a settlement that has passed, and an exact zero as it writes it."""

MARK: Final = b"""
{"ch":"market.BTC-USDT.mark_price.5min","data":[
  {"amount":"0","close":"31078.68","count":"0","high":"31078.68","id":1611105300,"low":"31078.68","open":"31078.68",
   "trade_turnover":"0","vol":"0"},
  {"amount":"0","close":"31078.70","count":"0","high":"31078.70","id":1611105600,"low":"31078.68","open":"31078.68",
   "trade_turnover":"0","vol":"0"}],"status":"ok","ts":1611106791703}"""
"""[docs] Quoted prices, bare times in seconds; the second close is changed so that the newest shows."""

BARS: Final = b"""
{"ch":"market.BTC-USDT.kline.1min","data":[{"amount":0.004,"close":13076.8,"count":1,"high":13076.8,"id":1603695060,
  "low":13076.8,"open":13076.8,"trade_turnover":52.3072,"vol":4}],"status":"ok","ts":1603695099234}"""
"""[docs] `vol` counts contracts, `amount` coins."""

SPOT_BARS: Final = b"""
{"ch":"market.btc3lusdtnav.kline.5min","status":"ok","ts":1629769247172,"data":[
  {"id":1629769200,"open":17.46,"close":17.41,"low":17.40,"high":17.47,"amount":0,"vol":0,"count":0},
  {"id":1629768900,"open":17.43,"close":17.46,"low":17.42,"high":17.48,"amount":0,"vol":0,"count":0}]}"""
"""[inferred] NAV bars in the form of spot bars, newest first."""

FUNDING_HISTORY: Final = b"""
{"code":"200","message":"Success","data":[{"id":"1","contract_code":"BTC-USDT","funding_rate":"0.0001",
  "funding_time":"1603296000000"}],"ts":"1781254621720"}"""
"""[recorded] June 2026: asked for one row without a start, it gave the oldest."""

OLD_FUNDING_HISTORY: Final = b"""
{"status":"ok","data":{"total_page":14,"current_page":1,"total_size":14,"data":[
  {"avg_premium_index":"0.000049895833333333","funding_rate":"0.000100000000000000","realized_rate":"0.00009",
   "funding_time":"1603670400000","contract_code":"BTC-USDT","symbol":"BTC","fee_asset":"USDT"}]},"ts":1603696680599}"""
"""[docs] The older call, a level deeper; the realized rate is added."""

REFUSALS: Final = (
    (200, b'{"status":"error","err_code":1014,"err_msg":"This contract doesnt exist.","ts":1790000000000}'),
    (200, b'{"status":"error","err-code":"invalid-parameter","err-msg":"invalid symbol","ts":1790000000000}'),
    (200, b'{"message":"unauthorized","code":1003,"success":false}'),  # [recorded]
    (
        200,
        b'{"status":"error","err-code":"o-amount-min-error","err-msg":"limit order amount error","data":null}',
    ),  # [docs]
    (404, b'{"timestamp":"2026-09-23T03:38:42.568+00:00","status":404,"error":"Not Found","path":"/v1/nope"}'),
    (403, b"<html><body>Access denied</body></html>"),
)
"""[inferred] where not marked: the forms are documented, the first two and the 404 were seen by a third party."""

BUSY: Final = (
    (200, b'{"status":"error","err_code":1032,"err_msg":"The number of access exceeded the limit.","ts":1}'),
    (200, b'{"code":429,"message":"too many requests"}'),
)
"""[inferred] The codes are documented."""

# -- streams -----------------------------------------------------------------------------------------------------

SPOT_PING: Final = '{"ping":1492420473027}'
"""[docs]"""

NOTICE_PING: Final = '{"op":"ping","ts":"1492420473058"}'
"""[docs]"""

MARK_PUSH: Final = """
{"ch":"market.BTC-USDT.mark_price.1min","ts":1489474082831,"tick":{"vol":"0","close":"9800.12","count":"0",
  "high":"9800.12","id":1529898780,"low":"9800.12","open":"9800.12","trade_turnover":"0","amount":"0"}}"""
"""[docs]"""

INDEX_PUSH: Final = """
{"ch":"market.BTC-USDT.index.1min","ts":1607309592214,"tick":{"id":1607309100,"open":"19213.505","close":"19242.05",
  "high":"19248.31","low":"19213.505","amount":"0","vol":"0","count":0}}"""
"""[docs] Named for another contract and period there."""

FUNDING_PUSH: Final = """
{"op":"notify","topic":"public.*.funding_rate","ts":1603778748166,"data":[{"symbol":"BTC","contract_code":"BTC-USDT",
  "fee_asset":"USDT","funding_time":"1603778700000","funding_rate":"-0.000220068774978695",
  "settlement_time":"1603785600000","estimated_rate":null}]}"""
"""[docs]"""

SUBSCRIBED: Final = '{"id":"BTC-USDT","status":"ok","subbed":"market.BTC-USDT.mark_price.1min","ts":1489474081631}'
"""[docs] with our id."""

NOTICE_SUBSCRIBED: Final = (
    '{"op":"sub","cid":"BTC-USDT","topic":"public.BTC-USDT.funding_rate","ts":1670903745088,"err-code":0}'
)
"""[docs] with our cid."""

REFUSED: Final = (
    '{"status":"error","ts":1494326028889,"id":"NOPE-USDT","err-code":"bad-request","err-msg":"invalid topic"}'
)
"""[inferred] The form of the older calls."""

NOTICE_REFUSED: Final = (
    '{"op":"sub","cid":"NOPE-USDT","topic":"public.NOPE-USDT.funding_rate","ts":1489474082831,"err-code":2011,'
    '"err-msg":"invalid"}'
)
"""[inferred] A code other than 0."""

SPOT_TICKER_PUSH: Final = """
{"ch":"market.btcusdt.ticker","ts":1630982370526,"tick":{"open":51732,"high":52785.64,"low":51000,"close":52735.63,
  "amount":13259.24137056181,"vol":687640987.4125315,"count":448737,"bid":52732.88,"bidSize":0.036,"ask":52732.89,
  "askSize":0.583653,"lastPrice":52735.63,"lastSize":0.03}}"""
"""[docs] Spot: not asked for here, so it says nothing."""

# -- the leveraged tokens that ended -----------------------------------------------------------------------------

LONG_NAMED_SYMBOLS: Final = b"""
{"status":"ok","data":[{"base-currency":"xrp3s","quote-currency":"usdt","price-precision":4,"amount-precision":4,
  "symbol-partition":"innovation","symbol":"xrp3susdt","state":"online","value-precision":8,"min-order-amt":0.01,
  "max-order-amt":1616.4353,"min-order-value":5,"limit-order-min-order-amt":0.01,"limit-order-max-order-amt":1616.4353,
  "limit-order-max-buy-amt":1616.4353,"limit-order-max-sell-amt":1616.4353,"sell-market-min-order-amt":0.01,
  "sell-market-max-order-amt":1616.4353,"buy-market-max-order-value":2500,"max-order-value":2500,
  "underlying":"xrpusdt","mgmt-fee-rate":0.035000000000000000,"charge-time":"23:55:00","rebal-time":"00:00:00",
  "rebal-threshold":-5,"init-nav":10.000000000000000000,"api-trading":"enabled","tags":"etp,nav,holdinglimit"}]}"""
"""[recorded] 2021."""

SHORT_NAMED_SYMBOLS: Final = b"""
{"status":"ok","data":[{"symbol":"btc3lusdt","state":"online","bc":"btc3l","qc":"usdt","pp":4,"ap":4,"sp":"main","vp":8,
  "minoa":0.01,"maxoa":199.0515,"minov":5,"lominoa":0.01,"lomaxoa":199.0515,"lomaxba":199.0515,"lomaxsa":199.0515,
  "smminoa":0.01,"blmlt":1.1,"slmgt":0.9,"smmaxoa":199.0515,"bmmaxov":2500,"msormlt":0.1,"mbormlt":0.1,"maxov":2500,
  "u":"btcusdt","mfr":0.035,"ct":"23:55:00","rt":"00:00:00","rthr":4,"in":16.3568,"at":"enabled",
  "tags":"etp,nav,holdinglimit,activities"}],"ts":"1641880897191","full":1}"""
"""[docs]"""

REFERENCE: Final = b"""
{"data":{"etpStatus":"normal","creationQuota":{"maxCreationValue":"10000","minCreationValue":"200",
  "dailyCreationValue":"50000","creationCurrency":"btc3l"},"maxRedemptionAmount":"1000","minRedemptionAmount":"50",
  "dailyRedemptionAmount":"5000","creationFeeRate":"0.0035","redemptionFeeRate":"0.0035","displayName":"BTC*3/USDT",
  "etpName":"btc3l"},"code":200,"success":true}"""
"""[docs]"""

NET_VALUE: Final = b"""
{"ch":"market.btc3lusdt.etp","status":"ok","ts":1597890198849,"tick":{"actualLeverage":2.988538205272293,
  "nav":17.463067985747816,"outstanding":98338.57818006596,"symbol":"btc3lusdt","navTime":1597890198525,
  "basket":[{"amount":0.004438693860243208,"currency":"btc"},{"amount":-34.725977870927,"currency":"usdt"}]}}"""
"""[docs]"""

NET_VALUE_PUSH: Final = b"""
{"ch":"market.btc3susdt.etp","ts":1597890198849,"tick":{"actualLeverage":2.9,"nav":1.25,"outstanding":10,
  "symbol":"btc3susdt","navTime":1597890198525,"basket":[]}}"""
"""[inferred] The same object as a message, of a short token."""

REBALANCES: Final = b"""
{"code":200,"data":[{"symbol":"btc3lusdt","rebalTime":1595065303552,"rebalType":"adhoc"},
  {"symbol":"btc3lusdt","rebalTime":1594990401594,"rebalType":"adhoc"}],"nextId":2989}"""
"""[docs], in the other order."""
