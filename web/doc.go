// Package web tells the outside how the exchange is: health, readiness and Prometheus metrics over HTTP.
//
// Place in the tide: beside it. It reads snapshots and counters and changes nothing.
//
//	GET /healthz  200 "ok", or 503 with what needs a person
//	GET /readyz   200 while calls are accepted, 503 while starting or draining
//	GET /metrics  Prometheus text format
package web
