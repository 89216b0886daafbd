package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on machines without them
)

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// hours checks the opening hours. This version does not serve them.
func (c *checker) hours() {
	for i, h := range c.file.Hours {
		path := fmt.Sprintf("hours[%d]", i)
		if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "" || h.Zone == "Local" {
			c.errorf(path+".zone", "%q is no time zone: write it like Europe/Berlin, or UTC", h.Zone)
		}
		if len(h.Open) == 0 {
			c.warnf(path, "is never open: open names no day")
		}
		for days, spans := range sorted(h.Open) {
			at := join(path+".open", days)
			if !areDays(days) {
				c.errorf(at, "%q is no day: mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri", days)
			}
			for j, span := range spans {
				if err := checkSpan(span); err != nil {
					c.errorf(fmt.Sprintf("%s[%d]", at, j), "%v", err)
				}
			}
		}
		for j, day := range h.Holidays {
			if !isHoliday(day) {
				c.errorf(fmt.Sprintf("%s.holidays[%d]", path, j), `%q is no date: "2026-12-25", or "12-25" for every year`, day)
			}
		}
	}
}

// areDays accepts a day or a range of them, which may go over the weekend: sat-mon.
func areDays(text string) bool {
	first, last, ranged := strings.Cut(text, "-")
	return slices.Contains(weekdays, first) && (!ranged || slices.Contains(weekdays, last))
}

var spanSyntax = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)

// checkSpan accepts a part of one day.
func checkSpan(text string) error {
	if !spanSyntax.MatchString(text) {
		return fmt.Errorf("%q is no time of day: write it like 09:00-17:30, the end at most 24:00", text)
	}
	if from, to, _ := strings.Cut(text, "-"); from >= to {
		return errors.New("ends before it begins: split a night at midnight, 22:00-24:00 and 00:00-06:00 on the next day")
	}
	return nil
}

func isHoliday(text string) bool {
	if len(text) == len("01-02") {
		text = "2000-" + text // a leap year: 02-29 is a date
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
