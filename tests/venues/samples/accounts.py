"""What accounts answer, figure by figure as pages and captures show it, and the signatures they publish."""

from __future__ import annotations

from typing import Final

GATE_BALANCES: Final = b'[{"currency":"ETH","available":"968.8","locked":"0","update_id":98}]'
"""[docs]"""

GATE_FILLS: Final = b"""[{"id":"7342180137","create_time":"1706382263","create_time_ms":"1706382263841.325000",
 "currency_pair":"LTC_USDT","side":"buy","role":"taker","amount":"0.025","price":"68.02","order_id":"497245022561",
 "fee":"0.000050","fee_currency":"LTC","point_fee":"0.0","gt_fee":"0.0","amend_text":"-","sequence_id":"1388786",
 "text":"apiv4"}]"""
"""[recorded]"""

GATE_KEYS: Final = b"""[
 {"state":1,"mode":1,"name":"test1","user_id":1,"perms":[{"name":"account","read_only":false},
  {"name":"spot","read_only":false}],"ip_whitelist":[],"currency_pairs":["BTC_USD","ETH_USD"],
  "key":"c5dcfbf1f3a7*****","created_at":1753030929,"update_at":1756300567,"last_access":1753030929},
 {"state":1,"mode":1,"name":"test2","user_id":1,"perms":[{"name":"spot","read_only":true},
  {"name":"account","read_only":true}],"ip_whitelist":[],"currency_pairs":[],"key":"52fd0035f665*****"},
 {"state":1,"mode":1,"name":"test3","user_id":1,"perms":[{"name":"wallet","read_only":false}],"key":"7777aaaabbbb*****"}
]"""
"""[docs] Two rows of the page, the second made read-only, and [inferred] one that may move money out."""

KUCOIN_BALANCES: Final = b"""{"code":"200000","data":[{"id":"64feeeb6b4f1fb0007948e80","currency":"USDT",
 "type":"trade","balance":"40.12618754","available":"40.12618754","holds":"0"}]}"""
"""[recorded]"""

KUCOIN_FILLS: Final = b"""{"code":"200000","data":{"items":[{"id":19814995255305,"orderId":"6717422bd51c29000775ea03",
 "counterOrderId":"67174228135f9e000709da8c","tradeId":11029373945659392,"symbol":"BTC-USDT","side":"buy",
 "liquidity":"taker","type":"limit","forceTaker":false,"price":"67717.6","size":"0.00001","funds":"0.677176",
 "fee":"0.000677176","feeRate":"0.001","feeCurrency":"USDT","stop":"","tradeType":"TRADE","taxRate":"0","tax":"0",
 "createdAt":1729577515473}],"lastId":19814995255305}}"""
"""[docs]"""

KUCOIN_KEY: Final = b'{"code":"200000","data":{"permission":"General,Futures,Spot,Earn,InnerTransfer,Transfer,Margin"}}'
"""[docs]"""

MEXC_BALANCES: Final = b"""{"canTrade":true,"canWithdraw":true,"canDeposit":true,"updateTime":null,
 "accountType":"SPOT","balances":[{"asset":"NBNTEST","free":"1111078","locked":"33"},
 {"asset":"MAIN","free":"1020000","locked":"0"}],"permissions":["SPOT"]}"""
"""[docs]"""

MEXC_FILLS: Final = b"""[{"symbol":"ATLASUSDT","id":"dd44f79dda764c2e927a190ac5e7a1e5",
 "orderId":"C02__385413065019117569043","orderListId":-1,"price":"0.004542","qty":"1220","quoteQty":"5.54124",
 "commission":"0","commissionAsset":"USDT","time":1707671871000,"isBuyer":false,"isMaker":false}]"""
"""[recorded]"""

BYBIT_BALANCES: Final = b"""{"retCode":0,"retMsg":"OK","result":{"list":[{"totalEquity":"3.31216591",
 "accountType":"UNIFIED","totalWalletBalance":"3.00326056","totalAvailableBalance":"3.00326056","coin":[{"bonus":"0",
 "accruedInterest":"0","equity":"0","usdValue":"0","unrealisedPnl":"0","borrowAmount":"0.0","walletBalance":"0",
 "cumRealisedPnl":"0","locked":"0","marginCollateral":true,"coin":"BTC","spotBorrow":"0"}]}]},"retExtInfo":{},
 "time":1690872862481}"""
"""[docs]"""

BYBIT_FILLS: Final = b"""{"retCode":0,"retMsg":"OK","result":{"nextPageCursor":"132766%3A2%2C132766%3A2",
 "category":"linear","list":[{"symbol":"ETHPERP","orderType":"Market","side":"Buy",
 "orderId":"8c065341-7b52-4ca9-ac2c-37e31ac55c94","leavesQty":"0","execTime":"1672282722429","feeCurrency":"",
 "isMaker":false,"execFee":"0.071409","feeRate":"0.0006","execId":"e0cbe81d-0f18-5866-9415-cf319b5dab3b",
 "execPrice":"1190.15","orderQty":"0.1","orderPrice":"1236.9","execValue":"119.015","execType":"Trade",
 "execQty":"0.1","extraFees":"","seq":4688002127}]},"retExtInfo":{},"time":1672283754510}"""
"""[docs]"""

BYBIT_KEY: Final = b"""{"retCode":0,"retMsg":"","result":{"id":"28844402","note":"n","apiKey":"x","readOnly":0,
 "secret":"","permissions":{"ContractTrade":["Order","Position"],"Spot":["SpotTrade"],
 "Wallet":["AccountTransfer","SubMemberTransfer"],"Options":["OptionsTrade"],"Derivatives":[],"CopyTrading":[],
 "BlockTrade":[],"Exchange":["ExchangeHistory"],"NFT":[],"Affiliate":[]},"ips":["*"],"type":1},"retExtInfo":{},
 "time":1690872862481}"""
"""[recorded] As a third party pasted it."""

OKX_TRADING: Final = b"""{"code":"0","data":[{"adjEq":"152550.80919105993","details":[{"availBal":"0.6612664522199999",
 "cashBal":"1.06126645222","ccy":"BTC","eq":"1.06126645222","eqUsd":"125092.85636955927","frozenBal":"0.4",
 "ordFrozen":"0.4","uTime":"1639596891483","upl":"0"}]}],"msg":""}"""
"""[recorded]"""

OKX_FUNDING: Final = (
    b'{"code":"0","msg":"","data":[{"availBal":"37.11827078","bal":"37.11827078","ccy":"ETH","frozenBal":"0"}]}'
)
"""[docs]"""

OKX_FILLS: Final = b"""{"code":"0","data":[{"side":"buy","fillSz":"0.00192834","fillPx":"51858",
 "fee":"-0.00000192834","ordId":"680800019749904384","feeRate":"-0.001","instType":"SPOT","instId":"BTC-USDT",
 "billId":"680800019754098688","subType":"1","fillTime":"1708587373361","execType":"T","tradeId":"744876980",
 "feeCcy":"BTC","ts":"1708587373362","tradeQuoteCcy":"USDT"}],"msg":""}"""
"""[docs]"""

OKX_KEY: Final = (
    b'{"code":"0","msg":"","data":[{"acctLv":"2","label":"v5 test","ip":"","perm":"read_only,withdraw,trade"}]}'
)
"""[docs] Shortened."""

PIONEX_BALANCES: Final = b"""{"result":true,"data":{"balances":[{"coin":"BTC","free":"0.90000000",
 "frozen":"0.00000000"},{"coin":"USDT","free":"100.00000000","frozen":"900.00000000"}]},"timestamp":1566691672311}"""
"""[docs]"""

PIONEX_FILLS: Final = b"""{"result":true,"data":{"fills":[{"id":101,"orderId":7,"symbol":"BTC3L_USDT","side":"SELL",
 "role":"TAKER","price":"2.5","size":"4","fee":"0.005","feeCoin":"USDT","timestamp":1706382263841}]},
 "timestamp":1706382264000}"""
"""[inferred] From the list of fields; the pages show no sample."""
