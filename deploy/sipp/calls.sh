#!/bin/sh
# Calls ringtide as a company's day does: the phones 101 and 102 register and answer, callers come over the trunk. Ends with
# 0 if every caller talked to somebody.
#
#   SERVER     address of ringtide          HERE       our address, which is the trunk's
#   CALLS      how many calls (10)          SCENARIOS  folder of the scenarios
#   SECRETS    folder of the passwords, a file for each extension
set -eu
: "${SERVER:?}" "${HERE:?}" "${CALLS:=10}" "${SCENARIOS:=/scenarios}" "${SECRETS:=/run/secrets}"
folder=$(mktemp -d)
phones=
trap 'kill $phones 2>/dev/null || :; rm -r "$folder"' EXIT

# play NAME PORT OPTIONS...: the shell becomes SIPp at that port. Its media ports follow from it.
play() {
	name=$1 port=$2 media=$((10 * $2 - 20600))
	shift 2
	exec sipp "$SERVER:5060" -i "$HERE" -bind_local -p "$port" -mi "$HERE" -mp "$media" -key rtp "$media" \
		-key domain ringtide.local -key contact "$port" -key codecs "0 101" -nostdin -timeout "$((CALLS * 2 + 60))" \
		-trace_msg -message_file "$folder/$name" "$@" >"$folder/$name.log" 2>&1
}

# A phone picks up after half a second and talks until the caller hangs up.
plan=$(i=0; while [ $((i += 1)) -le "$CALLS" ]; do printf 'answer:500:0 '; done)
for user in 101 102; do
	printf 'SEQUENTIAL\n%s;[authentication username=%s password=%s]\n' "$user" "$user" "$(cat "$SECRETS/$user")" >"$folder/$user.csv"
	play "$user" "$((4970 + user))" -sf "$SCENARIOS/phone.xml" -oocsf "$SCENARIOS/rings.xml" -inf "$folder/$user.csv" \
		-set plan "$plan" -auth_uri "$SERVER:5060" -key expires 3600 -m 1 -l 1 &
	phones="$phones $!"
done
for user in 101 102; do
	tries=0
	until grep -q '^SIP/2.0 200' "$folder/$user" 2>/dev/null; do
		[ $((tries += 1)) -le 100 ] || { echo "phone $user could not register:"; cat "$folder/$user"; exit 1; }
		sleep 0.1
	done
	echo "phone $user is registered"
done

printf 'SEQUENTIAL\nnone\n' >"$folder/callers.csv"
(play callers 5062 -sf "$SCENARIOS/caller.xml" -inf "$folder/callers.csv" -s +15551000 -m "$CALLS" -r 2 -l 4 \
	-set talk 3000 -key from +15557001 -key host "$HERE" -key name Caller) || { cat "$folder/callers.log"; exit 1; }
# What follows the ACK of a phone is a talk. A call that nobody answered goes to voicemail.
talked=$(cat "$folder/101" "$folder/102" | grep -c '^ACK ' || :)
echo "$CALLS calls, $talked answered by the phones"
[ "$talked" -ge "$CALLS" ]
