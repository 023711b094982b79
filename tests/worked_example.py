"""The worked example of the method (domain 5.6): its workbook, its nine filled-in forms, its figures.

`CITIZENS` and `OBSERVERS` are question -> text as `an_instance` takes them: "" is present and empty, a
question of the other stream is absent (None), as its condition leaves it.
"""

# ruff: noqa: E501 - the rows of a workbook are longer than lines of code
from __future__ import annotations

FORM_ID = "drinking_water_short"
VERSION = "2026030101"
OBJECT_ID = "ak-bulak-dwu"
OBJECT_TYPE = "PSO"
SUBTYPE = "dwu"

WORKBOOK = """
| survey | | | | | | | | | | | | | | |
| | type | name | label::Кыргызча (ky) | label::Русский (ru) | label::English (en) | criterion | stream | scale | weight | best | worst | sensitive | nonresponse_of | role | relevant |
| | start | start | | | | | | | | | | | | | |
| | end | end | | | | | | | | | | | | | |
| | select_one stream | stream | Барак | Лист | Sheet | | | | | | | | | stream | |
| | select_one_from_file objects.csv | object | Объект | Объект | Object | | | | | | | | | object | |
| | begin_group | citizen | Жаран | Житель | Citizen | | | | | | | | | | ${stream} = 'C' |
| | select_one unknown | D6d.1_na | Билбесеңиз | Если не знаете | If you do not know | | | | | | | | D6d.1 | | |
| | integer | D6d.1 | Суу суткасына канча саат келди? | Сколько часов в сутки шла вода? | How many hours a day did water run? | D6 | C | NUM | 3 | 24 | 4 | | | | not(${D6d.1_na} != '') |
| | select_one s5 | D6d.3 | Суунун даамы | Вкус воды | Taste of the water | D6 | C | S5 | 2 | | | | | | |
| | select_one none | D6d.5_na | Авария болбосо | Если аварии не было | If there was no breakdown | | | | | | | | D6d.5 | | |
| | integer | D6d.5 | Авария канча күндө жоюлду? | За сколько дней устранили аварию? | In how many days was the breakdown fixed? | D6 | C | NUM | 1 | 1 | 7 | | | | not(${D6d.5_na} != '') |
| | select_one s5 | D2.1 | Төлөмдүн кызматка шайкештиги | Соответствие платы услуге | Does the fee match the service | D2 | C | S5 | 2 | | | | | | |
| | select_one f5 | D2.3 | Дүмүрчөк берилеби? | Дают ли квитанцию? | Are you given a receipt? | D2 | C | F5+ | 2 | | | | | | |
| | select_one bad | D2.5 | Расмий эмес төлөм сурашканбы? | Просили ли неофициальную плату? | Were you asked for an unofficial payment? | D2 | C | Y2- | 2 | | | yes | | | |
| | select_one t3 | D5.4 | Кызмат кандай өзгөрдү? | Как изменилась услуга? | How has the service changed? | D5 | C | T3 | 1 | | | | | | |
| | end_group | | | | | | | | | | | | | | |
| | begin_group | observation | Байкоо | Наблюдение | Observation | | | | | | | | | | ${stream} = 'O' |
| | select_one y3 | D6d.4 | Анализ талапка жооп бергенби? | Отвечала ли вода требованиям? | Did tests meet the standards? | D6 | O | Y3 | 3 | | | | | | |
| | select_one s5 | D5.1 | Курулмалардын абалы | Состояние сооружений | Condition of structures | D5 | O | S5 | 3 | | | | | | |
| | select_one y3 | D5.3 | Камдык каражат барбы? | Есть ли резерв? | Is there a reserve? | D5 | O | Y3 | 2 | | | | | | |
| | end_group | | | | | | | | | | | | | | |
| choices | | | | | | | |
| | list_name | name | label::Кыргызча (ky) | label::Русский (ru) | label::English (en) | score | nonresponse |
| | stream | O | Байкоо барагы | Лист наблюдения | Observation sheet | | |
| | stream | C | Анкета | Анкета | Questionnaire | | |
| | s5 | 1 | абдан начар | очень плохо | very poor | | |
| | s5 | 2 | начар | плохо | poor | | |
| | s5 | 3 | орточо | средне | fair | | |
| | s5 | 4 | жакшы | хорошо | good | | |
| | s5 | 5 | абдан жакшы | очень хорошо | very good | | |
| | s5 | DK | билбейм | не знаю | don't know | | DK |
| | f5 | 1 | эч качан | никогда | never | | |
| | f5 | 2 | сейрек | редко | rarely | | |
| | f5 | 3 | кээде | иногда | sometimes | | |
| | f5 | 4 | көбүнчө | чаще всего | mostly | | |
| | f5 | 5 | дайыма | всегда | always | | |
| | f5 | DK | билбейм | не знаю | don't know | | DK |
| | bad | yes | ооба | да | yes | | |
| | bad | no | жок | нет | no | | |
| | bad | DK | билбейм | не знаю | don't know | | DK |
| | bad | REF | жооп бергим келбейт | не хочу отвечать | prefer not to answer | | REF |
| | y3 | yes | ооба | да | yes | | |
| | y3 | partly | жарым-жартылай | частично | partly | | |
| | y3 | no | жок | нет | no | | |
| | y3 | NA | тиешеси жок | неприменимо | not applicable | | NA |
| | t3 | better | жакшырды | улучшилась | improved | | |
| | t3 | same | өзгөргөн жок | не изменилась | unchanged | | |
| | t3 | worse | начарлады | ухудшилась | worsened | | |
| | t3 | DK | билбейм | не знаю | don't know | | DK |
| | unknown | DK | билбейм | не знаю | don't know | | DK |
| | none | NA | авария болгон жок | аварии не было | no breakdown | | NA |
| | none | DK | билбейм | не знаю | don't know | | DK |
| criteria | | | | | |
| | name | label::Кыргызча (ky) | label::Русский (ru) | label::English (en) | weight |
| | D6 | Суу кызматы | Водоснабжение | Water service | 25 |
| | D2 | Төлөм | Оплата | Fees | 15 |
| | D5 | Инфраструктура | Инфраструктура | Infrastructure | 15 |
| settings | | | | |
| | form_id | form_title | version | object_type | default_language |
| | drinking_water_short | Ичүүчү суу | 2026030101 | PSO | Кыргызча (ky) |
"""

_C = ("D6d.1", "D6d.3", "D6d.5", "D2.1", "D2.3", "D2.5", "D5.4")
_O = ("D6d.4", "D5.1", "D5.3")


def citizen(*answers: str, object_id: str = OBJECT_ID) -> dict[str, str | None]:
    """One citizen's questionnaire: D6d.1, D6d.3, D6d.5 (or its reason), D2.1, D2.3, D2.5, D5.4."""
    given: dict[str, str | None] = dict(zip(_C, answers, strict=True))
    for number in ("D6d.1", "D6d.5"):
        if given[number] in ("NA", "DK"):  # the companion says why; the number is hidden
            given[f"{number}_na"], given[number] = given[number], None
    return {"stream": "C", "object": object_id, **given, **dict.fromkeys(_O)}


def observer(*answers: str, object_id: str = OBJECT_ID) -> dict[str, str | None]:
    """One observation sheet: D6d.4, D5.1, D5.3."""
    absent = dict.fromkeys((*_C, "D6d.1_na", "D6d.5_na"))
    return {"stream": "O", "object": object_id, **dict(zip(_O, answers, strict=True)), **absent}


CITIZENS = (
    citizen("24", "4", "NA", "3", "5", "no", "better"),
    citizen("20", "5", "2", "4", "4", "no", "same"),
    citizen("12", "3", "4", "2", "3", "yes", "same"),
    citizen("24", "DK", "NA", "4", "5", "no", "better"),
    citizen("8", "2", "10", "", "1", "REF", "worse"),
    citizen("18", "4", "1", "3", "4", "no", "same"),
)
OBSERVERS = (
    observer("yes", "3", "NA"),
    observer("yes", "4", "NA"),
    observer("partly", "3", "NA"),
)

# indicator -> n, I, se, status, omega, as printed; None: hidden or not there
INDICATORS = {
    "D6d.1": (6, 68.3333, 13.2707, "scored", 0.170455),
    "D6d.3": (5, 65.0000, 12.7475, "scored", 0.113636),
    "D6d.4": (3, 83.3333, 16.6667, "scored", 0.170455),
    "D6d.5": (4, None, None, "not_scored", None),
    "D2.1": (5, 55.0000, 9.3541, "scored", 0.136364),
    "D2.3": (6, 66.6667, 15.3659, "scored", 0.136364),
    "D2.5": (5, None, None, "not_scored", None),
    "D5.1": (3, 58.3333, 8.3333, "scored", 0.204545),
    "D5.3": (0, None, None, "not_applicable", None),
    "D5.4": (6, 58.3333, 15.3659, "scored", 0.068182),
}
CRITERIA = {"D6": (73.1250, 0.8889), "D2": (60.8333, 0.6667), "D5": (58.3333, 1.0)}
SCORE, COVERAGE, SE, DF, LOW, HIGH = 65.7386, 0.8586, 8.0715, 6, 46.0, 85.5
VARIANCE = {"C": 49.3307, "O": 15.8187}
EQUAL_WEIGHTS = 63.7963
BAND, PRECISION = "good", "low"
