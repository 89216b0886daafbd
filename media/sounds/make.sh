#!/bin/sh
# Makes the spoken prompts beside this file: NAME.wav, 8 kHz mono G.711 u-law.
# Needs espeak-ng and sox. Run it in this folder after changing a text below; the results are committed.
set -eu

say() { speak "$1" "$2" 0.05 0.15; } # NAME TEXT: a sentence
word() { speak "$1" "$2" 0.02 0.06; } # NAME TEXT: a part of one

speak() { # NAME TEXT PAUSES
	espeak-ng -v en-us -s 150 -p 42 -a 100 -w raw.wav "$2"
	# Telephone band; silence trimmed and edges softened at both ends (the tail by reversing); even level, peak -4 dBFS.
	sox raw.wav -r 8000 -c 1 -e u-law "$1.wav" \
		highpass 180 lowpass 3400 bass -3 250 \
		silence 1 0.01 0.3% fade t 0.02 reverse silence 1 0.01 0.3% fade t 0.04 reverse \
		compand 0.02,0.15 6:-60,-50,-30,-18,-10,-8,0,-6 -6 -60 0.02 \
		pad "$3" "$4" norm -4
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

# After a recording.
say review               "To save the recording, press 1. To listen to it, press 2. To record it again, press 3."
say review-greeting      "To leave the greeting as it was, press star."

# Entering a mailbox.
say enter-pin            "Please enter your pin, and press the hash key."
say pin-wrong            "That was not correct."
word you-have            "You have"
say no-messages          "There are no messages."
word new-message         "new message"
word new-messages        "new messages"
word old-message         "old message"
word old-messages        "old messages"
word and                 "and"
word own-mailbox         "Your mailbox."
word group-mailbox       "Group mailbox"
word press               "press"

# The menu of a mailbox.
say menu-new             "For new messages, press 1."
say menu-old             "For old messages, press 2."
say menu-greeting        "For your greeting, press 3."
say menu-boxes           "For another mailbox, press 0."
say menu-end             "To end, press the hash key."

# Listening to messages.
word message             "Message"
say deleted              "Deleted. To restore it, press 3."
say restored             "Restored."
say kept-as-new          "Kept as new."
say after-message        "To hear it again, press 1. To delete it, press 3. For the next message, press 9. For all keys, press star."
say message-help         "1, again. 2, pause or go on. 3, delete or restore. 4, back. 5, who called and when. 6, forward. 7, previous message. 8, call back. 9, next message. 0, keep as new. Hash, back to the menu."
say no-more-messages     "No more messages."
say first-message        "This is the first message."
say message-gone         "This message has been deleted."
say no-call-back         "It is not possible to call this number back from here."

# From whom and when.
word from                "From"
word unknown-number      "an unknown number,"
word plus                "plus"
word at                  "at"
word o-clock             "o'clock"
for day in Sunday Monday Tuesday Wednesday Thursday Friday Saturday; do
	word "$(echo $day | tr A-Z a-z)" "$day"
done
for month in January February March April May June July August September October November December; do
	word "$(echo $month | tr A-Z a-z)" "$month"
done
for number in $(seq 0 20) 30 40 50 60 70 80 90; do
	word "$number" "$number"
done
word hundred             "hundred"

# The greeting.
say greeting-menu        "To listen to your greeting, press 1. To record it, press 2. For the standard greeting, press 3. To go back, press the hash key."
say record-greeting      "Please speak your greeting after the tone. Press the hash key when you are done."
say greeting-saved       "Your greeting is in use now."
say greeting-unchanged   "Your greeting is unchanged."
say greeting-built-in    "The standard greeting is in use now."
