package media

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"
)

// The spoken prompts: made by sounds/make.sh from the texts in it.
//
//go:embed sounds/*.wav
var promptFiles embed.FS

// prompts are decoded once and shared by all engines.
var prompts = sync.OnceValues(func() (map[string]*clip, error) {
	files, err := promptFiles.ReadDir("sounds")
	if err != nil {
		return nil, fmt.Errorf("read the built-in prompts: %w", err)
	}
	all := make(map[string]*clip, len(files))
	for _, f := range files {
		data, err := promptFiles.ReadFile(path.Join("sounds", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the built-in prompt %s: %w", f.Name(), err)
		}
		pcm, err := decodeWAV(data)
		if err != nil {
			return nil, fmt.Errorf("read the built-in prompt %s: %w", f.Name(), err)
		}
		all[strings.TrimSuffix(f.Name(), ".wav")] = newClip(pcm)
	}
	return all, nil
})
