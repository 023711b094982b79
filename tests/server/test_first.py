from tests.make import an_instance

WELL = """
| survey |
|  | type | name | label |
|  | text | village | Village |
|  | image | photo | Photo |
| settings |
|  | form_title | form_id | version |
|  | Well visit | well_visit | 1 |
"""


def test_it(server):
    v = server.publish(WELL)
    phone = server.phone()
    assert phone.refresh() == {"well_visit": "new"}
    xml = an_instance(v.schema, {"village": "Ак-Суу", "photo": "a.jpg"})
    sent = phone.send(xml, {"a.jpg": b"jpg"})
    assert sent.statuses == (201,), sent
    print(sent.message)
    assert phone.send(xml, {"a.jpg": b"jpg"}).statuses == (201,)
