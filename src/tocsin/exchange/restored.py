"""The convenor's word that an exchange was put back to an earlier state.

A log that shrinks, or goes another way than before, is what a split view looks like. Only this
statement, signed by the convenor and kept in the log for all to see, tells the one from the other.
It says up to which entry what members have witnessed still stands; its number, the epoch, comes
before the version wherever directories are compared.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    TrustError,
    canonical,
    parse_json,
    parse_time,
    rfc3339,
)
from tocsin.trust import Checkpoint, Signature, SigningKey, VerifyKey, read_note, sign, verify

PAYLOAD: Final = "application/vnd.tocsin.restored+json"
FORMAT: Final = "tocsin-restored/1"


@frozen(kw_only=True)
class Restored:
    """One restore.

    Attributes:
        epoch: rises from restore to restore.
        note: signed checkpoint of the log up to where it stands as it was.
    """

    community_id: str
    epoch: int
    note: str
    at: datetime

    @property
    def checkpoint(self) -> Checkpoint:
        """Size and root up to which the log stands as it was."""
        return read_note(self.note)

    def to_json(self) -> JsonObject:
        """Return what is signed and logged."""
        return {
            "format": FORMAT,
            "community": self.community_id,
            "epoch": self.epoch,
            "note": self.note,
            "at": rfc3339(self.at),
        }

    def sign(self, key: SigningKey) -> JsonObject:
        """Return the DSSE envelope of this statement."""
        payload = canonical(self.to_json())
        return {
            "payloadType": PAYLOAD,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [sign(PAYLOAD, payload, key).to_json()],
        }

    @classmethod
    def open(cls, envelope: JsonValue, keys: Mapping[str, VerifyKey]) -> "Restored":
        """Verify an envelope by the convenor's keys, and read it.

        Raises:
            TrustError: when none of them signed it.
            BadInputError: when it is no such statement.
        """
        said = envelope if isinstance(envelope, dict) else {}
        signatures = said.get("signatures")
        found = [
            Signature.from_json(each)
            for each in (signatures if isinstance(signatures, list) else [])
        ]
        known = [each for each in found if each.keyid in keys]
        if not known:
            raise TrustError(
                "what says that the exchange was restored is not signed by its convenor",
                hint="ask the convenor; nothing was sent or taken",
            )
        try:
            payload = base64.b64decode(str(said.get("payload", "")), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInputError("the statement of a restore is malformed") from error
        verify(PAYLOAD, payload, known[0], keys)
        return cls._read(parse_json(payload, source="statement of a restore"))

    @classmethod
    def _read(cls, said: JsonValue) -> "Restored":
        form = said.get("format") if isinstance(said, dict) else None
        epoch = said.get("epoch") if isinstance(said, dict) else None
        if not isinstance(said, dict) or form != FORMAT:
            raise BadInputError(
                f"the statement of a restore is of the form {str(form)[:60]!r}; "
                f"this version reads {FORMAT!r}",
                hint="upgrade this node to the exchange's version; nothing was sent or taken",
            )
        if not isinstance(epoch, int):
            raise BadInputError("the statement of a restore has no epoch", hint="ask the convenor")
        return cls(
            community_id=str(said.get("community")),
            epoch=epoch,
            note=str(said.get("note")),
            at=parse_time(str(said.get("at")), field="at"),
        )
