"""Forms that the tests of the server publish."""

from __future__ import annotations

WELL = """
| survey |
|        | type  | name    | label   |
|        | text  | village | Village |
|        | image | photo   | Photo   |
|        | image | second  | Photo 2 |
| settings |
|        | form_title       | form_id    | version |
|        | Well visit & co. | well_visit | 1       |
"""

WELL_2 = WELL.replace("| 1       |", "| 2       |")

WITH_MEDIA = """
| survey |
|        | type                           | name    | label   |
|        | select_one_from_file villages.csv | village | Village |
|        | select_one_from_file objects.csv  | object  | Object  |
| settings |
|        | form_title | form_id     | version |
|        | Visit      | with media ü | 1       |
"""

SCORED = """
| survey |
| | type | name | label | label::Русский (ru) | criterion | scale | weight | stream | role |
| | select_one s | stream | Stream | Поток | | | | | stream |
| | select_one_from_file objects.csv | object | Object | Объект | | | | | object |
| | today | today | | | | | | | |
| | select_one s5 | polite | Polite | Вежливо | C1 | S5 | 2 | C | |
| | select_one s5 | quick | Quick | Быстро | C1 | S5 | 1 | C | |
| | integer | age | Age | Возраст | | | | | age |
| choices |
|        | list_name | name | label  | label::Русский (ru) | score |
|        | s         | O    | Sheet  | Лист                |       |
|        | s         | C    | Survey | Опрос               |       |
|        | s5        | 1    | Bad    | Плохо               | 0     |
|        | s5        | 2    | Poor   | Слабо               | 25    |
|        | s5        | 3    | Fair   | Средне              | 50    |
|        | s5        | 4    | Good   | Хорошо              | 75    |
|        | s5        | 5    | Best   | Отлично             | 100   |
| criteria |
|        | name | label | weight |
|        | C1   | Ways  | 1      |
| settings |
|        | form_title | form_id | version | object_type |
|        | Service    | service | 1       | PSO         |
"""

OBJECTS = """object_id,type,subtype,name_ky,name_ru,villages_served
wua-1,PSO,wua,Суу бирикмеси,Водное объединение,ak-suu
dwu-1,PSO,dwu,Таза суу,Чистая вода,ak-suu
""".encode()

VILLAGES = """name,label_ky,label_ru,label_en
ak-suu,Ак-Суу,Ак-Суу,Ak-Suu
""".encode()
