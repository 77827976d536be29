"""Gate's replies, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final

BTC3L_TICKER: Final = b"""
  {
    "currency_pair": "BTC3L_USDT", "last": "2.46140352", "lowest_ask": "2.477", "highest_bid": "2.4606821",
    "change_percentage": "-8.91", "change_utc0": "-8.91", "change_utc8": "-8.91",
    "base_volume": "656614.0845820589", "quote_volume": "1602221.66468375534639404191",
    "high_24h": "2.7431", "low_24h": "1.9863",
    "etf_net_value": "2.46316141", "etf_pre_net_value": "2.43201848", "etf_pre_timestamp": 1611244800,
    "etf_leverage": "2.2803019447281203"
  }"""
"""[docs] The one token row ever published, of January 2021."""

BTC_TICKER: Final = b"""
  {"currency_pair":"BTC_USDT","last":"73373.9","lowest_ask":"73364.2","highest_bid":"73364.1",
   "change_percentage":"1.71","base_volume":"3410.0783503636","quote_volume":"243764368.46418",
   "high_24h":"73636.3","low_24h":"68629.9"}"""
"""[recorded] An ordinary pair: the NAV fields are not there."""

JUP_TICKER: Final = b"""
  {"currency_pair":"JUP_USDT","last":"0.4","lowest_ask":"0.41","highest_bid":"0.39",
   "etf_net_value":null,"etf_pre_net_value":"","etf_pre_timestamp":null,"etf_leverage":"0"}"""
"""[inferred] A coin whose name ends like a token's, with the empty NAV fields that older captures show."""

SOXLG_TICKER: Final = b'{"currency_pair":"SOXLG_USDT","last":"31.2","lowest_ask":"31.3","highest_bid":"31.1"}'
"""[inferred] A tokenised stock: no NAV fields."""

CHINESE_TICKER: Final = '{"currency_pair":"币安人生_USDT","last":"0.2","lowest_ask":"","highest_bid":"--"}'.encode()
"""[inferred] A name outside ASCII, as one recorded error text shows them."""

ETH3S_TICKER: Final = b"""
  {"currency_pair":"ETH3S_USDT","last":0.001200,"lowest_ask":"0.00121","highest_bid":"0.00119",
   "etf_net_value":"0.00120345","etf_pre_net_value":null,"etf_pre_timestamp":null,"etf_leverage":"-3.31"}"""
"""[inferred] A short token: a bare number among strings, absent parts, and a signed leverage."""

TICKERS: Final = b"[" + b",".join([BTC_TICKER, BTC3L_TICKER, JUP_TICKER, SOXLG_TICKER, CHINESE_TICKER, ETH3S_TICKER])
TICKERS_REPLY: Final = TICKERS + b"]"

ONE_TICKER_REPLY: Final = b"[" + BTC3L_TICKER + b"]"
"""[docs] The answer for a single pair is a list of one."""

SPOT_CANDLES: Final = (
    b'[["1710327600","992134.61604178","73408.9","73435.8","73236.3","73236.9","13.53020576","false"]]',
    b'[["1717246800","1157762.86821200","67772.5","67839.9","67715","67715.1","17.07790000","true"]]',
)
"""[recorded] One growing bar, one closed bar."""

PERPETUAL_CANDLES: Final = (
    b'[{"t":1539852480,"v":97151,"c":"1.032","h":"1.032","l":"1.032","o":"1.032","sum":"3580"}]',
    b'[{"t":1539852480,"c":"1.032","h":"1.04","l":"1.03","o":"1.031"},{"t":1539852540,"c":"1.033","h":"1.04","l":"1.03","o":"1.032"}]',
)
"""[docs] With volume; [inferred] a mark price's bars without it."""

PERPETUAL_TICKERS: Final = b"""[
  {"contract":"BTC_USDT","last":"74534.8","low_24h":"70657.8","high_24h":"74893.9","change_percentage":"5.40",
   "volume_24h":"923939580","mark_price":"74540.65","index_price":"74579.01","funding_rate":"0.000014",
   "highest_bid":"74535.5","highest_size":"52278","lowest_ask":"74535.6","lowest_size":"112048",
   "total_size":"677127328","quanto_multiplier":"0.0001"}]"""
"""[recorded] April 2026."""

CONTRACTS: Final = b"""[
  {"name":"BTC_USDT","type":"direct","quanto_multiplier":"0.0001","mark_type":"index","last_price":"38026",
   "mark_price":"37985.6","index_price":"37954.92","funding_rate_indicative":"0.000219","funding_rate":"0.002053",
   "funding_offset":0,"funding_interval":28800,"funding_next_apply":1610035200,"in_delisting":false,
   "order_price_round":"0.1","mark_price_round":"0.01","leverage_max":"100","create_time":1669688556}]"""
"""[docs] The extract for one contract, as a list of one."""

FUNDING: Final = b'[{"t":1543968000,"r":"0.000157"}]'
"""[docs]"""

SERVER_TIME: Final = b'{"server_time":1597026383085}'
"""[inferred] The page names the field and its unit."""

ERRORS: Final = (
    (400, b'{"label":"INVALID_PARAM_VALUE","message":"Invalid parameter `text` with value: abc"}'),  # [docs]
    (
        400,  # [recorded]
        b'{"label":"INVALID_PARAM_VALUE","message":"Candlestick too long ago. Maximum 10000 points ago are allowed"}',
    ),
    (400, b'{"label":"MISSING_REQUIRED_HEADER","message":"Missing required header: Timestamp"}'),  # [recorded]
    (400, b'{"label":"INVALID_CURRENCY_PAIR","detail":"Invalid currency pair NOPE3L_USDT"}'),  # [inferred]
    (401, b'{"label":"INVALID_KEY","message":"Invalid key provided"}'),  # [recorded]
    (
        403,  # [recorded]
        b'{"label":"REQUEST_EXPIRED","message":"gap between request Timestamp and server time exceeds 60"}',
    ),
    (403, b"<html><body>Access denied</body></html>"),  # [inferred]
    (404, b""),  # [inferred]
)

BUSY: Final = (
    (400, b'{"label":"TOO_BUSY","message":"slow down"}'),
    (400, b'{"label":"TOO_MANY_REQUESTS","message":"slow down"}'),
)
"""[inferred] The page names the labels, not the bodies."""

# -- order books, listings, announcements ------------------------------------------------------------------------

ORDER_BOOK: Final = (
    b'{"id":123456,"current":1623898993123,"update":1623898993121,"asks":[["1.52","1.151"],["1.53","1.218"]],'
    b'"bids":[["1.17","201.863"],["1.16","725.464"]]}'
)
"""[docs]"""

PAIRS: Final = (
    b'[{"id":"ETH_USDT","base":"ETH","quote":"USDT","fee":"0.2","min_base_amount":"0.001","min_quote_amount":"1.0",'
    b'"max_base_amount":"10000","max_quote_amount":"10000000","amount_precision":3,"precision":6,'
    b'"trade_status":"tradable","sell_start":1516378650,"buy_start":1516378650},'
    b'{"id":"BTC3L_USDT","base":"BTC3L","quote":"USDT","trade_status":"sellable","delisting_time":1790100000,'
    b'"type":"normal"}]'
)
"""[docs] the first row, [inferred] the second from the fields the page names."""

ARTICLES: Final = (
    b'{"code":0,"message":"","version":"","data":{"total":2,"list":[{"id":51001,'
    b'"title":"Gate Will Delist 3 Leveraged ETF Tokens, Including BTC3L","brief":"","created":"2026-08-03 UTC",'
    b'"release_time":"2026-08-03 08:00:00","release_timestamp":"1785744000","tags":"","cate":"delisted",'
    b'"created_t":1785744000,"url":"/announcements/article/51001"},'
    b'{"id":51000,"title":"Weekly review","created_t":1785740000,"url":"https://www.gate.com/x"}]}}'
)
"""[inferred] From the published model; no recording was found, and the fields of the time are those of clients."""

# -- streams -----------------------------------------------------------------------------------------------------

SPOT_ACKNOWLEDGED: Final = (
    '{"time":"1","time_ms":1717595231793,"id":-999,"conn_id":"28838ac31473dcbb",'
    '"trace_id":"789a534faf3c51651b7764b0ac63b4a8","channel":"spot.tickers","event":"subscribe",'
    '"payload":["ETH_USDT"],"result":{"status":"success"},"requestId":"789a534faf3c51651b7764b0ac63b4a8"}'
)
"""[recorded] The answer to a subscription."""

SPOT_TICKER_PUSH: Final = (
    '{"time":1717595233,"time_ms":1717595233666,"conn_id":"","channel":"spot.tickers","event":"update","result":'
    '{"currency_pair":"ETH_USDT","last":"70775.2","lowest_ask":"70773.1","highest_bid":"70773",'
    '"change_percentage":"1.618","base_volume":"4643.108806389","quote_volume":"328461488.44111",'
    '"high_24h":"71366","low_24h":"69336.2"}}'
)
"""[recorded] No NAV fields."""

SPOT_OFFERS_PUSH: Final = (
    '{"time":1606293275,"time_ms":1606293275723,"channel":"spot.book_ticker","event":"update","result":'
    '{"t":1606293275123,"u":48733182,"s":"ETH_USDT","b":"19177.79","B":"0.0003341504","a":"19179.38","A":"0.09"}}'
)
"""[docs]"""

SPOT_CANDLE_PUSH: Final = (
    '{"time":1606292600,"time_ms":1606292600376,"channel":"spot.candlesticks","event":"update","result":'
    '{"t":"1606292580","v":"2362.32035","c":"19128.1","h":"19128.1","l":"19128.1","o":"19128.1","n":"1m_ETH_USDT",'
    '"a":"3.8283","w":true}}'
)
"""[docs] A channel that is not asked for."""

PERPETUAL_TICKER_PUSH: Final = (
    '{"channel":"futures.tickers","event":"update","result":[{"contract":"BTC_USDT","last":"62914.3",'
    '"mark_price":"62914.3","index_price":"62937.6","funding_rate":"0.000033","funding_rate_indicative":"0.000033",'
    '"funding_interval":28800,"funding_offset":0,"funding_next_apply":1785571200,"total_size":"651185722",'
    '"volume_24h":"518068345","change_percentage":"-3.1290","t":1785548246983}]}'
)
"""[recorded] August 2026."""

PERPETUAL_OFFERS_PUSH: Final = (
    '{"channel":"futures.book_ticker","event":"update","result":{"t":1615366379123,"u":2517661076,"s":"ETH_USDT",'
    '"b":"54696.6","B":"37000.5","a":"54696.7","A":"47061.2"}}'
)
"""[docs] the result, [inferred] its envelope. A channel that is not asked for."""

SPOT_PONG: Final = '{"time":1545404023,"channel":"spot.pong","event":"","error":null,"result":null}'
"""[docs]"""

UNKNOWN_PAIR: Final = '{"error":{"code":2,"message":"unknown currency pair 币安人生_USDT"},"result":{"status":"fail"}}'
"""[recorded] One unknown name fails a whole message."""

BAD_ARGUMENT: Final = (
    '{"time":1606293275,"time_ms":1606293275723,"channel":"futures.tickers","event":"subscribe",'
    '"payload":["NOSUCH_USDT"],"error":{"code":1,"message":"invalid argument"},"result":{"status":"fail"}}'
)
"""[inferred] A refusal whose words do not name the instrument."""

NAMELESS_REFUSAL: Final = '{"error":{"code":3,"message":"server error"},"result":{"status":"fail"}}'
"""[inferred]"""
