"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from levdesk.app.setup import needs
from tests.conftest import PROJECT, is_loopback

HOUSE = PROJECT / "levdesk"
ROOMS = ("app", "domain", "io", "runtime", "services", "simulator", "ui", "venues")
TOP_LEVEL = {"main.py", "levdesk", "resources", "tests", "pyproject.toml", "README.md", "LICENSE"}
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
BROAD_GUARDS_MAX = 3
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
TEXT_SUFFIXES = {".py", ".md", ".toml", ".json", ".sh", ".yml", ".txt", ".csv", ".svg", ".sql", ""}
# Spelled in pieces, so that this file does not hold what it looks for.
WHOLE_FOLDERS = tuple(first + rest for first, rest in (("wo", "rk"), ("ro", "ot"), ("fa", "rm")))
FOLDERS_OF_PEOPLE = tuple(first + rest for first, rest in (("ho", "me"), ("Us", "ers")))
MACHINE_PATHS = re.compile(
    rf"(?<![\w.])/(?:{'|'.join(WHOLE_FOLDERS)}|(?:{'|'.join(FOLDERS_OF_PEOPLE)})/[A-Za-z]+)/(?![.]{{3}})"
)
NETWORK_ROOTS = {"requests", "urllib3", "socket", "http", "sqlite3", "sqlite_utils", "keyring"}


@functools.cache
def modules() -> tuple[Path, ...]:
    return tuple(sorted(HOUSE.rglob("*.py")))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would add; a skip where this is no git checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if done.returncode:
        pytest.skip("not a git checkout")
    return tuple(path for name in done.stdout.split("\0") if name and (path := PROJECT / name).is_file())


def relative(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def imported(path: Path) -> set[str]:
    """Full names of all that a module imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def imported_at_load(path: Path) -> set[str]:
    """Root names that a module imports when it is loaded."""
    roots: set[str] = set()
    for node in tree(path).body:
        if isinstance(node, ast.Import):
            roots.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.partition(".")[0])
    return roots


# ---------------------------------------------------------------------------------------------------------- layout


def test_the_top_level_is_fixed() -> None:
    found = {relative(path).split("/")[0] for path in tracked()}
    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


def test_the_house_has_exactly_its_rooms() -> None:
    found = {path.name for path in HOUSE.iterdir() if (path / "__init__.py").is_file()}
    assert found == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_its_rule_on_the_door(room: str) -> None:
    door = ast.get_docstring(tree(HOUSE / room / "__init__.py")) or ""
    lines = [line.strip() for line in door.splitlines()]
    for label in ("Lives here:", "May import:", "Talks to:", "Ask first:"):
        (line,) = [line for line in lines if line.startswith(label)]
        assert len(line) > len(label) + 10


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (PROJECT / "tests").rglob("*.py")}
    assert [relative(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_nothing_has_a_name_that_names_nothing() -> None:
    assert [relative(path) for path in modules() if path.stem in NAMELESS or path.parent.name in NAMELESS] == []


# ----------------------------------------------------------------------------------------------------------- sizes


def test_no_module_is_too_long() -> None:
    sizes = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES_MAX} == {}


def test_no_function_is_too_long() -> None:
    found = {}
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > FUNCTION_LINES_MAX:
                    found[f"{relative(path)}:{node.name}"] = size
    assert found == {}


# ---------------------------------------------------------------------------------------------------------- habits


def test_broad_guards_stand_only_at_the_top_of_the_program() -> None:
    """A handler that ends in a bare `raise` only tidies up, and is no guard."""
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises_again(node)
    ]
    assert len(found) <= BROAD_GUARDS_MAX, found


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = {"BaseException"} if handler.type is None else set(re.findall(r"\w+", ast.unparse(handler.type)))
    return bool(caught & {"Exception", "BaseException"})


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_the_parlour_uses_no_network_of_qt_either() -> None:
    found = {
        f"{relative(path)}: {name}"
        for path in (HOUSE / "ui").rglob("*.py")
        for name in imported(path)
        if "QtNetwork" in name or "QtWebSockets" in name or name.partition(".")[0] in NETWORK_ROOTS
    }
    assert found == set()


def test_the_engine_room_uses_no_widgets() -> None:
    found = {
        f"{relative(path)}: {name}"
        for path in (HOUSE / "runtime").rglob("*.py")
        for name in imported(path)
        if name.startswith(("PySide6.QtWidgets", "PySide6.QtGui", "pyqtgraph"))
    }
    assert found == set()


def test_the_program_knows_nothing_of_its_tests() -> None:
    assert {
        relative(path) for path in modules() if any(name.split(".")[0] == "tests" for name in imported(path))
    } == set()


def test_translators_doors_and_the_engine_room_load_without_numpy() -> None:
    found = {
        relative(path)
        for path in modules()
        if "numpy" in imported_at_load(path) and path.relative_to(HOUSE).parts[0] in ("venues", "io", "runtime", "app")
    }
    assert found == set()


def test_the_front_door_opens_without_anything_heavy() -> None:
    program = "import sys, levdesk.app.main\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    heavy = {"numpy", "PySide6", "pyqtgraph", "requests", "sqlite3", "sqlite_utils", "keyring"}
    assert not heavy & set(done.stdout.split())


def test_no_tracked_file_names_a_machine() -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in tracked()
        if path.suffix in TEXT_SUFFIXES and path.stat().st_size < 400_000
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert found == []


def test_the_machine_paths_would_be_found() -> None:
    for name in (*WHOLE_FOLDERS, *(f"{folder}/ann" for folder in FOLDERS_OF_PEOPLE)):
        assert MACHINE_PATHS.search(f"see /{name}/project")
        assert not MACHINE_PATHS.search(f"a/{name}/b and /usr/share/fonts")


def test_every_test_can_fail() -> None:
    idle = [
        f"{relative(path)}:{node.name}"
        for path in sorted((PROJECT / "tests").rglob("test_*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test")
        and not any(isinstance(inner, ast.Assert | ast.With | ast.Call) for inner in ast.walk(node))
    ]
    assert idle == []


def test_every_package_that_is_imported_is_declared() -> None:
    def canonical(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    wanted = needs.read_wanted(PROJECT / "pyproject.toml", sys.version_info[:2])
    owners = metadata.packages_distributions()
    for folder, declared in (("levdesk", wanted.base), ("tests", wanted.with_extras(["dev"]))):
        names = {canonical(need.name) for need in declared}
        undeclared = {
            f"{relative(path)}: {root}"
            for path in sorted((PROJECT / folder).rglob("*.py"))
            for root in {name.partition(".")[0] for name in imported(path)}
            if root not in sys.stdlib_module_names | {"levdesk", "tests", "main", "shiboken6"}  # a part of PySide6
            and not names & {canonical(owner) for owner in owners.get(root, ())}
        }
        assert undeclared == set()


# ------------------------------------------------------------------------------------- what the tools stand on here


def test_qt_sends_ten_thousand_signals_without_aborting() -> None:
    """In a process of its own, because a Qt that loses references to True aborts the whole interpreter."""
    program = """
from PySide6.QtCore import QObject, Signal, Slot

class Bell(QObject):
    rung = Signal(object)

class Listener(QObject):
    count = 0

    @Slot(object)
    def hear(self, value):
        self.count += value is True

bell, listener = Bell(), Listener()
bell.rung.connect(listener.hear)
for _ in range(10_000):
    bell.rung.emit(True)
print(listener.count)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "10000\n"), done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "", None, b"localhost"])
def test_tests_may_speak_to_this_machine(host: str | bytes | None) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "example.org", "2001:db8::1", "0.0.0.1"])
def test_tests_may_speak_to_no_other(host: str) -> None:
    assert not is_loopback(host)


def test_the_guards_of_the_tests_catch_what_they_are_for(tmp_path: Path) -> None:
    """Runs a small suite under the real conftest: two tests break a rule, two keep it."""
    (tmp_path / "tests").mkdir()
    for name in ("__init__.py", "conftest.py"):
        (tmp_path / "tests" / name).write_bytes((PROJECT / "tests" / name).read_bytes())
    (tmp_path / "tests" / "test_rules.py").write_text(
        "import logging, socket, contextlib\n"
        "def test_calls_out():\n"
        "    with contextlib.suppress(OSError):\n"
        "        socket.create_connection(('192.0.2.1', 80), timeout=1)\n"
        "def test_warns():\n"
        "    logging.getLogger('levdesk').warning('smoke')\n"
        "def test_warns_on_purpose(caplog):\n"
        "    with caplog.at_level(logging.WARNING):\n"
        "        logging.getLogger('levdesk').warning('smoke')\n"
        "def test_stays_here():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "        socket.create_connection(server.getsockname()).close()\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "4 passed, 2 errors" in done.stdout, done.stdout
    assert "tried to leave this machine: 192.0.2.1" in done.stdout
    assert "WARNING levdesk: smoke" in done.stdout
