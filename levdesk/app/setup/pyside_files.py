"""PySide's own Python code as files, so that it is compiled once and not at each start.

PySide carries 3,000 lines of Python as text inside its library and compiles them whenever it is imported, 15 ms long.
It can also keep them as files: asked to by its setting `SBK_EMBED=0` it writes them into a folder `files.dir` beside
its package, and reads that from then on. Here it writes them into the environment's folder `levdesk-pyside`, so that
the package stays as pip left it. Where they are missing, PySide does as ever.

One of the files writes type stubs, which no program does: with its patterns it takes 6 ms, and it is run only when
something of it is asked for.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
else:
    Loader = object  # what it brings along takes a millisecond

PACKAGE: Final = "shiboken6"
STUB_WRITER: Final = "shibokensupport.signature.lib.pyi_generator"
FOLDER: Final = "levdesk-pyside"
_SETTING: Final = "SBK_EMBED"
_TRIAL: Final = """
import sys
from levdesk.app.setup import pyside_files
pyside_files.lend(pyside_files.Path(sys.argv[1]))
import PySide6.QtCore, shibokensupport
print(shibokensupport.__file__)
"""
_TRIAL_S: Final = 60.0


def place() -> Path | None:
    """The folder for the files of this environment's PySide, made or not; None where there is no PySide.

    Its name tells one installation of PySide from the next, so that old files are never read by a new library.
    """
    spec = PathFinder.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    status = Path(spec.origin).stat()
    return Path(sys.prefix, FOLDER, f"{status.st_mtime_ns:x}-{status.st_size:x}")


def lend(folder: Path | None = None) -> None:
    """Have PySide, when it is imported next, look for its files in a folder; by default in `place`, if it is there."""
    folder = folder or place()
    if folder is not None and PACKAGE not in sys.modules and folder.is_dir():
        sys.meta_path.insert(0, _Lender(folder))


def take_back() -> None:
    """Let PySide's package tell its true place again; call it once PySide6 is imported."""
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, _Lender)]
    package = sys.modules.get(PACKAGE)
    if package is not None:
        package.__file__ = str(Path(package.__path__[0], "__init__.py"))


class _Lender:
    """Finds PySide's library where it is and says it lies in another folder: there it looks for its files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As any finder of Python's."""
        if name not in {PACKAGE, STUB_WRITER}:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and name == PACKAGE:
            spec.origin = str(self._folder / "__init__.py")
        elif spec is not None and spec.loader is not None:
            spec.loader = _Later(spec.loader)
        return spec


class _Later(Loader):
    """Runs a module when something of it is first wanted."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """As any loader of Python's."""
        return _Postponed(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Not yet."""

    def run(self, module: ModuleType) -> None:
        """Now."""
        module.__class__ = ModuleType
        self._loader.exec_module(module)


class _Postponed(ModuleType):
    """A module that has not been run."""

    def __getattr__(self, name: str) -> Any:
        loader = self.__loader__
        if name.startswith("__") or not isinstance(loader, _Later):
            raise AttributeError(name)
        loader.run(self)
        return getattr(self, name)


def lay_out() -> bool:
    """Have PySide write its files, compile and try them, in an interpreter that has not imported it; True when done.

    Raises:
        OSError: the environment cannot be written to.
    """
    import compileall
    import shutil

    folder = place()
    if folder is None or PACKAGE in sys.modules:
        return False
    if folder.is_dir():
        return True
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.mkdir(parents=True)
    try:
        os.environ[_SETTING] = "0"
        lend(draft)
        import PySide6  # noqa: F401 - writes them

        if not compileall.compile_dir(draft, quiet=2) or not _is_tried(draft):
            return False
        _settle(draft)
        draft.rename(folder)
        _clear(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def _is_tried(folder: Path) -> bool:
    """Whether another interpreter gets PySide with these files; damaged ones would end it."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", _TRIAL, str(folder)],
        env={name: value for name, value in os.environ.items() if name != _SETTING},
        capture_output=True,
        text=True,
        check=False,
        timeout=_TRIAL_S,
    )
    return done.returncode == 0 and Path(done.stdout.strip()).is_relative_to(folder)


def _settle(folder: Path) -> None:
    """Have the disk hold every file before their folder gets its name: half a file would end each start."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())


def _clear(folder: Path) -> None:
    """Remove the files of installations that are gone; a draft, with a dot in its name, may be another set-up's."""
    import shutil

    for other in folder.parent.iterdir():
        if other != folder and not other.suffix:
            shutil.rmtree(other, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(0 if lay_out() else 1)
