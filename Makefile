# Thin names over go. `make test` is all a newcomer needs; it installs what the tests need.
GO        ?= go
SIM_STEPS ?= 50000000
FUZZ_TIME ?= 60s
SECRETS   ?= deploy/secrets
INSTALL   := sh -c 's=$$([ "$$(id -u)" = 0 ] || echo sudo); $$s apt-get update -qq && $$s apt-get install -y -qq "$$@"' install
FUZZ_IN   := ./sip/internal/wire ./sip ./media ./config

.PHONY: help run build test unit e2e long lint race sim explore fuzz golden bench deps secrets

help:           ## this list
	@grep -hE '^[a-z0-9]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run:            ## run on ./config.yaml
	$(GO) run ./cmd/ringtide

build:          ## one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o ringtide ./cmd/ringtide

test: deps      ## everything CI runs: format, vet, unit, simulation, SIPp
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt would change these files: run gofmt -w .'; exit 1; }
	$(GO) vet ./...
	$(GO) test -race -timeout 11m ./...
	$(GO) test -run TestSimulation ./queue   # again without the race detector: a million steps

unit:           ## without SIPp
	$(GO) test -race -short ./...

e2e: deps       ## SIPp scenarios against the real program
	$(GO) test -race -count=1 -v -timeout 11m ./e2e

long: deps      ## the tests at full length: attacks, lost ACKs, slow connections (half an hour)
	$(GO) test -count=1 -timeout 60m ./e2e -long

lint:           ## a dozen linters, see .golangci.yml
	$(GO) vet ./...
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run

sim:            ## the simulated days, many more of them
	$(GO) test ./queue -run TestSimulation -count=1 -timeout 60m -sim.steps $(SIM_STEPS)
	$(GO) test ./call -run TestWire -count=1 -timeout 20m -args -wire.calls 10000

explore:        ## every order of facts in small worlds, 300,000 states of each
	$(GO) test ./queue -run TestExploration -count=1 -timeout 120m -v -explore.states 300000

fuzz:           ## every fuzz target for FUZZ_TIME
	@for p in $(FUZZ_IN); do for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do \
		$(GO) test $$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 5x || exit 1; done; done

golden:         ## write the golden conversations anew; read the diff before you commit it
	$(GO) test ./queue -run TestConversations -rewrite

bench:          ## figures for docs/performance.md
	$(GO) test -run '^$$' -bench . -benchmem ./queue ./sip/... ./media ./store

deps:           ## SIPp and baresip, from the system's packages, if they are missing
	@command -v sipp >/dev/null || { echo 'installing sipp (package sip-tester)'; $(INSTALL) sip-tester >/dev/null; }
	@command -v baresip >/dev/null || { echo 'installing baresip (package baresip-core)'; \
		$(INSTALL) --no-install-recommends baresip-core >/dev/null || echo 'without baresip its tests are skipped'; }

secrets:        ## passwords for docker-compose.yml, where there are none yet
	@mkdir -p -m 0700 $(SECRETS)
	@cd $(SECRETS) && for u in 101 102 103; do \
		test -s $$u || { head -c 15 /dev/urandom | base64 >$$u && chmod 0444 $$u; }; done
