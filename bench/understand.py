"""How long understanding takes: python bench/understand.py [--json]

Every utterance of the tables is read three times; the first round, which loads tables, does not count. Prints per kind
the median and the 95th percentile in milliseconds, and how many utterances a second one thread reads.
"""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests/unit/language"))

from tables import Case, Examined, cases, examined

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    wanted = parser.parse_args()
    figures = measure([*cases(), *examined()])
    if wanted.json:
        print(json.dumps(figures))
        return
    print(f"{'kind':10} {'n':>5} {'p50 ms':>8} {'p95 ms':>8} {'per s':>8}")
    for kind, row in figures.items():
        print(f"{kind:10} {row['n']:5} {row['p50_ms']:8.3f} {row['p95_ms']:8.3f} {row['per_second']:8.0f}")


def measure(table: list[Case | Examined]) -> dict[str, dict[str, float]]:
    """Times per kind, and of all kinds together as `all`."""
    for case in table:
        case.read()
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for case in table:
            begin = time.perf_counter()
            case.read()
            took[case.kind].append((time.perf_counter() - begin) * 1000)
    took["all"] = [each for times in list(took.values()) for each in times]
    return {
        kind: {
            "n": len(times) // ROUNDS,
            "p50_ms": statistics.median(times),
            "p95_ms": statistics.quantiles(times, n=20)[-1],
            "per_second": 1000 / statistics.mean(times),
        }
        for kind, times in took.items()
    }


if __name__ == "__main__":
    main()
