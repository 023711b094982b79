"""Acknowledged submissions per second, latency and CPU, against the bare stack in alternation.

    .venv/bin/python -m benchmarks.acknowledge                      forms of 40 questions with a repeat
    .venv/bin/python -m benchmarks.acknowledge --photo-bytes 200000 each with a photo
    .venv/bin/python -m benchmarks.acknowledge --stored 1000000     with a million stored before
    .venv/bin/python -m benchmarks.acknowledge --computing          while scores are computed

Both servers run at the same time, and only one is under load. What counts is the ratio: machines differ.
"""

from __future__ import annotations

import argparse
import statistics
from contextlib import ExitStack

from benchmarks import computing, servers, stored


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--photo-bytes", type=int, default=0)
    parser.add_argument("--stored", type=int, default=0, help="submissions that are there before")
    parser.add_argument("--computing", action="store_true", help="compute scores without a pause meanwhile")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(servers.folder())
        path = servers.prepare(folder / "data")
        if options.stored:
            stored.fill(folder / "data", options.stored)
        ours = stack.enter_context(servers.baikoo(folder / "data", path))
        theirs = stack.enter_context(servers.bare(folder / "bare"))
        if options.computing:
            stack.enter_context(computing.without_pause(ours))
        for target in (ours, theirs):  # warm up
            servers.fire(target, 8, 1, options.photo_bytes)
        print(
            f"{'clients':>7} {'bare/s':>8} {'baikoo/s':>9} {'ratio':>6} {'bare p99':>9} {'p99 ms':>7} {'bare CPU':>9} {'CPU ms':>7}"
        )
        for clients in options.clients:
            turns = [
                (
                    servers.fire(theirs, clients, options.seconds, options.photo_bytes),
                    servers.fire(ours, clients, options.seconds, options.photo_bytes),
                )
                for _ in range(options.turns)
            ]

            def middle(
                side: int, figure: str, turns: list[tuple[dict[str, float], dict[str, float]]] = turns
            ) -> float:
                return statistics.median(turn[side][figure] for turn in turns)

            ratio = statistics.median(mine["per_second"] / other["per_second"] for other, mine in turns)
            print(
                f"{clients:>7} {middle(0, 'per_second'):>8.0f} {middle(1, 'per_second'):>9.0f} {ratio:>6.2f}"
                f" {middle(0, 'p99_ms'):>9.1f} {middle(1, 'p99_ms'):>7.1f}"
                f" {middle(0, 'cpu_ms'):>9.2f} {middle(1, 'cpu_ms'):>7.2f}",
                flush=True,
            )
        print(f"resident memory afterwards: {ours.resident_mb():.0f} MB")


if __name__ == "__main__":
    main()
