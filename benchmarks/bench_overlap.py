"""Private overlap of 10,000 asked items with 1,000,000 held ones, beside openmined-psi.

Aim: the online part (everything after the holder's preparation, which is once an epoch) in under
10 s. openmined-psi counts too, but its setup message, from which a dishonest asker can test
guesses at leisure, goes to the asker; ours goes to the exchange.
"""

import secrets

from harness import clock_starts, measure, print_table

ASKED = 10_000
HELD = 1_000_000
COMMON = 1_000


def items(first: int, count: int) -> list[str]:
    """Invented items, numbered."""
    return [f"domain:site{number}.example" for number in range(first, first + count)]


def asked_and_held() -> tuple[list[str], list[str]]:
    """Both lists; COMMON items are in both."""
    return items(HELD - COMMON, ASKED), items(0, HELD)


def prepare_ours(workers: int) -> tuple[int, str]:
    """The holder's tags, once an epoch."""
    from tocsin.trust import HolderKey

    _, held = asked_and_held()
    key = HolderKey(secrets.token_bytes(32), "holder", "asker", "1")
    clock_starts()
    tags = key.tags([each.encode() for each in held], workers=workers)
    return len(held), f"{len(tags) / 1e6:.1f} MB of tags to the exchange"


def online_ours() -> tuple[int, str]:
    """Blind, evaluate, finish with the proof checked, compare."""
    from tocsin.trust import TAG_BYTES, Asking, HolderKey, split_tags

    asked, _ = asked_and_held()
    key = HolderKey(secrets.token_bytes(32), "holder", "asker", "1")
    # Only the tags in common matter to the time of looking up; the rest is random bytes.
    tags = key.tags([each.encode() for each in asked[:COMMON]])
    tags += secrets.token_bytes(TAG_BYTES * (HELD - COMMON))
    clock_starts()
    asking = Asking.begin([each.encode() for each in asked])
    evaluated = key.evaluate(asking.wire)
    outputs = asking.finish(evaluated, key.public_key)
    sent = b"".join(output[:TAG_BYTES] for output in outputs)
    common = len(set(split_tags(sent)) & set(split_tags(tags)))
    crossed = len(asking.wire) + len(evaluated) + len(sent)
    return len(asked), f"{common} in common, {crossed / 1e6:.2f} MB crossed"


def prepare_openmined() -> tuple[int, str]:
    """The holder's setup message, for each asker and number of items anew."""
    import private_set_intersection.python as psi

    asked, held = asked_and_held()
    server = psi.server.CreateWithNewKey(False)
    clock_starts()
    setup = server.CreateSetupMessage(1e-9, len(asked), held, psi.DataStructure.GCS)
    return len(held), f"{len(setup.SerializeToString()) / 1e6:.1f} MB of setup to the asker"


def online_openmined() -> tuple[int, str]:
    """Request, response, count."""
    import private_set_intersection.python as psi

    asked, held = asked_and_held()
    server, client = psi.server.CreateWithNewKey(False), psi.client.CreateWithNewKey(False)
    setup = server.CreateSetupMessage(1e-9, len(asked), held, psi.DataStructure.GCS)
    clock_starts()
    request = client.CreateRequest(asked)
    response = server.ProcessRequest(request)
    common = client.GetIntersectionSize(setup, response)
    crossed = len(request.SerializeToString()) + len(response.SerializeToString())
    return len(asked), f"{common} in common, {crossed / 1e6:.2f} MB crossed"


def main() -> None:
    """Measure all four and print the table."""
    measured = [
        ("tocsin", "preparation, 1 process", measure(prepare_ours, 1, runs=1)),
        ("tocsin", "preparation, 2 processes", measure(prepare_ours, 2, runs=1)),
        ("tocsin", "online", measure(online_ours)),
        ("openmined-psi", "preparation", measure(prepare_openmined, runs=1)),
        ("openmined-psi", "online", measure(online_openmined, runs=1)),
    ]
    rows = [
        [who, what, f"{each.cpu_s:.2f}", f"{each.wall_s:.2f}", f"{each.peak_mb:.0f}", each.note]
        for who, what, each in measured
    ]
    title = f"Private overlap: {ASKED:,} asked of {HELD:,} held"
    print_table(title, ("who", "step", "CPU s", "wall s", "peak MB", "note"), rows)


if __name__ == "__main__":
    main()
