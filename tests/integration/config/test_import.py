# SPDX-License-Identifier: Apache-2.0
import asyncio
import json
import zipfile
from datetime import UTC, datetime

import pytest
import xlsxwriter
from click.testing import CliRunner

from config.cli import main
from config.importing import cells, table_file
from config.importing.columns import WrongColumnsError
from config.importing.rows import read_clients, read_orders
from config.importing.table_file import TableFileError, read_table
from config.importing.zip_bomb import unpacks_within
from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import FieldKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.order import OrderStatus
from crm_core.storage.open_store import open_store
from tests.support.builders import a_field

ZONE = House().tzinfo
ORDERS = (
    "Номер заказа;Дата;Сумма;Клиент;Телефон;Статус\nA-1;20.11.2026;1 000,50;Ольга;8 (916) 100-00-01;оплачен\n"
)


def csv(tmp_path, text, charset="utf-8", name="orders.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(charset))
    return path


def rolodial(*arguments, **more):
    done = CliRunner().invoke(main, [str(one) for one in arguments], **more)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def counted(url):
    async def count():
        store = await open_store(url)
        async with store.read() as tx:
            found = await tx.clients.search("1000001")
            contacts = await tx.clients.count(ClientKind.CONTACT)
            names = [one.name for one in found]
        await store.close()
        return contacts, names

    return asyncio.run(count())


def test_each_row_gets_its_verdict_and_good_rows_are_kept(database_url, tmp_path):
    path = csv(tmp_path, ORDERS + "A-2;yesterday;5;;89161000002;\n;;;;;\nA-3;21.11.2026;7;;101;\n")
    done = rolodial("import", "orders", path, "--database", database_url)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "row 2: created",
        "row 3: refused: not a date (as 2026-11-20 or 20.11.2026): 'yesterday'",
        "row 5: refused: not a phone number: '101'",
        "3 rows: 1 created, 0 updated, 0 unchanged, 2 refused.",
    ]
    assert counted(database_url) == (1, ["Ольга"])


def test_importing_again_changes_nothing(database_url, tmp_path):
    path = csv(tmp_path, ORDERS)
    rolodial("import", "orders", path, "--database", database_url)
    again = rolodial("import", "orders", path, "--database", database_url)
    assert again.exit_code == 0
    assert "row 2: unchanged" in again.stdout


def test_a_dry_run_keeps_nothing(database_url, tmp_path):
    done = rolodial("import", "orders", csv(tmp_path, ORDERS), "--dry-run", "--database", database_url)
    assert "1 created" in done.stdout
    assert "Nothing was kept" in done.stdout
    assert counted(database_url) == (0, [])


def test_json_has_a_line_for_each_row_and_one_for_all(database_url, tmp_path):
    done = rolodial("import", "orders", csv(tmp_path, ORDERS), "--json", "--database", database_url)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"row": 2, "verdict": "created", "why": None},
        {"rows": 1, "created": 1, "updated": 0, "unchanged": 0, "refused": 0, "dry_run": False},
    ]


def test_contacts_with_several_numbers_from_a_spreadsheet(database_url, tmp_path):
    path = tmp_path / "contacts.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Name", "Phone", "Phone 2", "Company"])
    sheet.write_row(1, 0, ["Olga", 79161000001, "8 916 100-00-02; 8 495 111-22-33, доб. 12", "Lights"])
    book.close()
    done = rolodial("import", "contacts", path, "--database", database_url)
    assert done.exit_code == 0, done.output
    assert counted(database_url) == (1, ["Olga"])


def test_more_rows_than_a_batch(database_url, tmp_path):
    rows = "".join(f"A-{n};20.11.2026;5;;8916{n % 700:07};\n" for n in range(1203))
    header = ORDERS.partition("\n")[0] + "\n"
    done = rolodial("import", "orders", csv(tmp_path, header + rows), "--database", database_url)
    assert "1203 rows: 1203 created" in done.stdout
    assert counted(database_url)[0] == 700


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_charset_and_delimiter(tmp_path, charset, delimiter):
    text = ORDERS.replace("1 000,50", "1000.50").replace(";", delimiter)
    (order,) = read_orders(read_table(csv(tmp_path, text, charset)), ZONE).rows
    assert order.received.client.name == "Ольга"
    assert str(order.received.amount) == "1000.50"
    assert order.received.status is OrderStatus.PAID


def test_a_charset_can_be_said(tmp_path):
    path = csv(tmp_path, ORDERS, "cp866")
    assert read_table(path, charset="cp866").header[0] == "Номер заказа"
    for wrong in ("ascii", "no-such-charset"):
        with pytest.raises(TableFileError, match=wrong):
            read_table(path, charset=wrong)


def test_row_numbers_are_those_of_the_file_in_spite_of_line_breaks(tmp_path):
    text = 'Name;Note\nA;"one\ntwo"\n\nB;x\n'
    assert [row for row, _ in read_table(csv(tmp_path, text)).rows] == [2, 5]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\n\n;;\n", "no rows"),
        (b"PK\x03\x04 damaged", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"),
        (b"\x7fELF\x00\x00\x01", "no text"),
        (b'Name;Phone\n"never closed', "line 2"),
        (b"Name" + b";x" * 300, "columns"),
    ],
)
def test_a_damaged_file_is_refused_with_its_reason(tmp_path, content, what):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(TableFileError, match=what):
        read_table(path)


def test_a_spreadsheet_cut_anywhere_is_refused(tmp_path):
    path, cut = tmp_path / "a.xlsx", tmp_path / "cut.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["Name", "Phone"])
    whole = path.read_bytes()
    for size in range(8, len(whole) - 1, 97):
        cut.write_bytes(whole[:size])
        with pytest.raises(TableFileError):
            read_table(cut)


def test_a_zip_bomb_is_refused_even_if_its_directory_lies(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\x00" * (20 << 20))
    assert not unpacks_within(path, 10 << 20)
    assert unpacks_within(path, 30 << 20)
    honest = (20 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (100).to_bytes(4, "little")))
    assert zipfile.ZipFile(path).infolist()[0].file_size == 100
    assert not unpacks_within(path, 10 << 20)


def test_a_file_too_big_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(table_file, "MAX_BYTES", 10)
    with pytest.raises(TableFileError, match="is the most"):
        read_table(csv(tmp_path, ORDERS))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Foo;Bar\n1;2\n", "number; amount; ordered_at; one of phone.*'Foo', 'Bar'"),
        ("Номер;Сумма;Дата\n1;2;3\n", "one of phone"),
        ("Номер;Сумма;Дата;Телефон;Заказ\n1;2;3;4;5\n", "two columns say number: 'Номер' and 'Заказ'"),
    ],
)
def test_wrong_columns_are_named(tmp_path, text, what):
    with pytest.raises(WrongColumnsError, match=what):
        read_orders(read_table(csv(tmp_path, text)), ZONE)


def test_what_is_not_used_is_said(tmp_path):
    reading = read_clients(read_table(csv(tmp_path, "Name;Horoscope\nOlga;Leo\n")))
    assert reading.notes == ["Columns not used: Horoscope"]


def test_fields_of_the_house_are_columns_by_label_key_and_name(tmp_path):
    own = [
        a_field(FieldKind.CHOICE, "segment", label="Segment | group"),
        a_field(FieldKind.NUMBER, "name", label="Tags"),
        a_field(FieldKind.TEXT, "old", archived_at=datetime(2026, 1, 1, tzinfo=UTC)),
        a_field(FieldKind.CHOICE, "segment", of=ClientKind.COMPANY, label="Size"),
    ]
    text = "Name;Segment | Group;Company.segment;Tags;Old;Staff\nOlga;gold;;vip;x;\n"
    reading = read_clients(read_table(csv(tmp_path, text)), own)
    assert reading.rows[0].received.fields == (("contact.segment", "gold"),), "an empty cell says nothing"
    assert reading.rows[0].received.tags == ("vip",)
    assert reading.notes == ["Columns not used: Old, Staff"]
    text = "Name;Segment;Size\nOlga;gold;silver\n"
    [row] = read_clients(read_table(csv(tmp_path, text)), own).rows
    assert row.received.fields == (("contact.segment", "gold"), ("company.segment", "silver"))


def test_a_list_without_any_payment_is_one_of_sales(tmp_path):
    reading = read_orders(
        read_table(csv(tmp_path, "number;date;sum;phone\n1;2026-11-20;5;89161000001\n")), ZONE
    )
    assert reading.rows[0].received.status is OrderStatus.PAID
    assert "every order is taken as paid" in reading.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 19, 21, tzinfo=UTC)),
        ("2026-11-20T12:30:00", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("2026-11-20T12:30:00+00:00", datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
        ("20.11.2026", datetime(2026, 11, 19, 21, tzinfo=UTC)),
        ("20.11.26 12:30", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ("1/2/2026", datetime(2026, 1, 31, 21, tzinfo=UTC)),
    ],
)
def test_dates_as_people_write_them(text, expected):
    assert cells.moment(text, ZONE) == expected


@pytest.mark.parametrize(
    "text", ["", "31.02.2026", "2026-13-01", "soon", "99.99.9999", "0001-01-01", "45980"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(InvalidInputError):
        cells.moment(text, ZONE)


@pytest.mark.parametrize(
    ("text", "status"),
    [("Оплачен", OrderStatus.PAID), ("ОТМЕНЁН", OrderStatus.CANCELLED), (" shipped ", OrderStatus.SHIPPED)],
)
def test_statuses_in_both_languages(text, status):
    assert cells.status(text) is status


def test_a_migrated_database_users_and_their_passwords(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'rolodial.db'}"
    assert "from nothing" in rolodial("migrate", "--database", url).stdout
    assert "up to date" in rolodial("migrate", "--database", url).stdout
    add = ("user", "add", "kate", "--role", "admin", "--password-file", "-", "--database", url)
    assert rolodial(*add, input="too short\n").exit_code == 1
    assert rolodial(*add, input="long enough indeed\n").exit_code == 0
    assert "taken: kate" in rolodial(*add, input="long enough indeed\n").output
    passwd = ("user", "passwd", "kate", "--password-file", "-", "--database", url)
    assert "new password" in rolodial(*passwd, input="another long one\n").stdout
    assert rolodial("user", "list", "--database", url).stdout.split() == ["kate", "admin", "kate"]
    assert (
        "there is no database" in rolodial("user", "list", "--database", f"sqlite:///{tmp_path}/x.db").output
    )


def test_an_export_of_1c_as_it_comes(database_url, tmp_path):
    text = (
        "Контрагент;ИНН;Номер;Дата;Сумма документа;Телефон;Статус\r\n"
        '"ООО ""Ромашка""";7701234567;УТ-000123;01.11.2026 0:00:00;1\u00a0234\u00a0567,89;8 (495) 123-45-67 доб. 12;Оплачен\r\n'
        "ИП Иванов;;УТ-000124;02.11.2026;23 000 руб;+7 916 000-00-09, 8 916 000 00 10;Отгружен\r\n"
        ';;УТ-000126;03.11.2026;10,5 р.;"мобильный 8-916-000-00-11; доб. 5";Оплачен\r\n'
        "Итого:;;;;1257567,89;;\r\n"
    )
    done = rolodial("import", "orders", csv(tmp_path, text, "cp1251"), "--database", database_url)
    assert done.stdout.splitlines() == [
        "row 2: created",
        "row 3: created",
        "row 4: created",
        "row 5: refused: the order has no number",
        "4 rows: 3 created, 0 updated, 0 unchanged, 1 refused.",
    ]

    async def kept():
        store = await open_store(database_url)
        async with store.read() as tx:
            orders = await tx.orders.by_numbers(["УТ-000123", "УТ-000124", "УТ-000126"])
            owners = await tx.clients.owners_of(["+74951234567", "+79160000010", "+79160000011"])
        await store.close()
        return [str(orders[number].amount) for number in sorted(orders)], owners

    amounts, owners = asyncio.run(kept())
    assert amounts == ["1234567.89", "23000.00", "10.50"]
    assert {number: found[0].extension for number, found in owners.items()} == {
        "+74951234567": "12",
        "+79160000010": None,
        "+79160000011": "5",
    }
