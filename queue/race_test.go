//go:build race

package queue

const defaultSimSteps = 150_000

const defaultExploreStates = 3_000
