//go:build race

package queue

const defaultSimSteps = 150_000
