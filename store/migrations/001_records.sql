-- Times are milliseconds since 1970 UTC, lengths of time are milliseconds. "" means none.

-- The event log: every other table but registrations is a fold of it.
CREATE TABLE events (
    seq  INTEGER PRIMARY KEY,            -- counts up for ever
    at   INTEGER NOT NULL,
    type TEXT    NOT NULL,               -- call.arrived, attempt.started, …
    call TEXT    NOT NULL,
    data TEXT    NOT NULL                -- JSON: the other fields; lengths of time are nanoseconds here
) STRICT;

CREATE TABLE calls (
    id            TEXT    PRIMARY KEY,
    seq           INTEGER NOT NULL,      -- of its call.arrived
    started       INTEGER NOT NULL,
    number        TEXT    NOT NULL,      -- number called
    caller_number TEXT    NOT NULL,
    caller_name   TEXT    NOT NULL,
    trunk         TEXT    NOT NULL,      -- it came over this trunk, or
    user          TEXT    NOT NULL,      -- this user dialled
    disposition   TEXT    NOT NULL DEFAULT '',   -- answered, missed, blocked, ended; '' while undecided
    cause         TEXT    NOT NULL DEFAULT '',
    answered      INTEGER,               -- first answer
    answered_by   TEXT    NOT NULL DEFAULT '',   -- extension or outside number
    waited        INTEGER NOT NULL DEFAULT 0,
    talked        INTEGER NOT NULL DEFAULT 0,
    ended         INTEGER                -- NULL while it lives
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_started ON calls (started);
CREATE INDEX calls_open ON calls (seq) WHERE ended IS NULL;

-- A call's stay in a group.
CREATE TABLE visits (
    call     TEXT    NOT NULL,
    visit    INTEGER NOT NULL,           -- counts the groups of the call from 1
    grp      TEXT    NOT NULL,
    entered  INTEGER NOT NULL,
    ended    INTEGER,                    -- when it left the line
    outcome  TEXT    NOT NULL DEFAULT '',        -- answered, overflowed, abandoned, voicemail, ended
    cause    TEXT    NOT NULL DEFAULT '',        -- the rule that moved it on
    next     TEXT    NOT NULL DEFAULT '',        -- where it went by that rule
    waited   INTEGER NOT NULL DEFAULT 0,         -- in all lines so far
    position INTEGER NOT NULL DEFAULT 0,         -- in the line when it left, from 1
    PRIMARY KEY (call, visit)
) STRICT, WITHOUT ROWID;

-- A try at one agent or outside number.
CREATE TABLE attempts (
    attempt INTEGER PRIMARY KEY,
    call    TEXT    NOT NULL,
    visit   INTEGER NOT NULL,            -- 0: a direct call
    grp     TEXT    NOT NULL,
    agent   TEXT    NOT NULL,
    number  TEXT    NOT NULL,
    started INTEGER NOT NULL,
    ringing INTEGER,
    ended   INTEGER,                     -- answered or failed
    outcome TEXT    NOT NULL DEFAULT '', -- answered, rejected, no_answer, unreachable, withdrawn
    cause   TEXT    NOT NULL DEFAULT '', -- why withdrawn
    code    INTEGER NOT NULL DEFAULT 0   -- SIP status of a refusal
) STRICT;
CREATE INDEX attempts_call ON attempts (call);

CREATE TABLE missed (
    call          TEXT    PRIMARY KEY,
    at            INTEGER NOT NULL,
    number        TEXT    NOT NULL,
    caller_number TEXT    NOT NULL,
    caller_name   TEXT    NOT NULL,
    path          TEXT    NOT NULL,      -- groups in the order entered: "sales > support"
    waited        INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    reason        TEXT    NOT NULL,
    state         TEXT    NOT NULL DEFAULT 'new',     -- new, called_back, closed
    closed        INTEGER,               -- when a later call was answered
    closed_by     TEXT    NOT NULL DEFAULT ''         -- that call
) STRICT, WITHOUT ROWID;
CREATE INDEX missed_at ON missed (at);
CREATE INDEX missed_open ON missed (caller_number) WHERE state <> 'closed';
CREATE INDEX missed_closed ON missed (closed_by) WHERE closed_by <> '';

-- What "evenly" goes by.
CREATE TABLE stamps (
    grp     TEXT    NOT NULL,
    agent   TEXT    NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (grp, agent)
) STRICT, WITHOUT ROWID;

-- What users chose. No row: logged in, not paused.
CREATE TABLE agent_states (
    agent      TEXT    PRIMARY KEY,
    logged_out INTEGER NOT NULL DEFAULT 0,
    paused     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id            TEXT    PRIMARY KEY,
    mailbox       TEXT    NOT NULL,
    call          TEXT    NOT NULL,
    caller_number TEXT    NOT NULL,
    caller_name   TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    state         TEXT    NOT NULL DEFAULT 'new'
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_mailbox ON messages (mailbox, at);

CREATE TABLE registrations (
    user       TEXT    NOT NULL,
    contact    TEXT    NOT NULL,
    instance   TEXT    NOT NULL,
    call_id    TEXT    NOT NULL,
    cseq       INTEGER NOT NULL,
    user_agent TEXT    NOT NULL,
    transport  TEXT    NOT NULL,
    local      TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    expires    INTEGER NOT NULL,
    place      INTEGER NOT NULL,         -- order among the user's contacts
    PRIMARY KEY (user, place)
) STRICT, WITHOUT ROWID;
