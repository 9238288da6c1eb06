"""Places of a warehouse's settings: its own files in the config folder, else shipped ones.

A file in ``WAREHOUSE_CONFIG`` (``config/`` in the data folder) replaces the one of the same name in
``dictionary/`` as a whole; of ``thresholds.yaml``, line by line. Upgrades bring other files in
``dictionary/`` and know nothing of the config folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from warehouse.definitions.yaml_keys import NotPlainError, read_bounded
from warehouse.digests import file_digest
from warehouse.files import lies_there
from warehouse.settings import PARTS_DIR, SETTINGS_FILE, settings

DICTIONARY_DIR = PARTS_DIR / "dictionary"
STUDIES_DIR = PARTS_DIR / "studies"
CONFIG, SITES, STUDIES = "config", "sites", "studies"
OUTCOMES, THRESHOLDS, ACCEPTED = "outcomes.yaml", "thresholds.yaml", "accepted_losses.yaml"
VARIABLES, CONCEPTS = "study_variables.yaml", "omop_concepts.csv"
# What a warehouse may say for itself, besides its sites' mappings and its studies.
FILES = (OUTCOMES, THRESHOLDS, ACCEPTED, VARIABLES, CONCEPTS)
# A study's file in its folder. Version 0.1 had one study, and its file in the config folder itself.
STUDY, EXPECTED_PATIENTS, ONE_STUDY = "study.yaml", "expected_patients.yaml", "own_study"
# Where version 0.1 had accepted losses.
FORMER = "deliveries.yaml"
LEADS_OUT = (
    "a link takes it from outside of the config folder; put the file itself there, or set "
    "WAREHOUSE_CONFIG to the folder that has it"
)
# Digests of the shipped ones (``make docs``): another content was written by a hospital.
SHIPPED_PATH = DICTIONARY_DIR / "shipped.sha256"


def shipped_path(name: str) -> Path:
    """The shipped file of that name, such as ``study.yaml`` or ``sites/north.yaml``."""
    return DICTIONARY_DIR / name


def own_path(name: str) -> Path:
    """Return the path of this warehouse's own file of that name, existing or not."""
    return settings().config_dir / name


def settings_path(name: str) -> Path:
    """The file of that name that counts: the warehouse's own, or else the shipped one.

    Whatever has the name of an own file counts as one: who cannot read it must say so.
    """
    own = own_path(name)
    return own if lies_there(own) else shipped_path(name)


def mapping_path(site: str, sites_dir: Path | None = None) -> Path:
    """The mapping of a site that counts, which need not exist; of ``sites_dir`` where given."""
    name = f"{site}.yaml"
    return sites_dir / name if sites_dir else settings_path(f"{SITES}/{name}")


def shipped_studies() -> list[str]:
    """The shipped studies, by name."""
    return sorted(path.parent.name for path in STUDIES_DIR.glob(f"*/{STUDY}"))


def own_studies() -> list[str]:
    """The studies of this warehouse's own, by name; a study.yaml of version 0.1 is one."""
    folders = sorted(path.parent.name for path in own_path(STUDIES).glob(f"*/{STUDY}"))
    return folders or [ONE_STUDY] * (former_study() is not None)


def former_study() -> Path | None:
    """The file of the one study of version 0.1, in the config folder or the dictionary."""
    places = (own_path(STUDY), shipped_path(STUDY))
    return next((path for path in places if lies_there(path)), None)


def study_path(name: str, *, shipped: bool = False) -> Path:
    """The file of a study: this warehouse's own, or else the shipped one."""
    own = own_path(f"{STUDIES}/{name}/{STUDY}")
    if name == ONE_STUDY and not lies_there(own):
        own = former_study() or own
    return own if lies_there(own) and not shipped else STUDIES_DIR / name / STUDY


def mapped_sites(sites_dir: Path | None = None) -> list[str]:
    """The sites that have a mapping, by name."""
    folders = [sites_dir] if sites_dir else [own_path(SITES), shipped_path(SITES)]
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


def shown_path(path: Path) -> str:
    """A file as people know it, wherever its folder is: ``config/study.yaml``."""
    for name, folder in (
        ("dictionary", DICTIONARY_DIR),
        (STUDIES, STUDIES_DIR),
        ("dbt_project", PARTS_DIR / "dbt_project"),
        (CONFIG, settings().config_dir),
    ):
        if path.is_relative_to(folder):
            return f"{name}/{path.relative_to(folder)}"
    return str(path)


def require_in_place(path: Path) -> None:
    """Raise NotPlainError for a file of the config folder that a link takes from elsewhere.

    Each refresh keeps the files that it used, and whoever may write to the config folder must not
    have the warehouse keep and show what only its account can read, such as the pseudonym key.
    """
    folder = settings().config_dir
    is_own = path.is_relative_to(folder) and path.is_file()
    if is_own and not path.resolve().is_relative_to(folder.resolve()):
        raise NotPlainError(LEADS_OUT)


def files_in_force() -> list[Path]:
    """The files whose content counts now, the sites' mappings last."""
    names = [*FILES, *(f"{SITES}/{site}.yaml" for site in mapped_sites())]
    shipped_too = [shipped_path(THRESHOLDS)] if lies_there(own_path(THRESHOLDS)) else []
    own = own_studies()
    # A study of one's own may extend a shipped one.
    studies = [study_path(name, shipped=True) for name in shipped_studies()]
    studies += [study_path(name) for name in own]
    beside = [path.parent / EXPECTED_PATIENTS for path in studies]
    present = [path for path in beside if path.parent.name in own and lies_there(path)]
    return [*shipped_too, *studies, *present, *map(settings_path, names)]


def contents_in_force() -> dict[str, bytes]:
    """Their contents, by the names that people know; without those that cannot be read."""
    return read_in_force()[0]


def read_in_force() -> tuple[dict[str, bytes], dict[str, str]]:
    """Their contents, and of those that cannot be read why, by the names that people know."""
    contents, unread = {}, {}
    for path in files_in_force():
        name = shown_path(path)
        try:
            require_in_place(path)
            contents[name] = read_bounded(path)
        except OSError as error:
            unread[name] = error.strerror or str(error)
        except NotPlainError as error:
            unread[name] = str(error)
    return contents, unread


def config_lines(before: Iterable[str] = ()) -> Iterator[str]:
    """A line for each file that an upgrade may overwrite, does not count, or is gone.

    ``before`` are the files that counted in the last release.
    """
    in_force = files_in_force()
    for name in sorted(set(before) - set(map(shown_path, in_force))):
        if name.startswith(f"{CONFIG}/"):
            yield (
                f"{name}, which counted in the last release, is gone; if nobody took it away on "
                f"purpose, bring it back (warehouse config {name} --release ID prints it)"
            )
    for path in in_force:
        if path.is_relative_to(DICTIONARY_DIR) and path.name != STUDY and not _is_shipped(path):
            target = own_path(str(path.relative_to(DICTIONARY_DIR)))
            yield (
                f"{shown_path(path)} is not as it was shipped: the settings in it count, and an "
                f"upgrade may overwrite them; copy it to {target} (docs/upgrade.md)"
            )
    if shipped_path(FORMER).exists():
        yield (
            f"{shown_path(shipped_path(FORMER))} no longer counts: move the losses that it accepts "
            f"to {own_path(ACCEPTED)} (docs/upgrade.md), and delete it"
        )
    own = settings().config_dir
    known = {*FILES, SETTINGS_FILE}
    known.add(STUDY)
    if former := former_study():
        counts = study_path(ONE_STUDY) == former and ONE_STUDY in own_studies()
        how = "It counts; make" if counts else f"It does not count, as {STUDIES}/ has others; make"
        name = shown_path(former)
        yield f"{name} is of version 0.1. {how} it a study with a name (docs/upgrade.md)"
    for path in sorted([*own.glob("*.*ml"), *own.glob(f"{SITES}/*.yml")]):
        if path.name not in known:
            yield (
                f"{shown_path(path)} has no effect: only {', '.join(sorted(known))} and "
                f"{SITES}/<site>.yaml count there; rename it or move it away"
            )


def shipped_digests() -> str:
    """The content that ``SHIPPED_PATH`` has, as ``sha256sum`` writes it."""
    names = [*FILES, *(f"{SITES}/{path.name}" for path in shipped_path(SITES).glob("*.yaml"))]
    return "".join(f"{file_digest(shipped_path(name))}  {name}\n" for name in sorted(names))


def _is_shipped(path: Path) -> bool:
    line = f"{file_digest(path)}  {path.relative_to(DICTIONARY_DIR)}" if path.is_file() else None
    return line in SHIPPED_PATH.read_text(encoding="utf-8").splitlines()
