package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// emergency is the file for events that neither the database nor memory would take. It belongs to the writer; only
// count may be read by others.
type emergency struct {
	path  string
	count atomic.Int64 // events in the file, as far as known
}

// append adds events, on the disk when it returns. A part of them may be there after an error; their numbers make that
// harmless.
func (e *emergency) append(items []item) error {
	var text bytes.Buffer
	encode := json.NewEncoder(&text)
	for i := range items {
		if err := encode.Encode(&items[i]); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(e.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write emergency file: %w", err)
	}
	e.count.Add(int64(len(items)))
	return nil
}

// each calls take with the events of the file in their order, at most size at once. A line that is not whole, the end of a
// write that was cut off, is left out.
func (e *emergency) each(size int, take func([]item) error) error {
	f, err := os.Open(e.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read emergency file: %w", err)
	}
	defer f.Close()
	var batch []item
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		var i item
		if json.Unmarshal(line, &i) == nil && i.Seq > 0 {
			batch = append(batch, i)
		}
		if len(batch) == size || err != nil && len(batch) > 0 {
			if err := take(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read emergency file: %w", err)
		}
	}
}

// remove ends the emergency: all events are in the database.
func (e *emergency) remove() error {
	if err := os.Remove(e.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove emergency file: %w", err)
	}
	e.count.Store(0)
	return nil
}
