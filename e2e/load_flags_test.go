package e2e

import "flag"

var loadRate = flag.Int("rate", 100, "calls a second of BenchmarkQueuedCall")
