"""`python -m levdesk.simulator` prints where it serves, serves, and ends when interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

from websockets.sync.client import connect

from tests.conftest import PROJECT
from tests.simulator.heard import WAIT_S
from tests.simulator.moments import fetch


def test_it_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "levdesk.simulator", "--port", "0", "--seed", "3"]
    command += ["--fault", "server_error@*/depth"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert serving.stderr is not None
        url = serving.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        reply = fetch(f"{url}/api/v4/spot/tickers?currency_pair=BTC3L_USDT")
        assert json.loads(reply.body)[0]["etf_net_value"]
        for path in ("/fapi/v1/time", "/api/v5/public/time", "/api/v1/market/indexes"):
            assert fetch(f"{url}{path}").status == 200
        stream = url.replace("http", "ws")
        with connect(
            f"{stream}/market/ws/btcusdt@markPrice@1s", proxy=None, open_timeout=WAIT_S, close_timeout=0.2
        ) as client:
            assert json.loads(client.recv(timeout=WAIT_S))["s"] == "BTCUSDT"
        assert fetch(f"{url}/api/v1/market/depth?symbol=BTC_USDT").status == 500
        serving.send_signal(signal.SIGINT)
        assert serving.wait(WAIT_S) == 0
        assert serving.stderr.read() == ""
