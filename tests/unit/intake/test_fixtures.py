"""The invented files that other rooms' tests import: one story in five formats."""

from pathlib import Path

from tests.unit.intake.conftest import Import, defects, keys_in, said_of
from tocsin.vault import Vault

FOLDER = Path(__file__).parents[2] / "fixtures" / "intake"


def test_one_host_from_four_sources_is_one_object_with_one_observation(
    importing: Import, vault: Vault
) -> None:
    names = (
        "kill_chain.csv",
        "domains.csv",
        "partner.eml",
        "quantity_channel.json",
        "misp_event.json",
    )
    report = importing(*(FOLDER / name for name in names))
    assert [(file.format, file.records, file.kept) for file in report.files] == [
        ("meta-kill-chain", 4, 3),
        ("viginum-domains", 2, 2),
        ("mail", 2, 2),
        ("stix", 3, 3),
        ("misp", 3, 3),
    ]
    assert defects(report.files[3]) == {
        "marking-from-report": (2, 0),
        "quantity": (1, 0),
        "tlp-normalised": (1, 0),
        "unmarked": (2, 0),
        "untyped-channel": (1, 0),
    }
    assert len(said_of(vault, "domain:spoof-news.example")) == 4
    assert "account:telegram/@example_news" in keys_in(vault)
    with vault.read() as snapshot:
        seen = snapshot.private.first_observed(["domain:spoof-news.example"])
    assert str(seen["domain:spoof-news.example"]) == "2026-11-01 08:00:00+00:00"
