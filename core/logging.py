"""Structured logging: one JSON object a line on stderr (readable lines on a terminal), secrets masked."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

# Stream tokens, bearer tokens and passwords never reach a log line.
_SECRET_KEYS = re.compile(r"password|secret|authorization|cookie|token$", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"(/stream/)(?!hls/|stills/)[^/\s]+|(Bearer )\S+|(://[^:/@\s]+:)[^@\s]+(?=@)")


def mask(text: str) -> str:
    """`text` with stream tokens, bearer tokens and URL passwords replaced by ***."""
    return _SECRET_TEXT.sub(lambda m: next(g for g in m.groups() if g) + "***", text)


def _mask_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = mask(value)
    return event


def configure_logging(level: str = "INFO") -> None:
    """Send structlog and stdlib logging to stderr in one format; call once per process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr) if sys.stderr.isatty() else _JsonLines(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("boto3", "botocore", "urllib3", "s3transfer", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _JsonLines(logging.StreamHandler[Any]):
    """Writes lines of JSON, also such as are made elsewhere."""

    def write(self, line: str) -> None:
        with self.lock or nullcontext():
            self.stream.write(line)
            self.stream.flush()


def log_brief(logger: str, level: int, event: str, **facts: Any) -> None:
    """Log what is logged with every request, in the form that loggers have, for a tenth of their time.

    Nothing is masked and no context is added: `facts` are whole, and no secrets.
    """
    root = logging.getLogger()
    handler = root.handlers[0] if len(root.handlers) == 1 else None
    if not isinstance(handler, _JsonLines):
        get_logger(logger).log(level, event, **facts)
    elif level >= root.level:
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        said = {"event": event, **facts, "logger": logger, "level": logging.getLevelName(level).lower(), "timestamp": moment}
        handler.write(msgspec.json.encode(said).decode() + "\n")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes an event name and key=value facts."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
