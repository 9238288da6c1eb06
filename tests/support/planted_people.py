"""More than 1,000 invented people, planted in every place of a delivery where one may stand."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import openpyxl

from tests.support.small_hospital import ADMISSION, FOLLOWUP, PROCEDURE, SCAN, Row

SEED = 12
ROWS, COLUMNS, SHEETS, FILES, FOLDERS, NOTED, BORN = 300, 100, 30, 18, 30, 100, 100
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗梁宋郑谢韩唐冯于董"
    "萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋艳勇杰娟涛超秀霞刚桂英燕玲鹏飞倩婷雪琳"
    "晶妍茜黛青婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹"
)
SYLLABLES = ("qiao", "zhuang", "xiong", "shuai", "cheng", "guang", "liang", "zhuo", "xuan", "huai")
FULL_WIDTH = {ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)}
ARABIC = {ord("0") + digit: chr(0x660 + digit) for digit in range(10)}
# A time with it, a day or month that there is not, an order that nobody declared, other digits.
BIRTHS = (
    "{0:%Y-%m-%d} 08:30",
    "{0:%Y/%m/%d} 23:59:59",
    "{0.year}-02-30, {0:%j}",
    "{0:%Y}-{0:%d}-32",
    "{0.day}.{0.month}.{0.year} ?",
    "{0:%d%m%Y}",
    "born {0:%d %B %Y}",
)
FIRST_BIRTH = date(1902, 1, 2)


@dataclass
class Planted:
    """What stands in no byte of what is written, and days that may be landed, and nothing more."""

    identities: set[str] = field(default_factory=set)
    births: list[date] = field(default_factory=list)


class _People:
    """Names, numbers and dates of birth; none comes twice."""

    def __init__(self, planted: Planted) -> None:
        self._random = random.Random(SEED)
        self._planted = planted
        self._days = self._random.sample(range(9000), k=ROWS + BORN)

    def chinese(self) -> str:
        """A name of two or three characters."""
        size = self._random.choice((1, 2, 2))
        return self._new(
            self._random.choice(SURNAMES) + "".join(self._random.choices(GIVEN, k=size))
        )

    def latin(self) -> str:
        """A name in Latin letters."""
        given, name = self._random.sample(SYLLABLES, k=2), self._random.choice(SYLLABLES)
        return self._new(f"{''.join(given).title()} {name.title()}{self._random.choice('aeiou')}")

    def number(self) -> str:
        """A telephone number, in the digits of some script."""
        plain = f"139{self._random.randrange(10**8):08}"
        self._planted.identities.add(plain)
        return self._new(plain.translate(self._random.choice(({}, FULL_WIDTH, ARABIC))))

    def anybody(self) -> str:
        """A name or a number."""
        return self._random.choice((self.chinese, self.latin, self.number))()

    def birth(self) -> str:
        """A date of birth that cannot be read as one."""
        day = self.day()
        text = self._random.choice(BIRTHS).format(day)
        self._planted.identities.add(text)
        return text

    def day(self) -> date:
        """A day on which one of them was born."""
        day = FIRST_BIRTH + timedelta(days=self._days.pop())
        self._planted.births.append(day)
        return day

    def _new(self, text: str) -> str:
        if text in self._planted.identities:
            return self.anybody()
        self._planted.identities.add(text)
        return text


def plant(site_dir: Path, day: date) -> Planted:
    """Put more than 1,000 people into the deliveries of a site, of one day and in wrong places."""
    planted = Planted()
    people = _People(planted)
    folder = site_dir / day.isoformat()
    folder.mkdir()
    (folder / "admissions.csv").write_text(_text(_admissions(people)), encoding="utf-8")
    (folder / "admissions_2.csv").write_text(_text(_born(people)), encoding="utf-8")
    columns = {people.anybody(): 1 for _ in range(COLUMNS)}
    scan = {"patient_id": "PN-1", "imaging_id": "PN-1-1", **SCAN}
    (folder / "imaging.csv").write_text(_text([scan | columns]), encoding="utf-8")
    # A row of a patient where the header should be.
    (folder / "imaging_2.csv").write_text(f"{','.join(columns)}\n{people.anybody()},1\n", "utf-8")
    (folder / "procedures.xlsx").write_bytes(_workbook(people))
    for number in range(FILES):
        row = {"patient_id": f"PN-{number}", **FOLLOWUP}
        name = f"followups{('_', ' ', '-')[number % 3]}{people.anybody()}.csv"
        (folder / name).write_text(_text([row]), encoding="utf-8")
    for number in range(FOLDERS):
        place = (site_dir.parent, site_dir, folder)[number % 3]
        (place / people.anybody()).mkdir()
        (place / f"{people.anybody()}.csv").write_text(_text([FOLLOWUP]), encoding="utf-8")
    noted = "、".join(people.anybody() for _ in range(NOTED))
    (folder / "delivery.yaml").write_text(f"mode: delta\nnote: '{noted}'\n", encoding="utf-8")
    wrong = site_dir / (day + timedelta(days=1)).isoformat()
    wrong.mkdir()
    lines = "".join(f"{people.anybody()}: {people.anybody()}\n" for _ in range(NOTED))
    (wrong / "delivery.yaml").write_text(f"mode: {people.chinese()}\n{lines}", encoding="utf-8")
    return planted


def _admissions(people: _People) -> Iterator[Row]:
    """Rows in which names, numbers and dates of birth stand in cells of every type."""
    for number in range(ROWS):
        name, birth = people.chinese(), people.birth()
        cells = (f"{name}{number % 10}", people.latin(), people.number(), f"{name} {birth}", birth)
        fields = [*ADMISSION][1:]
        planted = {fields[(number + at) % len(fields)]: cell for at, cell in enumerate(cells)}
        # The second is no patient's: what stands in another row is hidden, too.
        own = {"patient_name": name} if number % 2 else {"patient_name": people.chinese()}
        yield {"patient_id": f"PN-{number}"} | own | ADMISSION | {"birth_date": birth} | planted


def _born(people: _People) -> Iterator[Row]:
    """Rows with dates of birth that are read, of people who would be older than anybody."""
    for number in range(BORN):
        birth = people.day().isoformat()
        yield {"patient_id": f"PB-{number}", **ADMISSION, "birth_date": birth}


def _workbook(people: _People) -> bytes:
    """One sheet of procedures, and others that are read with it, hidden or something else."""
    book, header = openpyxl.Workbook(), ["procedure_id", "patient_id", *PROCEDURE]
    book.active.append(header)
    for number in range(SHEETS):
        sheet = book.create_sheet(people.anybody())
        sheet.append(header if number % 2 else [people.anybody(), people.anybody()])
        sheet.append([f"PP-{number}", f"PN-{number}", *PROCEDURE.values()])
        sheet.sheet_state = "hidden" if number % 3 == 0 else "visible"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _text(rows: Iterable[Row]) -> str:
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
