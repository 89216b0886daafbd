//go:build !race

package queue

const defaultSimSteps = 1_000_000

const defaultExploreStates = 12_000
