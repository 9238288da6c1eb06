"""``warehouse init``: the first files of a site in the config folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from warehouse.definitions.config import (
    ONE_STUDY,
    SITES,
    STUDIES,
    STUDY,
    own_path,
    own_studies,
    shipped_path,
    shown_path,
    study_path,
)
from warehouse.definitions.site import site_label
from warehouse.definitions.site_template import (
    MAPPING_TEMPLATE,
    STUDY_TEMPLATE,
    filled_template,
)
from warehouse.definitions.study_files import load_study
from warehouse.errors import WarehouseError
from warehouse.files import lies_there, write_atomically
from warehouse.landing.deliveries import shown
from warehouse.landing.raw_names import MOST_BYTES_OF_SITE, MOST_DIGITS_OF_SITE, may_name_site
from warehouse.settings import Settings


class NewSiteError(WarehouseError):
    """A mapping was not written; the message says why."""


def begin_site(site: str, settings: Settings) -> Iterator[str]:
    """Write a site's commented mapping, and a study of it where there is none but the shipped.

    A mapping that is there stays as it is: ``warehouse adopt`` may have written it.

    Yields lines that say what was written and what to do next. Raises NewSiteError for a name that
    is none of a site, and where there is a mapping and nothing else to write.
    """
    _require_name(site)
    path = own_path(f"{SITES}/{site}.yaml")
    for mapping in (path, shipped_path(f"{SITES}/{site}.yaml")):
        if lies_there(mapping) and (mapping != path or own_studies()):
            raise NewSiteError(
                f"{mapping} is there already, so nothing was written: a site has one mapping. Edit "
                f"that one, or give the new site another name."
            )
    if lies_there(path):
        yield f"Kept {path}, which is there already."
    else:
        write_atomically(path, filled_template(MAPPING_TEMPLATE, site))
        yield f"Wrote {path}: the site's mapping, all of it commented out but the name."
    yield from _with_study(site)
    folder = settings.raw_dir / site / f"{date.today()}"
    yield f"Next: put its files into {folder} (the day of delivery). Where they differ from the"
    yield "codebook, let a mapping be proposed, and correct it until only the data are wrong:"
    yield f"  warehouse adopt {folder}/FILE --site {site} --output {path}"
    yield f"  warehouse check {folder}/FILE"
    yield "Then: warehouse refresh"


def _require_name(site: str) -> None:
    few_digits = sum(map(str.isdigit, site)) <= MOST_DIGITS_OF_SITE
    if not (may_name_site(site) and few_digits):
        raise NewSiteError(
            f"{shown(site)!r} is no name for a site, so nothing was written: its folder has that "
            f"name, and every report says it. Use letters, digits (at most {MOST_DIGITS_OF_SITE}), "
            f"_ and -, such as north_hospital; at most {MOST_BYTES_OF_SITE} bytes."
        )


def _with_study(site: str) -> Iterator[str]:
    """Write a study of the site where only synthetic sites are in it, or say what to add."""
    study = load_study()
    if own_studies() or not all(site_label(one).synthetic for one in study.site_codes):
        if study.sites != "all" and site not in study.sites:
            present = ", ".join(study.sites)
            where = shown_path(study_path(study.name))
            name = json.dumps(site, ensure_ascii=False)
            yield f"Add {name} to sites in {where}: the study has {present}."
        return
    path = own_path(f"{STUDIES}/{ONE_STUDY}/{STUDY}")
    write_atomically(path, filled_template(STUDY_TEMPLATE, site))
    yield f"Wrote {path}: the study, of this site alone; set its title and period there."
