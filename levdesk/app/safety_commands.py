"""The commands that care for the books: backups, restore, salvage, the portable export, history and bin."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from levdesk.app.house import House
from levdesk.app.main import DONE
from levdesk.domain.errors import UserError
from levdesk.io.restore import RestoreReport
from levdesk.services.backup_policy import REASON_WORDS, Backup
from levdesk.services.csv_format import time_text

Json = dict[str, Any]


def back_up(house: House) -> int:
    """Make a verified copy of the precious file, or name the copies there are."""
    from levdesk.io.backup import backup_path, make_backup

    options = house.options
    if options.safety is not None and options.safety.list_backups:
        if options.file is not None:
            raise UserError("--list takes no file.", hint="levdesk backup --list")
        return list_backups(house)
    report = make_backup(house.paths.levdesk_db, options.file or backup_path(house.paths, house.clock.now_ms()))
    if options.as_json:
        return _print_json(
            {
                "path": str(report.path),
                "size_bytes": report.size_bytes,
                "format": report.schema_version,
                "rows": dict(report.row_counts),
                "holdings_sha256": report.holdings_hash,
            }
        )
    print(f"Backed up {report.transactions:,} transactions to {report.path} ({report.size_bytes:,} bytes, verified).")
    return DONE


def list_backups(house: House) -> int:
    """Name the copies in the backups folder, newest first."""
    from levdesk.io import backup_shelf

    found = backup_shelf.list_backups(house.paths)
    if house.options.as_json:
        return _print_json([_backup_json(backup) for backup in found])
    if not found:
        print(f"There is no backup in {house.paths.backups_dir} yet.")
    for backup in found:
        print(_backup_line(backup))
    return DONE


def restore_file(house: House) -> int:
    """Put a copy in the ledger's place."""
    from levdesk.io.restore import restore

    source = house.options.file
    assert source is not None
    in_folder = house.paths.backups_dir / source
    if not source.exists() and in_folder.exists():
        source = in_folder  # as `backup --list` names it
    return _tell_restored(house, restore(house.paths, source, house.clock), "Restored")


def salvage_ledger(house: House) -> int:
    """Read what can be read of a damaged ledger into a new one."""
    from levdesk.io.salvage import salvage

    report = salvage(house.paths, house.clock)
    if house.options.as_json:
        return _print_json(
            {
                **_restored_json(report.restored),
                "rows": dict(report.rows),
                "unreadable": report.unreadable,
                "whole": report.is_whole,
            }
        )
    print(f"{report.words}")
    print(f"The damaged file is kept as {report.restored.kept_aside}.")
    return DONE


def import_portable_file(house: House) -> int:
    """Take in everything from a portable export."""
    from levdesk.io.portable import check_portable, import_portable

    source = house.options.file
    assert source is not None
    if house.options.dry_run:
        manifest = check_portable(source)
        rows = {table.name: table.rows for table in manifest.tables}
        if house.options.as_json:
            return _print_json({"dry_run": True, "written_by": manifest.written_by, "rows": rows})
        print(f"{rows.get('transactions', 0):,} transactions can be taken in; nothing was written.")
        return DONE
    return _tell_restored(house, import_portable(house.paths, source, house.clock), "Took in")


def export_portable_file(house: House) -> int:
    """Write everything as a zip of tables."""
    from levdesk.io.portable import export_portable

    target = house.options.file
    if target is None:
        raise UserError("--portable needs the name of a file.", hint="levdesk export --portable everything.zip")
    if house.options.portfolio:
        raise UserError("--portable writes everything, not one portfolio.", hint="Leave --portfolio out.")
    report = export_portable(house.paths, house.clock, target)
    rows = sum(count for _, count in report.rows)
    print(f"Exported {report.transactions:,} transactions and everything else ({rows:,} rows) to {target}.")
    return DONE


def history(house: House) -> int:
    """Print the audit trail, or the rows of one act."""
    from levdesk.io.audit import read_act, read_history
    from levdesk.services.audit import history_csv, history_json, search

    options, given = house.options, house.options.safety
    assert given is not None
    if given.act is not None:
        diffs = read_act(house.paths, house.clock, given.act)
        if options.as_json:
            return _print_json(
                [
                    {
                        "table": diff.table,
                        "id": diff.row_id,
                        "kind": diff.kind,
                        "fields": {name: {"before": old, "after": new} for name, old, new in diff.fields},
                    }
                    for diff in diffs
                ]
            )
        print("\n".join(diff.words for diff in diffs) or "This act changed no row.")
        return DONE
    if given.limit < 1:
        raise UserError("--limit is 1 or more.")
    entries = search(read_history(house.paths, house.clock), given.search)[: given.limit]
    if given.as_csv:
        sys.stdout.buffer.write(history_csv(entries))
        sys.stdout.buffer.flush()
    elif options.as_json:
        print(history_json(entries))
    else:
        for entry in entries:
            print(f"{time_text(entry.at_ms)}  act {entry.act_id}  {entry.words}")
        if not entries:
            print("Nothing was changed yet." if not given.search else "Nothing in the history has these words.")
    return DONE


def list_bin(house: House) -> int:
    """Print what was deleted lately and can be brought back."""
    from levdesk.io.bin import BinFile

    entries = BinFile(house.paths, house.clock, house.stores.writer).read_bin()
    now_ms = house.clock.now_ms()
    if house.options.as_json:
        return _print_json(
            [
                {
                    "what": entry.words,
                    "portfolio": entry.portfolio.name,
                    "act": entry.act_id,
                    "deleted": time_text(entry.deleted_ms),
                    "days_left": entry.days_left(now_ms),
                    "transactions": len(entry.transactions),
                }
                for entry in entries
            ]
        )
    for entry in entries:
        days = entry.days_left(now_ms)
        print(f"{time_text(entry.deleted_ms)}  {entry.words} ({days} day{'' if days == 1 else 's'} left)")
    if not entries:
        print("The bin is empty.")
    return DONE


def _tell_restored(house: House, report: RestoreReport, verb: str) -> int:
    if house.options.as_json:
        return _print_json(_restored_json(report))
    print(f"{verb} {report.transactions:,} transactions from {report.source}; every holding is as it was there.")
    if report.kept_aside is not None:
        print(f"What was there before is kept as {report.kept_aside}.")
    return DONE


def _restored_json(report: RestoreReport) -> Json:
    return {
        "restored": str(report.source),
        "kept_aside": None if report.kept_aside is None else str(report.kept_aside),
        "transactions": report.transactions,
        "portfolios": report.portfolios,
        "holdings_sha256": report.holdings_hash,
    }


def _backup_json(backup: Backup) -> Json:
    return {
        "path": str(backup.path),
        "made": time_text(backup.made_ms),
        "size_bytes": backup.size_bytes,
        "reason": backup.reason.value,
        "format": backup.format,
        "transactions": backup.transactions,
        "portfolios": backup.portfolios,
        "newest_transaction": None if backup.newest_ms is None else time_text(backup.newest_ms),
        "last_change": None if backup.last_change_ms is None else time_text(backup.last_change_ms),
        "sound": backup.is_sound,
        "fault": backup.fault,
    }


def _backup_line(backup: Backup) -> str:
    if backup.is_sound:
        contents = f"{backup.transactions:,} transactions, {REASON_WORDS[backup.reason]}"
    else:
        contents = f"cannot be used: {backup.fault}"
    return f"{time_text(backup.made_ms)}  {backup.size_bytes:>12,} bytes  {backup.path.name}  {contents}"


def _print_json(value: object) -> int:
    print(json.dumps(value, indent=2, ensure_ascii=False))
    return DONE


SAFETY: Mapping[str, Callable[[House], int]] = {
    "backup": back_up,
    "restore": restore_file,
    "salvage": salvage_ledger,
    "import-portable": import_portable_file,
    "history": history,
    "bin": list_bin,
}
