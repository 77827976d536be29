"""Three ways in which the window stands earlier, without the rest of the program noticing.

None changes what is loaded. Where something is not as expected, nothing is done, and the start takes longer.
"""

from __future__ import annotations

import builtins
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from levdesk.app.setup import pyside_files

_LIBRARIES: Final = ("QtCore.abi3.so", "QtGui.abi3.so", "QtWidgets.abi3.so")
_FONTS: Final = "libfontconfig.so.1"


def begin() -> None:
    """Call it before the first import of PySide6, and `end` right after that."""
    load_qt_meanwhile()
    pyside_files.lend()
    import inspect  # noqa: F401 - wanted by PySide; it and ours below want no library, and need not wait for the system

    import levdesk.app.first_sight
    import levdesk.services.grouping  # noqa: F401


def end() -> None:
    """Leave Python and PySide's package as the rest of the program expects them."""
    import_plainly()
    pyside_files.take_back()


def load_qt_meanwhile() -> None:
    """Have the system map Qt's libraries and read its list of fonts in a thread, while Python reads PySide's modules.

    The one is 18 ms of C, the other 30 ms of Python. Python's own way of loading a library keeps every other thread
    waiting, so the system's loader is called by its name. The thread touches nothing of Qt's or of ours.
    """
    spec = None if os.name != "posix" or "PySide6.QtWidgets" in sys.modules else find_spec("PySide6")
    if spec is None or spec.origin is None:
        return
    import decimal  # noqa: F401 - these bring libraries of their own; the system loads one at a time, and we would wait
    import json  # noqa: F401
    import opcode  # noqa: F401
    import sqlite3  # noqa: F401
    import tempfile  # noqa: F401
    import zipfile  # noqa: F401
    from ctypes import CDLL, c_char_p, c_int, c_void_p
    from threading import Thread

    folder = Path(spec.origin).parent
    paths = [os.fsencode(folder / name) for name in _LIBRARIES]
    try:
        load = CDLL(None).dlopen
    except AttributeError:
        return
    load.argtypes, load.restype = (c_char_p, c_int), c_void_p

    def work() -> None:
        for path in paths:
            load(path, os.RTLD_LAZY)  # 13,000 functions of PySide's are looked up when they are called, if ever
        if sys.platform == "linux" and load(_FONTS.encode(), os.RTLD_LAZY):
            CDLL(_FONTS).FcInit()  # Qt finds it done

    Thread(target=work, name="head start", daemon=True).start()


def import_plainly() -> None:
    """Take PySide's hook out of `import`; call it once PySide6 is there.

    The hook serves `from __feature__ import snake_case`, which nobody here writes. For it, PySide reads the source text
    of each module that is imported later, to look for its own name: 8 ms of a start, and all that text is kept.
    """
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
