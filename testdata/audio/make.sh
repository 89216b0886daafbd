#!/bin/sh
# Makes the WAV files beside this file with sox: 0.4 s of 1020 Hz at -10 dB, as other programs write them.
# Run it in this folder; the results are committed.
set -eu
make() { # NAME, then what sox shall write
	name=$1
	shift
	sox -R -n "$@" "$name.wav" synth 0.4 sine 1020 gain -10
}
make pcm16-8k          -r 8000 -c 1 -b 16
make pcm16-44k1-stereo -r 44100 -c 2 -b 16
make pcm16-48k         -r 48000 -c 1 -b 16
make pcm8-11k          -r 11025 -c 1 -b 8 -e unsigned-integer
make ulaw-8k           -r 8000 -c 1 -e u-law
make alaw-16k          -r 16000 -c 1 -e a-law
make pcm24-48k         -r 48000 -c 1 -b 24
make float-8k          -r 8000 -c 1 -e floating-point -b 32
