"""The mailbox over HTTP."""

from base64 import b64encode

from attrs import frozen

from tocsin.exchange.client import ExchangeClient
from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.overlap.notices import Notice
from tocsin.exchange.overlap.routes import PREFIX
from tocsin.foundation import BadInputError, JsonObject


@frozen
class HttpMailbox:
    """`Mailbox` at an exchange, as the member whose credential the client has."""

    client: ExchangeClient

    def notices(self, after: int) -> tuple[list[Notice], int]:
        said = self.client.get(PREFIX + "askings", {"after": after})
        found = [Notice.from_json(each) for each in reading.objects(said, "askings")]
        return found, reading.count(said, "next")

    def notice(self, asking_id: str) -> Notice | None:
        said = self.client.get(PREFIX + "askings", {"id": asking_id})
        found = [Notice.from_json(each) for each in reading.objects(said, "askings")]
        return next((each for each in found if each.id == asking_id), None)

    def post(self, letter: Letter, tags: TagSet | None = None) -> Notice:
        body: JsonObject = {"letter": letter.to_json()}
        if tags is not None:
            body["tags"] = {"name": tags.name, "parts": tags.parts}
        return _notice(self.client.post(PREFIX + "letters", body))

    def letter(self, asking_id: str, kind: LetterKind) -> Letter:
        letter = Letter.from_json(self.client.get(f"{PREFIX}askings/{asking_id}/letters/{kind}"))
        if letter.kind is not kind:
            raise BadInputError(f"the exchange gave a letter of {letter.kind}", hint="sync again")
        return letter

    def tag_parts(self, asker: str, name: str) -> frozenset[int]:
        said = self.client.get(f"{PREFIX}tags/{asker}/{name}").get("parts")
        return (
            frozenset(each for each in said if isinstance(each, int))
            if isinstance(said, list)
            else frozenset()
        )

    def put_tags(self, tags: TagSet, part: int, data: bytes) -> None:
        body: JsonObject = {"parts": tags.parts, "tags": b64encode(data).decode()}
        self.client.put(f"{PREFIX}tags/{tags.asker}/{tags.name}/{part}", body)

    def put_outputs(self, asking_id: str, attempt: int, outputs: bytes) -> Notice:
        body: JsonObject = {"attempt": attempt, "outputs": b64encode(outputs).decode()}
        return _notice(self.client.put(f"{PREFIX}askings/{asking_id}/outputs", body))

    def approve(self, asking_id: str) -> bytes:
        said = self.client.post(f"{PREFIX}askings/{asking_id}/approval", {})
        return reading.base64_bytes(said, "common")

    def refuse(self, asking_id: str, why: str) -> Notice:
        return _notice(self.client.post(f"{PREFIX}askings/{asking_id}/refusal", {"why": why}))


def _notice(said: JsonObject) -> Notice:
    asking = said.get("asking")
    return Notice.from_json(asking if isinstance(asking, dict) else {})
