"""The invented lists as files, in the shapes in which such lists really travel."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.demo.generator import Invented, Listed
from tocsin.records.observables import defanged

MAIL: Final = "monday-mail.txt"


@frozen
class Files:
    """Where each list was written.

    Attributes:
        lab: in the columns of VIGINUM's published domain lists: name and date of registration.
        lab_crawl: what the lab's own crawler saw, and when.
        mail: the partner's e-mail as somebody pastes it.
    """

    platform: Path
    lab: Path
    lab_crawl: Path
    mail: Path
    commission: Path
    video: Path


def write_lists(lists: Invented, folder: Path) -> Files:
    """Write every list of the story into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Files(
        platform=folder / "harbourline-list.csv",
        lab=folder / "meridian-domains.csv",
        lab_crawl=folder / "meridian-crawl.csv",
        mail=folder / MAIL,
        commission=folder / "commission-reports.csv",
        video=folder / "pebble-list.csv",
    )
    made.platform.write_text(_platform(lists), encoding="utf-8")
    made.lab.write_text(_lab(lists.lab), encoding="utf-8-sig")
    made.lab_crawl.write_text(_crawl(lists.lab), encoding="utf-8")
    write_mail(lists.mail, folder)
    made.commission.write_text(_crawl(lists.commission), encoding="utf-8")
    made.video.write_text(_crawl(lists.video), encoding="utf-8")
    return made


def write_mail(hosts: Sequence[str], folder: Path) -> Path:
    """Write the partner's e-mail about `hosts`."""
    path = folder / MAIL
    path.write_text(_mail(hosts), encoding="utf-8")
    return path


def _platform(lists: Invented) -> str:
    rows: list[Sequence[str]] = [("indicator", "first observed", "registered on", "comment")]
    for line in lists.platform:
        seen = line.observed.strftime("%Y-%m-%dT%H:%M:%SZ") if line.observed else ""
        registered = line.registered.isoformat() if line.registered and not seen else ""
        rows.append((defanged(line.value), seen, registered, "look-alike news"))
    rows += [(address.replace(".", "[.]"), "", "", "shared host") for address in lists.addresses]
    rows += [(cell, "", "", "removed in spring") for cell in lists.quantities]
    rows += [(cell, "", "", "") for cell in lists.prose]
    return _csv(rows)


def _lab(lines: Iterable[Listed]) -> str:
    rows: list[Sequence[str]] = [("domain name", "created on")]
    for line in lines:
        day = line.registered.strftime("%d/%m/%Y") if line.registered else ""
        rows.append((defanged(line.value), day))
    return _csv(rows)


def _crawl(lines: Iterable[Listed]) -> str:
    rows: list[Sequence[str]] = [("address", "first seen")]
    for line in lines:
        if line.observed:
            rows.append((defanged(line.value), line.observed.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return _csv(rows)


def _mail(hosts: Sequence[str]) -> str:
    """Write hosts as people do in a hurry: every fifth one in another habit."""
    habits = (
        lambda host: host.replace(".", "[.]"),
        lambda host: f"hxxps://{host.replace('.', '[.]')}/",
        lambda host: host.replace(".", "(.)"),
        lambda host: f"- {host.replace('.', '[.]')}",
        lambda host: host.replace(".", " [dot] "),
    )
    written = [habits[at % len(habits)](host) for at, host in enumerate(hosts)]
    lines = [
        "Subject: these came in over the weekend",
        "",
        "Morning! Forty more, all posing as local papers. Do you know them? Are they the",
        "cluster from your last report? Please pass them on to whoever can look.",
        "",
        *written,
        "",
        "Thanks, Ines (night desk)",
    ]
    return "\n".join(lines) + "\n"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
