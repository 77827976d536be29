"""A person's own files: read whole, written whole."""

from __future__ import annotations

from pathlib import Path

from levdesk.domain.errors import UserError

MAX_IMPORT_BYTES = 256 * 1024 * 1024


def read_import_file(path: Path) -> bytes:
    """The bytes of a file to import.

    Raises:
        UserError: it cannot be read, or is too large to be a person's transactions.
    """
    try:
        if path.stat().st_size > MAX_IMPORT_BYTES:
            raise UserError(f"{path} is larger than 256 MB.", hint="Split it by year and import the parts.")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", hint="Check the name of the file.") from error


def write_whole_file(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or all of the new, never a part.

    Raises:
        UserError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(
            f"{path} cannot be written: {error.strerror}.", hint="Name a file in another folder."
        ) from error
