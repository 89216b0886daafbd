// Package store writes down what must outlive the process: records, events, registrations and the journal.
//
// It stands below the exchange and beside the calls: the exchange hands it events and facts and goes on; nothing here
// is ever waited for. In one folder live:
//
//	ringtide.db        SQLite: the event log, and the tables folded from it (calls, visits, attempts, missed, stamps, …)
//	ringtide.db.backup a copy of it, made once a day
//	emergency.jsonl    events that found the database closed and the memory full; gone when they are in the database
//	journal/           every fact with its orders, for replay; the newest 16 segments of 64 MiB
//	lock               who uses the folder
//
// An event gets its number when it is written down by the exchange; the number makes it go into the database exactly
// once, however often the attempt is repeated. The way of an event:
//
//	           memory, at most 10,000 ────────> database: one transaction each 100 ms,
//	Write ──>    │ more, while the disk fails     synced before it counts (WAL, synchronous=FULL)
//	             v                                     ^
//	           emergency.jsonl ────────────────────────┘ first, when the disk is back
//
// The journal stands behind the records: when the disk lags it loses facts (and counts them), when the disk is full it
// gives its oldest segments away.
//
// Sources: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous.
package store
