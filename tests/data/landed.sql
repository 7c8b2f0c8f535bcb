-- A database of schema m011_keys, written by the version of 30 November 2026 from its demo and a few more rows.
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
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
CREATE VIRTUAL TABLE items_fts USING fts5 (
  title, text, content='items', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TABLE identities (
  -- Every name an item is known by. A name outlives its item: what was pruned is not news again.
  key BLOB PRIMARY KEY,            -- 16-byte BLAKE2b of the key that identity.keys gives
  item_id INTEGER,                 -- NULL once the item has been pruned
  name TEXT                        -- the key itself where it is a platform's id or a feed's guid; NULL once pruned
) STRICT, WITHOUT ROWID;
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
CREATE TABLE verdicts (
  -- What judge/ makes of a mention. The last one holds; a row more when newer rules, words or counts made another.
  seq INTEGER NOT NULL,            -- mention_records.seq
  judged_at TEXT NOT NULL,
  sentiment TEXT,                  -- JSON or NULL where the language is not judged
  urgency TEXT NOT NULL,           -- JSON
  flags TEXT NOT NULL,             -- JSON array: complaint, question, praise, abuse
  rules TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '[]', hits TEXT NOT NULL DEFAULT '[]', person TEXT, role TEXT,             -- judge.rules_version that judged
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
  state TEXT NOT NULL, more TEXT,             -- JSON of the row of source_states
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
, more TEXT) STRICT;
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
CREATE TABLE spent (
  -- What was asked of platforms that allow so many requests a day; days that are over are removed.
  quota TEXT NOT NULL,             -- type of source and host
  day TEXT NOT NULL,               -- the platform's own day, 2026-11-21
  requests INTEGER NOT NULL,
  PRIMARY KEY (quota, day)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE alert_watches (
  -- Since when a name is told of a kind: what was there before is no news to it.
  notify TEXT NOT NULL,
  kind TEXT NOT NULL,
  since TEXT NOT NULL,
  PRIMARY KEY (notify, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE spikes (
  -- Episodes: when much more was said of a brand than usual, or much more of it negative. judge.spikes.
  id INTEGER PRIMARY KEY,
  brand TEXT NOT NULL,
  kind TEXT NOT NULL,              -- volume, negative
  began_at TEXT NOT NULL,
  ended_at TEXT,                   -- NULL: it goes on
  seen TEXT NOT NULL               -- JSON: what was counted when it began
, acked_at TEXT, acked_by TEXT) STRICT;
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
CREATE TABLE evidence (
  -- What was kept of a mention, and when: appended to, never changed. The entries name each other by hash.
  hash TEXT PRIMARY KEY,           -- evidence.hash_of the entry
  entry TEXT NOT NULL,             -- evidence.text_of: no word of anybody's, so that it can stay for ever
  mention TEXT NOT NULL,           -- mention_records.id
  author TEXT,                     -- JSON as in items, for `forget`; NULL: forgotten
  forgotten_at TEXT                -- when its parts were removed on purpose
) STRICT;
CREATE TABLE evidence_parts (
  -- What the entries name: the words, the page, the picture. Each once, under what it hashed to when it was kept.
  sha256 TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;
CREATE TABLE rule_watches (
  -- Since when a rule acts in the triage log as it is written now: what was found before is left to `rules apply`.
  by TEXT PRIMARY KEY,             -- rule:NAME or person:NAME, as it signs
  mark TEXT NOT NULL,              -- judge.rules.mark
  since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE waiting (
  -- Negative mentions that nobody has answered for a day: part of how urgent they are. Set by each scan.
  seq INTEGER PRIMARY KEY          -- mention_records.seq
) STRICT;
INSERT INTO _sqlite_migrations VALUES (1,'mentionwatch','m001_collect_match_tell','2026-11-30 23:14:14.193024+00:00');
INSERT INTO _sqlite_migrations VALUES (2,'mentionwatch','m002_spent','2026-11-30 23:14:14.193432+00:00');
INSERT INTO _sqlite_migrations VALUES (3,'mentionwatch','m003_alerts','2026-11-30 23:14:14.193936+00:00');
INSERT INTO _sqlite_migrations VALUES (4,'mentionwatch','m004_spikes','2026-11-30 23:14:14.194173+00:00');
INSERT INTO _sqlite_migrations VALUES (5,'mentionwatch','m005_changes','2026-11-30 23:14:14.194923+00:00');
INSERT INTO _sqlite_migrations VALUES (6,'mentionwatch','m006_evidence','2026-11-30 23:14:14.195200+00:00');
INSERT INTO _sqlite_migrations VALUES (7,'mentionwatch','m007_rules','2026-11-30 23:14:14.197427+00:00');
INSERT INTO _sqlite_migrations VALUES (8,'mentionwatch','m008_ledger','2026-11-30 23:14:14.201447+00:00');
INSERT INTO _sqlite_migrations VALUES (9,'mentionwatch','m009_waiting','2026-11-30 23:14:14.208410+00:00');
INSERT INTO _sqlite_migrations VALUES (10,'mentionwatch','m010_stories','2026-11-30 23:14:14.208719+00:00');
INSERT INTO _sqlite_migrations VALUES (11,'mentionwatch','m011_keys','2026-11-30 23:14:14.208926+00:00');
INSERT INTO items VALUES (1,'feed','alerts','article','tag:google.com,2013:googlealerts/feed:1111111111111111111','https://harbour-times.example/2026/quillwort-kettle-recall?utm_source=alerts','https://harbour-times.example/2026/quillwort-kettle-recall','Quillwort Coffee recalls 4,000 kettles after a handle comes loose','The roaster Quillwort Coffee has asked customers to stop using its pour-over kettle after four reports of handles coming loose. Nobody was hurt ...',NULL,'{"name":null,"handle":null,"url":null,"followers":null}','2026-11-30T09:24:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'guid:alerts:tag:google.com,2013:googlealerts/feed:1111111111111111111',X'678ABA201FB6F031CB42A841FF0D3A15BD1D8FA1',1);
INSERT INTO items VALUES (2,'feed','alerts','article','tag:google.com,2013:googlealerts/feed:2222222222222222222','https://botany-news.example/rare-quillwort-lake','https://botany-news.example/rare-quillwort-lake','Rare quillwort found again in mountain lake','Divers counted 40 tufts of the spiny-spored quillwort on the lake''s northern shore, a fern ally thought lost for 30 years ...',NULL,'{"name":null,"handle":null,"url":null,"followers":null}','2026-11-30T05:14:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'guid:alerts:tag:google.com,2013:googlealerts/feed:2222222222222222222',X'235D1B3AF6B4E692029A574AC8A50A9BDAC872AC',1);
INSERT INTO items VALUES (3,'feed','harbour-times','article','ht-88209','https://harbour-times.example/2026/ferry-timetable','https://harbour-times.example/2026/ferry-timetable','Ferry timetable changes from Sunday','The 06:40 will leave at 06:35.','en-GB','{"name":null,"handle":null,"url":null,"followers":null}','2026-11-30T03:14:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'guid:harbour-times:ht-88209',X'673D92A8216F0F242D1F33A88317FD1B99C57E94',2);
INSERT INTO items VALUES (4,'feed','coast-wire','article','urn:uuid:5b0c9d2e-0001-4d0e-9a52-2f4d6d1c0001','https://coast-wire.example/business/kettle-recall?utm_medium=feed','https://coast-wire.example/business/kettle-recall','Kettle recall: roaster offers refunds','The roaster Quillwort Coffee has asked customers to stop using its pour-over kettle after four reports of handles coming loose. Nobody was hurt. The company offers a full refund and says that replacement handles will be sent out from Monday.','en','{"name":"Coast Wire staff","handle":null,"url":null,"followers":null}','2026-11-30T09:34:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'guid:coast-wire:urn:uuid:5b0c9d2e-0001-4d0e-9a52-2f4d6d1c0001',X'0EF7877BF194EA7C1CE4CAE000FCB375C2CF84BF',3);
INSERT INTO items VALUES (5,'feed','roast-review','article','rr-301','https://roast-review.example/quillwort-winter-blend','https://roast-review.example/quillwort-winter-blend','Tasted: Quillwort Coffee’s winter blend','Plum, cocoa and a clean finish. The best winter blend Quillwort Coffee has made, and a joy as espresso.','en','{"name":"Odile Fenn","handle":null,"url":null,"followers":null}','2026-11-30T07:14:13Z','2026-11-30T10:14:13Z','["https://quillwort.example/shop/winter"]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'guid:roast-review:rr-301',X'A3235D4A216C3A633B9E0DAEBE1D3719ACC03505',4);
INSERT INTO items VALUES (6,'feed','roast-review','article','rr-300','https://roast-review.example/brasswell-subscription','https://roast-review.example/brasswell-subscription','Brasswell Roasters cuts the price of its subscription','Brasswell Roasters takes two off the monthly box. Is that enough to win back those who left?','en','{"name":"Odile Fenn","handle":null,"url":null,"followers":null}','2026-11-30T04:14:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'guid:roast-review:rr-300',X'388C1AC1B71094FA092C19DF0F590C213EB4A620',4);
INSERT INTO items VALUES (7,'google_news','news','article','CBMiAAECAwQFBgcICQoLDA0ODw','https://news.google.com/rss/articles/CBMiAAECAwQFBgcICQoLDA0ODw?oc=5','https://news.google.com/rss/articles/CBMiAAECAwQFBgcICQoLDA0ODw','Quillwort Coffee recalls 4,000 kettles after a handle comes loose','','en-US','{"name":"The Morning Ledger","handle":null,"url":"https://morning-ledger.example","followers":null}','2026-11-30T09:44:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'id:google_news:CBMiAAECAwQFBgcICQoLDA0ODw',X'E1F14C70D1F826030BE1B53537276AB7438A30CF',7);
INSERT INTO items VALUES (8,'hackernews','hn','comment','90000003','https://news.ycombinator.com/item?id=90000003','https://news.ycombinator.com/item?id=90000003',NULL,'Does anyone know how Quillwort Coffee gets the grind so even? Their post at https://quillwort.example/blog/grind says little.',NULL,'{"name":"mossy_gate","handle":"mossy_gate","url":"https://news.ycombinator.com/user?id=mossy_gate","followers":null}','2026-11-30T08:39:13Z','2026-11-30T10:14:13Z','["https://quillwort.example/blog/grind"]','[]','[]','[]','https://news.ycombinator.com/item?id=90000002','{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,1,'id:hackernews:90000003',X'0B247A927C87A452700F6EA02A19041E8DA94F66',9);
INSERT INTO items VALUES (9,'hackernews','hn','post','90000004','https://news.ycombinator.com/item?id=90000004','https://news.ycombinator.com/item?id=90000004',']0;owned[31m Quillwort Coffee[0m [bold]<script>alert(1)</script> =cmd|''/c calc''!A1','',NULL,'{"name":"nullbyte","handle":"nullbyte","url":"https://news.ycombinator.com/user?id=nullbyte","followers":null}','2026-11-30T06:14:13Z','2026-11-30T10:14:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":0,"score":1,"views":null}',NULL,1,'id:hackernews:90000004',X'53174FD81F40D9E19516C85B2C75F802D87701CA',9);
INSERT INTO items VALUES (10,'mastodon','fediverse','post','https://social.example/users/quillwort/statuses/113000000000000200','https://social.example/@quillwort/113000000000000200','https://social.example/@quillwort/113000000000000200',NULL,'Winter blend is out! #QuillwortCoffee','en','{"name":"Quillwort Coffee","handle":"quillwort@social.example","url":"https://social.example/@quillwort","followers":5200}','2026-11-30T08:14:13Z','2026-11-30T10:14:13Z','[]','["QuillwortCoffee"]','[]','["https://social.example/users/quillwort/statuses/113000000000000200"]',NULL,'{"likes":12,"reposts":4,"replies":1,"score":null,"views":null}',NULL,1,'id:mastodon:https://social.example/users/quillwort/statuses/113000000000000200',X'A37116B3D1ED402C6BFB2338EFB262847BFFC9F5',16);
INSERT INTO items VALUES (11,'lobsters','lobsters','post','qk1abc','https://lobste.rs/s/qk1abc','https://lobste.rs/s/qk1abc','How we moved our shop to one SQLite file','',NULL,'{"name":"fernroot","handle":"fernroot","url":"https://lobste.rs/~fernroot","followers":null}','2026-11-30T02:14:13Z','2026-11-30T10:14:13Z','["https://quillwort.example/blog/one-file?utm_source=lobsters"]','["databases"]','[]','["https://quillwort.example/blog/one-file?utm_source=lobsters","https://lobste.rs/s/qk1abc/how_we_moved_our_shop_one_sqlite_file"]',NULL,'{"likes":null,"reposts":null,"replies":7,"score":23,"views":null}',NULL,1,'id:lobsters:qk1abc',X'2A9BD426FDD0A72022D2216B158903679E10CF44',19);
INSERT INTO items VALUES (12,'mastodon','fediverse','post','https://fed.example/users/tamsin/statuses/77','https://fed.example/@tamsin/77','https://fed.example/@tamsin/77',NULL,'The handle of my kettle came off and the water burnt my hand. Three weeks, no refund, and @quillwort does not answer my mails. #QuillwortCoffee','en','{"name":"Tamsin","handle":"tamsin@fed.example","url":"https://fed.example/@tamsin","followers":1840}','2026-11-30T10:28:13Z','2026-11-30T10:34:13Z','[]','["QuillwortCoffee"]','["@quillwort@social.example"]','["https://fed.example/users/tamsin/statuses/77","https://social.example/@tamsin@fed.example/113000000000000310"]',NULL,'{"likes":11,"reposts":6,"replies":3,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/tamsin/statuses/77',X'7813040EC7878F2E1533720CD279DA13C7A6DEE9',33);
INSERT INTO items VALUES (13,'mastodon','fediverse','post','https://fed.example/users/corbin/statuses/1','https://fed.example/@corbin/1','https://fed.example/@corbin/1',NULL,'Same here, on Tuesday. I hope your hand is all right.','en','{"name":"Corbin","handle":"corbin@fed.example","url":"https://fed.example/@corbin","followers":210}','2026-11-30T10:31:13Z','2026-11-30T10:44:13Z','[]','[]','[]','["https://fed.example/users/corbin/statuses/1","https://social.example/@corbin@fed.example/113000000000000311"]','https://fed.example/@tamsin/77','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/corbin/statuses/1',X'54DB899F44789019AEFBCDE0B500C076AFB3FD9C',NULL);
INSERT INTO items VALUES (14,'mastodon','fediverse','post','https://fed.example/users/ilse/statuses/2','https://fed.example/@ilse/2','https://fed.example/@ilse/2',NULL,'Mine is wobbling. I will not use it again.','en','{"name":"Ilse","handle":"ilse@fed.example","url":"https://fed.example/@ilse","followers":95}','2026-11-30T10:38:13Z','2026-11-30T10:44:13Z','[]','[]','[]','["https://fed.example/users/ilse/statuses/2","https://social.example/@ilse@fed.example/113000000000000312"]','https://fed.example/@tamsin/77','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/ilse/statuses/2',X'ED95F98111FD59EC5EE2F6497ED11F2FC02542F5',NULL);
INSERT INTO items VALUES (15,'mastodon','fediverse','post','https://fed.example/users/wendell/statuses/3','https://fed.example/@wendell/3','https://fed.example/@wendell/3',NULL,'Did they take it back?','en','{"name":"Wendell","handle":"wendell@fed.example","url":"https://fed.example/@wendell","followers":33}','2026-11-30T10:47:13Z','2026-11-30T11:14:13Z','[]','[]','[]','["https://fed.example/users/wendell/statuses/3","https://social.example/@wendell@fed.example/113000000000000313"]','https://fed.example/@tamsin/77','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/wendell/statuses/3',X'8339B0B4A707D388C377B854DEE0E1A3262CFAFB',NULL);
INSERT INTO items VALUES (16,'mastodon','fediverse','post','https://fed.example/users/petra/statuses/4','https://fed.example/@petra/4','https://fed.example/@petra/4',NULL,'Three weeks here too, and not a word.','en','{"name":"Petra","handle":"petra@fed.example","url":"https://fed.example/@petra","followers":640}','2026-11-30T10:55:13Z','2026-11-30T11:14:13Z','[]','[]','[]','["https://fed.example/users/petra/statuses/4","https://social.example/@petra@fed.example/113000000000000314"]','https://fed.example/@tamsin/77','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/petra/statuses/4',X'89B90F0EAE46D84811DD8E2DFBC94B0A1CA7C380',NULL);
INSERT INTO items VALUES (17,'mastodon','fediverse','post','https://fed.example/users/osric/statuses/5','https://fed.example/@osric/5','https://fed.example/@osric/5',NULL,'This should be in the papers.','en','{"name":"Osric","handle":"osric@fed.example","url":"https://fed.example/@osric","followers":1200}','2026-11-30T11:06:13Z','2026-11-30T11:14:13Z','[]','[]','[]','["https://fed.example/users/osric/statuses/5","https://social.example/@osric@fed.example/113000000000000315"]','https://fed.example/@tamsin/77','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/osric/statuses/5',X'4F07E8A4A595EC577A85F3F93EB8F376E0E44CA7',NULL);
INSERT INTO items VALUES (18,'mastodon','fediverse','post','https://social.example/users/quillwort/statuses/113000000000000420','https://social.example/@quillwort/113000000000000420','https://social.example/@quillwort/113000000000000420',NULL,'@tamsin We are very sorry. Your refund goes out today, and I have sent you my number.','en','{"name":"Quillwort Coffee","handle":"quillwort@social.example","url":"https://social.example/@quillwort","followers":5200}','2026-11-30T11:49:13Z','2026-11-30T13:44:13Z','["https://fed.example/@tamsin"]','[]','[]','["https://social.example/users/quillwort/statuses/113000000000000420"]','https://fed.example/@tamsin/77','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://social.example/users/quillwort/statuses/113000000000000420',X'A3C08B2F5832A80EDACEA98D08251B2F8608CE5D',NULL);
INSERT INTO items VALUES (19,'mastodon','fediverse','post','https://fed.example/users/tamsin/statuses/81','https://fed.example/@tamsin/81','https://fed.example/@tamsin/81',NULL,'@quillwort The refund has arrived, and it was good of you to ring. Thank you.','en','{"name":"Tamsin","handle":"tamsin@fed.example","url":"https://fed.example/@tamsin","followers":1840}','2026-11-30T13:34:13Z','2026-11-30T13:44:13Z','[]','[]','["@quillwort@social.example"]','["https://fed.example/users/tamsin/statuses/81","https://social.example/@tamsin@fed.example/113000000000000430"]','https://social.example/@quillwort/113000000000000420','{"likes":0,"reposts":0,"replies":0,"score":null,"views":null}',NULL,0,'id:mastodon:https://fed.example/users/tamsin/statuses/81',X'AFAA067D69E367AD5DA393B6DFFA2E84C9473F21',NULL);
INSERT INTO items VALUES (20,'feed','coast-wire','article','urn:uuid:5b0c9d2e-0001-4d0e-9a52-2f4d6d1c0002','https://coast-wire.example/business/waiting-for-refunds','https://coast-wire.example/business/waiting-for-refunds','“They never answered”: customers wait for Quillwort Coffee refunds','Customers of Quillwort Coffee say that refunds promised after the kettle recall have not arrived, and that mails go unanswered. The company did not reply by the time we published.','en','{"name":"Coast Wire staff","handle":null,"url":null,"followers":null}','2026-11-30T22:54:13Z','2026-11-30T23:09:13Z','[]','[]','[]','[]',NULL,'{"likes":null,"reposts":null,"replies":null,"score":null,"views":null}',NULL,0,'guid:coast-wire:urn:uuid:5b0c9d2e-0001-4d0e-9a52-2f4d6d1c0002',X'CBFC5FB759BAD8DA6203F035DF557C94F2B775B2',64);
INSERT INTO identities VALUES (X'04993DAFF0D979FEC02F2460486C7A95',15,'id:mastodon:https://fed.example/users/wendell/statuses/3');
INSERT INTO identities VALUES (X'0595B5F67DCAB198DFE6E5D407165DA6',5,NULL);
INSERT INTO identities VALUES (X'05FC7E92CA5CFDF309D5F93B089CA246',8,'id:hackernews:90000003');
INSERT INTO identities VALUES (X'0C2B9E83874BC5A58A1E2C068048FE95',6,'guid:roast-review:rr-300');
INSERT INTO identities VALUES (X'1193818307D3665837E75F6DA7A225C5',18,'id:mastodon:https://social.example/users/quillwort/statuses/113000000000000420');
INSERT INTO identities VALUES (X'11AE67048CEF909D20022ED28E891949',13,NULL);
INSERT INTO identities VALUES (X'1202E654865C875052992FE5D6B658A8',15,NULL);
INSERT INTO identities VALUES (X'164401CB7E1E5684664E52A34DFD016C',15,NULL);
INSERT INTO identities VALUES (X'196CBAAFE84F1CF775FA8A86CEF75DEE',12,NULL);
INSERT INTO identities VALUES (X'19D23D4A3265D9BE19679B02F591AFE1',6,NULL);
INSERT INTO identities VALUES (X'1A61EDB0A39B763110340C59903AAE68',20,NULL);
INSERT INTO identities VALUES (X'1E53D7537E6D7EF1A253094D0EC80BC9',7,NULL);
INSERT INTO identities VALUES (X'249D12E1AA859FAA608ECA77BCBD1B12',2,'guid:alerts:tag:google.com,2013:googlealerts/feed:2222222222222222222');
INSERT INTO identities VALUES (X'29408BFF132D206FDDE07835936CD515',9,'id:hackernews:90000004');
INSERT INTO identities VALUES (X'2BDBEE24B9087CBBBCBD3208D6958673',5,NULL);
INSERT INTO identities VALUES (X'321F69701DF8FAACC075F959CFB94D4F',4,NULL);
INSERT INTO identities VALUES (X'3441458CA577EDD60303A56BEB182005',9,NULL);
INSERT INTO identities VALUES (X'3558642CC67648F41D248FA1ABAE5D65',19,NULL);
INSERT INTO identities VALUES (X'3D9685A0DE1BCC71E6A660D7594E405E',2,NULL);
INSERT INTO identities VALUES (X'3E425778D6EDEDC37AFAB1B17466F80E',13,'id:mastodon:https://fed.example/users/corbin/statuses/1');
INSERT INTO identities VALUES (X'3E47810D8ADB9D9F5ECC8FC9498C918B',14,NULL);
INSERT INTO identities VALUES (X'45024CC5808C1B2B6976DC29B57FC767',7,'id:google_news:CBMiAAECAwQFBgcICQoLDA0ODw');
INSERT INTO identities VALUES (X'4DC65A1287333ABD22AFF4E628DE668A',17,NULL);
INSERT INTO identities VALUES (X'4E30C5DB35A7641DA075FC15D9C3E91F',1,'guid:harbour-times:ht-88213');
INSERT INTO identities VALUES (X'51085D12BF73291EA903F463B9A47B56',11,NULL);
INSERT INTO identities VALUES (X'560938E407679D9393523C6D5CDA990D',2,NULL);
INSERT INTO identities VALUES (X'5C791EC57E968014F74874CA91039035',13,NULL);
INSERT INTO identities VALUES (X'6997ABD647A0278773CF1FFE2B153B01',7,NULL);
INSERT INTO identities VALUES (X'703EBF4EC38DC8B5B322D7E3123502AB',2,NULL);
INSERT INTO identities VALUES (X'780584C5598FC06DCAAA3D2BD2410D40',14,'id:mastodon:https://fed.example/users/ilse/statuses/2');
INSERT INTO identities VALUES (X'79DBAE0F92A42814FCD56759E711085E',12,NULL);
INSERT INTO identities VALUES (X'7A3FAF38208E834160006551E1CFFECD',15,NULL);
INSERT INTO identities VALUES (X'7B5D4F47E56E0BECB961361EB6BF0F6D',1,NULL);
INSERT INTO identities VALUES (X'7E15FB6BB9D43BB6F24A9831C5539A92',17,NULL);
INSERT INTO identities VALUES (X'7EFEECCE6961A2C9F4C268FA483512CF',18,NULL);
INSERT INTO identities VALUES (X'81A0CE01C26EDBA2A6E4FB64A6471326',6,NULL);
INSERT INTO identities VALUES (X'81D3F8ACB5A3EC07686F75DA68D9FC65',5,'guid:roast-review:rr-301');
INSERT INTO identities VALUES (X'84881B048D507B80811AB577556941BC',14,NULL);
INSERT INTO identities VALUES (X'8C1685AEA5D2F497E04DC629BAE3D0FD',3,NULL);
INSERT INTO identities VALUES (X'8C4A7ED7CCEC411BF9CF88286BF7A30D',3,NULL);
INSERT INTO identities VALUES (X'8E72F5899644568609115B6CEA367F2F',11,'id:lobsters:qk1abc');
INSERT INTO identities VALUES (X'9D0364621AD6E0D1C44594EE9D477A1A',19,'id:mastodon:https://fed.example/users/tamsin/statuses/81');
INSERT INTO identities VALUES (X'A12E46FB4CF50FE3C23899BDC920E41D',20,'guid:coast-wire:urn:uuid:5b0c9d2e-0001-4d0e-9a52-2f4d6d1c0002');
INSERT INTO identities VALUES (X'A4264385BEC8BCA437D902A4067164D5',12,NULL);
INSERT INTO identities VALUES (X'A7CB3A35091F6435B867779710C3071A',3,'guid:harbour-times:ht-88209');
INSERT INTO identities VALUES (X'B02BDA2862BF23F3F703EFFFEF8BB182',19,NULL);
INSERT INTO identities VALUES (X'BB27D332954670F2F7F1956797743761',16,NULL);
INSERT INTO identities VALUES (X'BBA5D1D1DAE83B4BE3F5B8B87A0F05B9',4,NULL);
INSERT INTO identities VALUES (X'C3E37912A71CB3E51881BA67B42EA2E9',4,'guid:coast-wire:urn:uuid:5b0c9d2e-0001-4d0e-9a52-2f4d6d1c0001');
INSERT INTO identities VALUES (X'CAD025EF3CF73D40E8E58BE73C9FDD44',2,'guid:botany-news:https://botany-news.example/rare-quillwort-lake');
INSERT INTO identities VALUES (X'CC7BED461B9B7BA8E4A471970F202E4B',13,NULL);
INSERT INTO identities VALUES (X'CD05B0D9ED156974FDAC9DC3F819ECA7',17,NULL);
INSERT INTO identities VALUES (X'CDD3488FCE807E3F4FB1C9B6367148A4',10,NULL);
INSERT INTO identities VALUES (X'CE5F8F1D0DE75A172E78C6DFBF057ECC',11,NULL);
INSERT INTO identities VALUES (X'D9A3B96CAD9588786D6E7A4815C5C07E',8,NULL);
INSERT INTO identities VALUES (X'DA1298191F753D2DFC9D9F12A52898FB',10,'id:mastodon:https://social.example/users/quillwort/statuses/113000000000000200');
INSERT INTO identities VALUES (X'DA8EF02D550D4A9F6340EA424BE2A8A4',1,NULL);
INSERT INTO identities VALUES (X'DFE6638E0B8586A97228990D72D6D627',17,'id:mastodon:https://fed.example/users/osric/statuses/5');
INSERT INTO identities VALUES (X'E24D5F612093AF2BC950012BA5B7DE9F',1,NULL);
INSERT INTO identities VALUES (X'E4235E6891FA1E4AE918055C9CF88C48',16,'id:mastodon:https://fed.example/users/petra/statuses/4');
INSERT INTO identities VALUES (X'E787EE5A5C5422135CA01A77C44B9486',14,NULL);
INSERT INTO identities VALUES (X'F08981FE984461F5CF639813E22CB5ED',16,NULL);
INSERT INTO identities VALUES (X'F124FAE4CBE092047A2B8DDEC4263AA0',20,NULL);
INSERT INTO identities VALUES (X'F1EB10797D2CAB25FC3F8C17971208F0',12,'id:mastodon:https://fed.example/users/tamsin/statuses/77');
INSERT INTO identities VALUES (X'F7BB74A1B5F976632C1305798A25AD8D',19,NULL);
INSERT INTO identities VALUES (X'FC69BC0AD49F6D432A53AF4C03464287',16,NULL);
INSERT INTO identities VALUES (X'FEE7AC8CE41FCB6E00012AADF2FDFEDC',1,'guid:alerts:tag:google.com,2013:googlealerts/feed:1111111111111111111');
INSERT INTO sightings VALUES (1,'alerts','2026-11-30T10:14:13Z','first','https://harbour-times.example/2026/quillwort-kettle-recall?utm_source=alerts',1);
INSERT INTO sightings VALUES (1,'harbour-times','2026-11-30T10:14:13Z','the same address','https://harbour-times.example/2026/quillwort-kettle-recall',2);
INSERT INTO sightings VALUES (2,'alerts','2026-11-30T10:14:13Z','first','https://botany-news.example/rare-quillwort-lake',1);
INSERT INTO sightings VALUES (2,'botany-news','2026-11-30T10:14:13Z','the same address','https://botany-news.example/rare-quillwort-lake',5);
INSERT INTO sightings VALUES (3,'harbour-times','2026-11-30T10:14:13Z','first','https://harbour-times.example/2026/ferry-timetable',2);
INSERT INTO sightings VALUES (4,'coast-wire','2026-11-30T10:14:13Z','first','https://coast-wire.example/business/kettle-recall?utm_medium=feed',3);
INSERT INTO sightings VALUES (5,'roast-review','2026-11-30T10:14:13Z','first','https://roast-review.example/quillwort-winter-blend',4);
INSERT INTO sightings VALUES (6,'roast-review','2026-11-30T10:14:13Z','first','https://roast-review.example/brasswell-subscription',4);
INSERT INTO sightings VALUES (7,'news','2026-11-30T10:14:13Z','first','https://news.google.com/rss/articles/CBMiAAECAwQFBgcICQoLDA0ODw?oc=5',7);
INSERT INTO sightings VALUES (8,'hn','2026-11-30T10:14:13Z','first','https://news.ycombinator.com/item?id=90000003',9);
INSERT INTO sightings VALUES (9,'hn','2026-11-30T10:14:13Z','first','https://news.ycombinator.com/item?id=90000004',9);
INSERT INTO sightings VALUES (10,'fediverse','2026-11-30T10:14:13Z','first','https://social.example/@quillwort/113000000000000200',16);
INSERT INTO sightings VALUES (11,'lobsters','2026-11-30T10:14:13Z','first','https://lobste.rs/s/qk1abc',19);
INSERT INTO sightings VALUES (12,'fediverse','2026-11-30T10:34:13Z','first','https://fed.example/@tamsin/77',33);
INSERT INTO sightings VALUES (13,'fediverse','2026-11-30T10:44:13Z','first','https://fed.example/@corbin/1',NULL);
INSERT INTO sightings VALUES (14,'fediverse','2026-11-30T10:44:13Z','first','https://fed.example/@ilse/2',NULL);
INSERT INTO sightings VALUES (15,'fediverse','2026-11-30T11:14:13Z','first','https://fed.example/@wendell/3',NULL);
INSERT INTO sightings VALUES (16,'fediverse','2026-11-30T11:14:13Z','first','https://fed.example/@petra/4',NULL);
INSERT INTO sightings VALUES (17,'fediverse','2026-11-30T11:14:13Z','first','https://fed.example/@osric/5',NULL);
INSERT INTO sightings VALUES (18,'fediverse','2026-11-30T13:44:13Z','first','https://social.example/@quillwort/113000000000000420',NULL);
INSERT INTO sightings VALUES (19,'fediverse','2026-11-30T13:44:13Z','first','https://fed.example/@tamsin/81',NULL);
INSERT INTO sightings VALUES (20,'coast-wire','2026-11-30T23:09:13Z','first','https://coast-wire.example/business/waiting-for-refunds',64);
INSERT INTO versions VALUES (1,1,'harbour-times','2026-11-30T10:14:13Z','Quillwort Coffee recalls 4,000 kettles after a handle comes loose','The roaster Quillwort Coffee has asked customers to stop using its pour-over kettle after four reports of handles coming loose. Nobody was hurt. The company offers a full refund and says that replacement handles will be sent out from Monday; kettles sold before the spring are not affected by the recall.','[]','[]',X'12840FFCFD9FF0464E9887DDFD86EB70DD0C952D');
INSERT INTO versions VALUES (2,2,'botany-news','2026-11-30T10:14:13Z','Rare quillwort found again in mountain lake','Divers counted 40 tufts of the spiny-spored quillwort on the lake''s northern shore.','[]','[]',X'0F00C3AF25E52751AC68CB3D67392D6AD02C58E2');
INSERT INTO versions VALUES (3,20,'coast-wire','2026-12-01T00:09:13Z','“They never answered”: customers wait for Quillwort Coffee refunds','Customers of Quillwort Coffee say that refunds promised after the kettle recall have not arrived, and that mails go unanswered. The company did not reply by the time we published. Edited.','[]','[]',X'53A0ACD19B5DECCFF40CB196E4EFD602EFD53DD7');
INSERT INTO readings VALUES (12,'2026-11-30T10:44:13Z','{"likes":24,"reposts":14,"replies":6,"score":null,"views":null}');
INSERT INTO readings VALUES (12,'2026-11-30T10:54:13Z','{"likes":41,"reposts":32,"replies":11,"score":null,"views":null}');
INSERT INTO readings VALUES (12,'2026-11-30T11:04:13Z','{"likes":80,"reposts":61,"replies":19,"score":null,"views":null}');
INSERT INTO readings VALUES (12,'2026-11-30T11:14:13Z','{"likes":133,"reposts":104,"replies":32,"score":null,"views":null}');
INSERT INTO readings VALUES (12,'2026-11-30T11:24:13Z','{"likes":215,"reposts":171,"replies":54,"score":null,"views":null}');
INSERT INTO readings VALUES (12,'2026-11-30T11:44:13Z','{"likes":260,"reposts":190,"replies":61,"score":null,"views":null}');
INSERT INTO readings VALUES (12,'2026-11-30T13:44:13Z','{"likes":301,"reposts":203,"replies":70,"score":null,"views":null}');
INSERT INTO mention_records VALUES (1,'m_tvnq2t8mzc','Quillwort Coffee',1,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"title","start":0,"end":16,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"title","start":0,"end":9,"text":"Quillwort"},{"term":"Quillwort Coffee","kind":"name","field":"text","start":12,"end":28,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"text","start":12,"end":21,"text":"Quillwort"}]','name “Quillwort Coffee” in title','b0e01e6c416f',0,1,'2026-11-30T09:24:13Z','2026-11-30T10:14:13Z',NULL,'s_xz3whqmr5d',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (2,'m_f4xrh704bx','Quillwort Coffee',4,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"text","start":12,"end":28,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"text","start":12,"end":21,"text":"Quillwort"}]','name “Quillwort Coffee” in text','b0e01e6c416f',0,1,'2026-11-30T09:34:13Z','2026-11-30T10:14:13Z',NULL,'s_xz3whqmr5d','begins with the same words','judge/3 own');
INSERT INTO mention_records VALUES (3,'m_26kva4hx57','Quillwort Coffee',5,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"title","start":8,"end":24,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"title","start":8,"end":17,"text":"Quillwort"},{"term":"Quillwort Coffee","kind":"name","field":"text","start":54,"end":70,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"text","start":54,"end":63,"text":"Quillwort"},{"term":"quillwort.example","kind":"url","field":"links","start":0,"end":37,"text":"https://quillwort.example/shop/winter"}]','name “Quillwort Coffee” in title','b0e01e6c416f',0,1,'2026-11-30T07:14:13Z','2026-11-30T10:14:13Z',NULL,'s_07mnw6apm5',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (4,'m_t89typfyg7','Brasswell Roasters',6,NULL,'[{"term":"Brasswell Roasters","kind":"name","field":"title","start":0,"end":18,"text":"Brasswell Roasters"},{"term":"Brasswell Roasters","kind":"name","field":"text","start":0,"end":18,"text":"Brasswell Roasters"}]','name “Brasswell Roasters” in title','c00ef6fc333f',0,1,'2026-11-30T04:14:13Z','2026-11-30T10:14:13Z',NULL,'s_0190ma89dd',NULL,'judge/3 competitor');
INSERT INTO mention_records VALUES (5,'m_tnwdh4g11k','Quillwort Coffee',7,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"title","start":0,"end":16,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"title","start":0,"end":9,"text":"Quillwort"}]','name “Quillwort Coffee” in title','b0e01e6c416f',0,1,'2026-11-30T09:44:13Z','2026-11-30T10:14:13Z',NULL,'s_xz3whqmr5d','the same headline','judge/3 own');
INSERT INTO mention_records VALUES (6,'m_7rwkm1jv2z','Quillwort Coffee',8,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"text","start":21,"end":37,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"text","start":21,"end":30,"text":"Quillwort"},{"term":"quillwort.example","kind":"url","field":"text","start":76,"end":112,"text":"https://quillwort.example/blog/grind"}]','name “Quillwort Coffee” in text','b0e01e6c416f',0,1,'2026-11-30T08:39:13Z','2026-11-30T10:14:13Z',NULL,'s_ygh4kbfap1',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (7,'m_z1wtag7g1x','Quillwort Coffee',9,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"title","start":13,"end":29,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"title","start":13,"end":22,"text":"Quillwort"}]','name “Quillwort Coffee” in title','b0e01e6c416f',0,1,'2026-11-30T06:14:13Z','2026-11-30T10:14:13Z',NULL,'s_07mnw6apm5','merged by hand','judge/3 own');
INSERT INTO mention_records VALUES (8,'m_e94qe724f7','Quillwort Coffee',10,NULL,'[{"term":"QuillwortCoffee","kind":"hashtag","field":"text","start":21,"end":37,"text":"#QuillwortCoffee"},{"term":"Quillwort Coffee","kind":"name","field":"text","start":22,"end":37,"text":"QuillwortCoffee"},{"term":"Quillwort","kind":"hashtag-part","field":"text","start":22,"end":31,"text":"Quillwort"},{"term":"Quillwort Coffee","kind":"name","field":"tags","start":0,"end":15,"text":"QuillwortCoffee"},{"term":"Quillwort","kind":"hashtag-part","field":"tags","start":0,"end":9,"text":"Quillwort"},{"term":"QuillwortCoffee","kind":"hashtag","field":"tags","start":0,"end":15,"text":"QuillwortCoffee"}]','hashtag “QuillwortCoffee” in text','b0e01e6c416f',1,1,'2026-11-30T08:14:13Z','2026-11-30T10:14:13Z',NULL,'s_qbj5edb2en',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (9,'m_0f5he9cj90','Quillwort Coffee',11,NULL,'[{"term":"quillwort.example","kind":"url","field":"links","start":0,"end":59,"text":"https://quillwort.example/blog/one-file?utm_source=lobsters"}]','url “quillwort.example” in links','b0e01e6c416f',0,1,'2026-11-30T02:14:13Z','2026-11-30T10:14:13Z',NULL,'s_ba44set3y4',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (10,'m_33faj3adpb','Quillwort Coffee',12,NULL,'[{"term":"Quillwort","kind":"name","field":"text","start":91,"end":100,"text":"quillwort"},{"term":"QuillwortCoffee","kind":"hashtag","field":"text","start":127,"end":143,"text":"#QuillwortCoffee"},{"term":"Quillwort Coffee","kind":"name","field":"text","start":128,"end":143,"text":"QuillwortCoffee"},{"term":"Quillwort","kind":"hashtag-part","field":"text","start":128,"end":137,"text":"Quillwort"},{"term":"Quillwort Coffee","kind":"name","field":"tags","start":0,"end":15,"text":"QuillwortCoffee"},{"term":"Quillwort","kind":"hashtag-part","field":"tags","start":0,"end":9,"text":"Quillwort"},{"term":"QuillwortCoffee","kind":"hashtag","field":"tags","start":0,"end":15,"text":"QuillwortCoffee"},{"term":"@quillwort@social.example","kind":"handle","field":"handles","start":0,"end":25,"text":"@quillwort@social.example"},{"term":"Quillwort","kind":"name","field":"handles","start":1,"end":10,"text":"quillwort"}]','name “Quillwort” in text','b0e01e6c416f',0,0,'2026-11-30T10:34:13Z','2026-11-30T10:34:13Z',NULL,'s_xp3wkjfc5j',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (11,'m_0agb2gp6m4','Quillwort Coffee',19,NULL,'[{"term":"@quillwort@social.example","kind":"handle","field":"handles","start":0,"end":25,"text":"@quillwort@social.example"}]','handle “@quillwort@social.example” in handles','b0e01e6c416f',0,0,'2026-11-30T13:44:13Z','2026-11-30T13:44:13Z',NULL,'s_wjp2dpyjxq',NULL,'judge/3 own');
INSERT INTO mention_records VALUES (12,'m_c322yhzfqe','Quillwort Coffee',20,NULL,'[{"term":"Quillwort Coffee","kind":"name","field":"title","start":42,"end":58,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"title","start":42,"end":51,"text":"Quillwort"},{"term":"Quillwort Coffee","kind":"name","field":"text","start":13,"end":29,"text":"Quillwort Coffee"},{"term":"Quillwort","kind":"name","field":"text","start":13,"end":22,"text":"Quillwort"}]','name “Quillwort Coffee” in title','b0e01e6c416f',0,0,'2026-11-30T23:09:13Z','2026-11-30T23:09:13Z',NULL,'s_yaact870e2',NULL,NULL);
INSERT INTO verdicts VALUES (1,'2026-11-30T10:14:13Z','{"label":"negative","score":-0.77,"reasons":["loose","stop","customers","reports"]}','{"level":"low","reasons":["was there before the watch began"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (2,'2026-11-30T10:14:13Z','{"label":"negative","score":-0.71,"reasons":["loose","stop","customers","reports"]}','{"level":"low","reasons":["was there before the watch began"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (3,'2026-11-30T10:14:13Z','{"label":"positive","score":0.9,"reasons":["best","joy","clean","cocoa"]}','{"level":"low","reasons":["was there before the watch began"]}','["praise"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (4,'2026-11-30T10:14:13Z','{"label":"negative","score":-0.52,"reasons":["subscription","left","cuts","monthly"]}','{"level":"low","reasons":["was there before the watch began"]}','["question"]','judge/3 competitor','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (5,'2026-11-30T10:14:13Z','{"label":"negative","score":-0.5,"reasons":["loose","after","handle","kettles"]}','{"level":"low","reasons":["was there before the watch began"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (6,'2026-11-30T10:14:13Z','{"label":"neutral","score":-0.1,"reasons":["post","little","anyone","even"]}','{"level":"low","reasons":["was there before the watch began"]}','["question"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (7,'2026-11-30T10:14:13Z','{"label":"neutral","score":0.1,"reasons":["bold","script","alert","owned"]}','{"level":"low","reasons":["was there before the watch began"]}','[]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (8,'2026-11-30T10:14:13Z','{"label":"positive","score":0.49,"reasons":["blend"]}','{"level":"low","reasons":["our own post"]}','[]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (9,'2026-11-30T10:14:13Z','{"label":"neutral","score":-0.02,"reasons":["file","SQLite","shop"]}','{"level":"low","reasons":["was there before the watch began"]}','[]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T10:34:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","waiting: “Three weeks”","20 likes, shares and replies"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T10:44:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","waiting: “Three weeks”","44 likes, shares and replies"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T10:54:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","waiting: “Three weeks”","84 likes, shares and replies","26 reposts in 1 h"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T11:04:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","55 reposts in 1 h","waiting: “Three weeks”","160 likes, shares and replies"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T11:14:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","269 likes, shares and replies","98 reposts in 1 h","doubling every 14 min","waiting: “Three weeks”"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T11:24:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","440 likes, shares and replies","51 replies in 1 h","doubling every 14 min","waiting: “Three weeks”"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T11:44:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","511 likes, shares and replies","176 reposts in 1 h","waiting: “Three weeks”"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T12:04:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","511 likes, shares and replies","129 reposts in 1 h","waiting: “Three weeks”"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (10,'2026-11-30T13:44:13Z','{"label":"negative","score":-0.49,"reasons":["not","burnt","handle","hand"]}','{"level":"urgent","reasons":["harm: “burnt my hand”","negative","574 likes, shares and replies","waiting: “Three weeks”"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (11,'2026-11-30T13:44:13Z','{"label":"positive","score":0.93,"reasons":["Thank","good"]}','{"level":"low","reasons":["nothing in it asks for an answer"]}','["praise"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO verdicts VALUES (12,'2026-11-30T23:09:13Z','{"label":"negative","score":-0.78,"reasons":["not","never","unanswered","customers"]}','{"level":"urgent","reasons":["strongly negative","crisis: “recall”","blocked: “not arrived”","waiting: “never answered”","ask: “refunds”"]}','["complaint"]','judge/3 own','[]','[]',NULL,NULL);
INSERT INTO stories VALUES ('s_xz3whqmr5d','Quillwort Coffee',1,'2026-11-30T09:24:13Z',X'5F0100005B2268747470733A2F2F686172626F75722D74696D65732E6578616D706C652F323032362F7175696C6C776F72742D6B6574746C652D726563616C6C222C22686172626F75722D74696D65732E6578616D706C65222C227175696C6C776F727420636F6666656520726563616C6C73203420303030206B6574746C657320616674657220612068616E646C6520636F6D6573206C6F6F7365222C2274686520726F6173746572207175696C6C776F727420636F66666565206861732061736B656420637573746F6D65727320746F2073746F70207573696E672069747320706F7572206F766572206B6574746C6520616674657220666F7572207265706F727473206F662068616E646C657320636F6D696E67206C6F6F7365206E6F626F6479207761732068757274222C32342C747275652C66616C73652C302C747275652C5B5D2C5B353537333132373638372C31303135373531313631395D2C31365D04147B0475A717053BA9710FE57DB1265C44032C24C73947C8C55849BE20026C1B5DA76F7814A78FDF7C11A5199AE6B4EA3C27CEC2F8BFD0C6C54BDC586A68DC3C64F4DF496CD9E148E510E3CCD354F0090CADF682DA45FC',NULL);
INSERT INTO stories VALUES ('s_07mnw6apm5','Quillwort Coffee',3,'2026-11-30T07:14:13Z',X'440100005B2268747470733A2F2F726F6173742D7265766965772E6578616D706C652F7175696C6C776F72742D77696E7465722D626C656E64222C22726F6173742D7265766965772E6578616D706C65222C22746173746564207175696C6C776F727420636F6666656520732077696E74657220626C656E64222C22706C756D20636F636F6120616E64206120636C65616E2066696E6973682074686520626573742077696E74657220626C656E64207175696C6C776F727420636F6666656520686173206D61646520616E642061206A6F7920617320657370726573736F222C31392C66616C73652C66616C73652C302C747275652C5B2268747470733A2F2F7175696C6C776F72742E6578616D706C652F73686F702F77696E746572225D2C5B373239313932383933382C383037383437383232382C31323534333230383936335D2C31365DE379C40C11D064145A05C54DA2C1E05256843A5A649B515B6B158176ADB5B47D177D149139724C99C55FB99AE659439FDF7C11A5528340A71A66F5D027ECA9D7992B77EA',NULL);
INSERT INTO stories VALUES ('s_0190ma89dd','Brasswell Roasters',4,'2026-11-30T04:14:13Z',X'180100005B2268747470733A2F2F726F6173742D7265766965772E6578616D706C652F627261737377656C6C2D737562736372697074696F6E222C22726F6173742D7265766965772E6578616D706C65222C22627261737377656C6C20726F617374657273206375747320746865207072696365206F662069747320737562736372697074696F6E222C22627261737377656C6C20726F6173746572732074616B65732074776F206F666620746865206D6F6E74686C7920626F78206973207468617420656E6F75676820746F2077696E206261636B2074686F73652077686F206C656674222C31372C66616C73652C66616C73652C302C747275652C5B5D2C5B373031343034313336392C31313039313039393631395D2C31355D9B57760ED345DD17BED9902A1A6ACE4AF2D1725679836F80C843778242F63D8317AFFA8C336B529D15305E9E4B3100D3073C96DFD99ADAEA9CE2E9FD',NULL);
INSERT INTO stories VALUES ('s_ygh4kbfap1','Quillwort Coffee',6,'2026-11-30T08:39:13Z',X'FE0000005B2268747470733A2F2F6E6577732E79636F6D62696E61746F722E636F6D2F6974656D3F69643D3930303030303033222C226E6577732E79636F6D62696E61746F722E636F6D222C22222C22646F657320616E796F6E65206B6E6F7720686F77207175696C6C776F727420636F66666565206765747320746865206772696E6420736F206576656E20746865697220706F73742061742073617973206C6974746C65222C31362C66616C73652C66616C73652C302C747275652C5B2268747470733A2F2F7175696C6C776F72742E6578616D706C652F626C6F672F6772696E64225D2C5B353638313632373930332C363731373031333538355D2C31345D7F3FEC1DF0BF132CE4274648D4B4F36018C83D828A93A192AD9EC0953C332CA3AF8029AEF51FA8CB89C7B3E2C6A84BED58C987FE828C96FF',NULL);
INSERT INTO stories VALUES ('s_2p48gq43fz','Quillwort Coffee',7,'2026-11-30T06:14:13Z',X'F80000005B2268747470733A2F2F6E6577732E79636F6D62696E61746F722E636F6D2F6974656D3F69643D3930303030303034222C226E6577732E79636F6D62696E61746F722E636F6D222C2230206F776E65642033316D207175696C6C776F727420636F6666656520306D20626F6C6420616C657274203120636D6420632063616C63206131222C2230206F776E65642033316D207175696C6C776F727420636F6666656520306D20626F6C6420616C657274203120636D6420632063616C63206131222C31332C66616C73652C66616C73652C302C66616C73652C5B5D2C5B373733303235353730382C31323434363431333937325D2C31315D48FC031AE9843D233844623A4CBA6A40839F4363055F776FBC7CAE715121EB8DD571308EA0B9BCB56899BEDD','s_07mnw6apm5');
INSERT INTO stories VALUES ('s_qbj5edb2en','Quillwort Coffee',8,'2026-11-30T08:14:13Z',X'990000005B2268747470733A2F2F736F6369616C2E6578616D706C652F407175696C6C776F72742F313133303030303030303030303030323030222C22736F6369616C2E6578616D706C65222C22222C2277696E74657220626C656E64206973206F7574207175696C6C776F7274636F66666565222C352C66616C73652C66616C73652C302C747275652C5B5D2C5B383530353231343432325D2C335D68927FA4E0ED11AA6F274BBB',NULL);
INSERT INTO stories VALUES ('s_ba44set3y4','Quillwort Coffee',9,'2026-11-30T02:14:13Z',X'E80000005B2268747470733A2F2F6C6F627374652E72732F732F716B31616263222C226C6F627374652E7273222C22686F77207765206D6F766564206F75722073686F7020746F206F6E652073716C6974652066696C65222C22686F77207765206D6F766564206F75722073686F7020746F206F6E652073716C6974652066696C65222C392C66616C73652C66616C73652C302C66616C73652C5B2268747470733A2F2F7175696C6C776F72742E6578616D706C652F626C6F672F6F6E652D66696C65225D2C5B373432393338353131352C353138303737373038392C31313231383032383536385D2C375D9799E143AF57F755919581783026BA7875788E80285272AAF2EC88CE',NULL);
INSERT INTO stories VALUES ('s_xp3wkjfc5j','Quillwort Coffee',10,'2026-11-30T10:28:13Z',X'320100005B2268747470733A2F2F6665642E6578616D706C652F4074616D73696E2F3737222C226665642E6578616D706C65222C22222C227468652068616E646C65206F66206D79206B6574746C652063616D65206F666620616E6420746865207761746572206275726E74206D792068616E64207468726565207765656B73206E6F20726566756E6420616E64207175696C6C776F727420646F6573206E6F7420616E73776572206D79206D61696C73207175696C6C776F7274636F66666565222C32352C66616C73652C66616C73652C322C747275652C5B2268747470733A2F2F736F6369616C2E6578616D706C652F4074616D73696E406665642E6578616D706C652F313133303030303030303030303030333130225D2C5B383439373934323739382C343732353030373931395D2C31365D3F74C90B90CB451311C75B17162071467566DC4A611641563124665DDA796D6DF6FE7577207431849BA41292F5A77F935B70FE973AC54898CD90B59E39E26CA861DEE6B2AD9BFCB4E09A00C3D2E92FCDB633C0E1B420BAFD41B050FF',NULL);
INSERT INTO stories VALUES ('s_wjp2dpyjxq','Quillwort Coffee',11,'2026-11-30T13:34:13Z',X'F20000005B2268747470733A2F2F6665642E6578616D706C652F4074616D73696E2F3831222C226665642E6578616D706C65222C22222C227175696C6C776F72742074686520726566756E6420686173206172726976656420616E642069742077617320676F6F64206F6620796F7520746F2072696E67207468616E6B20796F75222C31352C66616C73652C66616C73652C302C747275652C5B2268747470733A2F2F736F6369616C2E6578616D706C652F4074616D73696E406665642E6578616D706C652F313133303030303030303030303030343330225D2C5B363738363337373937322C353038303931323432345D2C31335DFAEF2901722A9A03C4996205CE504F1D9BA0577950F18EAAC579DDB52DA0AEB7BD4D08BD2EA989C2C4241BC55DBE8FD45A858AFC',NULL);
INSERT INTO stories VALUES ('s_yaact870e2','Quillwort Coffee',12,'2026-11-30T22:54:13Z',X'7A0100005B2268747470733A2F2F636F6173742D776972652E6578616D706C652F627573696E6573732F77616974696E672D666F722D726566756E6473222C22636F6173742D776972652E6578616D706C65222C2274686579206E6576657220616E73776572656420637573746F6D657273207761697420666F72207175696C6C776F727420636F6666656520726566756E6473222C22637573746F6D657273206F66207175696C6C776F727420636F6666656520736179207468617420726566756E64732070726F6D6973656420616674657220746865206B6574746C6520726563616C6C2068617665206E6F74206172726976656420616E642074686174206D61696C7320676F20756E616E7377657265642074686520636F6D70616E7920646964206E6F74207265706C79206279207468652074696D65207765207075626C6973686564222C33302C66616C73652C66616C73652C322C747275652C5B5D2C5B373333303832313830322C31303035333836343639375D2C31365D015A0E14BB991D27AFB7BA34C550A337BBE90A39EEA30951D56259520396B4532546F35450D9B7556B6EFE62549053707FD3DF8A6E23608F2C1C4D976051259E252A88A3B8D9F9ACB03387B3602A00C69B4CF9C8DDBBD2D0C67CD3D029B25DD7BEC167E88F190CFBA2145DFB8DD5CDFD',NULL);
INSERT INTO story_links VALUES ('m_26kva4hx57','m_z1wtag7g1x','together','2026-12-01T00:09:13Z');
INSERT INTO sketches VALUES (242636699,'s_0190ma89dd');
INSERT INTO sketches VALUES (400377299,'s_0190ma89dd');
INSERT INTO sketches VALUES (714135998,'s_0190ma89dd');
INSERT INTO sketches VALUES (1255041562,'s_0190ma89dd');
INSERT INTO sketches VALUES (1450365426,'s_0190ma89dd');
INSERT INTO sketches VALUES (2154791801,'s_0190ma89dd');
INSERT INTO sketches VALUES (2188854216,'s_0190ma89dd');
INSERT INTO sketches VALUES (2201876034,'s_0190ma89dd');
INSERT INTO sketches VALUES (2365239063,'s_0190ma89dd');
INSERT INTO sketches VALUES (2639424307,'s_0190ma89dd');
INSERT INTO sketches VALUES (2656972821,'s_0190ma89dd');
INSERT INTO sketches VALUES (3540005195,'s_0190ma89dd');
INSERT INTO sketches VALUES (3751164935,'s_0190ma89dd');
INSERT INTO sketches VALUES (3940195033,'s_0190ma89dd');
INSERT INTO sketches VALUES (4259963548,'s_0190ma89dd');
INSERT INTO sketches VALUES (7014041369,'s_0190ma89dd');
INSERT INTO sketches VALUES (11091099619,'s_0190ma89dd');
INSERT INTO sketches VALUES (214202851,'s_07mnw6apm5');
INSERT INTO sketches VALUES (342151185,'s_07mnw6apm5');
INSERT INTO sketches VALUES (1304757594,'s_07mnw6apm5');
INSERT INTO sketches VALUES (1390461346,'s_07mnw6apm5');
INSERT INTO sketches VALUES (1513784406,'s_07mnw6apm5');
INSERT INTO sketches VALUES (1532074852,'s_07mnw6apm5');
INSERT INTO sketches VALUES (1988171115,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2108994989,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2434039063,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2571924025,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2595839941,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2671991270,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2769386719,'s_07mnw6apm5');
INSERT INTO sketches VALUES (2806022994,'s_07mnw6apm5');
INSERT INTO sketches VALUES (3505743386,'s_07mnw6apm5');
INSERT INTO sketches VALUES (3618237479,'s_07mnw6apm5');
INSERT INTO sketches VALUES (7291928938,'s_07mnw6apm5');
INSERT INTO sketches VALUES (8078478228,'s_07mnw6apm5');
INSERT INTO sketches VALUES (12543208963,'s_07mnw6apm5');
INSERT INTO sketches VALUES (436468808,'s_2p48gq43fz');
INSERT INTO sketches VALUES (591234281,'s_2p48gq43fz');
INSERT INTO sketches VALUES (979518520,'s_2p48gq43fz');
INSERT INTO sketches VALUES (1080736332,'s_2p48gq43fz');
INSERT INTO sketches VALUES (1665376131,'s_2p48gq43fz');
INSERT INTO sketches VALUES (1870094085,'s_2p48gq43fz');
INSERT INTO sketches VALUES (1907260604,'s_2p48gq43fz');
INSERT INTO sketches VALUES (2380996945,'s_2p48gq43fz');
INSERT INTO sketches VALUES (2385539541,'s_2p48gq43fz');
INSERT INTO sketches VALUES (3049044384,'s_2p48gq43fz');
INSERT INTO sketches VALUES (3720255848,'s_2p48gq43fz');
INSERT INTO sketches VALUES (7730255708,'s_2p48gq43fz');
INSERT INTO sketches VALUES (12446413972,'s_2p48gq43fz');
INSERT INTO sketches VALUES (1138858391,'s_ba44set3y4');
INSERT INTO sketches VALUES (1442273199,'s_ba44set3y4');
INSERT INTO sketches VALUES (2021758353,'s_ba44set3y4');
INSERT INTO sketches VALUES (2025465392,'s_ba44set3y4');
INSERT INTO sketches VALUES (2156820597,'s_ba44set3y4');
INSERT INTO sketches VALUES (2859618856,'s_ba44set3y4');
INSERT INTO sketches VALUES (3465080050,'s_ba44set3y4');
INSERT INTO sketches VALUES (5180777089,'s_ba44set3y4');
INSERT INTO sketches VALUES (7429385115,'s_ba44set3y4');
INSERT INTO sketches VALUES (11218028568,'s_ba44set3y4');
INSERT INTO sketches VALUES (2759823976,'s_qbj5edb2en');
INSERT INTO sketches VALUES (2853301728,'s_qbj5edb2en');
INSERT INTO sketches VALUES (3142264687,'s_qbj5edb2en');
INSERT INTO sketches VALUES (8505214422,'s_qbj5edb2en');
INSERT INTO sketches VALUES (19525626,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (60435058,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (90347972,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (491737294,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (2035785883,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (2861494608,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (3051190725,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (3081674797,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (3171438013,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (3263801646,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (3306890436,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (3566190173,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (4236936538,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (5080912424,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (6786377972,'s_wjp2dpyjxq');
INSERT INTO sketches VALUES (197751871,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (323341200,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (391890705,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (1181818902,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (1255958133,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (1447106145,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (1566975025,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (1835891162,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2004221686,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2217833504,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2450695323,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2474616821,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2550034523,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2554905914,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2662699213,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (2825708089,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (4725007919,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (8497942798,'s_xp3wkjfc5j');
INSERT INTO sketches VALUES (75174916,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (85436277,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (259107131,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (649166309,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (738411612,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (1194968868,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (1230554568,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (1812078782,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (1873239323,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (2410091640,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (2769386719,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (3035011609,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (3458677994,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (3502241986,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (3695953350,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (3697830488,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (4784595570,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (5573127687,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (10157511619,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (12442046047,'s_xz3whqmr5d');
INSERT INTO sketches VALUES (336484865,'s_yaact870e2');
INSERT INTO sketches VALUES (656251323,'s_yaact870e2');
INSERT INTO sketches VALUES (884651951,'s_yaact870e2');
INSERT INTO sketches VALUES (933449925,'s_yaact870e2');
INSERT INTO sketches VALUES (957016507,'s_yaact870e2');
INSERT INTO sketches VALUES (1359586286,'s_yaact870e2');
INSERT INTO sketches VALUES (1381589717,'s_yaact870e2');
INSERT INTO sketches VALUES (1404343811,'s_yaact870e2');
INSERT INTO sketches VALUES (1425229349,'s_yaact870e2');
INSERT INTO sketches VALUES (1438112080,'s_yaact870e2');
INSERT INTO sketches VALUES (1660841579,'s_yaact870e2');
INSERT INTO sketches VALUES (1884524628,'s_yaact870e2');
INSERT INTO sketches VALUES (2329924479,'s_yaact870e2');
INSERT INTO sketches VALUES (2405442414,'s_yaact870e2');
INSERT INTO sketches VALUES (2538413100,'s_yaact870e2');
INSERT INTO sketches VALUES (2653245792,'s_yaact870e2');
INSERT INTO sketches VALUES (7330821802,'s_yaact870e2');
INSERT INTO sketches VALUES (10053864697,'s_yaact870e2');
INSERT INTO sketches VALUES (502022015,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (739491824,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (1212557284,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (1626584276,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (2185087000,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (2460062602,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (2512428717,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (2737582908,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (2921955503,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (3416793077,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (3803432841,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (3981158598,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (4270311768,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (4288056450,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (5681627903,'s_ygh4kbfap1');
INSERT INTO sketches VALUES (6717013585,'s_ygh4kbfap1');
INSERT INTO matched VALUES ('Quillwort Coffee','b0e01e6c416f',20,2);
INSERT INTO matched VALUES ('Brasswell Roasters','c00ef6fc333f',20,2);
INSERT INTO source_states VALUES ('city-forum','feed','434c04497edb1bfa','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',NULL,'2026-12-01T10:14:00Z','2026-11-30T10:14:13Z',1,'not-understood','an HTML page (“City Forum – please sign in”), not a feed: it asks to log in; use an address that needs no login, or one with a token in it',NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('alerts','feed','edfcf4bb42111570','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:24:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('harbour-times','feed','88950b6f7fd089f3','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:24:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('coast-wire','feed','6a2d9620b1b101a2','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:24:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('roast-review','feed','8c5ff4b6d15ac420','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:24:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('botany-news','feed','a14b91fd6f767cf3','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:24:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('news','google_news','32ce6e2008707b38','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:39:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('hn','hackernews','8033be31d41d047e','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:19:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('fediverse','mastodon','95a601fd2bc7b78e','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:19:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_states VALUES ('lobsters','lobsters','b4f5aaf4ae6c821d','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z','2026-11-30T23:39:00Z',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO source_log VALUES ('alerts','2026-11-30T10:14:13Z','{"name":"alerts","type":"feed","fingerprint":"edfcf4bb42111570","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:29:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('botany-news','2026-11-30T10:14:13Z','{"name":"botany-news","type":"feed","fingerprint":"a14b91fd6f767cf3","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:29:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('city-forum','2026-11-30T10:14:13Z','{"name":"city-forum","type":"feed","fingerprint":"434c04497edb1bfa","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":null,"due_at":"2026-12-01T10:14:00Z","failing_since":"2026-11-30T10:14:13Z","failures":1,"error_code":"not-understood","error":"an HTML page (“City Forum – please sign in”), not a feed: it asks to log in; use an address that needs no login, or one with a token in it","wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('coast-wire','2026-11-30T10:14:13Z','{"name":"coast-wire","type":"feed","fingerprint":"6a2d9620b1b101a2","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:29:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('fediverse','2026-11-30T10:14:13Z','{"name":"fediverse","type":"mastodon","fingerprint":"95a601fd2bc7b78e","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:24:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('harbour-times','2026-11-30T10:14:13Z','{"name":"harbour-times","type":"feed","fingerprint":"88950b6f7fd089f3","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:29:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('hn','2026-11-30T10:14:13Z','{"name":"hn","type":"hackernews","fingerprint":"8033be31d41d047e","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:24:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('lobsters','2026-11-30T10:14:13Z','{"name":"lobsters","type":"lobsters","fingerprint":"b4f5aaf4ae6c821d","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:44:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('news','2026-11-30T10:14:13Z','{"name":"news","type":"google_news","fingerprint":"32ce6e2008707b38","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:44:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO source_log VALUES ('roast-review','2026-11-30T10:14:13Z','{"name":"roast-review","type":"feed","fingerprint":"8c5ff4b6d15ac420","first_asked_at":"2026-11-30T10:14:13Z","last_asked_at":"2026-11-30T10:14:13Z","last_success_at":"2026-11-30T10:14:13Z","due_at":"2026-11-30T10:29:00Z","failing_since":null,"failures":0,"error_code":null,"error":null,"wait_until":null,"wait_reason":null,"gone_at":null,"moved_to":null,"note":null}',NULL);
INSERT INTO questions VALUES ('alerts','feed:54f14456','2026-11-30T09:24:13Z',NULL,NULL,X'9D42E580FBDF4E724E6C75773E81A044','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('botany-news','feed:d2107ead','2026-11-30T05:14:13Z',NULL,NULL,X'24983C91872834A37B64A976FDED1042','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('coast-wire','feed:5a618268','2026-11-30T22:54:13Z',NULL,NULL,X'654B00F699FB366F27584CC4C3F49E30','2026-11-30T23:09:13Z');
INSERT INTO questions VALUES ('fediverse','tag:brasswellroasters','113000000000000310',NULL,NULL,X'96FC66CB2486D8858136F25E1FFCE097','2026-11-30T13:44:13Z');
INSERT INTO questions VALUES ('fediverse','tag:quillwort','113000000000000310',NULL,NULL,X'96FC66CB2486D8858136F25E1FFCE097','2026-11-30T13:44:13Z');
INSERT INTO questions VALUES ('fediverse','tag:quillwortcoffee','113000000000000310',NULL,NULL,X'96FC66CB2486D8858136F25E1FFCE097','2026-11-30T13:44:13Z');
INSERT INTO questions VALUES ('harbour-times','feed:9b191fb4','2026-11-30T09:09:13Z',NULL,NULL,X'EB33067E9038B42074EFB073FB2BCB3C','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','text:brasswell roasters','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','text:quillwort','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','text:quillwort coffee','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','text:quillwort.example','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','text:quillwort@social.example','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','text:quillwortcoffee','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('hn','url:quillwort.example','1796027953',NULL,NULL,X'7A66E7807BDCC0F18A5332F5C6BE5DB8','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('lobsters','newest','1796004853',NULL,NULL,X'54D780CF3BBC982C849FD7DEA76D70E6','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('lobsters','url:quillwort.example','1796004853',NULL,NULL,X'54D780CF3BBC982C849FD7DEA76D70E6','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('news','news:brasswell roasters','2026-11-30T10:14:13Z',NULL,NULL,X'C9DFB6CF8E2D616C2533BDCC692FD9FE','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('news','news:quillwort coffee','2026-11-30T10:14:13Z',NULL,NULL,X'C9DFB6CF8E2D616C2533BDCC692FD9FE','2026-11-30T10:14:13Z');
INSERT INTO questions VALUES ('roast-review','feed:672c84f3','2026-11-30T07:14:13Z',NULL,NULL,X'B8BD5BEC089DB6C79E49F208ED6996DE','2026-11-30T10:14:13Z');
INSERT INTO host_waits VALUES ('busy.example','2026-12-01T03:09:13Z','Retry-After');
INSERT INTO polls VALUES (1,'alerts','feed:54f14456','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://www.google.com/alerts/feeds/00112233445566778899/998877665544332211',2,2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (2,'harbour-times','feed:9b191fb4','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://harbour-times.example/rss',2,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (3,'coast-wire','feed:5a618268','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://coast-wire.example/atom.xml',1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (4,'roast-review','feed:672c84f3','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://roast-review.example/feed.json',2,2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (5,'botany-news','feed:d2107ead','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://botany-news.example/index.rdf',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (6,'city-forum','feed:5b2d89d7','failed','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://city-forum.example/latest.rss',0,0,'not-understood','an HTML page (“City Forum – please sign in”), not a feed: it asks to log in; use an address that needs no login, or one with a token in it',NULL,NULL,NULL);
INSERT INTO polls VALUES (7,'news','news:quillwort coffee','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://news.google.com/rss/search',1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (8,'news','news:brasswell roasters','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://news.google.com/rss/search',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (9,'hn','text:quillwort coffee','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (10,'hn','text:quillwort','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (11,'hn','text:brasswell roasters','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (12,'hn','text:quillwortcoffee','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (13,'hn','text:quillwort@social.example','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (14,'hn','text:quillwort.example','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (15,'hn','url:quillwort.example','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://hn.algolia.com/api/v1/search_by_date',2,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (16,'fediverse','tag:quillwortcoffee','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (17,'fediverse','tag:quillwort','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (18,'fediverse','tag:brasswellroasters','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (19,'lobsters','newest','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://lobste.rs/newest.json',1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (20,'lobsters','url:quillwort.example','answered','2026-11-30T10:14:13Z','2026-11-30T10:14:13Z',1,200,'https://lobste.rs/domains/quillwort.example.json',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (21,'alerts','feed:54f14456','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',7,200,'https://www.google.com/alerts/feeds/00112233445566778899/998877665544332211',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (22,'harbour-times','feed:9b191fb4','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',7,200,'https://harbour-times.example/rss',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (23,'coast-wire','feed:5a618268','unchanged','2026-11-30T10:34:13Z','2026-11-30T13:44:13Z',6,200,'https://coast-wire.example/atom.xml',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (24,'roast-review','feed:672c84f3','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',7,200,'https://roast-review.example/feed.json',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (25,'botany-news','feed:d2107ead','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',7,200,'https://botany-news.example/index.rdf',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (26,'hn','text:quillwort coffee','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (27,'hn','text:quillwort','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (28,'hn','text:brasswell roasters','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (29,'hn','text:quillwortcoffee','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (30,'hn','text:quillwort@social.example','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (31,'hn','text:quillwort.example','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (32,'hn','url:quillwort.example','unchanged','2026-11-30T10:34:13Z','2026-11-30T23:09:13Z',10,200,'https://hn.algolia.com/api/v1/search_by_date',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (33,'fediverse','tag:quillwortcoffee','answered','2026-11-30T10:34:13Z','2026-11-30T10:34:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (34,'fediverse','tag:quillwort','answered','2026-11-30T10:34:13Z','2026-11-30T10:34:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (35,'fediverse','tag:brasswellroasters','answered','2026-11-30T10:34:13Z','2026-11-30T10:34:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (36,'news','news:quillwort coffee','unchanged','2026-11-30T10:44:13Z','2026-11-30T23:09:13Z',5,200,'https://news.google.com/rss/search',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (37,'news','news:brasswell roasters','unchanged','2026-11-30T10:44:13Z','2026-11-30T23:09:13Z',5,200,'https://news.google.com/rss/search',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (38,'fediverse','tag:quillwortcoffee','answered','2026-11-30T10:44:13Z','2026-11-30T10:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (39,'fediverse','tag:quillwort','answered','2026-11-30T10:44:13Z','2026-11-30T10:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (40,'fediverse','tag:brasswellroasters','answered','2026-11-30T10:44:13Z','2026-11-30T10:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (41,'lobsters','newest','unchanged','2026-11-30T10:44:13Z','2026-11-30T23:09:13Z',5,200,'https://lobste.rs/newest.json',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (42,'lobsters','url:quillwort.example','unchanged','2026-11-30T10:44:13Z','2026-11-30T23:09:13Z',5,200,'https://lobste.rs/domains/quillwort.example.json',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (43,'fediverse','tag:quillwortcoffee','answered','2026-11-30T10:54:13Z','2026-11-30T10:54:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (44,'fediverse','tag:quillwort','answered','2026-11-30T10:54:13Z','2026-11-30T10:54:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (45,'fediverse','tag:brasswellroasters','answered','2026-11-30T10:54:13Z','2026-11-30T10:54:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (46,'fediverse','tag:quillwortcoffee','answered','2026-11-30T11:04:13Z','2026-11-30T11:04:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (47,'fediverse','tag:quillwort','answered','2026-11-30T11:04:13Z','2026-11-30T11:04:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (48,'fediverse','tag:brasswellroasters','answered','2026-11-30T11:04:13Z','2026-11-30T11:04:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (49,'fediverse','tag:quillwortcoffee','answered','2026-11-30T11:14:13Z','2026-11-30T11:14:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (50,'fediverse','tag:quillwort','answered','2026-11-30T11:14:13Z','2026-11-30T11:14:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (51,'fediverse','tag:brasswellroasters','answered','2026-11-30T11:14:13Z','2026-11-30T11:14:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (52,'fediverse','tag:quillwortcoffee','answered','2026-11-30T11:24:13Z','2026-11-30T11:24:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (53,'fediverse','tag:quillwort','answered','2026-11-30T11:24:13Z','2026-11-30T11:24:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (54,'fediverse','tag:brasswellroasters','answered','2026-11-30T11:24:13Z','2026-11-30T11:24:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (55,'fediverse','tag:quillwortcoffee','answered','2026-11-30T11:44:13Z','2026-11-30T11:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (56,'fediverse','tag:quillwort','answered','2026-11-30T11:44:13Z','2026-11-30T11:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (57,'fediverse','tag:brasswellroasters','answered','2026-11-30T11:44:13Z','2026-11-30T11:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (58,'fediverse','tag:quillwortcoffee','unchanged','2026-11-30T12:04:13Z','2026-11-30T12:04:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (59,'fediverse','tag:quillwort','unchanged','2026-11-30T12:04:13Z','2026-11-30T12:04:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (60,'fediverse','tag:brasswellroasters','unchanged','2026-11-30T12:04:13Z','2026-11-30T12:04:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (61,'fediverse','tag:quillwortcoffee','answered','2026-11-30T13:44:13Z','2026-11-30T13:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (62,'fediverse','tag:quillwort','answered','2026-11-30T13:44:13Z','2026-11-30T13:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (63,'fediverse','tag:brasswellroasters','answered','2026-11-30T13:44:13Z','2026-11-30T13:44:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (64,'coast-wire','feed:5a618268','answered','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z',1,200,'https://coast-wire.example/atom.xml',2,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (65,'fediverse','tag:quillwortcoffee','unchanged','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z',1,200,'https://social.example/api/v1/timelines/tag/QuillwortCoffee',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (66,'fediverse','tag:quillwort','unchanged','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z',1,200,'https://social.example/api/v1/timelines/tag/Quillwort',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO polls VALUES (67,'fediverse','tag:brasswellroasters','unchanged','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z',1,200,'https://social.example/api/v1/timelines/tag/BrasswellRoasters',0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO marks VALUES ('followed',20);
INSERT INTO marks VALUES ('sketches pruned',739950);
INSERT INTO deliveries VALUES (1,'daily','<1@landed.example>','2026-12-01T00:09:13Z','Daily digest',NULL,'sent',1,NULL,NULL,'2026-12-01T00:09:13Z','["forum"]');
INSERT INTO deliveries VALUES (2,'weekly','<2@landed.example>','2026-12-01T00:09:13Z','Weekly digest',X'5375626A6563743A205765656B6C79206469676573740D0A0D0A776F726473','pending',0,NULL,NULL,NULL,'[]');
INSERT INTO delivery_recipients VALUES (1,'jo@acme.example',0,'accepted','250 ok');
INSERT INTO delivery_recipients VALUES (1,'sam@acme.example',1,'refused','550 no such user');
INSERT INTO delivery_recipients VALUES (2,'jo@acme.example',0,'pending',NULL);
INSERT INTO delivery_mentions VALUES ('daily',10,1);
INSERT INTO delivery_mentions VALUES ('daily',11,1);
INSERT INTO delivery_mentions VALUES ('daily',12,1);
INSERT INTO delivery_mentions VALUES ('weekly',5,2);
INSERT INTO triage VALUES (1,'m_33faj3adpb','2026-11-30T11:47:13Z','jo','ack','{}',NULL);
INSERT INTO triage VALUES (2,'m_33faj3adpb','2026-11-30T11:48:13Z','jo','assign','{"to":"sam"}',NULL);
INSERT INTO triage VALUES (3,'m_33faj3adpb','2026-11-30T11:50:13Z','sam','reply','{"url":"https://social.example/@quillwort/113000000000000420","promise":"refund by tomorrow","due_at":"2026-12-02T00:00:00Z"}',NULL);
INSERT INTO triage VALUES (4,'m_33faj3adpb','2026-11-30T13:44:13Z','mentionwatch','reopen','{"reason":"tamsin@fed.example wrote again","url":"https://fed.example/@tamsin/81","because":"wrote id:mastodon:https://fed.example/users/tamsin/statuses/81"}',NULL);
INSERT INTO triage VALUES (5,'m_33faj3adpb','2026-11-30T13:49:13Z','sam','resolve','{}',NULL);
INSERT INTO triage VALUES (6,'m_c322yhzfqe','2026-12-01T00:09:13Z','jo','label','{"kind":"sentiment","label":"negative"}',NULL);
INSERT INTO spent VALUES ('newsapi key','2026-12-01',3);
INSERT INTO alerts VALUES (1,'oncall','a_f7d949260da6','1 urgent – Quillwort Coffee',NULL,'2026-11-30T10:34:13Z','sent',1,NULL,NULL,'2026-11-30T10:34:13Z');
INSERT INTO alerts VALUES (2,'oncall','a_51fa9ebb9e85','1 snowball – Quillwort Coffee',NULL,'2026-11-30T11:14:13Z','sent',1,NULL,NULL,'2026-11-30T11:14:13Z');
INSERT INTO alerts VALUES (3,'oncall','a_109547de99ff','1 overdue – Quillwort Coffee',NULL,'2026-11-30T11:44:13Z','sent',1,NULL,NULL,'2026-11-30T11:44:13Z');
INSERT INTO alerts VALUES (4,'oncall','a_a606af52fd2b','1 urgent – Quillwort Coffee',NULL,'2026-11-30T23:09:13Z','sent',1,NULL,NULL,'2026-11-30T23:09:13Z');
INSERT INTO alert_events VALUES ('oncall','overdue:m_33faj3adpb:answer:0','overdue','["Quillwort Coffee"]','m_33faj3adpb','{"what":"answer","due_at":"2026-11-30T11:34:13+00:00"}','2026-11-30T11:44:13Z',3);
INSERT INTO alert_events VALUES ('oncall','snowball:m_33faj3adpb','snowball','["Quillwort Coffee"]','m_33faj3adpb','{"why":"104 reposts, 98 of them in the last hour; doubling every 14 min, 200 reposts about 11:26 (5 readings of 40 min)"}','2026-11-30T11:14:13Z',2);
INSERT INTO alert_events VALUES ('oncall','urgent:m_33faj3adpb','urgent','["Quillwort Coffee"]','m_33faj3adpb','{}','2026-11-30T10:34:13Z',1);
INSERT INTO alert_events VALUES ('oncall','urgent:m_c322yhzfqe','urgent','["Quillwort Coffee"]','m_c322yhzfqe','{}','2026-11-30T23:09:13Z',4);
INSERT INTO alert_watches VALUES ('oncall','overdue','2026-11-30T10:14:13Z');
INSERT INTO alert_watches VALUES ('oncall','snowball','2026-11-30T10:14:13Z');
INSERT INTO alert_watches VALUES ('oncall','urgent','2026-11-30T10:14:13Z');
INSERT INTO spikes VALUES (1,'Quillwort Coffee','volume','2026-11-30T22:09:13Z','2026-12-01T00:09:13Z','{"count":9,"expected":2.5}',NULL,NULL);
INSERT INTO changes VALUES (19,'2026-12-01T00:09:13Z','gone',NULL,'deleted, says the platform');
INSERT INTO changes VALUES (20,'2026-12-01T00:09:13Z','edited',X'53A0ACD19B5DECCFF40CB196E4EFD602EFD53DD7','edited, says the platform');
INSERT INTO rereadings VALUES (12,'2026-11-30T23:09:13Z',9,NULL,X'7813040EC7878F2E1533720CD279DA13C7A6DEE9');
INSERT INTO answers VALUES ('m_33faj3adpb','https://social.example/@quillwort/113000000000000420','2026-11-30T23:09:13Z','2026-11-30T23:09:13Z',NULL,NULL);
INSERT INTO evidence VALUES ('85806dfa3fdb571cf889440018ac1f1676a9951bbe05e9b941c9ebebd6e9989f','{"at":"2026-11-30T23:15:06Z","by":"root","mention":"m_c322yhzfqe","parts":[{"media_type":"application/json","name":"mention.json","sha256":"ee94d0f5ca0203de5646e8b9fb64b33570c85d4d3951db298915548d133b399d","size":3324},{"media_type":"application/json","name":"asked.json","sha256":"948d9c652052df5ab08d9329574032bf027a71a92c5a105e8af7e6c6c016b67e","size":252}],"previous":[],"schema":"mentionwatch.evidence/1"}','m_c322yhzfqe','{"name":"Coast Wire staff","handle":null,"url":null,"followers":null}',NULL);
INSERT INTO evidence_parts VALUES ('ee94d0f5ca0203de5646e8b9fb64b33570c85d4d3951db298915548d133b399d',X'7B0A20226D656E74696F6E223A207B0A202022736368656D61223A20226D656E74696F6E77617463682E6D656E74696F6E2F31222C0A2020226964223A20226D5F6333323279687A667165222C0A2020226272616E64223A20225175696C6C776F727420436F66666565222C0A2020226B696E64223A202261727469636C65222C0A202022736F75726365223A2022636F6173742D77697265222C0A202022706C6174666F726D223A202266656564222C0A20202265787465726E616C5F6964223A202275726E3A757569643A35623063396432652D303030312D346430652D396135322D326634643664316330303032222C0A20202275726C223A202268747470733A2F2F636F6173742D776972652E6578616D706C652F627573696E6573732F77616974696E672D666F722D726566756E6473222C0A20202263616E6F6E6963616C5F75726C223A202268747470733A2F2F636F6173742D776972652E6578616D706C652F627573696E6573732F77616974696E672D666F722D726566756E6473222C0A2020227469746C65223A20225C753230316354686579206E6576657220616E7377657265645C75323031643A20637573746F6D657273207761697420666F72205175696C6C776F727420436F6666656520726566756E6473222C0A20202274657874223A2022437573746F6D657273206F66205175696C6C776F727420436F6666656520736179207468617420726566756E64732070726F6D6973656420616674657220746865206B6574746C6520726563616C6C2068617665206E6F7420617272697665642C20616E642074686174206D61696C7320676F20756E616E7377657265642E2054686520636F6D70616E7920646964206E6F74207265706C79206279207468652074696D65207765207075626C69736865642E222C0A2020226C616E6775616765223A2022656E222C0A202022617574686F72223A207B0A202020226E616D65223A2022436F6173742057697265207374616666222C0A2020202268616E646C65223A206E756C6C2C0A2020202275726C223A206E756C6C2C0A20202022666F6C6C6F77657273223A206E756C6C2C0A20202022706572736F6E223A206E756C6C2C0A20202022726F6C65223A206E756C6C0A20207D2C0A2020227075626C69736865645F6174223A2022323032362D31312D33305432323A35343A31335A222C0A20202266697273745F7365656E5F6174223A2022323032362D31312D33305432333A30393A31335A222C0A2020226D617463686573223A205B0A2020207B0A20202020227465726D223A20225175696C6C776F727420436F66666565222C0A20202020226B696E64223A20226E616D65222C0A20202020226669656C64223A20227469746C65222C0A20202020227374617274223A2034322C0A2020202022656E64223A2035382C0A202020202274657874223A20225175696C6C776F727420436F66666565220A2020207D2C0A2020207B0A20202020227465726D223A20225175696C6C776F7274222C0A20202020226B696E64223A20226E616D65222C0A20202020226669656C64223A20227469746C65222C0A20202020227374617274223A2034322C0A2020202022656E64223A2035312C0A202020202274657874223A20225175696C6C776F7274220A2020207D2C0A2020207B0A20202020227465726D223A20225175696C6C776F727420436F66666565222C0A20202020226B696E64223A20226E616D65222C0A20202020226669656C64223A202274657874222C0A20202020227374617274223A2031332C0A2020202022656E64223A2032392C0A202020202274657874223A20225175696C6C776F727420436F66666565220A2020207D2C0A2020207B0A20202020227465726D223A20225175696C6C776F7274222C0A20202020226B696E64223A20226E616D65222C0A20202020226669656C64223A202274657874222C0A20202020227374617274223A2031332C0A2020202022656E64223A2032322C0A202020202274657874223A20225175696C6C776F7274220A2020207D0A20205D2C0A2020226C696E6B73223A205B5D2C0A202022706172656E745F75726C223A206E756C6C2C0A202022616C736F5F7365656E223A205B5D2C0A202022656E676167656D656E74223A207B0A202020226C696B6573223A206E756C6C2C0A202020227265706F737473223A206E756C6C2C0A202020227265706C696573223A206E756C6C2C0A2020202273636F7265223A206E756C6C2C0A202020227669657773223A206E756C6C0A20207D2C0A2020227374617273223A206E756C6C2C0A20202273656E74696D656E74223A207B0A202020226C6162656C223A20226E65676174697665222C0A2020202273636F7265223A202D302E37382C0A20202022726561736F6E73223A205B0A20202020226E6F74222C0A20202020226E65766572222C0A2020202022756E616E737765726564222C0A2020202022637573746F6D657273220A2020205D0A20207D2C0A202022757267656E6379223A207B0A202020226C6576656C223A2022757267656E74222C0A20202022726561736F6E73223A205B0A20202020227374726F6E676C79206E65676174697665222C0A20202020226372697369733A205C7532303163726563616C6C5C7532303164222C0A2020202022626C6F636B65643A205C75323031636E6F7420617272697665645C7532303164222C0A202020202277616974696E673A205C75323031636E6576657220616E7377657265645C7532303164222C0A202020202261736B3A205C7532303163726566756E64735C7532303164220A2020205D0A20207D2C0A202022666C616773223A205B0A20202022636F6D706C61696E74220A20205D2C0A20202274616773223A205B5D2C0A20202272756C6573223A205B5D2C0A20202273746F7279223A2022735F79616163743837306532222C0A20202273746F72795F73697A65223A20312C0A202022737461747573223A20226E6577222C0A20202261737369676E6565223A206E756C6C2C0A2020226475655F6174223A206E756C6C2C0A2020226F776E223A2066616C73652C0A2020226564697465645F6174223A2022323032362D31322D30315430303A30393A31335A222C0A202022676F6E655F6174223A206E756C6C0A207D2C0A202261735F66697273745F7365656E223A207B0A2020227469746C65223A20225C753230316354686579206E6576657220616E7377657265645C75323031643A20637573746F6D657273207761697420666F72205175696C6C776F727420436F6666656520726566756E6473222C0A20202274657874223A2022437573746F6D657273206F66205175696C6C776F727420436F6666656520736179207468617420726566756E64732070726F6D6973656420616674657220746865206B6574746C6520726563616C6C2068617665206E6F7420617272697665642C20616E642074686174206D61696C7320676F20756E616E7377657265642E2054686520636F6D70616E7920646964206E6F74207265706C79206279207468652074696D65207765207075626C69736865642E220A207D2C0A20226F746865725F776F726473223A205B0A20207B0A20202022736F75726365223A2022636F6173742D77697265222C0A202020227365656E5F6174223A2022323032362D31322D30315430303A30393A31335A222C0A202020227469746C65223A20225C753230316354686579206E6576657220616E7377657265645C75323031643A20637573746F6D657273207761697420666F72205175696C6C776F727420436F6666656520726566756E6473222C0A2020202274657874223A2022437573746F6D657273206F66205175696C6C776F727420436F6666656520736179207468617420726566756E64732070726F6D6973656420616674657220746865206B6574746C6520726563616C6C2068617665206E6F7420617272697665642C20616E642074686174206D61696C7320676F20756E616E7377657265642E2054686520636F6D70616E7920646964206E6F74207265706C79206279207468652074696D65207765207075626C69736865642E204564697465642E220A20207D0A205D2C0A20227365656E5F6279223A205B0A20207B0A20202022736F75726365223A2022636F6173742D77697265222C0A2020202266697273745F7365656E5F6174223A2022323032362D31312D33305432333A30393A31335A220A20207D0A205D2C0A20226C6F67223A205B0A20207B0A202020226964223A20362C0A202020226D656E74696F6E223A20226D5F6333323279687A667165222C0A202020226174223A2022323032362D31322D30315430303A30393A31335A222C0A202020226279223A20226A6F222C0A20202022616374696F6E223A20226C6162656C222C0A2020202264617461223A207B0A20202020226B696E64223A202273656E74696D656E74222C0A20202020226C6162656C223A20226E65676174697665220A2020207D2C0A20202022756E646F6573223A206E756C6C0A20207D0A205D0A7D');
INSERT INTO evidence_parts VALUES ('948d9c652052df5ab08d9329574032bf027a71a92c5a105e8af7e6c6c016b67e',X'7B0A202275726C223A202268747470733A2F2F636F6173742D776972652E6578616D706C652F627573696E6573732F77616974696E672D666F722D726566756E6473222C0A202261736B65645F6174223A2022323032362D31312D33305432333A31353A30365A222C0A202270726F6772616D223A20226D656E74696F6E77617463682F302E312E30222C0A20226572726F72223A20226E6F2061646472657373206973206B6E6F776E20666F7220746865206E616D6520636F6173742D776972652E6578616D706C653A20636865636B20746865206E616D652C20616E64207768657468657220746865206E6574776F726B206973207570220A7D');
INSERT INTO rule_watches VALUES ('rule:vip','abc','2026-12-01T00:09:13Z');
INSERT INTO poll_days VALUES ('alerts','feed:54f14456','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,2);
INSERT INTO poll_days VALUES ('botany-news','feed:d2107ead','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('coast-wire','feed:5a618268','2026-11-30',2,'2026-11-30T23:09:13Z',NULL,2);
INSERT INTO poll_days VALUES ('fediverse','tag:brasswellroasters','2026-11-30',9,'2026-11-30T13:44:13Z',NULL,0);
INSERT INTO poll_days VALUES ('fediverse','tag:quillwort','2026-11-30',9,'2026-11-30T13:44:13Z',NULL,0);
INSERT INTO poll_days VALUES ('fediverse','tag:quillwortcoffee','2026-11-30',9,'2026-11-30T13:44:13Z',NULL,2);
INSERT INTO poll_days VALUES ('harbour-times','feed:9b191fb4','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,1);
INSERT INTO poll_days VALUES ('hn','text:brasswell roasters','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('hn','text:quillwort','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('hn','text:quillwort coffee','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,2);
INSERT INTO poll_days VALUES ('hn','text:quillwort.example','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('hn','text:quillwort@social.example','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('hn','text:quillwortcoffee','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('hn','url:quillwort.example','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('lobsters','newest','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,1);
INSERT INTO poll_days VALUES ('lobsters','url:quillwort.example','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('news','news:brasswell roasters','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,0);
INSERT INTO poll_days VALUES ('news','news:quillwort coffee','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,1);
INSERT INTO poll_days VALUES ('roast-review','feed:672c84f3','2026-11-30',1,'2026-11-30T10:14:13Z',NULL,2);
INSERT INTO shapes VALUES ('alerts','feed:54f14456','feed date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',8,1,0,2);
INSERT INTO shapes VALUES ('botany-news','feed:d2107ead','rdf date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',8,1,1,1);
INSERT INTO shapes VALUES ('coast-wire','feed:5a618268','feed author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',8,2,1,3);
INSERT INTO shapes VALUES ('fediverse','tag:brasswellroasters','json author date id text url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,9,9,9);
INSERT INTO shapes VALUES ('fediverse','tag:quillwort','json author date id text url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,9,9,9);
INSERT INTO shapes VALUES ('fediverse','tag:quillwortcoffee','json author date id text url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,9,7,9);
INSERT INTO shapes VALUES ('harbour-times','feed:9b191fb4','rss author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',8,1,1,2);
INSERT INTO shapes VALUES ('hn','text:brasswell roasters','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,1,2);
INSERT INTO shapes VALUES ('hn','text:quillwort','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,1,2);
INSERT INTO shapes VALUES ('hn','text:quillwort coffee','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,0,2);
INSERT INTO shapes VALUES ('hn','text:quillwort.example','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,1,2);
INSERT INTO shapes VALUES ('hn','text:quillwort@social.example','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,1,2);
INSERT INTO shapes VALUES ('hn','text:quillwortcoffee','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,1,2);
INSERT INTO shapes VALUES ('hn','url:quillwort.example','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',11,1,1,2);
INSERT INTO shapes VALUES ('lobsters','newest','json author date id title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',6,1,0,1);
INSERT INTO shapes VALUES ('lobsters','url:quillwort.example','json author date id title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',6,1,1,1);
INSERT INTO shapes VALUES ('news','news:brasswell roasters','rss author date id title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',6,1,1,1);
INSERT INTO shapes VALUES ('news','news:quillwort coffee','rss author date id title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',6,1,0,1);
INSERT INTO shapes VALUES ('roast-review','feed:672c84f3','json author date id text title url','2026-11-30T10:14:13Z','2026-11-30T23:09:13Z',8,1,0,2);
INSERT INTO shape_changes VALUES ('forum','latest','field date','2026-11-30T21:09:13Z','2026-12-01T00:09:13Z',40,'12',NULL);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX items_first_seen ON items (first_seen_at);
CREATE INDEX items_canonical ON items (canonical_url);
CREATE INDEX identities_item ON identities (item_id);
CREATE INDEX mention_records_counts ON mention_records (counts_at);
CREATE INDEX mention_records_brand ON mention_records (brand, counts_at);
CREATE INDEX mention_records_item ON mention_records (item_id);
CREATE INDEX mention_records_judged ON mention_records (brand, judged) WHERE retired_at IS NULL;
CREATE INDEX sketches_story ON sketches (story);
CREATE INDEX polls_source ON polls (source, last_at);
CREATE INDEX polls_last ON polls (last_at);
CREATE INDEX deliveries_state ON deliveries (state);
CREATE INDEX delivery_mentions_delivery ON delivery_mentions (delivery_id);
CREATE INDEX triage_mention ON triage (mention, id);
CREATE INDEX triage_undoes ON triage (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX alerts_state ON alerts (state);
CREATE INDEX alert_events_mention ON alert_events (mention);
CREATE INDEX alert_events_alert ON alert_events (alert_id);
CREATE INDEX spikes_brand ON spikes (brand, kind, began_at);
CREATE INDEX readings_at ON readings (read_at);
CREATE INDEX items_parent ON items (parent_url) WHERE parent_url IS NOT NULL;
CREATE INDEX evidence_mention ON evidence (mention);
CREATE INDEX polls_question ON polls (source, question);
CREATE INDEX mention_records_story ON mention_records (story, matched_at, retired_at);
CREATE VIEW mentions AS
SELECT
  m.id, m.brand, i.kind, i.source, i.platform, i.external_id, i.url, i.canonical_url,
  CASE WHEN v.id IS NULL THEN i.title ELSE v.title END AS title,
  coalesce(v.text, i.text) AS text,
  i.language, json_set(i.author, '$.person', j.person, '$.role', j.role) AS author, i.published_at, i.first_seen_at, coalesce(e.matches, m.matches) AS matches,
  coalesce(v.links, i.links) AS links, i.parent_url,
  (SELECT json_group_array(source) FROM (
     SELECT s.source FROM sightings s
     WHERE s.item_id = i.id AND s.source <> i.source ORDER BY s.first_seen_at, s.source)) AS also_seen,
  coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id ORDER BY r.read_at DESC LIMIT 1),
           i.engagement) AS engagement,
  j.sentiment, j.urgency, coalesce(j.flags, '[]') AS flags, coalesce(j.tags, '[]') AS tags, (SELECT json_group_array(json_extract(h.value, '$.rule')) FROM json_each(j.hits) h) AS rules, i.rating AS stars, m.story,
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
INSERT INTO items_fts (items_fts) VALUES ('rebuild');
