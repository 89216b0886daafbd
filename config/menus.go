package config

import "fmt"

// menus checks the menus. This version does not serve them.
func (c *checker) menus() {
	for i, m := range c.file.Menus {
		path := fmt.Sprintf("menus[%d]", i)
		c.audioFile(path+".prompt", m.Prompt)
		c.keys(path+".keys", m.Keys, where{menu: true})
		c.between(path+".no_input.after", m.NoInput.After, second, 10*minute)
		c.count(path+".no_input.repeat", m.NoInput.Repeat, 0, 100)
		c.destination(path+".no_input.then", m.NoInput.Then, where{menu: true})
	}
}
