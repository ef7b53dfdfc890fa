# SPDX-License-Identifier: Apache-2.0
"""When Python looks for garbage: seldom, and never among what stays for the life of the process."""

import gc

# Almost nothing of ours is cyclic, so counting references frees it. The default looks every 700 new objects, and a
# full round over a directory of a million numbers stops every call for tenths of a second.
_YOUNG, _MIDDLE, _OLD = 50_000, 20, 100


def settle_garbage() -> None:
    """Once, when all is loaded: for `rolodial serve`, and for measuring as it runs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
