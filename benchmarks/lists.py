"""Invented lists of any size, the same at every run."""

import json
import random
import uuid
from pathlib import Path

SEED = 20_180_823
_SCO = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1 §2.9
_WORDS = [
    "gazette",
    "courier",
    "herald",
    "tribune",
    "mirror",
    "ledger",
    "observer",
    "post",
    "voice",
    "echo",
    "star",
    "times",
]


def hosts(count: int, seed: int = SEED) -> list[str]:
    """Return distinct host names under a reserved suffix."""
    chance = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        words = "-".join(chance.sample(_WORDS, 2))
        made[f"{words}-{chance.randrange(10**7)}.example"] = None
    return list(made)


def write_kill_chain_csv(path: Path, count: int) -> Path:
    """Meta's columns, one defanged host a row, no two comments the same."""
    rows = ["Tactic,Technique,Procedure,Indicator,Comments"]
    said = (
        "0. Acquiring assets,0.6 Acquiring domains,"
        "0.6.2 Acquiring domains to support influence operations"
    )
    rows += [
        f'{said},{host.replace(".", "[.]")},"Registration order: {at}, targeted: none"'
        for at, host in enumerate(hosts(count))
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_list(path: Path, count: int) -> Path:
    """A plain defanged list."""
    path.write_text("\n".join(each.replace(".", "[.]") for each in hosts(count)), encoding="utf-8")
    return path


def write_stix(path: Path, count: int) -> Path:
    """A bundle of `count` objects: a third each of indicators, domain names and relationships."""
    chance = random.Random(SEED)
    stamp = "2026-11-01T00:00:00.000Z"
    objects: list[dict[str, object]] = []
    for host in hosts(count // 3):
        name = uuid.uuid5(_SCO, json.dumps({"value": host}, separators=(",", ":")))
        indicator, relation = (str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in "ab")
        common = {"spec_version": "2.1", "created": stamp, "modified": stamp}
        objects += [
            {
                "type": "domain-name",
                "spec_version": "2.1",
                "id": f"domain-name--{name}",
                "value": host,
            },
            {
                "type": "indicator",
                "id": f"indicator--{indicator}",
                **common,
                "name": host,
                "pattern": f"[domain-name:value = '{host}']",
                "pattern_type": "stix",
                "valid_from": stamp,
            },
            {
                "type": "relationship",
                "id": f"relationship--{relation}",
                **common,
                "relationship_type": "based-on",
                "source_ref": f"indicator--{indicator}",
                "target_ref": f"domain-name--{name}",
            },
        ]
    bundle = {"type": "bundle", "id": f"bundle--{uuid.UUID(int=1, version=4)}", "objects": objects}
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return path


def write_misp(path: Path, count: int) -> Path:
    """One event with `count` domain attributes."""
    chance = random.Random(SEED)
    attributes = [
        {
            "uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "type": "domain",
            "category": "Network activity",
            "value": host,
            "to_ids": False,
            "timestamp": "1793491200",
            "distribution": "0",
            "comment": "",
        }
        for host in hosts(count)
    ]
    event = {
        "Event": {
            "uuid": str(uuid.UUID(int=2, version=4)),
            "info": "an invented network",
            "date": "2026-11-01",
            "timestamp": "1793491200",
            "threat_level_id": "4",
            "analysis": "0",
            "distribution": "0",
            "Attribute": attributes,
        }
    }
    path.write_text(json.dumps(event), encoding="utf-8")
    return path
