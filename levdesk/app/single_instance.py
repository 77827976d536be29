"""A second start on the same data directory raises the first window and ends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from levdesk.io.paths import Paths
    from levdesk.runtime.one_instance import Doorbell
    from levdesk.ui.main_window import MainWindow


def raised_other(paths: Paths) -> bool:
    """Whether a window is open on this data directory; it has been asked to come forward then.

    Costs nothing at a usual start: without the first window's lock nobody is asked, and QtNetwork is not loaded.
    """
    if not os.path.exists(paths.lock):  # noqa: PTH110 - says no, and does not raise, where nobody may look
        return False
    from levdesk.runtime.one_instance import knock, name_of  # late: QtNetwork, only where somebody may listen

    return knock(name_of(paths.data_dir))


def listen_for_others(paths: Paths, window: MainWindow) -> Doorbell:
    """Let later starts raise this window; called once it stands."""
    from levdesk.runtime.one_instance import Doorbell, name_of

    bell = Doorbell(name_of(paths.data_dir), paths.lock, window)
    bell.rung.connect(window.come_forward)
    bell.hang_up()
    return bell
