"""`python -m secretsui.command` does what the console script does."""

from __future__ import annotations

import sys

from secretsui.command import main

sys.exit(main())
