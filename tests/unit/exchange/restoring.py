"""Put an exchange back to a backup, as an operator does after a loss."""

import shutil
from pathlib import Path

from tests.unit.exchange.world import World
from tocsin.exchange import build_app
from tocsin.exchange.refilling import declare_restored
from tocsin.records import Audience
from tocsin.vault import Home, backup, restore

EVERYONE = Audience(community=True)


def put_back(world: World, file: Path) -> None:
    """Let the exchange's files be those of a backup; nothing is said of it."""
    place = world.exchange.folder
    world.exchange.close()
    shutil.rmtree(place)
    restore(file, place)
    world.exchange = Home.open(place, clock=world.clock, entropy=world.entropy)
    world.transport.app = build_app(world.exchange, world.clock, world.entropy)


def saved(world: World, tmp_path: Path) -> Path:
    file = tmp_path / "yesterday.tar"
    backup(world.exchange.folder, file)
    world.clock.advance(hours=20)
    return file


def declare(world: World) -> None:
    declare_restored(world.exchange, world.clock, by="convenor")


def release(world: World, name: str, audience: Audience = EVERYONE) -> str:
    world.clock.advance(minutes=1)
    return world.release(name, world.draft(world.nodes[name], audience, value=f"{name}.example")).id
