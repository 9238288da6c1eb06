"""Studies as folders: which are built, and their content as ``study.yaml`` says it.

``studies/<name>`` has the shipped ones, ``studies/<name>`` of the config folder a hospital's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from warehouse.definitions.config import (
    OUTCOMES,
    former_study,
    own_path,
    own_studies,
    shipped_studies,
    shown_path,
    study_path,
)
from warehouse.definitions.dictionary import DictionaryError, read_yaml, remedy
from warehouse.definitions.outcomes import OutcomeDefinitions, load_outcomes
from warehouse.definitions.study import (
    PAGE,
    PLACEHOLDER,
    Line,
    LockLine,
    Reason,
    Section,
    Step,
    StudyDefinition,
    StudyGroup,
    StudyTable,
    Subgroup,
    SubgroupPart,
    Variable,
    fields_of,
)
from warehouse.definitions.validation_messages import fault_messages
from warehouse.definitions.yaml_lines import with_line
from warehouse.files import lies_there
from warehouse.settings import settings
from warehouse.text import meant

DEPTH_MAX = 5
PUBLISHED = "published"
# The only study that version 0.1 had, without a name.
FORMER_STUDY = "guo_2023"


def study_names() -> list[str]:
    """Names of the studies that are built, in order: the first one is the default.

    They are this warehouse's own, and the shipped ones of all sites. Shipped ones of named sites
    are built, and come first, only where there is no own one.
    """
    own = own_studies()
    shipped = {name: _content(name, shipped=True) for name in shipped_studies() if name not in own}
    of_all = [name for name, content in shipped.items() if content["sites"] == "all"]
    named = [name for name in shipped if name not in of_all]
    return [*own, *([] if own else named), *of_all]


def default_study() -> str:
    """Name of the study whose views are ``study.*``: the set one, or the first.

    Raises DictionaryError for a set one that is not built.
    """
    names, name = study_names(), settings().default_study
    if name and name not in names:
        raise DictionaryError(
            f"default_study in warehouse.toml is {name}, and no such study is built; name one of "
            f"{', '.join(names)}"
        )
    return name or names[0]


def _content(name: str, *, shipped: bool = False) -> Any:
    return _merged(name, study_path(name, shipped=shipped), 0)


def load_study(name: str | None = None) -> StudyDefinition:
    """Read a study by name, else the default one.

    Raises DictionaryError that names the file, the key and the problem.
    """
    name = name or default_study()
    if not lies_there(study_path(name)):
        names = study_names()
        raise DictionaryError(
            f"There is no study {name}{meant(name, names)}; name one of {', '.join(names)}"
        )
    return study_of(name, _merged(name, study_path(name), 0), study_path(name))


def study_content(name: str) -> Any:
    """Return what a study's file says, with that of the study which it extends below it."""
    return _merged(name, study_path(name), 0)


def load_studies() -> list[StudyDefinition]:
    """Read all studies that are built, the default one first."""
    first = default_study()
    return [load_study(name) for name in sorted(study_names(), key=lambda each: each != first)]


def load_study_groups() -> tuple[StudyGroup, ...]:
    """The default study's groups, in the order in which tables and figures show them."""
    return load_study().groups


def study_of(name: str, content: Any, path: Path) -> StudyDefinition:
    """Return the study that a file's content says.

    Raises DictionaryError naming the file, the key and what would be right.
    """
    if not isinstance(content, dict):
        raise DictionaryError(
            f"{shown_path(path)}: it must hold keys with their values ({PAGE}){remedy(path)}"
        )
    parameters = content.get("parameters", {})
    context = {
        "values": {
            **fields_of(load_outcomes()),
            **(parameters if isinstance(parameters, dict) else {}),
        },
        "used": {*PLACEHOLDER.findall(str(content))},
    }
    try:
        return StudyDefinition.model_validate({**content, "name": name}, context=context)
    except ValidationError as error:
        raise DictionaryError(
            f"{shown_path(path)}: correct what cannot be used: {_faults(error, content, path)}"
            f"{remedy(path)}"
        ) from error


def _faults(error: ValidationError, content: Any, path: Path) -> str:
    keys = {key for each in _MODELS for key in (*each.model_fields, "extends", "group", "subgroup")}
    return fault_messages(
        error, keys, PAGE, content=content, with_line=lambda place: with_line(path, place)
    )


_MODELS = (
    *(StudyDefinition, LockLine, Step, StudyGroup, Subgroup, SubgroupPart, Variable),
    *(StudyTable, Section, Line, Reason),
)


def _merged(name: str, path: Path, depth: int) -> Any:
    """Return the content of a study's file, with that of the study which it extends below it."""
    try:
        content = read_yaml(path)
    except DictionaryError as error:
        raise DictionaryError(f"{error}{remedy(path)}") from error
    if path == former_study():
        content = _of_one_study(content, path)
    if isinstance(content, dict) and (path.parent / PUBLISHED).is_dir():
        content["published"] = path.parent / PUBLISHED
    if not isinstance(content, dict) or "extends" not in content:
        return content
    base = content.pop("extends")
    where = f"{shown_path(path)}: {with_line(path, 'extends')}"
    names = {*own_studies(), *shipped_studies()}
    others = ", ".join(sorted(names - {name}))
    if not isinstance(base, str):
        raise DictionaryError(
            f"{where}: it must be the name of a study; use one of {others} ({PAGE})"
        )
    below = study_path(base, shipped=base == name)
    if below == path or (base == name and not lies_there(below)):
        raise DictionaryError(
            f"{where}: the study extends itself; leave it out, or use one of {others}"
        )
    if depth >= DEPTH_MAX:
        raise DictionaryError(
            f"{where}: {base} and this study extend each other, or more than {DEPTH_MAX} extend "
            f"one another; write one of them without `extends`"
        )
    if not lies_there(below):
        hint = meant(base, names - {name})
        raise DictionaryError(f"{where}: there is no study {base!r}{hint}; use one of {others}")
    under = _merged(base, below, depth + 1)
    if not isinstance(under, dict):
        return under
    under.pop("lock", None)  # a lock is of one study; who extends it has another
    both = [each.get("parameters", {}) for each in (under, content)]
    merged = {**under, **content}
    if not all(isinstance(each, dict) for each in both):
        return merged
    # Who replaces the flow needs no parameter that only the former one used.
    used = PLACEHOLDER.findall(str(merged))
    inherited = {name: value for name, value in both[0].items() if name in used}
    return {**merged, "parameters": {**inherited, **both[1]}}


def _of_one_study(content: Any, path: Path) -> Any:
    """Return the content of a ``study.yaml`` of version 0.1 as one that extends the paper's study.

    Its limits were keys of their own; those of outcomes stand in ``outcomes.yaml``.
    """
    if not isinstance(content, dict) or "flow" in content:
        return content
    known = {*StudyDefinition.model_fields} - {"name"}
    outcomes = {*OutcomeDefinitions.model_fields}
    if (misplaced := sorted(outcomes & {*content})) and lies_there(own_path(OUTCOMES)):
        raise DictionaryError(
            f"{shown_path(path)}: {', '.join(misplaced)}: they hold for the registry, "
            f"and {shown_path(own_path(OUTCOMES))} has them; move them there (docs/upgrade.md)"
        )
    own = {key: value for key, value in content.items() if key in known}
    parameters = {k: value for k, value in content.items() if k not in {*known, *outcomes}}
    return {"extends": FORMER_STUDY, "paper_cohort": None, **own, "parameters": parameters}
