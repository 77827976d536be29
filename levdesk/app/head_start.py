"""Spares the start of a window what every start would repeat, until it has painted.

* PySide carries its Python part as texts inside a library and compiles them at each start, and `dataclasses` compiles
  the methods it writes: 35 ms of a start. What comes of a text is kept in a file beside Python's own compiled modules.
* PySide reads the source of every module that is imported after it, in search of a feature nobody here uses: 7 ms, and
  100 ms more once numpy and pyqtgraph come.
* The garbage collector goes through all that is being made and finds no garbage: 8 ms.

A kept file that is missing, damaged or of another Python is as if there were none.
"""

from __future__ import annotations

import builtins
import gc
import marshal
import sys
import zlib
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

_compile = compile
_exec = exec
_CHECK_BYTES = 4
_OF_QT = ("shibokensupport/", "signature_bootstrap")


class KeptCode:
    """Code by the text it was compiled from.

    Args:
        path: the file it is kept in; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known = {} if path is None else _read(path)
        self._used: dict[str | bytes, CodeType] = {}

    def code(self, text: str | bytes, filename: str) -> CodeType:
        """The code of a text, compiled when it is not known."""
        code = self._known.get(text)
        if code is None:
            code = _compile(text, filename, "exec", dont_inherit=True)
        self._used[text] = code
        return code

    def save(self) -> None:
        """Keep what was used, unless all of it was known; what belongs to other versions is forgotten in time."""
        if self._path is None or self._used.keys() <= self._known.keys():
            return
        kept = self._used if len(self._known) > 2 * len(self._used) else {**self._known, **self._used}
        content = marshal.dumps((sys.version, kept))
        draft = self._path.with_suffix(".part")
        try:
            draft.write_bytes(zlib.crc32(content).to_bytes(_CHECK_BYTES, "big") + content)
            draft.replace(self._path)
        except OSError:
            return  # a folder nobody may write to: every start compiles


def _read(path: Path) -> dict[str | bytes, CodeType]:
    try:
        content = path.read_bytes()
        if zlib.crc32(content[_CHECK_BYTES:]) != int.from_bytes(content[:_CHECK_BYTES], "big"):
            return {}
        version, kept = marshal.loads(content[_CHECK_BYTES:])  # noqa: S302 - as trusted as Python's own files beside it
    except (OSError, ValueError, TypeError, EOFError):
        return {}
    return kept if version == sys.version and isinstance(kept, dict) else {}


def kept_file() -> Path | None:
    """Where compiled texts are kept: where Python keeps this module, compiled; None when it may keep nothing."""
    return None if sys.dont_write_bytecode else Path(cache_from_source(__file__)).with_suffix(".kept")


_kept: list[KeptCode] = []


def begin() -> None:
    """Take the head start and import Qt; once it has begun, nothing more happens.

    Raises:
        ImportError: Qt cannot be loaded.
    """
    if _kept:
        return
    import dataclasses

    gc.disable()
    kept = KeptCode(kept_file())
    _kept.append(kept)

    def compile_text(source: Any, filename: Any, mode: str, *rest: Any, **more: Any) -> Any:
        if type(source) is bytes and mode == "exec" and str(filename).startswith(_OF_QT):
            return kept.code(source, filename)
        return _compile(source, filename, mode, *rest, **more)

    def execute(text: Any, *names: Any) -> None:
        _exec(kept.code(text, "<string>") if type(text) is str else text, *names)

    vars(builtins)["compile"] = compile_text
    vars(dataclasses)["exec"] = execute
    try:
        from PySide6 import QtWidgets  # noqa: F401 - the window's own first import
    except ImportError:
        finish()
        raise
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


def finish() -> None:
    """Put everything back, and keep what was compiled; called when the window has painted, or never will."""
    if not _kept:
        return
    import dataclasses

    vars(builtins)["compile"] = _compile
    vars(dataclasses).pop("exec", None)
    gc.freeze()  # what has been made so far stays, and need not be looked at again
    gc.enable()
    _kept.pop().save()
