# SPDX-License-Identifier: Apache-2.0
"""Logs: a line of JSON each for machines, readable lines on a terminal; the standard library's go the same way."""

import contextlib
import logging
import sys
from pathlib import Path
from typing import TextIO, cast

import structlog


def set_up_logging(level: int = logging.INFO, to_file: Path | None = None) -> None:
    """To the terminal, or to a file where the terminal belongs to a person."""
    out: TextIO = sys.stderr
    if to_file:
        to_file.parent.mkdir(parents=True, exist_ok=True)
        out = to_file.open("a", encoding="utf-8", buffering=1)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    human = out.isatty()
    out = cast("TextIO", Unfailing(out))
    plain = structlog.dev.plain_traceback  # never with the values of variables: a password may be among them
    renderer: structlog.typing.Processor
    renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain)
        if human
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, *_tracebacks(human=human), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, *_tracebacks(human=human)],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


class Unfailing:
    """A log whose disk is full or gone loses lines; an exception here would end the loop that wanted to say so."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._out.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._out.flush()


def _tracebacks(*, human: bool) -> list[structlog.typing.Processor]:
    return [] if human else [structlog.processors.format_exc_info]
