"""The folder of a demo: its configuration, and nothing left of an earlier one."""

from __future__ import annotations

import shutil
from pathlib import Path

from mentionwatch.demo import MARKER, config_text
from mentionwatch.errors import UserError
from mentionwatch.files import write_text
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter

CONFIG_FILE, DIGEST_FILE = "mentionwatch.toml", "digest.html"
_DATABASE_FILE, _WEBHOOK_FILE = "mentions.db", "oncall.url"
_LEAST_BYTES = 1_000_000


def prepare_demo(folder: Path) -> None:
    """Make the folder with the demo's configuration; what an earlier demo left is removed, and nothing else.

    Raises :class:`~mentionwatch.errors.UserError` for a folder that holds anything else.
    """
    config = folder / CONFIG_FILE
    try:
        if folder.exists():
            if any(folder.iterdir()) and not (config.is_file() and config.read_text("utf-8").startswith(MARKER)):
                raise UserError(f"{folder}: exists and is not a demo; name another folder: mentionwatch demo FOLDER")
            for old in (*folder.glob(f"{_DATABASE_FILE}*"), folder / DIGEST_FILE):
                old.unlink(missing_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < _LEAST_BYTES:
            raise UserError(f"{folder}: the disk is full")
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from error
    write_text(config, (config_text(),), private=True)
    write_text(folder / _WEBHOOK_FILE, ("json+https://oncall.quillwort.example/hook\n",), private=True)


def find_by_url(folder: Path, url: str) -> str:
    """The id of the demo's mention with this address."""
    with Store.open(folder / _DATABASE_FILE, write=False) as store:
        return next(one.id for one in store.mentions.find(MentionFilter()) if one.item.url == url)
