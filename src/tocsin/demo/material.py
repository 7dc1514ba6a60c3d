"""The lists of the story: invented ones, or two public lists that a reader has."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tocsin.datasets import find_dataset, verify
from tocsin.demo.generator import MAIL_HOSTS, Invented, dictionary, invent
from tocsin.demo.lists import write_lists, write_mail
from tocsin.demo.names import grammar
from tocsin.demo.stage import Material
from tocsin.foundation import BadInputError, Progress

_PLATFORM_LIST: Final = ("meta-threat-research", "*Doppelganger*.csv")
_LAB_LIST: Final = ("viginum", "NDD_RRN.csv")
_KNOWN_IN_MAIL: Final = 25


def choose_material(
    datasets: Path | None, folder: Path, seed: int, progress: Progress, *, is_real: bool
) -> Material:
    """Make the lists of a story in `folder`; see the two functions below."""
    if is_real:
        return real_material(datasets, folder, seed, progress)
    return invented_material(folder, seed)


def invented_material(folder: Path, seed: int) -> Material:
    """Make the invented lists in `folder`."""
    lists = invent(seed)
    files = write_lists(lists, folder)
    return Material(
        platform=(files.platform,),
        lab=(files.lab, files.lab_crawl),
        mail=lambda _: files.mail,
        commission=files.commission,
        video=files.video,
        guesses=lambda _: dictionary(lists),
        wrong=lists.wrong,
        is_real=False,
    )


def real_material(datasets: Path | None, folder: Path, seed: int, progress: Progress) -> Material:
    """Use Meta's and VIGINUM's published lists, verified by hash; the rest stays invented.

    Raises:
        BadInputError: when the lists are not there.
        TrustError: when a file is not what was pinned.
    """
    originals = [_found(*which, datasets, progress) for which in (_PLATFORM_LIST, _LAB_LIST)]
    lists = invent(seed)
    files = write_lists(lists, folder)
    platform, lab = (_linked(original, folder) for original in originals)
    return Material(
        platform=(platform,),
        lab=(lab,),
        mail=_mail_of(lists, folder),
        commission=files.commission,
        video=files.video,
        # A list of registered domains holds the real names; so does this, among many others.
        guesses=lambda values: [*dict.fromkeys([*values, *grammar().every_host()])],
        wrong=lists.wrong,
        is_real=True,
    )


def _mail_of(lists: Invented, folder: Path) -> Callable[[Sequence[str]], Path]:
    """The e-mail about a real operation: some names that both know, the rest invented."""

    def write(common: Sequence[str]) -> Path:
        choose = random.Random(lists.seed)  # noqa: S311 - repeatable on purpose
        known = choose.sample(list(common), min(_KNOWN_IN_MAIL, len(common)))
        hosts = [*known, *lists.mail][:MAIL_HOSTS]
        choose.shuffle(hosts)
        return write_mail(hosts, folder)

    return write


def _linked(original: Path, folder: Path) -> Path:
    """Give a public list a short name in the story's folder; nothing is copied."""
    link = folder / original.name.replace(" ", "_")
    link.symlink_to(original.resolve())
    return link


def _found(name: str, pattern: str, datasets: Path | None, progress: Progress) -> Path:
    place = verify(find_dataset(name), datasets, progress).path
    matching = sorted(place.rglob(pattern))
    if not matching:
        raise BadInputError(f"{place}: holds no {pattern}", hint="see `tocsin datasets get`")
    return matching[0]
