package store

import (
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestDatabaseIsCopiedOnceADay(t *testing.T) {
	c := Config{t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, c)
		s.Write(noon, manyCalls(3))
		<-time.After(backupLook + time.Minute)
		synctest.Wait()
		first, err := os.Stat(c.backup())
		must(t, err)
		must(t, os.Chtimes(c.backup(), time.Now(), time.Now()))
		<-time.After(backupEvery - 2*backupLook)
		synctest.Wait()
		if same, err := os.Stat(c.backup()); err != nil || !os.SameFile(same, first) {
			t.Errorf("replaced within a day: %v", err)
		}
		<-time.After(3 * backupLook)
		synctest.Wait()
		if other, err := os.Stat(c.backup()); err != nil || os.SameFile(other, first) {
			t.Errorf("not replaced after a day: %v", err)
		}
	})
	must(t, os.Rename(c.backup(), c.database())) // restored
	complete(t, mustOpen(t, c), 3)
}
