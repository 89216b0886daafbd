package media

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	musicBuiltin  = "builtin"        // value of Config.Music: the piece of compose.go
	musicSilence  = "silence"        // name that always exists
	musicRingback = "ringback"       // name that always exists
	maxMusic      = 60 * time.Minute // of one name: 58 MB in memory
)

// loadMusic makes the clip of each name of Config.Music, and of the two that always exist.
func loadMusic(config map[string]string) (map[string]*clip, error) {
	music := map[string]*clip{musicSilence: quiet, musicRingback: tones().ringback}
	for name, source := range config {
		clip, err := loadTrack(source)
		if err != nil {
			return nil, fmt.Errorf("load media.music %s: %w", name, err)
		}
		music[name] = clip
	}
	return music, nil
}

// loadTrack makes the clip of "builtin", of a WAV file, or of all the WAV files of a folder in the order of their names.
func loadTrack(source string) (*clip, error) {
	if source == musicBuiltin {
		return builtinMusic(), nil
	}
	files, err := trackFiles(source)
	if err != nil {
		return nil, err
	}
	var pcm []int16
	for _, file := range files {
		piece, err := loadWAV(file)
		if err != nil {
			return nil, err
		}
		pcm = append(pcm, piece...)
		if len(pcm) > samplesOf(maxMusic) {
			return nil, fmt.Errorf("%s is longer than %v", source, maxMusic)
		}
	}
	if len(pcm) == 0 {
		return nil, fmt.Errorf("%s holds no audio", source)
	}
	return newClip(pcm), nil
}

func trackFiles(source string) ([]string, error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{source}, nil
	}
	entries, err := os.ReadDir(source) // sorted by name
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		return e.IsDir() || !strings.EqualFold(filepath.Ext(e.Name()), ".wav")
	})
	if len(entries) == 0 {
		return nil, errors.New("no WAV file in " + source)
	}
	var files []string
	for _, e := range entries {
		files = append(files, filepath.Join(source, e.Name()))
	}
	return files, nil
}
