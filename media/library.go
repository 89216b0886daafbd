package media

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxGreeting is the longest file Play takes: 19 MB in memory.
const maxGreeting = 20 * time.Minute

var errOneField = errors.New("exactly one field of a sound must be set")

// player makes what a Sound asks for.
func (e *Engine) player(sound Sound) (player, error) {
	p, clip, err := player{sound: sound}, (*clip)(nil), error(nil)
	switch sound {
	case Sound{}:
		err = errOneField
	case Sound{Music: sound.Music}:
		p.shared = true
		clip, err = named(e.settings.Load().music, "music", sound.Music)
	case Sound{Ringback: true}:
		clip = tones().ringback
	case Sound{Busy: true}:
		clip = tones().busy
	case Sound{Beep: true}:
		clip, p.ends = tones().beep, true
	case Sound{Prompt: sound.Prompt}:
		p.ends = true
		clip, err = named(e.prompts, "prompt", sound.Prompt)
	case Sound{File: sound.File, From: sound.From}:
		p.ends, p.from = true, uint64(max(0, sound.From)/frameTime)
		clip, err = e.files.load(sound.File)
	default:
		err = errOneField
	}
	if err != nil {
		return player{}, fmt.Errorf("play: %w", err)
	}
	p.clip = clip
	return p, nil
}

func named(clips map[string]*clip, kind, name string) (*clip, error) {
	if c := clips[name]; c != nil {
		return c, nil
	}
	known := strings.Join(slices.Sorted(maps.Keys(clips)), ", ")
	return nil, fmt.Errorf("no %s is called %q; there are %s", kind, name, known)
}

// maxCached is how many files are kept ready: greetings that many callers hear.
const maxCached = 32

// fileCache keeps the clips of files played lately, as long as the file does not change.
type fileCache struct {
	mu     sync.Mutex
	recent []cachedFile // newest last
}

type cachedFile struct {
	path    string
	size    int64
	changed time.Time
	clip    *clip
}

// load reads a file, or finds it as it was read before. It blocks on the disk.
func (f *fileCache) load(path string) (*clip, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	want := cachedFile{path: path, size: info.Size(), changed: info.ModTime()}
	if c := f.find(want); c != nil {
		return c, nil
	}
	pcm, err := loadWAV(path)
	if err != nil {
		return nil, err
	}
	if len(pcm) == 0 || len(pcm) > samplesOf(maxGreeting) {
		return nil, fmt.Errorf("%s is empty or longer than %v", path, maxGreeting)
	}
	want.clip = newClip(pcm)
	f.keep(want)
	return want.clip, nil
}

func (f *fileCache) find(want cachedFile) *clip {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, c := range f.recent {
		if c.path == want.path && c.size == want.size && c.changed.Equal(want.changed) {
			f.recent = append(slices.Delete(f.recent, i, i+1), c)
			return c.clip
		}
	}
	return nil
}

func (f *fileCache) keep(c cachedFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recent = slices.DeleteFunc(f.recent, func(old cachedFile) bool { return old.path == c.path })
	if len(f.recent) >= maxCached {
		f.recent = slices.Delete(f.recent, 0, 1)
	}
	f.recent = append(f.recent, c)
}
