"""What a watchlist protects: entities with all that is theirs, and names of adversaries."""

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.records.observables import HostFault, canonical_host, host_fault

BUDGET: Final = 1.0
"""Alerts in 100,000 benign names that one way of imitating one name may cost."""
_LISTS: Final = ("aliases", "domains", "handles", "sister_suffixes")
_FIELDS: Final = ("name", *_LISTS, "distinctive", "budget", "adversary")


@frozen(kw_only=True)
class Entity:
    """One organisation, person or brand; built by `entity_from`.

    Attributes:
        aliases: further names, in any script.
        domains: its own, with all below them; the first names it in evidence.
        sister_suffixes: under which its own labels are its own too, such as `co.uk`.
        distinctive: whether its names say who is meant without a second signal; None to judge
            each by its length and by a list of ordinary words.
        budget: alerts in 100,000 benign names for one way of imitating one of its names.
        adversary: a brand of an operation: its own domains alert as well.
    """

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    sister_suffixes: tuple[str, ...] = ()
    distinctive: bool | None = None
    budget: float = BUDGET
    adversary: bool = False

    def to_json(self) -> JsonObject:
        """Return the stored, exported and shown form."""
        return {
            "name": self.name,
            **{field: [*getattr(self, field)] for field in _LISTS},
            "distinctive": self.distinctive,
            "budget": self.budget,
            "adversary": self.adversary,
        }


def entity_from(said: Mapping[str, JsonValue], where: str) -> Entity:
    """Build an entity of a row of a list.

    Args:
        where: the row, for messages.

    Raises:
        BadInputError: names the row, the field and what is wrong.
    """
    unknown = [key for key in said if key not in _FIELDS]
    if unknown:
        raise BadInputError(
            f"{where}: unknown field {unknown[0]!r}", hint=f"fields are {', '.join(_FIELDS)}"
        )
    lists = {field: _strings(said.get(field), field, where) for field in _LISTS}
    domains = tuple(dict.fromkeys(_domain(each, where) for each in lists["domains"]))
    name = said.get("name") or (domains[0] if domains else "")
    if not isinstance(name, str) or not name.strip():
        raise BadInputError(f"{where}: no name and no domain", hint="give one of both")
    return Entity(
        name=name.strip(),
        aliases=lists["aliases"],
        domains=domains,
        handles=lists["handles"],
        sister_suffixes=tuple(each.strip(".").lower() for each in lists["sister_suffixes"]),
        distinctive=_truth(said.get("distinctive"), "distinctive", where),
        budget=_budget(said.get("budget"), where),
        adversary=bool(_truth(said.get("adversary"), "adversary", where)),
    )


def merged(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return each entity once, by name: the last said holds; the order is that of names."""
    by_name = {each.name.casefold(): each for each in entities}
    return tuple(by_name[key] for key in sorted(by_name))


def _strings(value: JsonValue, field: str, where: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value if value is not None else []
    if not isinstance(items, list) or not all(isinstance(each, str) for each in items):
        raise BadInputError(f"{where}: {field} is no list of texts", hint=f'{field} = ["…"]')
    return tuple(dict.fromkeys(each.strip() for each in map(str, items) if each.strip()))


def _domain(text: str, where: str) -> str:
    """A whole suffix can be an entity's own: `gov.ua`."""
    plain = text.replace("[.]", ".").strip().lower().strip(".")
    read, fault = canonical_host(plain), host_fault(plain)
    if fault is not None and fault is not HostFault.PUBLIC_SUFFIX:
        raise BadInputError(f"{where}: {text!r} is no domain ({fault})", hint="such as example.org")
    return read.host if read else plain


def _truth(value: JsonValue, field: str, where: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    said = {"": None, "true": True, "yes": True, "false": False, "no": False}
    if isinstance(value, str) and value.strip().lower() in said:
        return said[value.strip().lower()]
    raise BadInputError(f"{where}: {field} is neither true nor false", hint="or leave it out")


def _budget(value: JsonValue, where: str) -> float:
    if value is None or value == "":
        return BUDGET
    try:
        read = float(value) if isinstance(value, (int, float, str)) else -1.0
    except ValueError:
        read = -1.0
    if not 0 <= read <= 100_000:
        raise BadInputError(f"{where}: budget {value!r} is no rate", hint="alerts in 100,000 names")
    return read
