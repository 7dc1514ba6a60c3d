"""Sites tied by what they share: ours, and every pair of sites looked at in a plain loop.

Strangers on hosts as unequal as on the web, and a network of ten for every hundred of them, which
shares an account or a certificate. Reading is not timed. The loop is asked only as far as it gets
in reasonable time.

    python benchmarks/bench_sites.py [SITES ...]        default: 1000 10000 100000
"""

import sys
import time
from collections import defaultdict
from itertools import combinations
from typing import Final

import numpy as np
from harness import machine, print_rows

from tocsin.detect.sites import Carried, find_sites, shared_identifiers

SIZES: Final = (1_000, 10_000, 100_000)
_LOOP_STOPS: Final = 10_000
_OF_A_HUNDRED: Final = 10


def invented(count: int, seed: int = 0) -> Carried:
    """Return so many sites with what they carry."""
    draw = np.random.default_rng(seed)

    def popular(of: int, power: float) -> list[int]:
        weights = 1 / np.arange(1, of + 1) ** power
        return list(map(int, draw.choice(of, size=count, p=weights / weights.sum())))

    found = Carried()
    hosts, names = popular(max(20_000, count), 0.85), popular(400, 1.0)
    for at in range(count):
        site = f"site{at}.example"
        found.sites[site] = None
        found.add(
            site, "ip", f"45.{hosts[at] >> 16 & 255}.{hosts[at] >> 8 & 255}.{hosts[at] & 255}"
        )
        found.add(site, "name-server", f"ns{names[at]}.hoster.example")
        network, place = divmod(at, 100)
        shares = place < _OF_A_HUNDRED
        found.add(site, "analytics", f"UA-n{network}" if shares else f"UA-{at}")
        if shares and place % 2:
            found.add(site, "certificate", f"n{network}")
    return found


def by_pairs(carried: Carried) -> int:
    """Count the pairs that share anything, looking at each pair of sites."""
    has: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for key, sites in carried.carriers.items():
        for site in sites:
            has[site].add(key)
    return sum(not has[one].isdisjoint(has[other]) for one, other in combinations(has, 2))


def main() -> None:
    """Print the table."""
    sizes = [int(each) for each in sys.argv[1:]] or [*SIZES]
    rows: list[list[str]] = []
    for count in sizes:
        carried = invented(count)
        begun = time.process_time()
        findings = find_sites(shared_identifiers(carried), count=count)
        ours = time.process_time() - begun
        loop = "-"
        if count <= _LOOP_STOPS:
            begun = time.process_time()
            by_pairs(carried)
            loop = f"{time.process_time() - begun:.1f}"
        right = sum(len(each.subjects) == _OF_A_HUNDRED for each in findings)
        rows.append(
            [f"{count:,}", f"{ours:.2f}", loop, f"{right} of {count // 100}", str(len(findings))]
        )
    print_rows(
        f"Sites that share something; {machine()}",
        ["sites", "ours, CPU s", "every pair, CPU s", "networks found whole", "clusters"],
        rows,
    )


if __name__ == "__main__":
    main()
