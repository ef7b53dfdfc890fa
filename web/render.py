# SPDX-License-Identifier: Apache-2.0
"""Templates: one environment for each language, everything escaped, an unknown name is an error."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from web import said
from web.bands import bands
from web.doubts import doubts
from web.i18n.catalogues import NAMES, catalogues
from web.keys import ASSETS, IN_FORCE, L10N, SETTINGS, VIEWER
from web.middleware.csrf import masked
from web.modules import opens
from web.phone_keys import ACTIONS
from web.settings_menu import settings_pages
from web.waveform import drawing
from web.words import Words

ROOT = Path(__file__).parent / "templates"
_COMPRESS_FROM = 1024


@cache
def _environment(code: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_translations(catalogues()[code].translations, newstyle=True)  # type: ignore[attr-defined]
    return environment


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A whole page or a part of one; `l` in it is the reader's L10n."""
    response = web.Response(text=markup(request, template, status=status, **values), status=status)
    response.content_type = "text/html"
    if len(response.body or b"") > _COMPRESS_FROM:  # type: ignore[arg-type]
        response.enable_compression()
    return response


def markup(request: web.Request, template: str, **values: Any) -> str:
    l10n = request[L10N]
    viewer = request.get(VIEWER)
    return (
        _environment(l10n.code)
        .get_template(template)
        .render(
            l=l10n,
            say=Words(l10n, request.app[IN_FORCE].choices),
            viewer=viewer,
            asset=request.app[ASSETS].url,
            csrf_token=masked(viewer.session.csrf) if viewer and viewer.session else "",
            path=request.path,
            said=said.read(request),
            phone_keys=ACTIONS,
            languages=NAMES,
            settings_pages=settings_pages,
            opens=opens(request),
            drawing=drawing,
            bands=bands,
            doubts=doubts,
            by_whom=request.app[IN_FORCE].actors,
            company_name=request.app[SETTINGS].company,
            **values,
        )
    )


def toast(request: web.Request, status: int, message: str, *, kind: str = "danger") -> web.Response:
    """A message for the page that asked by htmx; nothing else on it changes."""
    response = page(request, "parts/toast.html", status=status, message=message, kind=kind)
    response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})
    return response
