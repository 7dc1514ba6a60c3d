"""Invented sites and what they carry."""

import io

import numpy as np

from tocsin.detect.sites import Carried, read_evidence


def carried(*rows: tuple[str, str, str], more: int = 0) -> Carried:
    """Evidence of rows of site, kind and value, among so many further sites that carry nothing."""
    found = Carried()
    text = "".join(f'{site},{kind},"{value}"\n' for site, kind, value in rows)
    if rows:
        read_evidence(io.BytesIO(f"site,kind,value\n{text}".encode()), "rows", found)
    found.sites.update((f"other{at}.example", None) for at in range(more))
    return found


def strangers(seed: int, count: int, hosts: int) -> Carried:
    """Unrelated sites: hosts and name servers as unequal as on the web, no account shared."""
    draw = np.random.default_rng(seed)

    def popular(of: int, power: float) -> list[int]:
        weights = 1 / np.arange(1, of + 1) ** power
        return list(map(int, draw.choice(of, size=count, p=weights / weights.sum())))

    found = Carried()
    servers, names = popular(hosts, 0.85), popular(400, 1.0)
    begun = np.datetime64("2012-01-01T00:00:00") + draw.integers(0, 10 * 365 * 86_400, count)
    for at in range(count):
        site = f"stranger{at}.example"
        found.sites[site] = None
        host = servers[at]
        found.add(site, "ip", f"45.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}")
        found.add(site, "name-server", f"ns{names[at]}.hoster.example")
        found.add(site, "analytics", f"UA-{at}")
        found.add(site, "created", str(begun[at]))
    return found
