"""What both sides check of an object before anything else: size, terms, times, signature."""

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from tocsin.exchange.limits import MAX_OBJECT_BYTES, MAX_SKEW
from tocsin.foundation import BadInputError, JsonValue, RefusedError, parse_time
from tocsin.records import SHARING_EXTENSION, StixObject, Tlp
from tocsin.trust import SEALED_TYPE, VerifyKey, verify_object


@frozen
class Refusal:
    """An object that was not taken, and why."""

    id: str
    why: str
    hint: str = ""


def read_arrival(body: JsonValue) -> StixObject:
    """Check an object's form: a STIX object with marking and audience, of bounded size.

    Raises:
        BadInputError: when it is not.
    """
    if not isinstance(body, dict):
        raise BadInputError("an object is no JSON object", hint="send STIX 2.1 objects")
    item = StixObject.of(body)
    size = len(item.to_json())
    if size > MAX_OBJECT_BYTES:
        raise BadInputError(
            f"{item.id}: {size} bytes are more than {MAX_OBJECT_BYTES}", hint="split it"
        )
    if item.sharing is None:
        raise BadInputError(
            f"{item.id}: carries no audience (extension {SHARING_EXTENSION})",
            hint="release it with `tocsin release`, which adds it",
        )
    if item.marking is None:
        raise BadInputError(f"{item.id}: carries no TLP 2.0 marking", hint="mark it")
    if item.marking.tlp is Tlp.RED and item.type != SEALED_TYPE:
        raise BadInputError(
            f"{item.id}: TLP:RED travels sealed only", hint="release it with `tocsin release`"
        )
    return item


def check_times(item: StixObject, now: datetime) -> None:
    """Refuse what says it was made in the future.

    Raises:
        RefusedError: when `created` or `modified` lies more than `MAX_SKEW` ahead of `now`.
        BadInputError: when either is no time.
    """
    for field in ("created", "modified"):
        said = item.body.get(field)
        if said is None and item.is_observable:
            continue
        moment = parse_time(str(said), field=f"{item.id}: {field}")
        if moment - now > MAX_SKEW:
            ahead = round((moment - now).total_seconds() / 60)
            raise RefusedError(
                f"{item.id}: {field} lies {ahead} minutes in the future",
                hint="the sender's clock is wrong: set it (GET /tocsin/v1/clock tells the "
                "exchange's) and release the object anew",
            )


def check_signature(item: StixObject, keys: Mapping[str, VerifyKey]) -> None:
    """Refuse what none of `keys` signed, or what was changed since.

    Raises:
        TrustError: says which of the two.
    """
    verify_object(item, keys)
