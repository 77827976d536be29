"""`python -m levdesk.simulator` prints where it serves, serves, and ends when interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

from tests.conftest import PROJECT
from tests.simulator.moments import fetch


def test_it_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "levdesk.simulator", "--port", "0", "--seed", "3"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        assert serving.stderr is not None
        url = serving.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        reply = fetch(f"{url}/api/v4/spot/tickers?currency_pair=BTC3L_USDT")
        assert json.loads(reply.body)[0]["etf_net_value"]
        serving.send_signal(signal.SIGINT)
        assert serving.wait(5.0) == 0
        assert serving.stderr.read() == ""
