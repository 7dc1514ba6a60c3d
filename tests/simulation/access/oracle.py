"""What docs/reference/policy.md says, as tables and ifs over plain dicts: no code of the product.

An organisation: `id kind guest active groups`, where `groups` is a pair: those it was in when the
objects were sent, and those it is in now. A principal: `org role rights types tlp works`. An
object: `id type tlp audience author authorship state versions source`. `audience` is a list in the
wire's words. See `worlds.py` for the states.
"""

from typing import Any

Plain = dict[str, Any]

TLPS = ["clear", "green", "amber", "amber+strict", "red"]
EVERY_RIGHT = {"read", "submit", "withdraw", "overlap", "administer"}
GUESTS = {
    "government": {"read", "submit", "withdraw", "administer"},
    "target": {"read", "submit", "withdraw", "administer"},
    "research": {"read", "administer"},
    "other": {"read", "submit", "withdraw", "administer"},
}
ROLES = {
    None: EVERY_RIGHT,
    "reader": {"read"},
    "analyst": {"read", "submit"},
    "reviewer": {"read", "submit", "withdraw", "overlap"},
    "steward": EVERY_RIGHT,
}
INDUSTRY_KINDS = {"platform"}
BEFORE, NOW = 0, 1


def rights(who: Plain) -> set[str]:
    """What a principal may do, by the two tables and its token's scope."""
    if not who["works"] or not who["org"]["active"]:
        return set()
    of_kind = GUESTS[who["org"]["kind"]] if who["org"]["guest"] else EVERY_RIGHT
    return of_kind & ROLES[who["role"]] & set(who["rights"])


def in_scope(who: Plain, type_: str, tlp: str) -> bool:
    """Whether a token is for such an object."""
    is_type = who["types"] is None or type_ in who["types"]
    return is_type and TLPS.index(tlp) <= TLPS.index(who["tlp"])


def receives(org: Plain, item: Plain, when: int, groups: Plain) -> bool:
    """Whether an organisation is meant, by audience, marking and sources, at one of two times."""
    words = item["audience"]
    is_named = f"member:{org['id']}" in words
    if org["id"] == item["author"]:
        return False
    if org["guest"] or item["tlp"] == "red":
        is_meant = is_named
    else:
        is_meant = is_named or "community" in words or f"kind:{org['kind']}" in words
        for group in org["groups"][when]:
            admits = groups[group] == "mixed" or org["kind"] in INDUSTRY_KINDS
            is_meant = is_meant or (f"group:{group}" in words and admits)
    source = item["source"]
    if is_meant and source is not None and TLPS.index(source["tlp"]) >= TLPS.index("amber"):
        return org["id"] == source["author"] or receives(org, source, when, groups)
    return is_meant


def versions_seen(who: Plain, item: Plain, groups: Plain) -> list[int]:
    """The numbers of the versions of an object that a principal may read, the oldest first."""
    org, state = who["org"], item["state"]
    is_for = "read" in rights(who) and in_scope(who, item["type"], item["tlp"])
    if not is_for or state in ("held", "deleted", "erased"):
        return []
    every = list(range(item["versions"]))
    if org["id"] == item["author"]:
        return every
    meant_now = receives(org, item, NOW, groups)
    was_meant = receives(org, item, BEFORE, groups)
    if state == "withdrawn before":
        # Who came later does not get what was withdrawn by then; who got it, got its withdrawal.
        return ([0] if meant_now and was_meant else []) + ([1] if was_meant else [])
    if state == "withdrawn after":
        return ([0] if meant_now else []) + ([1] if meant_now or was_meant else [])
    return every if meant_now and state != "expired" else []


def may_submit(who: Plain, item: Plain, groups: Plain) -> bool:
    """Whether a new object may come in from a principal, signed by its organisation."""
    org = who["org"]
    if "submit" not in rights(who) or not in_scope(who, item["type"], item["tlp"]):
        return False
    if org["guest"] and org["kind"] == "other" and item["type"] not in (
        "x-tocsin-tip", "x-tocsin-sealed"
    ):  # fmt: skip
        return False
    must_say = item["authorship"] == "named" or org["kind"] == "government"
    if must_say and org["kind"] not in item["origins"]:
        return False
    if item["created_by"] != (org["id"] if item["authorship"] == "named" else None):
        return False
    addressed = {word.removeprefix("group:") for word in item["audience"] if "group:" in word}
    return addressed <= set(org["groups"][NOW])


def may_change(who: Plain, item: Plain, groups: Plain, *, withdraws: bool) -> bool:
    """Whether a new version by a principal's organisation, on the old terms, may come in."""
    org = who["org"]
    is_known = item["state"] != "erased"
    if not {"submit", *(["withdraw"] if withdraws and is_known else [])} <= rights(who):
        return False
    if not in_scope(who, item["type"], item["tlp"]):
        return False
    if item["state"] == "erased":
        # Nobody knows any more whose it was: what comes under its id is new.
        return may_submit(who, item, groups)
    if item["state"] in ("held", "deleted") or org["id"] != item["author"]:
        return False
    return withdraws or not item["state"].startswith("withdrawn")


def deleting(who: Plain, item: Plain, groups: Plain) -> int:
    """The status of a DELETE by somebody who may withdraw: 200, 403 or 404."""
    if not versions_seen(who, item, groups):
        return 404
    return 200 if who["org"]["id"] == item["author"] else 403
