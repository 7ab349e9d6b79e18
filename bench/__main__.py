"""`python -m bench [NAME…]` runs the named benchmarks, or all of them, one by one (bench/README.md)."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

BENCHMARKS = ("scan_large_cluster", "posture_at_scale", "plaintext_rules", "pages", "stored_on_postgresql")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}")
    chosen = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    for name in chosen:
        import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
