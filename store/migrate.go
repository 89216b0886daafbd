package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
)

// migrations are applied in the order of their names. A published one never changes; the number of those applied is the
// database's user_version.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, each step in one transaction.
func migrate(db *sql.DB) error {
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	var have int
	if err := db.QueryRowContext(context.Background(), "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > len(steps) {
		return fmt.Errorf("the database is of a newer version (schema %d, this program knows %d); start the newer program, or restore a "+
			"backup made by this one", have, len(steps))
	}
	for i, step := range steps[have:] {
		if err := applyMigration(db, step.Name(), have+i+1); err != nil {
			return fmt.Errorf("bring the schema up to %s: %w", step.Name(), err)
		}
	}
	return nil
}

func applyMigration(db *sql.DB, name string, version int) error {
	text, err := migrations.ReadFile("migrations/" + name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if _, err := tx.Exec(string(text)); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}
