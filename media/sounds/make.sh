#!/bin/sh
# Makes the spoken prompts beside this file: NAME.wav, 8 kHz mono G.711 u-law.
# Needs espeak-ng and sox. Run it in this folder after changing a text below; the results are committed.
set -eu

say() { # NAME TEXT
	espeak-ng -v en-us -s 150 -p 42 -a 100 -w raw.wav "$2"
	# Telephone band; silence trimmed and edges softened at both ends (the tail by reversing); even level, peak -4 dBFS.
	sox raw.wav -r 8000 -c 1 -e u-law "$1.wav" \
		highpass 180 lowpass 3400 bass -3 250 \
		silence 1 0.01 0.3% fade t 0.02 reverse silence 1 0.01 0.3% fade t 0.04 reverse \
		compand 0.02,0.15 6:-60,-50,-30,-18,-10,-8,0,-6 -6 -60 0.02 \
		pad 0.05 0.15 norm -4
	rm raw.wav
}

say logged-in            "You are logged in."
say logged-out           "You are logged out."
say paused               "You are paused."
say resumed              "You are available again."
say wrap-up-ended        "Wrap up is over."
say not-possible         "This is not possible now."
say number-not-in-service "The number you have dialed is not in service."
say not-available        "The person you are calling is not available."
say all-busy             "All our lines are busy. Please hold the line."
say closed               "We are closed now. Please call again later."
say goodbye              "Goodbye."
say voicemail-greeting   "Nobody can take your call right now. Please leave a message after the tone. Press the hash key when you are done."
say mailbox-full         "This mailbox is full. Please call again later."
say mailbox-failed       "Your message could not be saved. Please call again later."
say message-saved        "Your message has been saved."
