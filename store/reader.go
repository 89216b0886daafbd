package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// Reader reads records, also beside a server that writes them, and changes nothing. Its methods are safe from any
// goroutine.
type Reader struct{ db *sql.DB }

// OpenReader opens the records in c.Path for reading.
func OpenReader(c Config) (*Reader, error) {
	if _, err := os.Stat(c.database()); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open records: there are none in %s yet; start the server once, or set store.path", c.Path)
	}
	db, err := connectReaders(c.database())
	if err != nil {
		return nil, fmt.Errorf("open records %s: %w", c.database(), err)
	}
	if err := db.Ping(); err != nil {
		return nil, errors.Join(fmt.Errorf("open records %s: %s", c.database(), inWords(err)), db.Close())
	}
	return &Reader{db}, nil
}

// Close ends reading.
func (r *Reader) Close() error { return r.db.Close() }

// each appends the rows of a query to list; fields names where the columns of a row go.
func each[T any](ctx context.Context, db *sql.DB, query string, fields func(*T) []any, list *[]T, args ...any) error {
	return eachRow(ctx, db, query, fields, func(t T) { *list = append(*list, t) }, args...)
}

// eachRow has each row of a query taken.
func eachRow[T any](ctx context.Context, db *sql.DB, query string, fields func(*T) []any, take func(T), args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t T
		if err := rows.Scan(fields(&t)...); err != nil {
			return err
		}
		take(t)
	}
	return rows.Err()
}

// self is for queries of one column.
func self[T any](t *T) []any { return []any{t} }

// moment reads a time column into a time; NULL becomes zero.
type moment struct{ to *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.to = time.Time{}
	case int64:
		*m.to = time.UnixMilli(v)
	default:
		return fmt.Errorf("a time is %T", value)
	}
	return nil
}
