"""Escrowed authorship as it stands on an object: a commitment, and what two persons open together.

Only its form is known here; `trust.escrow` makes, opens and checks it.
"""

from typing import Final

from attrs import field, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue

ESCROW_FORMAT: Final = "tocsin-escrow/1"
FEWEST_PERSONS: Final = 2
MOST_PERSONS: Final = 4
"""Each one more makes every unnamed object an envelope longer."""
_MAX_NAME_LENGTH: Final = 200


@frozen(kw_only=True)
class EscrowPerson:
    """Somebody whom the convenor appointed to open authorship, together with another one.

    Attributes:
        organisation: where the person works; no two appointed ones share it.
        verify_key: text of the key that signs what the person says on opening.
        sealing_key: text of the key that envelopes are sealed to.
        active: False once dismissed: nothing more is sealed to it, what was, it still opens.
    """

    name: str
    organisation: str
    verify_key: str
    sealing_key: str
    active: bool = True

    def __attrs_post_init__(self) -> None:
        for said, what in ((self.name, "name"), (self.organisation, "organisation")):
            if not said.strip() or len(said) > _MAX_NAME_LENGTH:
                raise BadInputError(
                    f"the {what} of an escrow person is empty or longer than "
                    f"{_MAX_NAME_LENGTH} characters",
                    hint="give a short one",
                )

    def to_json(self) -> JsonObject:
        """Return the person as the directory and the vault write it."""
        return {
            "name": self.name,
            "organisation": self.organisation,
            "verify_key": self.verify_key,
            "sealing_key": self.sealing_key,
            "active": self.active,
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "EscrowPerson":
        """Read what `to_json` wrote.

        Raises:
            TypeError: when it is no object.
            KeyError: when a part is missing.
        """
        if not isinstance(value, dict):
            raise TypeError("an escrow person is no object")
        return cls(
            name=str(value["name"]),
            organisation=str(value["organisation"]),
            verify_key=str(value["verify_key"]),
            sealing_key=str(value["sealing_key"]),
            active=value["active"] is True,
        )


@frozen
class Escrow:
    """What an object of an unnamed author carries.

    Attributes:
        commitment: base64 of 32 bytes; says nothing of the author until it is opened.
        envelopes: sealed bytes in their JSON form. The first person in the order of key ids opens
            the first one, with any later person; the second the second, and so on.
    """

    commitment: str
    envelopes: tuple[JsonObject, ...] = field(repr=False)

    def to_json(self) -> JsonObject:
        """Return the value of `escrow` in the sharing extension."""
        return {
            "format": ESCROW_FORMAT,
            "commitment": self.commitment,
            "envelopes": [*self.envelopes],
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Escrow":
        """Read what `to_json` wrote; what the envelopes hold is not looked at.

        Raises:
            TypeError: when it is of another form.
        """
        said = value if isinstance(value, dict) else {}
        envelopes, commitment = said.get("envelopes"), said.get("commitment")
        if said.get("format") != ESCROW_FORMAT or not isinstance(commitment, str):
            raise TypeError(f"escrow is not of the format {ESCROW_FORMAT}")
        found = tuple(each for each in _list(envelopes) if isinstance(each, dict))
        if len(found) != len(_list(envelopes)) or not 0 < len(found) < MOST_PERSONS:
            raise TypeError("escrow holds no envelopes, or too many")
        return cls(commitment, found)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
