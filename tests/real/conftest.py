"""These tests need the rows of real devices in the catalogue, which only a process of such a network has.

`tests/services/test_real_devices.py` runs them in a process of their own, with `NMS_NETWORK=devices:these-tests`.
"""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("NMS_NETWORK") == "devices:these-tests" else ["*"]
