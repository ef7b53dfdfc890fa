# SPDX-License-Identifier: Apache-2.0
"""The house in which scenarios happen: an Asterisk with a slot of phones, queues and numbers for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.asterisk.plan import PbxPlan, pbx_files
from config.asterisk.program import AsteriskProgram

PHONES_AT = "127.0.0.61"
WORLD_AT = "127.0.0.50"
NAMES = ("Anna", "Boris", "Clara", "Denis", "Elena")  # the last one's phone is off
SECRET = "scenario"
_DIALPLAN = Path(__file__).parent / "pbx/extensions.conf"
_MORE_MODULES = (
    "res_parking", "app_confbridge", "app_chanspy", "app_directed_pickup", "app_voicemail", "app_read", "app_echo",
    "app_dial", "res_musiconhold", "func_callerid", "bridge_softmix", "bridge_builtin_features",
)  # fmt: skip


def phone(slot: int, which: int) -> str:
    """The extension of the first, second ... phone of a slot."""
    return f"3{slot:02d}{which}"


def outsider(slot: int, which: int) -> str:
    return f"+79160{slot:02d}000{which}"


def own_number(slot: int, road: int) -> str:
    return f"+7495111{slot:02d}{road:02d}"


@dataclass(frozen=True)
class House:
    plan: PbxPlan
    phones_port: int
    slots: Sequence[int]

    def files(self, program: AsteriskProgram, home: Path, run: Path) -> dict[str, str]:
        files = pbx_files(self.plan, program, home, run)
        known = {line.split()[-1] for line in files["modules.conf"].splitlines() if line.startswith("load")}
        more = [f"load = {name}.so" for name in _MORE_MODULES if f"{name}.so" not in known]
        return files | {
            "modules.conf": files["modules.conf"] + "\n".join(more) + "\n",
            "extensions.conf": _DIALPLAN.read_text() + "".join(_parking(slot) for slot in self.slots),
            "pjsip.conf": self._pjsip(),
            "queues.conf": self._queues(),
            "voicemail.conf": "[general]\nformat = wav\nminsecs = 2\n\n[lab]\n"
            + "".join(f"{phone(slot, 1)} => ,{NAMES[0]}\n" for slot in self.slots),
            "res_parking.conf": "[general]\n" + "".join(_lot(slot) for slot in self.slots),
            "confbridge.conf": _ROOM,
        }

    def _pjsip(self) -> str:
        plan = self.plan
        head = _PJSIP.format(
            host=plan.sip_host, port=plan.sip_port, world=WORLD_AT, world_port=plan.trunk_port
        )
        return head + "".join(
            _PHONE.format(
                ext=phone(slot, which), name=name, slot=f"{slot:02d}", secret=SECRET,
                contact="" if which == len(NAMES) else f"contact = sip:{phone(slot, which)}@{PHONES_AT}:{self.phones_port}",
            )
            for slot in self.slots
            for which, name in enumerate(NAMES, 1)
        )  # fmt: skip

    def _queues(self) -> str:
        return _QUEUES + "".join(_queues_of(slot) for slot in self.slots)


def _queues_of(slot: int) -> str:
    """One after another for 4 s each: who picks up after 0.5 s does so on a machine that stalls, too."""
    first, second, third = (phone(slot, which) for which in (1, 2, 3))
    return f"""
[ringall{slot:02d}](lab)
strategy = ringall
member => PJSIP/{first}
member => PJSIP/{second}

[rrmemory{slot:02d}](lab)
strategy = rrmemory
timeout = 4
member => PJSIP/{first}
member => PJSIP/{second}
member => PJSIP/{third}

[linear{slot:02d}](lab)
strategy = linear
timeout = 4
member => PJSIP/{first}
member => PJSIP/{second}

[local{slot:02d}](lab)
member => Local/{first}@lab-inside/n
member => Local/{second}@lab-inside/n

[optimised{slot:02d}](lab)
member => Local/{first}@lab-inside
member => Local/{second}@lab-inside

[position{slot:02d}](lab)
announce-position = yes
announce-frequency = 5
min-announce-frequency = 2
member => PJSIP/{first}

[resting{slot:02d}](lab)
wrapuptime = 3
member => PJSIP/{first}
"""


def _parking(slot: int) -> str:
    """Asterisk looks for Park by the bare text of an extension, so a variable will not do."""
    return f"exten => 7{slot:02d}0,1,Park(lot{slot:02d})\n"


def _lot(slot: int) -> str:
    return f"""
[lot{slot:02d}]
context = lab-lot{slot:02d}
parkpos = {7000 + slot * 10 + 1}-{7000 + slot * 10 + 4}
findslot = first
parkingtime = 10
comebacktoorigin = yes
comebackdialtime = 15
"""


_QUEUES = """[general]
persistentmembers = no
autofill = yes

[lab](!)
strategy = ringall
timeout = 15
retry = 1
ringinuse = no
joinempty = yes
leavewhenempty = no
"""
_ROOM = """[general]

[default_bridge]
type = bridge

[default_user]
type = user
quiet = yes
"""
_PJSIP = """[global]
type = global
endpoint_identifier_order = ip,username

[udp]
type = transport
protocol = udp
bind = {host}:{port}

[trunk]
type = endpoint
transport = udp
context = lab-trunk
disallow = all
allow = alaw
aors = trunk
direct_media = no
rtp_symmetric = yes
trust_id_inbound = yes
dtmf_mode = info

[trunk]
type = aor
contact = sip:{world}:{world_port}

[trunk]
type = identify
endpoint = trunk
match = {world}

[phone](!)
type = endpoint
context = lab-phones
disallow = all
allow = alaw
direct_media = no
rtp_symmetric = yes
dtmf_mode = info
"""
_PHONE = """
[{ext}](phone)
auth = {ext}
aors = {ext}
callerid = {name} <{ext}>
named_call_group = s{slot}
named_pickup_group = s{slot}
set_var = __S={slot}

[{ext}]
type = auth
auth_type = userpass
username = {ext}
password = {secret}

[{ext}]
type = aor
{contact}
"""
