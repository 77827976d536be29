"""LBank's replies, figure by figure as its pages and captures show them."""

from __future__ import annotations

from typing import Final

TOKENS: Final = b"""
{"msg":"Success","result":"true","data":[{"symbol":"btc3l_usdt","ticker":{"high":"0.000929","vol":"311471225.9",
  "low":"0.000817","change":"-0.12","turnover":"268768.0977","latest":"0.000841"},"timestamp":1772335196000}],
  "error_code":0,"ts":1772335196000}"""
"""[docs] March 2026: the one token row published."""

MORE_TOKENS: Final = b"""
{"msg":null,"result":true,"data":[
  {"symbol":"btc3l_usdt","ticker":{"latest":"0.000841"},"timestamp":1772335196000},
  {"symbol":"eth3s_usdt","ticker":{"latest":0.00120},"timestamp":"1772335190000"},
  {"symbol":"btc3l_usdc","ticker":{"latest":"0.0008"},"timestamp":1772335196000}],"error_code":0,"ts":1772335196000}"""
"""[inferred] The flag bare, no message, a bare figure, a quoted time, and a pair in another currency."""

SERVER_TIME: Final = b'{"msg":"Success","result":"true","data":1772335196000,"error_code":0,"ts":1772335196000}'
"""[inferred] The envelope the page shows around the one datum the call is said to return."""

OLD_SERVER_TIME: Final = b'{"timestamp":1568269063244}'
"""[docs] The older form."""

DAYS: Final = b"""
{"msg":"Success","result":"true","data":[[1769875200,81300.5,82110.88,75855.7,77594.65,16848.64871],
  [1769961600,77594.65,79326.72,74609.01,78849.22,19966.48606],[1770048000,78849.22,79289.37,77053.36,78132,12151.23631]],
  "error_code":0,"ts":1772335196000}"""
"""[docs] Days of 2026, asked for from 03:00 UTC of the first: they begin at 16:00 UTC."""

REFUSALS: Final = (
    (200, b'{"result":"false","error_code":10001,"msg":"Parameter can not be null"}'),  # [recorded]
    (200, b'{"result":"false","error_code":10003,"msg":"Illegal parameter"}'),  # [recorded]
    (200, b'{"result":false,"error_code":10008,"msg":"Invalid Trading Pair","data":null,"ts":1}'),
    (200, b'{"result":"false"}'),
    (403, b"<html><body>Access denied</body></html>"),
    (404, b""),
)
"""[inferred] where not marked."""

BUSY: Final = (
    (200, b'{"result":"false","error_code":10004,"msg":"Request too frequent"}'),
    (200, b'{"result":"false","error_code":10000,"msg":"Internal error"}'),
    (200, b'{"result":"false","error_code":"10116","msg":"Upgrading in progress, please try again later"}'),
)
"""[inferred] The codes are documented, the bodies are in the recorded form of other errors."""
