"""`levdesk statement` as a person calls it: real main(), real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from levdesk.app.main import main

ROWS = (
    "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
    "2026-01-02,buy,gate,BTC3L,10,2.5,0.1,,\n2026-03-02,sell,gate,BTC3L,10,3,0.1,,=run()\n"
)


def test_a_period_is_written_as_csv_and_pdf_and_never_over_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, pdf, csv = (tmp_path / name for name in ("t.csv", "s.pdf", "s.csv"))
    file.write_text(ROWS)
    common = ["--data-dir", str(tmp_path / "data"), "--offline"]
    assert main([*common, "import", str(file)]) == 0
    call = [*common, "statement", "--from", "2026-01-01", "--to", "2026-03-31"]
    assert main([*call, "--pdf", str(pdf), "--csv", str(csv)]) == 0
    assert pdf.read_bytes().startswith(b"%PDF-")
    text = csv.read_text()
    assert "result_of_the_period,4.8" in text
    assert "'=run()" in text
    assert main([*call, "--csv", str(csv)]) == 2
    assert "already there" in capsys.readouterr().err


def test_a_day_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", str(tmp_path), "--offline", "statement", "--from", "soon"]) == 2
    assert "is not a day" in capsys.readouterr().err
