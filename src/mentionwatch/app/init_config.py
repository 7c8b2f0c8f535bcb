"""The first configuration."""

from __future__ import annotations

from pathlib import Path

from mentionwatch.config.starter import starter_config
from mentionwatch.errors import UserError
from mentionwatch.files import create_text, write_text

_INVENTED_BRAND = "Acme Coffee"


def init_config(path: Path, brand: str | None = None, database: Path | None = None, *, force: bool = False) -> None:
    """Write a commented configuration that works at once, readable by its owner alone.

    It monitors ``brand``, or an invented one. Raises :class:`~mentionwatch.errors.UserError` where ``path`` exists,
    unless ``force``, and for a name that cannot be searched for.
    """
    text = starter_config(brand if brand is not None else _INVENTED_BRAND, str(database) if database else "mentions.db")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        write_text(path, (text,), private=True) if force else create_text(path, text)
    except FileExistsError:
        raise UserError(f"{path} already exists; --force replaces it") from None
