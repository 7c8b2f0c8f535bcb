"""The only place that knows which database it is: SQLite's words for what databases say differently.

All other SQL of the store is written once, in what SQLite and PostgreSQL share (``ON CONFLICT``, ``RETURNING``,
``coalesce``, common table expressions). A second database needs its own version of this module, of the tables
(``schema``) and of opening and copying a database (``database``), and nothing else.

Column and parameter names are ours, never a user's: they are put into statements as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

# -- lists and JSON ----------------------------------------------------------------------------------------------------


def array(values: Iterable[object]) -> str:
    """The value of a parameter that :func:`among` reads: any number of values as one."""
    return json.dumps(list(values))


def among(parameter: str) -> str:
    """The values of an :func:`array`, to stand after ``IN`` or ``NOT IN``."""
    return f"(SELECT value FROM json_each({parameter}))"


def json_text(column: str, field: str) -> str:
    """A field of a JSON object as text, ``NULL`` where it is not set."""
    return f"json_extract({column}, '$.{field}')"


def json_list(expression: str) -> str:
    """The values of all rows as one JSON array, in the order of the rows."""
    return f"json_group_array({expression})"


def json_array(*expressions: str) -> str:
    """One JSON array of these values."""
    return f"json_array({', '.join(expressions)})"


def json_value(column: str) -> str:
    """A column that holds JSON, to stand in :func:`json_array` as what it is and not as text."""
    return f"json({column})"


def json_has(column: str, value: str) -> str:
    """Whether a JSON array holds a value."""
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {value})"


# -- expressions -------------------------------------------------------------------------------------------------------


def greatest(one: str, other: str) -> str:
    """The greater of two values; ``NULL`` (here) or the other one (elsewhere) where one is ``NULL``: coalesce it."""
    return f"max({one}, {other})"


def least(one: str, other: str) -> str:
    """The lesser of two values; of ``NULL`` as :func:`greatest`."""
    return f"min({one}, {other})"


def minutes_before(column: str, minutes: int) -> str:
    """A time so many minutes earlier, as the store writes times."""
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {column}, '-{minutes} minutes')"


def like(column: str, parameter: str) -> str:
    """Whether a text fits a :func:`pattern`, case aside."""
    return f"{column} LIKE {parameter} ESCAPE '\\'"


def pattern(part: str) -> str:
    """The value for :func:`like` that any text fits which contains this part."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def without_index(column: str) -> str:
    """A column by which rows are not to be searched: the planner would take the wrong one of two indexes."""
    return f"+{column}"


#: A join whose left side is to be read first, however the planner estimates.
JOIN_FROM_LEFT = "CROSS JOIN"
#: The order in which the rows of a table without a number of their own were added.
INSERTION_ORDER = "rowid"
#: The last number that an item was given; no row where none ever was.
LAST_ITEM_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'items'"


# -- statements --------------------------------------------------------------------------------------------------------


def upsert(table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    """Insert a row (``keys``, then ``columns``), or set these columns of the row that has these keys."""
    names = (*keys, *columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
    )


def update_replacing(table: str) -> str:
    """The beginning of an update; a row that gets the keys of another takes its place."""
    return f"UPDATE OR REPLACE {table}"


# -- full-text search over items ---------------------------------------------------------------------------------------


def has_words(item_id: str, parameter: str) -> str:
    """Whether an item has words in title or text, as :func:`search_words` gives them."""
    return f"{item_id} IN (SELECT rowid FROM items_fts WHERE items_fts MATCH {parameter})"


def items_with_words(parameter: str, limit: int) -> str:
    """The ids of the oldest items that have :func:`search_words`."""
    return f"(SELECT rowid FROM items_fts WHERE items_fts MATCH {parameter} ORDER BY rowid LIMIT {limit})"


def search_words(phrases: Iterable[str]) -> str:
    """The value to search by: all of these words and phrases, none taken for the syntax of the index."""
    return " ".join('"' + phrase.replace('"', '""') + '"' for phrase in phrases)


def index_items(where: str) -> str:
    """Index items that are new. A statement for many rows: triggers cost four times as much a row."""
    return f"INSERT INTO items_fts (rowid, title, text) SELECT id, title, text FROM items WHERE {where}"


def unindex_items(where: str) -> str:
    """Take items out of the index, before they are removed."""
    return (
        "INSERT INTO items_fts (items_fts, rowid, title, text)"
        f" SELECT 'delete', id, title, text FROM items WHERE {where}"
    )


REBUILD_INDEX = "INSERT INTO items_fts (items_fts) VALUES ('rebuild')"
#: Fails where the index does not fit the items.
CHECK_INDEX = "INSERT INTO items_fts (items_fts, rank) VALUES ('integrity-check', 1)"


# -- the database as a whole -------------------------------------------------------------------------------------------

#: For each connection.
SETTINGS = ("PRAGMA foreign_keys = ON",)
#: For one that writes.
WRITE_SETTINGS = (
    # Where there is no shared memory (network file systems) SQLite keeps its rollback journal: slower, as safe.
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # What is removed is overwritten: people's words do not linger in free pages.
    "PRAGMA secure_delete = ON",
)
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
#: Rows that name what is damaged, or ``ok``.
CHECK_INTEGRITY = "PRAGMA integrity_check(20)"
#: Rewrite the file without what was removed.
COMPACT = "VACUUM"
#: Write the log back and empty it; a row whose first value says whether somebody still reads it.
EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"


def limit_pages(pages: int) -> str:
    """Let the file grow to so many pages and no further."""
    return f"PRAGMA max_page_count = {pages}"
