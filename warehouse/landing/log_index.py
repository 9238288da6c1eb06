"""The manifests of a log by place, content and series: found as fast however long the log is."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Set
from datetime import date
from pathlib import PurePosixPath

from warehouse.landing.entries import Content, content_of
from warehouse.landing.manifest import Manifest
from warehouse.landing.raw_names import MARK

_NUMBERS = re.compile(r"[\d\W_]+")


class LogIndex:
    """The manifests of a log, one for each file_id, in the order in which they came."""

    def __init__(self, manifests: Iterable[Manifest] = ()) -> None:
        self._entries: dict[str, Manifest] = {}
        self._alike: defaultdict[Hashable, dict[str, Manifest]] = defaultdict(dict)
        # The landed files of a series in order of delivery: all of them, and those of each name.
        self._series: defaultdict[Hashable, list[Manifest]] = defaultdict(list)
        self._rules: defaultdict[str, set[str]] = defaultdict(set)
        for manifest in manifests:
            self.add(manifest)

    def __iter__(self) -> Iterator[Manifest]:
        """All manifests; the log may change meanwhile."""
        return iter(list(self._entries.values()))

    def get(self, file_id: str) -> Manifest | None:
        """The manifest of a file."""
        return self._entries.get(file_id)

    def add(self, manifest: Manifest) -> None:
        """Add a manifest, in the place of another one of the same file_id."""
        if manifest.file_id in self._entries:
            self.remove(self._entries[manifest.file_id])
        self._entries[manifest.file_id] = manifest
        self._rules[manifest.site].update(manifest.rules_at_work)
        for key in (manifest.source_file, content_of(manifest)):
            self._alike[key][manifest.file_id] = manifest
        if manifest.status == "landed":
            for key in _series(manifest):
                insort(self._series[key], manifest, key=_place)

    def remove(self, manifest: Manifest) -> None:
        """Take a manifest away."""
        del self._entries[manifest.file_id]
        for key in (manifest.source_file, content_of(manifest)):
            del self._alike[key][manifest.file_id]
        if manifest.status == "landed":
            for key in _series(manifest):
                entries = self._series[key]
                del entries[bisect_left(entries, _place(manifest), key=_place)]

    def at_place(self, source_file: str) -> list[Manifest]:
        """The manifests of the contents that were delivered under a name."""
        return list(self._alike[source_file].values())

    def of_content(self, content: Content) -> list[Manifest]:
        """The manifests of a content, wherever it was delivered."""
        return list(self._alike[content].values())

    def rules_at_work(self, site: str) -> Set[str]:
        """The rules of a site's mapping that matched in any of its files, of any extract."""
        return self._rules[site]

    def before(self, manifest: Manifest) -> Manifest | None:
        """The file that one is compared with, if there is one.

        It is the newest landed one that was delivered earlier, of the same site and extract; among
        those, one of the same name (days and numbers in it apart) comes first, because a site may
        export from several systems. The same content under another day is the file itself, before
        it was moved.
        """
        for key in _series(manifest):
            entries = self._series[key]
            for number in reversed(range(bisect_left(entries, manifest.order, key=_order))):
                if content_of(entries[number]) != content_of(manifest):
                    return entries[number]
        return None


def _series(manifest: Manifest) -> tuple[Hashable, Hashable]:
    series = (manifest.site, manifest.extract, manifest.part)
    name = PurePosixPath(manifest.own_name).name.split(MARK)[0]
    return (*series, _NUMBERS.sub("", name.split(".")[0].casefold())), series


def _order(manifest: Manifest) -> tuple[date, str]:
    return manifest.order


def _place(manifest: Manifest) -> tuple[tuple[date, str], str]:
    return manifest.order, manifest.file_id
