# SPDX-License-Identifier: Apache-2.0
"""Asterisk's side of FastAGI: sends a channel's header, takes commands one by one, keeps what was set."""

import asyncio
import re
from urllib.parse import unquote

import aiohttp

HEADER = {
    "agi_network": "yes",
    "agi_network_script": "route",
    "agi_request": "agi://127.0.0.1/route",
    "agi_channel": "PJSIP/trunk-00000001",
    "agi_uniqueid": "1763800000.1",
    "agi_callerid": "+79161000001",
    "agi_calleridname": "unknown",
    "agi_callingpres": "0",
}


def a_header(*args, **more):
    lines = {**HEADER, **more, **{f"agi_arg_{number}": arg for number, arg in enumerate(args, 1)}}
    text = "".join(f"{key}: {value}\n" for key, value in lines.items()) + "\n"
    return text.encode("utf-8", "surrogateescape")


class AgiChannel:
    def __init__(self, port) -> None:
        self.port = port
        self.commands = []
        self.database = {}

    async def run(self, header, *, replies=None):
        """Until the server closes; gives all variables that were set."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(header)
            while line := await reader.readline():
                command = line.decode().rstrip("\n")
                self.commands.append(command)
                writer.write((replies or self.reply)(command).encode())
            return self.variables()
        finally:
            writer.close()

    def reply(self, command):
        words = command.split(" ")
        if words[0] != "DATABASE":
            return "200 result=1\n"
        path = "/".join(words[2:4])
        if words[1] == "PUT":
            self.database[path] = words[4]
        elif words[1] == "GET":
            return f"200 result=1 ({self.database[path]})\n" if path in self.database else "200 result=0\n"
        elif words[1] == "DEL":
            return f"200 result={int(self.database.pop(path, None) is not None)}\n"
        else:
            for key in [key for key in self.database if key.startswith(f"{path}/")]:
                del self.database[key]
        return "200 result=1\n"

    def variables(self):
        """As Asterisk would keep them."""
        kept = {}
        for command in self.commands:
            if command.startswith("EXEC MSet "):
                kept |= mset_said(command)
            elif match := re.fullmatch(r'SET VARIABLE (\w+) "(.*)"', command):
                kept[match[1]] = re.sub(r"\\(.)", r"\1", match[2])
        return kept


def mset_said(command):
    """As Asterisk reads it: in quotes blanks are kept."""
    said = command.strip().removeprefix("EXEC MSet ")
    assert (" " in said) is said.startswith('"') is said.endswith('"')
    return dict(pair.split("=", 1) for pair in said.strip('"').split(","))


async def ask_over_http(port, header):
    """The same question as Asterisk's CURL puts it, and the variables that it would set."""
    lines = dict(line.split(": ", 1) for line in header.decode("utf-8", "replace").splitlines() if line)
    form = {name.removeprefix("agi_"): value.strip() for name, value in lines.items()}
    form["callingpres"] = "allowed_not_screened" if form["callingpres"] == "0" else "prohib_not_screened"
    async with aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{port}/{form['network_script']}"
        async with session.post(address, data=form, headers={"Connection": "close"}) as answer:
            pairs = (await answer.text()).split("&")
    said = dict(pair.split("=", 1) for pair in pairs)
    assert list(said)[-1] == "heard", "half an answer is known by what is missing at its end"
    assert said.pop("heard") == form["network_script"]
    return {name: unquote(value) for name, value in said.items()}
