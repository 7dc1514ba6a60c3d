"""Findings as detectors write them, read from one JSON document."""

from collections.abc import Iterable, Mapping
from typing import Final

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_json
from tocsin.records import Finding

_GROUP_KEYS: Final = ("accounts", "objects", "q_value")
_FINDING_KEYS: Final = ("q_value", "score", "rule", "started", "ended")
_SETTINGS: Final = (
    "trace", "traces", "window", "window_s", "windows", "min_coactions", "most_q", "engine",
    "compat", "all_shares", "pairs_tested", "seed",
)  # fmt: skip
_FITTING: Final = frozenset({"fits", "holds", "explains", "likely", "yes", "flagged"})
_NOT_FITTING: Final = frozenset({"rejected", "does-not-fit", "unlikely", "no", "not-fitting"})


def read_findings(data: bytes, *, source: str) -> tuple[Finding, ...]:
    """Read a finding, a list of them, `{"findings": […]}` or the groups of a coordination run.

    Args:
        source: what to call the file in an error.

    Raises:
        BadInputError: when it is none of these, or one of them is malformed; nothing is kept
            then, since a case is not to hold half of what was found.
    """
    document = parse_json(data, source=source)
    found = tuple(_each(document, source))
    if not found:
        raise BadInputError(f"{source}: there is no finding in it", hint="the run found nothing")
    return tuple({each.id: each for each in found}.values())


def _each(document: JsonValue, source: str) -> Iterable[Finding]:
    if isinstance(document, dict) and isinstance(document.get("groups"), list):
        for at, group in enumerate(_rows(document, "groups")):
            yield _read(_of_group(group, document), f"{source}: groups[{at}]")
    elif isinstance(document, dict) and isinstance(document.get("findings"), list):
        for at, each in enumerate(_rows(document, "findings")):
            yield _read(_of_detector(each, document), f"{source}: findings[{at}]")
    elif isinstance(document, list):
        for at, each in enumerate(document):
            yield _read(each, f"{source}: [{at}]")
    elif isinstance(document, dict) and "kind" in document:
        yield _read(_of_detector(document, {}), source)
    else:
        raise BadInputError(
            f"{source}: it holds no finding",
            hint="give a finding, or what `tocsin detect` wrote",
        )


def _read(value: JsonValue, where: str) -> Finding:
    if not isinstance(value, dict):
        raise BadInputError(f"{where}: {str(value)[:80]!r} is no object")
    try:
        return Finding.from_json(value)
    except BadInputError as error:
        raise BadInputError(f"{where}: {error.message}", hint=error.hint) from error


def _of_group(group: JsonValue, run: Mapping[str, JsonValue]) -> JsonValue:
    """Return a group of a coordination run as a finding; what it counts besides is evidence."""
    if not isinstance(group, dict) or not any(key in group for key in _GROUP_KEYS):
        return group
    accounts, objects = group.get("accounts"), group.get("objects")
    met = group.get("objects_in_all", _number_of(objects))
    counted = {key: each for key, each in group.items() if _is_figure(each) and key != "q_value"}
    return {
        **{key: group[key] for key in _FINDING_KEYS if key in group},
        "kind": "coordination",
        "behaviour": group.get("behaviour")
        or f"{_number_of(accounts)} accounts acted together on {met} objects "
        f"({group.get('id', 'a group')})",
        "subjects": accounts if isinstance(accounts, list) else None,
        "objects": objects if isinstance(objects, list) else None,
        "detector": run.get("detector") or "tocsin detect coordination",
        "parameters": _parameters(run),
        "null_model": group.get("null_model") or run.get("null_model"),
        "evidence": group.get("evidence") or ([counted] if counted else []),
        "explanations": _explanations(group.get("explanations")),
    }


def _of_detector(found: JsonValue, run: Mapping[str, JsonValue]) -> JsonValue:
    """Return a detector's row as a finding: its rule is the behaviour where it states none."""
    if not isinstance(found, dict):
        return found
    return {
        **found,
        "kind": found.get("kind") or run.get("kind"),
        "behaviour": found.get("behaviour") or found.get("rule"),
        "parameters": found.get("parameters") or _parameters(run),
        "explanations": _explanations(found.get("explanations")),
    }


def _parameters(run: Mapping[str, JsonValue]) -> JsonObject:
    """Return the settings of a run: an object of them, or those that stand beside its counts."""
    for key in ("parameters", "settings"):
        value = run.get(key)
        if isinstance(value, dict):
            return dict(value)
    return {key: run[key] for key in _SETTINGS if run.get(key) is not None}


def _is_figure(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _explanations(value: JsonValue) -> list[JsonValue]:
    """Return innocent explanations in a finding's form, from a list or from an object by name."""
    if isinstance(value, dict):
        return [_explanation({"name": name, **_as_object(said)}) for name, said in value.items()]
    return [_explanation(each) for each in value] if isinstance(value, list) else []


def _as_object(said: JsonValue) -> JsonObject:
    if isinstance(said, dict):
        return said
    return {"fits": said} if isinstance(said, bool) else {"why": str(said)}


def _explanation(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return value
    name = value.get("name") or value.get("explanation") or value.get("kind")
    why = value.get("why") or value.get("reason") or value.get("evidence")
    return {
        "name": str(name or ""),
        "fits": _fits(value),
        "why": why if isinstance(why, str) else "" if why is None else str(why),
    }


def _fits(value: Mapping[str, JsonValue]) -> bool | None:
    for key in ("fits", "holds", "explains", "outcome", "verdict"):
        said = value.get(key)
        if isinstance(said, bool):
            return said
        word = str(said).casefold().replace("_", "-").replace(" ", "-")
        if word in _FITTING or word in _NOT_FITTING:
            return word in _FITTING
    return None


def _number_of(value: JsonValue) -> JsonValue:
    return len(value) if isinstance(value, list) else value


def _rows(said: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    value = said.get(key)
    return value if isinstance(value, list) else []
