# SPDX-License-Identifier: Apache-2.0
"""The way into the settings."""

import pytest

from web.settings_menu import MENU


async def test_every_page_of_the_menu_opens_and_marks_itself(site):
    admin = await site.browser("admin")
    index = await admin.text("/settings")
    for each in MENU:
        assert f'href="{each.address}"' in index, each.address
        assert 'aria-current="page"' in await admin.text(each.address), each.address


@pytest.mark.parametrize(("login", "status"), [("anna", 403), ("sofia", 200), ("admin", 200)])
async def test_operators_have_no_settings(site, login, status):
    assert (await (await site.browser(login)).get("/settings")).status == status
