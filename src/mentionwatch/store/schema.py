"""The tables, and the only way they change: append-only migrations.

One long module on purpose: what stands under a migration's name never changes, and all of it is read in order.

Every column says who sets it. Times are RFC 3339 UTC with ``Z``, so that text order is time order; columns said to
be JSON hold JSON text. ``items`` and ``mentions`` give a row each under the names of the JSON output, whatever lies
beneath them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mentionwatch.errors import StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database

_M001 = """
CREATE TABLE items (
  -- What was said, once, however many sources brought it. Set when it is first seen and never changed after.
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of arrival; never given twice, or what is new would seem read
  platform TEXT NOT NULL,          -- the source's: where it was said
  source TEXT NOT NULL,            -- the configured source that brought it first
  kind TEXT NOT NULL,              -- post, comment, article, review, video or page
  external_id TEXT,                -- the platform's own id, or a feed entry's guid
  url TEXT,                        -- where a person reads it
  canonical_url TEXT,              -- the same without tracking and spelling; urls.canonical_url
  title TEXT,                      -- plain text
  text TEXT NOT NULL,              -- plain text
  language TEXT,                   -- as the source says, BCP 47
  author TEXT NOT NULL,            -- JSON: name, handle, url, followers
  published_at TEXT,               -- the publisher's word
  first_seen_at TEXT NOT NULL,     -- our clock, when the answer had arrived
  links TEXT NOT NULL,             -- JSON array of addresses in it
  tags TEXT NOT NULL,              -- JSON array, as the platform gives them apart from the text
  handles TEXT NOT NULL,           -- JSON array, likewise
  same_as TEXT NOT NULL,           -- JSON array: other addresses of this very thing
  parent_url TEXT,                 -- what it answers
  engagement TEXT NOT NULL,        -- JSON, as first read; later readings are in readings
  rating REAL,                     -- stars, 1 to 5
  backlog INTEGER NOT NULL,        -- 1: it was there already when its source was first asked
  identity TEXT NOT NULL,          -- identity.Decision.name: what its mentions' ids are made of
  words BLOB NOT NULL,             -- identity.words_hash of title and text
  poll_id INTEGER                  -- the poll that brought it
) STRICT;
CREATE INDEX items_first_seen ON items (first_seen_at);
CREATE INDEX items_canonical ON items (canonical_url);

CREATE VIRTUAL TABLE items_fts USING fts5 (
  title, text, content='items', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);

CREATE TABLE identities (
  -- Every name an item is known by. A name outlives its item: what was pruned is not news again.
  key BLOB PRIMARY KEY,            -- 16-byte BLAKE2b of the key that identity.keys gives
  item_id INTEGER,                 -- NULL once the item has been pruned
  name TEXT                        -- the key itself where it is a platform's id or a feed's guid; NULL once pruned
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_item ON identities (item_id);

CREATE TABLE sightings (
  -- Which sources brought an item, and when each did so first.
  item_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  first_seen_at TEXT NOT NULL,
  evidence TEXT NOT NULL,          -- by which name it was known again; 'first' for the one that made the item
  url TEXT,                        -- as this source spelt it
  poll_id INTEGER,
  PRIMARY KEY (item_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
  -- Other words for the same item: an edit, or another source's telling of it.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  title TEXT,
  text TEXT NOT NULL,
  links TEXT NOT NULL,             -- JSON array
  tags TEXT NOT NULL,              -- JSON array
  words BLOB NOT NULL,
  UNIQUE (item_id, words)
) STRICT;

CREATE TABLE readings (
  -- Engagement over time: a row when a count had changed.
  item_id INTEGER NOT NULL,
  read_at TEXT NOT NULL,
  engagement TEXT NOT NULL,        -- JSON
  PRIMARY KEY (item_id, read_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE mention_records (
  -- An item that a brand's terms match. The view mentions joins it to its item.
  seq INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of matching
  id TEXT NOT NULL UNIQUE,         -- identity.mention_id: the same in every database
  brand TEXT NOT NULL,
  item_id INTEGER NOT NULL,
  version_id INTEGER,              -- set when the words that match stand in a version, not in the item
  matches TEXT NOT NULL,           -- JSON array
  reason TEXT NOT NULL,            -- what decided
  rules TEXT NOT NULL,             -- match.rules_version that decided
  own INTEGER NOT NULL,            -- 1: our own post
  backlog INTEGER NOT NULL,        -- 1: never alerted, mailed or new
  counts_at TEXT,                  -- when it counts: first seen, or for backlog when it was published; NULL: unknown
  matched_at TEXT NOT NULL,
  retired_at TEXT,                 -- set when changed terms no longer match it
  story TEXT,                      -- the story it tells; set by stories
  story_reason TEXT,               -- by which evidence it was folded; NULL for the first telling
  judged TEXT,                     -- judge.rules_version that judged it as it stands; NULL: words or counts are newer
  UNIQUE (brand, item_id)
) STRICT;
CREATE INDEX mention_records_counts ON mention_records (counts_at);
CREATE INDEX mention_records_brand ON mention_records (brand, counts_at);
CREATE INDEX mention_records_item ON mention_records (item_id);
CREATE INDEX mention_records_story ON mention_records (story);
CREATE INDEX mention_records_judged ON mention_records (brand, judged) WHERE retired_at IS NULL;

CREATE TABLE verdicts (
  -- What judge/ makes of a mention. The last one holds; a row more when newer rules, words or counts made another.
  seq INTEGER NOT NULL,            -- mention_records.seq
  judged_at TEXT NOT NULL,
  sentiment TEXT,                  -- JSON or NULL where the language is not judged
  urgency TEXT NOT NULL,           -- JSON
  flags TEXT NOT NULL,             -- JSON array: complaint, question, praise, abuse
  rules TEXT NOT NULL,             -- judge.rules_version that judged
  PRIMARY KEY (seq, judged_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE stories (
  -- What several mentions of a brand tell. Others are compared with the first telling only.
  id TEXT PRIMARY KEY,             -- identity.story_id
  brand TEXT NOT NULL,
  leader INTEGER NOT NULL,         -- mention_records.seq of the first telling
  told_at TEXT NOT NULL,           -- when that was published, or first seen where that is unknown or later
  telling BLOB NOT NULL,           -- stories.Telling.dump
  merged_into TEXT                 -- another story's id, where the user said that both are one
) STRICT;

CREATE TABLE story_links (
  -- What the user said of two mentions: they tell the same (together), or they do not (apart). Outlives every scan.
  a TEXT NOT NULL,                 -- mention_records.id
  b TEXT NOT NULL,
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE TABLE sketches (
  -- What a story is found again by: numbers of its first telling (stories.Telling.sketch).
  number INTEGER NOT NULL,
  story TEXT NOT NULL,
  PRIMARY KEY (number, story)
) STRICT, WITHOUT ROWID;
CREATE INDEX sketches_story ON sketches (story);

CREATE TABLE matched (
  -- How far each brand's terms have read, so that a new brand or changed terms look back.
  brand TEXT PRIMARY KEY,
  rules TEXT NOT NULL,             -- match.rules_version
  item_id INTEGER NOT NULL,        -- read up to and with this item
  version_id INTEGER NOT NULL      -- and this version
) STRICT;

CREATE TABLE source_states (
  -- One row a configured source, as the last poll left it.
  name TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  fingerprint TEXT NOT NULL,       -- of its options: a changed source is asked again whatever happened before
  first_asked_at TEXT,
  last_asked_at TEXT,
  last_success_at TEXT,
  due_at TEXT,
  failing_since TEXT,
  failures INTEGER NOT NULL DEFAULT 0,      -- polls in a row
  error_code TEXT,
  error TEXT,
  wait_until TEXT,                 -- the platform's word: not before
  wait_reason TEXT,
  gone_at TEXT,                    -- 410: not asked again
  moved_to TEXT,                   -- 301 or 308: where the configuration should point
  note TEXT                        -- of the last answer
) STRICT;

CREATE TABLE source_log (
  -- How a source stood, whenever that changed: what a digest said of it then can be said again.
  source TEXT NOT NULL,
  at TEXT NOT NULL,
  state TEXT NOT NULL,             -- JSON of the row of source_states
  PRIMARY KEY (source, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE questions (
  -- What a source asks, and how far it was answered. Written in one transaction with the items of the answer.
  source TEXT NOT NULL,
  question TEXT NOT NULL,
  checkpoint TEXT,                 -- the source's own
  etag TEXT,
  last_modified TEXT,
  body_hash BLOB,                  -- of the last whole answer: the same bytes hold nothing new
  answered_at TEXT NOT NULL,
  PRIMARY KEY (source, question)
) STRICT, WITHOUT ROWID;

CREATE TABLE host_waits (
  -- Retry-After and spent quotas, remembered from run to run for every source of a host.
  host TEXT PRIMARY KEY,
  until TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE TABLE polls (
  -- The ledger: a row an answer, or a run of answers of the same kind.
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  question TEXT NOT NULL,          -- '' when no question got as far as an answer
  outcome TEXT NOT NULL,           -- answered, unchanged, truncated, failed, waiting
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL,
  times INTEGER NOT NULL DEFAULT 1,
  status INTEGER,                  -- HTTP
  url TEXT,                        -- redacted
  items INTEGER NOT NULL DEFAULT 0,
  new_items INTEGER NOT NULL DEFAULT 0,
  error_code TEXT,
  error TEXT,
  gap_from TEXT,                   -- truncated: what lay between was not seen
  gap_to TEXT
) STRICT;
CREATE INDEX polls_source ON polls (source, last_at);
CREATE INDEX polls_last ON polls (last_at);

CREATE TABLE marks (
  -- How far housekeeping has got.
  name TEXT PRIMARY KEY,           -- pruned: items up to and with this id were looked at
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  -- The outbox: a digest is frozen here before anything is sent.
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,            -- the digest's name
  message_id TEXT NOT NULL UNIQUE, -- the same on every try
  created_at TEXT NOT NULL,
  subject TEXT NOT NULL,
  message BLOB,                    -- the bytes to send; NULL once nobody is left to send them to
  state TEXT NOT NULL,             -- pending, sent
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT,
  last_error TEXT,
  settled_at TEXT,
  trouble TEXT NOT NULL            -- JSON array: sources it told of as failing, so that this too is told once
) STRICT;
CREATE INDEX deliveries_state ON deliveries (state);

CREATE TABLE delivery_recipients (
  delivery_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  place INTEGER NOT NULL,          -- in the order of the configuration
  state TEXT NOT NULL,             -- pending, accepted, refused
  detail TEXT,                     -- the server's answer, cleaned
  PRIMARY KEY (delivery_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery_mentions (
  -- Which mentions a delivered digest holds: each is in one frozen digest of a name.
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL,            -- mention_records.seq
  delivery_id INTEGER NOT NULL,
  PRIMARY KEY (digest, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_mentions_delivery ON delivery_mentions (delivery_id);

CREATE TABLE triage (
  -- What people did about mentions and said of them: appended to, never changed. Status and labels follow from it.
  id INTEGER PRIMARY KEY,
  mention TEXT NOT NULL,           -- mention_records.id
  at TEXT NOT NULL,
  by TEXT NOT NULL,                -- who
  action TEXT NOT NULL,            -- label, ack, assign, reply, resolve, ignore, reopen, note, undo
  data TEXT NOT NULL,              -- JSON: what the action says
  undoes INTEGER                   -- the entry that an undo takes back
) STRICT;
CREATE INDEX triage_mention ON triage (mention, id);
CREATE INDEX triage_undoes ON triage (undoes) WHERE undoes IS NOT NULL;

CREATE VIEW mentions AS
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, i.external_id, i.url, i.canonical_url,
  CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title,
  coalesce(v.text, i.text) AS text,
  i.language, i.author, i.published_at, i.first_seen_at, m.matches,
  coalesce(v.links, i.links) AS links, i.parent_url,
  (SELECT json_group_array(source) FROM (
     SELECT s.source FROM sightings s
     WHERE s.item_id = i.id AND s.source <> i.source ORDER BY s.first_seen_at, s.source)) AS also_seen,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id ORDER BY r.read_at DESC LIMIT 1),
           i.engagement) AS engagement,
  j.sentiment, j.urgency, coalesce(j.flags, '[]') AS flags, m.story,
  CASE WHEN m.story IS NULL THEN 1 ELSE
    (SELECT count(*) FROM mention_records o WHERE o.story = m.story AND o.retired_at IS NULL) END AS story_size,
  coalesce((SELECT CASE t.action WHEN 'reply' THEN 'replied' WHEN 'resolve' THEN 'resolved'
                     WHEN 'ignore' THEN 'ignored' ELSE 'open' END
            FROM triage t WHERE t.mention = m.id
              AND t.action IN ('ack', 'assign', 'reply', 'resolve', 'ignore', 'reopen')
              AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id)
            ORDER BY t.action = 'assign', t.id DESC LIMIT 1), 'new') AS status,
  (SELECT json_extract(t.data, '$.to') FROM triage t WHERE t.mention = m.id AND t.action = 'assign'
     AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id) ORDER BY t.id DESC LIMIT 1) AS assignee,
  NULL AS due_at, m.own, m.backlog, m.counts_at, m.matched_at, m.seq, m.item_id
FROM mention_records m
JOIN items i ON i.id = m.item_id
LEFT JOIN versions v ON v.id = m.version_id
LEFT JOIN verdicts j
  ON j.seq = m.seq AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)
WHERE m.retired_at IS NULL;
"""


_M002 = """
CREATE TABLE spent (
  -- What was asked of platforms that allow so many requests a day; days that are over are removed.
  quota TEXT NOT NULL,             -- type of source and host
  day TEXT NOT NULL,               -- the platform's own day, 2026-11-21
  requests INTEGER NOT NULL,
  PRIMARY KEY (quota, day)
) STRICT, WITHOUT ROWID;
"""


_M003 = """
CREATE TABLE alerts (
  -- Messages to those of [[notify]], frozen here before anything is sent. Of those to one name, one waits at most.
  id INTEGER PRIMARY KEY,
  notify TEXT NOT NULL,            -- the name in the configuration; the address stands nowhere in here
  uid TEXT NOT NULL UNIQUE,        -- alerts.message_id: the same on every try
  title TEXT NOT NULL,
  body BLOB,                       -- JSON, mentionwatch.alert/1; NULL once it is settled
  created_at TEXT NOT NULL,
  state TEXT NOT NULL,             -- pending, sent, dropped
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_at TEXT,
  last_error TEXT,
  settled_at TEXT
) STRICT;
CREATE INDEX alerts_state ON alerts (state);

CREATE TABLE alert_events (
  -- What is to be told, once for each who is told: known by its key however often a scan finds it.
  notify TEXT NOT NULL,
  key TEXT NOT NULL,               -- alerts.Event.key
  kind TEXT NOT NULL,              -- urgent, spike, overdue, source-failing, digest-failed
  brands TEXT NOT NULL,            -- JSON array; empty: it is about all
  mention TEXT,                    -- mention_records.id
  data TEXT NOT NULL,              -- JSON: what cannot be read again, and no stranger's words
  at TEXT NOT NULL,                -- when it was noticed
  alert_id INTEGER,                -- the message that tells it; NULL: held
  PRIMARY KEY (notify, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_events_mention ON alert_events (mention);
CREATE INDEX alert_events_alert ON alert_events (alert_id);

CREATE TABLE alert_watches (
  -- Since when a name is told of a kind: what was there before is no news to it.
  notify TEXT NOT NULL,
  kind TEXT NOT NULL,
  since TEXT NOT NULL,
  PRIMARY KEY (notify, kind)
) STRICT, WITHOUT ROWID;
"""


_M004 = """
CREATE TABLE spikes (
  -- Episodes: when much more was said of a brand than usual, or much more of it negative. judge.spikes.
  id INTEGER PRIMARY KEY,
  brand TEXT NOT NULL,
  kind TEXT NOT NULL,              -- volume, negative
  began_at TEXT NOT NULL,
  ended_at TEXT,                   -- NULL: it goes on
  seen TEXT NOT NULL               -- JSON: what was counted when it began
) STRICT;
CREATE INDEX spikes_brand ON spikes (brand, kind, began_at);
"""

_M005 = """
CREATE TABLE changes (
  -- What became of an item after it was said: edited, gone, or there again. Appended to; no words are ever removed.
  item_id INTEGER NOT NULL,
  at TEXT NOT NULL,                -- when we knew
  what TEXT NOT NULL,              -- edited, gone, back
  words BLOB,                      -- edited: identity.words_hash of what it says now: a version's or the item's own
  evidence TEXT NOT NULL,          -- how we know, in words
  PRIMARY KEY (item_id, at, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE mention_words (
  -- The words a mention is told with after an edit, and where its terms stand in them.
  seq INTEGER NOT NULL,            -- mention_records.seq
  at TEXT NOT NULL,                -- changes.at
  words BLOB NOT NULL,             -- identity.words_hash of a version, or of the item itself
  matches TEXT NOT NULL,           -- JSON array
  PRIMARY KEY (seq, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE rereadings (
  -- What was asked for again: each database's own doing, as the ledger is.
  item_id INTEGER PRIMARY KEY,
  asked_at TEXT NOT NULL,          -- when it was last answered
  times INTEGER NOT NULL,
  missing_since TEXT,              -- first answer of those in a row in which it was not
  words BLOB                       -- identity.words_hash of what it said then
) STRICT;

CREATE TABLE answers (
  -- Our own answers, as the log names their addresses: whether they are still there.
  mention TEXT NOT NULL,           -- triage.mention
  url TEXT NOT NULL,               -- of the entry `reply`
  asked_at TEXT,                   -- when it was last asked for
  seen_at TEXT,                    -- when it was last seen
  missing_since TEXT,
  gone_at TEXT,                    -- when it was told that it is gone
  PRIMARY KEY (mention, url)
) STRICT, WITHOUT ROWID;

CREATE INDEX readings_at ON readings (read_at);
CREATE INDEX items_parent ON items (parent_url) WHERE parent_url IS NOT NULL;

DROP VIEW mentions;
CREATE VIEW mentions AS
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, i.external_id, i.url, i.canonical_url,
  CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title,
  coalesce(v.text, i.text) AS text,
  i.language, i.author, i.published_at, i.first_seen_at, coalesce(e.matches, m.matches) AS matches,
  coalesce(v.links, i.links) AS links, i.parent_url,
  (SELECT json_group_array(source) FROM (
     SELECT s.source FROM sightings s
     WHERE s.item_id = i.id AND s.source <> i.source ORDER BY s.first_seen_at, s.source)) AS also_seen,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id ORDER BY r.read_at DESC LIMIT 1),
           i.engagement) AS engagement,
  j.sentiment, j.urgency, coalesce(j.flags, '[]') AS flags, m.story,
  CASE WHEN m.story IS NULL THEN 1 ELSE
    (SELECT count(*) FROM mention_records o WHERE o.story = m.story AND o.retired_at IS NULL) END AS story_size,
  coalesce((SELECT CASE t.action WHEN 'reply' THEN 'replied' WHEN 'resolve' THEN 'resolved'
                     WHEN 'ignore' THEN 'ignored' ELSE 'open' END
            FROM triage t WHERE t.mention = m.id
              AND t.action IN ('ack', 'assign', 'reply', 'resolve', 'ignore', 'reopen')
              AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id)
            ORDER BY t.action = 'assign', t.id DESC LIMIT 1), 'new') AS status,
  (SELECT json_extract(t.data, '$.to') FROM triage t WHERE t.mention = m.id AND t.action = 'assign'
     AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id) ORDER BY t.id DESC LIMIT 1) AS assignee,
  NULL AS due_at, m.own, m.backlog, m.counts_at, m.matched_at, m.seq, m.item_id,
  (SELECT max(c.at) FROM changes c WHERE c.item_id = i.id AND c.what = 'edited') AS edited_at,
  (SELECT CASE c.what WHEN 'gone' THEN c.at END FROM changes c
    WHERE c.item_id = i.id AND c.what <> 'edited' ORDER BY c.at DESC, c.what DESC LIMIT 1) AS gone_at
FROM mention_records m
JOIN items i ON i.id = m.item_id
LEFT JOIN mention_words e
  ON e.seq = m.seq AND e.at = (SELECT max(o.at) FROM mention_words o WHERE o.seq = m.seq)
LEFT JOIN versions v ON v.id = CASE WHEN e.words IS NULL THEN m.version_id
  ELSE (SELECT o.id FROM versions o WHERE o.item_id = m.item_id AND o.words = e.words) END
LEFT JOIN verdicts j
  ON j.seq = m.seq AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)
WHERE m.retired_at IS NULL;
"""


_M006 = """
CREATE TABLE evidence (
  -- What was kept of a mention, and when: appended to, never changed. The entries name each other by hash.
  hash TEXT PRIMARY KEY,           -- evidence.hash_of the entry
  entry TEXT NOT NULL,             -- evidence.text_of: no word of anybody's, so that it can stay for ever
  mention TEXT NOT NULL,           -- mention_records.id
  author TEXT,                     -- JSON as in items, for `forget`; NULL: forgotten
  forgotten_at TEXT                -- when its parts were removed on purpose
) STRICT;
CREATE INDEX evidence_mention ON evidence (mention);

CREATE TABLE evidence_parts (
  -- What the entries name: the words, the page, the picture. Each once, under what it hashed to when it was kept.
  sha256 TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;
"""


#: m005's view, with the new columns.
_M007_VIEW = (
    _M005[_M005.index("DROP VIEW mentions;") :]
    .replace(
        "i.language, i.author,", "i.language, json_set(i.author, '$.person', j.person, '$.role', j.role) AS author,"
    )
    .replace(
        "coalesce(j.flags, '[]') AS flags,",
        "coalesce(j.flags, '[]') AS flags, coalesce(j.tags, '[]') AS tags,"
        " (SELECT json_group_array(json_extract(h.value, '$.rule')) FROM json_each(j.hits) h) AS rules,"
        " i.rating AS stars,",
    )
)
_M007 = f"""
ALTER TABLE verdicts ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';    -- JSON array: what the user's rules call it
ALTER TABLE verdicts ADD COLUMN hits TEXT NOT NULL DEFAULT '[]';    -- JSON array: rule and because
ALTER TABLE verdicts ADD COLUMN person TEXT;                        -- who of [[people]] said it
ALTER TABLE verdicts ADD COLUMN role TEXT;                          -- customer, journalist, partner, troll, own

CREATE TABLE rule_watches (
  -- Since when a rule acts in the triage log as it is written now: what was found before is left to `rules apply`.
  by TEXT PRIMARY KEY,             -- rule:NAME or person:NAME, as it signs
  mark TEXT NOT NULL,              -- judge.rules.mark
  since TEXT NOT NULL
) STRICT, WITHOUT ROWID;

{_M007_VIEW}
"""

_M008 = """
-- Of a run of equal failures: seconds from each to the next, with commas between. NULL: a row an answer, as before.
ALTER TABLE polls ADD COLUMN more TEXT;
-- When the same failure came again, each time counting one more: seconds from each to the next, with commas between.
ALTER TABLE source_log ADD COLUMN more TEXT;
CREATE INDEX polls_question ON polls (source, question);

CREATE TABLE poll_days (
  -- What a question's answers held, by the day: the habits of a source, without reading its ledger.
  source TEXT NOT NULL,
  question TEXT NOT NULL,
  day TEXT NOT NULL,               -- 2026-11-21, UTC, of polls.first_at
  answers_full INTEGER NOT NULL,   -- how many answers held anything
  last_full TEXT,                  -- the last of them
  first_empty TEXT,                -- the first answer that held nothing
  new_items INTEGER NOT NULL,
  PRIMARY KEY (source, question, day)
) STRICT, WITHOUT ROWID;
INSERT INTO poll_days
SELECT source, question, substr(first_at, 1, 10), sum(items > 0), max(CASE WHEN items > 0 THEN first_at END),
  min(CASE WHEN items = 0 THEN first_at END), sum(new_items)
FROM polls WHERE outcome IN ('answered', 'truncated') GROUP BY 1, 2, 3;

CREATE TABLE shapes (
  -- What a question's answers looked like: a row a shape. coverage.shapes.
  source TEXT NOT NULL,
  question TEXT NOT NULL,
  shape TEXT NOT NULL,             -- the format, then what entries have: 'atom author date id text title url'
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL,           -- unchanged answers included
  polls INTEGER NOT NULL,          -- unchanged answers included
  answers INTEGER NOT NULL,
  repeats INTEGER NOT NULL,        -- answers that held something known
  items INTEGER NOT NULL,
  PRIMARY KEY (source, question, shape)
) STRICT, WITHOUT ROWID;

CREATE TABLE shape_changes (
  -- What was noticed of them, once.
  source TEXT NOT NULL,
  question TEXT NOT NULL,
  what TEXT NOT NULL,              -- 'format atom', 'field date', 'names'
  since TEXT NOT NULL,             -- the first answer that looks otherwise
  at TEXT NOT NULL,                -- when it was noticed
  before INTEGER NOT NULL,         -- how many answers had looked as before
  now TEXT NOT NULL,               -- the format since; how many entries
  ended_at TEXT,                   -- when it was as before again
  PRIMARY KEY (source, question, what, since)
) STRICT, WITHOUT ROWID;
"""


_M009 = """
CREATE TABLE waiting (
  -- Negative mentions that nobody has answered for a day: part of how urgent they are. Set by each scan.
  seq INTEGER PRIMARY KEY          -- mention_records.seq
) STRICT;

ALTER TABLE spikes ADD COLUMN acked_at TEXT;  -- when somebody said that they know; no more is told of it then
ALTER TABLE spikes ADD COLUMN acked_by TEXT;
"""


_M010 = """
-- How many tell a story is counted without reading its mentions.
DROP INDEX mention_records_story;
CREATE INDEX mention_records_story ON mention_records (story, matched_at, retired_at);
"""


_M011 = """
-- The keys of events held numbers that another database gives to something else, and could not be united with its own.
UPDATE OR IGNORE alert_events SET key = coalesce((
  SELECT 'spike:' || s.brand || ':' || s.kind || ':' || s.began_at FROM spikes s
  WHERE alert_events.key = 'spike:' || s.id
), key) WHERE kind = 'spike' AND key LIKE 'spike:%';
UPDATE OR IGNORE alert_events SET key = coalesce((
  SELECT 'digest:' || d.message_id FROM deliveries d WHERE alert_events.key = 'digest:' || d.id
), key) WHERE kind = 'digest-failed';
UPDATE OR IGNORE alert_events SET key = coalesce((
  SELECT 'overdue:' || t.mention || ':' || json_extract(alert_events.data, '$.what') || ':' || t.at FROM triage t
  WHERE t.mention = alert_events.mention
    AND alert_events.key = 'overdue:' || t.mention || ':' || json_extract(alert_events.data, '$.what') || ':' || t.id
), key) WHERE kind = 'overdue';
"""


#: m007's view, with the new columns.
_M012_VIEW = _M007_VIEW.replace(
    "NULL AS due_at, m.own",
    "j.priority, coalesce(j.labels, '[]') AS labels,"
    " (SELECT json_extract(t.data, '$.until') FROM triage t WHERE t.mention = m.id AND t.action = 'snooze'"
    " AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id) ORDER BY t.id DESC LIMIT 1) AS snoozed_until,"
    " NULL AS due_at, m.own",
)
_M012 = f"""
ALTER TABLE verdicts ADD COLUMN priority TEXT;                        -- the level that somebody set; NULL: nobody
ALTER TABLE verdicts ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';    -- JSON array: what people labelled these words
CREATE INDEX items_words ON items (words);
CREATE INDEX triage_labels ON triage (mention) WHERE action = 'label';

{_M012_VIEW}
"""

_M013 = """
-- JSON: how often the document wants to be asked for, in seconds, and in which hours and on which days not.
ALTER TABLE questions ADD COLUMN schedule TEXT;
"""


#: Name → what it does, in order: append only. A name is never changed or removed, nor what stands under one.
_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("m001_collect_match_tell", _M001),
    ("m002_spent", _M002),
    ("m003_alerts", _M003),
    ("m004_spikes", _M004),
    ("m005_changes", _M005),
    ("m006_evidence", _M006),
    ("m007_rules", _M007),
    ("m008_ledger", _M008),
    ("m009_waiting", _M009),
    ("m010_stories", _M010),
    ("m011_keys", _M011),
    ("m012_words_of_people", _M012),
    ("m013_schedules", _M013),
)
#: The migrations this version knows.
KNOWN: tuple[str, ...] = tuple(name for name, _ in _SCRIPTS)


def _statements(script: str) -> list[str]:
    """The script's statements, each to be run inside the migration's own transaction (``executescript`` commits)."""
    statements, part = [], ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            statements.append(part)
            part = ""
    return statements


def applied(connection: sqlite3.Connection) -> set[str]:
    """The migrations this file has seen; empty for a file that is not ours yet."""
    known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone()[0]
    if not known:
        return set()
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'mentionwatch'")
    return {name for (name,) in rows}


def refuse_newer(seen: set[str], path: str) -> None:
    """Raise for a database that a newer version of the program has written."""
    if unknown := sorted(seen - set(KNOWN)):
        raise StoreError(
            f"{path}: written by a newer mentionwatch (it has {', '.join(unknown)}, which this version does not know); "
            "upgrade mentionwatch, or name another database with --db"
        )


def migrate(db: Database, *, stop_before: str | None = None) -> None:
    """Apply what is missing, up to the migration named where one is; in the transaction that is open."""
    # The import is here because it costs more than a whole `list`: a database that is up to date does without.
    from sqlite_utils import Migrations

    migrations = Migrations("mentionwatch")

    for name, script in _SCRIPTS:

        def run(db: Database, statements: Sequence[str] = tuple(_statements(script))) -> None:
            for statement in statements:
                db.execute(statement)

        migrations(name=name)(run)
    migrations.apply(db, stop_before=stop_before)
