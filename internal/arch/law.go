// Package arch keeps ARCHITECTURE.md and the code of one mind: it has tests only.
package arch
