"""Which encoding a text is in, where several fit its bytes. All texts are invented."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest

from tests.support.golden import golden
from warehouse.landing.encoding import detect_encoding
from warehouse.landing.errors import UnreadableFileError

GOLDEN = golden("landing")

HEADER = "patient_id,sex,etiology\n"


def read(text: str, encoding: str) -> str | None:
    """What is read of a file of these cells that declares no encoding; None where it is refused."""
    content = (HEADER + text.replace(" ", "\n") + "\n").encode(encoding)
    try:
        found = detect_encoding(io.BytesIO(content), None)
    except UnreadableFileError as error:
        assert GOLDEN("save_it_as_utf_or_declare") in error.reason
        return None
    return content.decode(found, "replace").removeprefix(HEADER).strip().replace("\n", " ")


# In GB18030 two accented letters of Western text can be one common ideograph: 帜 is ÖÄ.
WESTERN = [
    "GRÖßE1,male B2,female", "ÖÄ2,male", "AÜÖ1,male", "MÜÄR1,male", "A1ß,männlich ÖÄ2,weiblich",
    "ÖÄ-1,male", "ÄÖÜß1,male", "Ä1Ö2,male", "MÜL1,male ÖÄ2,female", "SÜÖß1,weiblich B2,männlich",
    "GROß1,Größe 37°C,Ärzte", "ÉÉN1,male", "öÄ7,x üÖ8,y", "ÖÄ/1,male",
    "Straße1,Größe Müller3,ÖÄ4", "Ü1Ü2,male ÖÄ3,female", "CRÉÉE1,male", "ÄÄ1,a ÖÖ2,b ÜÜ3,c",
]  # fmt: skip
CHINESE = [
    "P1,男,是 P2,女,否", "张三,男,未知", "张1,男,心源性 李2,女,大动脉",
    "P1,A组,CT检查 P2,B组,MR检查",
    "P1,M1段,左侧 P2,M2段,右侧", "A组1,male 2b级2,female M1段3,male", "王伟,男 李娜,女 刘洋,男",
    "P1,3级,电话 P2,2b级,门诊", "患者编号,性别 P1,男", "北京协和医院1,男", "P1,B超,阴性",
    "電話,張三,否",
    "P1,高血压病史10年 P2,糖尿病史5年", "P1,A型,输血 P2,O型,未输血", "婷婷1,女,电话 琪琪2,女,门诊",
    "P1,t-PA静脉溶栓,是",
]  # fmt: skip


@pytest.mark.parametrize("text", WESTERN)
@pytest.mark.parametrize("encoding", ["cp1252", "cp1250"])
def test_western_letters_are_never_read_as_others(text: str, encoding: str) -> None:
    assert read(text, encoding) in (text, None)


@pytest.mark.parametrize(
    "text",
    ["A1ß,männlich ÖÄ2,weiblich", "MÜL1,male ÖÄ2,female", "SÜÖß1,weiblich B2,männlich", "Süß1,male",
     "GROß1,Größe 37°C,Ärzte", "Straße1,Größe Müller3,ÖÄ4", "Ü1Ü2,male ÖÄ3,female", "Ä1Ö2,male"],
)  # fmt: skip
def test_letters_about_which_western_encodings_agree_are_read(text: str) -> None:
    assert read(text, "cp1252") == text


@pytest.mark.parametrize("text", ["Wałęsa1,male Łódź2,female", "Żółć1,ęą źdźbło2,x", "křeč1,žába"])
def test_letters_of_central_europe_are_never_read_as_others(text: str) -> None:
    assert read(text, "cp1250") in (text, None)


@pytest.mark.parametrize("text", CHINESE)
@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_chinese_is_read(text: str, encoding: str) -> None:
    assert read(text, encoding) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ÖÄ2,male", "cp1252"), ("帜2,male", "gb18030"), ("GRÖßE1,male B2,female", "cp1252"),
        ("AÜÖ1,male", "cp1252"), ("MÜÄR1,male", "cp1252"), ("张1,male 娱2,female", "gb18030"),
        ("A型,male", "gb18030"), ("ÖÄ-1,male", "cp1252"),
    ],
)  # fmt: skip
def test_what_may_be_either_is_not_guessed(text: str, encoding: str) -> None:
    """娱2 is Óé2 in Western Europe, and nothing else in the file tells."""
    assert read(text, encoding) is None


def test_one_damaged_or_western_word_leaves_chinese_as_it_is() -> None:
    text = "张三,男,门诊 李四,女,电话 王五,男,门诊 GRÖßE1,女,上海"
    chinese = (HEADER + text.replace(" ", "\n")).encode("gb18030", "replace")
    assert detect_encoding(io.BytesIO(chinese), None) == "gb18030"
    content = chinese + "\nGRÖßE2,女".encode("cp1252", "replace")
    assert detect_encoding(io.BytesIO(content), None) == "gb18030"


# A table of five patients: name, city, finding. Invented, each in the language's usual words.
EAST_ASIAN = {
    "ja": "山田 太郎,東京都新宿区,脳梗塞の既往あり\n"
    "佐藤 花子,大阪市北区,特になし\n"
    "鈴木 一郎,名古屋市,高血圧と糖尿病\n"
    "高橋 健,札幌市,心房細動\n"
    "田中 さくら,福岡市,右片麻痺のため転院",
    "ko": "김철수,서울특별시 강남구,뇌경색 과거력 있음\n"
    "이영희,부산광역시,특이사항 없음\n"
    "박민수,대구광역시,고혈압과 당뇨병\n"
    "최지우,인천광역시,심방세동\n"
    "정해인,광주광역시,우측 편마비로 전원",
    "zh_TW": "王小明,台北市信義區,曾有腦中風\n"
    "陳美玲,高雄市左營區,無特殊病史\n"
    "林志豪,臺中市,高血壓與糖尿病\n"
    "張惠妹,臺南市,心房顫動\n"
    "李國華,新竹市,右側偏癱後轉院",
    "zh_CN": "王小明,北京市朝阳区,既往脑梗死\n"
    "陈美玲,上海市浦东新区,无特殊病史\n"
    "林志豪,广州市,高血压与糖尿病\n"
    "张惠,深圳市,心房颤动\n"
    "李国华,杭州市,右侧偏瘫后转院",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("ja", "cp932"), ("ja", "euc_jp"), ("ko", "euc_kr"), ("ko", "cp949"), ("zh_TW", "big5")],
)
def test_other_east_asian_text_is_not_read_as_gb18030(language: str, encoding: str) -> None:
    content = (HEADER + EAST_ASIAN[language]).encode(encoding)
    with pytest.raises(UnreadableFileError):
        detect_encoding(io.BytesIO(content), None)
    assert detect_encoding(io.BytesIO(content), encoding) == encoding


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW"])
def test_simplified_and_traditional_chinese_in_gb18030_are_read(language: str) -> None:
    content = (HEADER + EAST_ASIAN[language]).encode("gb18030")
    assert detect_encoding(io.BytesIO(content), None) == "gb18030"


def test_few_characters_show_nothing() -> None:
    """The limit that docs/landing.md states: two names are read as Chinese ones."""
    content = (HEADER + "김철수\n이영희").encode("euc_kr")
    assert detect_encoding(io.BytesIO(content), None) == "gb18030"


# Lines of an otherwise plain file, with one byte in place of another.
PLAIN = [f"P{number},2022-03-{number:02},telephone,2,no\n".encode() for number in range(1, 29)]
IN_A_DATE = [
    b"P29,2022-0\xff-01,telephone,2,no\n", b"P29,20\xff2-03-01,telephone,2,no\n",
    b"P29,2022-03-01 1\xff:05,telephone,2,no\n", b"P29,2022/3/\xd1 08:05,telephone,2,no\n",
    b'P29,"0\xb2.03.2022",telephone,2,no\n', b"\xd0\xaf29,2022-0\xff-01,telephone,2,no\n",
]  # fmt: skip
# What may be a letter, a sign or a digit of a number in a text of another encoding.
ELSEWHERE = [
    b"P29,2022-03-01,t\xe9l\xe9phone,2,no\n", b"P29,2022-03-01,telephone,2\xff,no\n",
    b"P\xff9,2022-03-01,telephone,2,no\n", b"P29,2022\xc4\xea03,telephone,2,no\n",
    b"P29,2022-0\xff-0\xff,telephone,2,no\n", b"P29,1234-5\xff-67,telephone,2,no\n",
    b"P29,2022-0\xff-01,L'Ha\xff,2,no\n", b"P29,01-\xff\xed\xe2-2022,telephone,2,no\n",
    b"P29,2022-0\xff-01-7,telephone,2,no\n", b"P29,X2022-0\xff-01,telephone,2,no\n",
]  # fmt: skip


@pytest.mark.parametrize("line", IN_A_DATE)
def test_a_damaged_digit_of_a_date_leaves_a_plain_file_readable(line: bytes) -> None:
    content = b"".join([b"patient_id,assessed_on,mode,mrs,lost_to_followup\n", *PLAIN, line])
    assert detect_encoding(io.BytesIO(content), None) == "utf-8"


@pytest.mark.parametrize("line", ELSEWHERE)
@pytest.mark.parametrize("with_date", [False, True])
def test_a_byte_that_may_be_a_letter_never_has_a_file_read_in_part(
    line: bytes, with_date: bool
) -> None:
    content = b"".join([*PLAIN[:5], line, *PLAIN[5:], *IN_A_DATE[:with_date]])
    try:
        found = detect_encoding(io.BytesIO(content), None)
    except UnreadableFileError as error:
        assert GOLDEN("first_line_that_is_not_utf", line="6") in error.reason
        return
    assert found != "utf-8"


@pytest.mark.parametrize(
    "encoding", ["cp1252", "cp1250", "cp1251", "gbk", "big5", "cp932", "euc_kr"]
)
@pytest.mark.parametrize(
    "word", ["Größe", "L'Haÿ", "Łódź", "я", "Мэя", "年", "乗", "電", "뇌", "2°", "2±1", "é"]
)
def test_one_word_of_another_encoding_never_has_a_file_read_in_part(
    word: str, encoding: str
) -> None:
    """Nor where a date is damaged too."""
    line = f"P29,2022-03-01,{word},2,no\n".encode(encoding, "ignore")
    with suppress(UnicodeDecodeError):
        line.decode()
        return  # not in this encoding, or UTF-8 as well: 年 in euc_kr
    for damaged in ([], IN_A_DATE[:1]):
        content = b"".join([*PLAIN, line, *damaged])
        try:
            found = detect_encoding(io.BytesIO(content), None)
        except UnreadableFileError:
            continue
        assert found != "utf-8"


def test_many_damaged_dates_are_too_many() -> None:
    with pytest.raises(UnreadableFileError):
        detect_encoding(io.BytesIO(b"".join([*PLAIN, *IN_A_DATE[:1] * 20])), None)
