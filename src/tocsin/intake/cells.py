"""One written value, turned into the objects that are kept of it."""

from functools import lru_cache

from msgspec import Struct

from tocsin.foundation import JsonObject
from tocsin.intake.events import Flaw, Found
from tocsin.intake.keepsakes import passage_object, quantity_object
from tocsin.records import StixObject
from tocsin.records.observables import HostFault, Kind, Observable, Reading, read_value

_HOST_FAULTS = frozenset(str(fault) for fault in HostFault)


class Place(Struct, frozen=True, gc=False):
    """Where a value stands.

    Attributes:
        digest: SHA-256 of the file.
        locator: of the record, such as `row 12`.
        part: of the value inside the record, for records with several values.
    """

    digest: str
    locator: str
    part: str = ""

    @property
    def name(self) -> str:
        """The locator with its part, for ids and examples."""
        return f"{self.locator} {self.part}".strip()


class CellReading(Struct, frozen=True, gc=False):
    """What came of one value; nothing for a placeholder or an empty cell."""

    found: tuple[Found, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    is_placeholder: bool = False


def read_cell(
    text: str,
    place: Place,
    said: JsonObject,
    *,
    hint: Kind | None = None,
    platform: str | None = None,
) -> CellReading:
    """Return what is kept of one value: identifiers, else a quantity, else a passage."""
    if not text.strip():
        return CellReading()
    reading = read_value(text, hint, platform)
    if len(reading.observables) == 1 and not reading.defects:
        return CellReading(_identifiers(text, reading, said))
    example = f"{place.name}: {text}"
    if reading.placeholder:
        return CellReading((), (Flaw("placeholder", example),), is_placeholder=True)
    flaws = [Flaw(_kind_of(name), _told(name, example)) for name in reading.defects]
    if reading.observables:
        if len(reading.observables) > 1:
            flaws.append(Flaw("several-values", example))
        return CellReading(_identifiers(text, reading, said), tuple(flaws))
    if reading.quantity:
        kept = quantity_object(reading.quantity, text, digest=place.digest, locator=place.name)
        return CellReading((Found(kept, (), said),), (*flaws, Flaw("quantity", example)))
    kept = passage_object(text, digest=place.digest, locator=place.name)
    return CellReading((Found(kept, (), said),), (*flaws, Flaw("prose", example)))


def found_observable(observable: Observable, said: JsonObject) -> Found:
    """Return an observable as a record finds it."""
    body = observable.to_sco()
    made = StixObject(body, str(body["id"]), str(body["type"]))
    return Found(made, (observable.key, *observable.also_keys), said, bare=True)


@lru_cache(maxsize=1024)
def kind_hint(name: str | None) -> Kind | None:
    """Return the kind that a list's word for it promises, None when the form must settle it."""
    return _HINTS.get((name or "").strip().casefold().replace("_", "-").replace(" ", "-"))


def _identifiers(text: str, reading: Reading, said: JsonObject) -> tuple[Found, ...]:
    own: JsonObject = dict(said)
    observables = reading.observables
    if len(observables) > 1 or text.strip() != observables[0].value:
        own["as_written"] = text
    if reading.prose:
        own["beside"] = reading.prose
    if len(observables) == 1:
        return (found_observable(observables[0], own),)
    return tuple(found_observable(observable, own) for observable in observables)


def _kind_of(name: str) -> str:
    return "bad-host" if name in _HOST_FAULTS else name


def _told(name: str, example: str) -> str:
    return f"{example} ({name})" if name in _HOST_FAULTS else example


# A url's kind is left open: a profile's address names an account, a bare origin names a host.
_HINTS = {
    "domain": Kind.DOMAIN,
    "domain-name": Kind.DOMAIN,
    "subdomain": Kind.DOMAIN,
    "hostname": Kind.DOMAIN,
    "host": Kind.DOMAIN,
    "fqdn": Kind.DOMAIN,
    "account": Kind.ACCOUNT,
    "email": Kind.EMAIL,
    "email-addr": Kind.EMAIL,
    "phone": Kind.PHONE,
    "phone-number": Kind.PHONE,
    "md5": Kind.MD5,
    "sha1": Kind.SHA1,
    "sha-1": Kind.SHA1,
    "sha256": Kind.SHA256,
    "sha-256": Kind.SHA256,
    "sha512": Kind.SHA512,
    "pdq": Kind.PDQ,
    "asn": Kind.AUTONOMOUS_SYSTEM,
    "autonomous-system": Kind.AUTONOMOUS_SYSTEM,
    "filename": Kind.FILE_NAME,
    "file-name": Kind.FILE_NAME,
    "android-package-name": Kind.APP,
    "ios-app-id": Kind.APP,
    "app": Kind.APP,
    "tracker": Kind.TRACKER,
    "ad-account": Kind.AD_ACCOUNT,
}
