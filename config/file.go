package config

// file is the configuration file. The tag yaml is the key; the tag default is the value, written as YAML, of a key that
// is left out, where that is not the zero value.
type file struct {
	SIP      sipSection      `yaml:"sip"`
	Media    mediaSection    `yaml:"media"`
	Store    storeSection    `yaml:"store"`
	Web      webSection      `yaml:"web"`
	Users    []userEntry     `yaml:"users"`
	Trunks   []trunkEntry    `yaml:"trunks"`
	Numbers  []numberEntry   `yaml:"numbers"`
	Groups   []groupEntry    `yaml:"groups"`
	Menus    []menuEntry     `yaml:"menus"`
	Hours    []hoursEntry    `yaml:"hours"`
	Codes    codesSection    `yaml:"codes"`
	Limits   limitsSection   `yaml:"limits"`
	Outbound outboundSection `yaml:"outbound"`
	Blocked  []string        `yaml:"blocked"`
}

type sipSection struct {
	Listen         []string            `yaml:"listen" default:"['udp://127.0.0.1:5060', 'tcp://127.0.0.1:5060']"`
	Domain         string              `yaml:"domain" default:"ringtide.local"`
	PublicIP       string              `yaml:"public_ip"`
	TLS            tlsSection          `yaml:"tls"`
	SessionExpires duration            `yaml:"session_expires" default:"30m"`
	Qualify        duration            `yaml:"qualify" default:"30s"`
	Registration   registrationSection `yaml:"registration"`
}

// tlsSection: cert_file and key_file of the contract are the _file forms of two secrets.
type tlsSection struct {
	Cert secret `yaml:"cert"`
	Key  secret `yaml:"key"`
}

type registrationSection struct {
	Min         duration `yaml:"min" default:"60s"`
	Max         duration `yaml:"max" default:"1h"`
	MaxContacts int      `yaml:"max_contacts" default:"10"`
}

type mediaSection struct {
	Ports      string            `yaml:"ports" default:"20000-29999"`
	Codecs     []string          `yaml:"codecs" default:"[pcmu, pcma, g722, opus]"`
	RTPTimeout duration          `yaml:"rtp_timeout" default:"60s"`
	Music      map[string]string `yaml:"music" default:"{default: builtin}"`
}

type storeSection struct {
	Path string `yaml:"path" default:"data"`
}

type webSection struct {
	Listen string `yaml:"listen" default:"'127.0.0.1:8080'"`
}

type userEntry struct {
	Extension string `yaml:"extension"`
	Name      string `yaml:"name"`
	Password  secret `yaml:"password"`
	PIN       secret `yaml:"pin"`
	Outside   bool   `yaml:"outside"`
	Mobile    string `yaml:"mobile"`
	Email     string `yaml:"email"`
}

type trunkEntry struct {
	Name     string    `yaml:"name"`
	Peers    []string  `yaml:"peers"`
	URI      oneOrMore `yaml:"uri"`
	Username string    `yaml:"username"`
	Password secret    `yaml:"password"`
	Register bool      `yaml:"register"`
	MaxCalls int       `yaml:"max_calls"`
	CallerID string    `yaml:"caller_id"`
	Country  string    `yaml:"country" default:"'1'"`
}

type numberEntry struct {
	Number   string `yaml:"number"`
	Trunk    string `yaml:"trunk"`
	To       string `yaml:"to"`
	Answer   string `yaml:"answer" default:"at_once"`
	Greeting string `yaml:"greeting"`
	Music    string `yaml:"music" default:"default"`
	Hours    string `yaml:"hours"`
	Closed   string `yaml:"closed" default:"hang_up"`
}

type groupEntry struct {
	Name         string           `yaml:"name"`
	Title        string           `yaml:"title"`
	Extension    string           `yaml:"extension"`
	Agents       []string         `yaml:"agents"`
	Distribution string           `yaml:"distribution" default:"evenly"`
	Rings        int              `yaml:"rings" default:"4"`
	IfMissed     string           `yaml:"if_missed" default:"voicemail"`
	BusyWait     optionalDuration `yaml:"busy_wait"`
	IfNobody     string           `yaml:"if_nobody"`
	NobodyAfter  duration         `yaml:"nobody_after" default:"60s"`
	Intercept    bool             `yaml:"intercept"`
	WrapUp       duration         `yaml:"wrap_up"`
	MaxTalking   duration         `yaml:"max_talking"`
	Hold         holdSection      `yaml:"hold"`
}

type holdSection struct {
	MaxWait     duration          `yaml:"max_wait"`
	MaxCallers  int               `yaml:"max_callers"`
	Then        string            `yaml:"then" default:"voicemail"`
	Music       string            `yaml:"music"`
	SayPosition bool              `yaml:"say_position"`
	SayEvery    duration          `yaml:"say_every" default:"30s"`
	Keys        map[string]string `yaml:"keys"`
}

type menuEntry struct {
	Name       string            `yaml:"name"`
	Prompt     string            `yaml:"prompt"`
	Keys       map[string]string `yaml:"keys"`
	Extensions bool              `yaml:"extensions" default:"true"`
	NoInput    noInputSection    `yaml:"no_input"`
}

type noInputSection struct {
	After  duration `yaml:"after" default:"8s"`
	Repeat int      `yaml:"repeat" default:"2"`
	Then   string   `yaml:"then" default:"hang_up"`
}

type hoursEntry struct {
	Name     string              `yaml:"name"`
	Zone     string              `yaml:"zone" default:"Europe/Berlin"`
	Open     map[string][]string `yaml:"open"`
	Holidays []string            `yaml:"holidays"`
}

type codesSection struct {
	Intercept string `yaml:"intercept" default:"'*8'"`
	Voicemail string `yaml:"voicemail" default:"'*97'"`
	LogIn     string `yaml:"log_in" default:"'*11'"`
	LogOut    string `yaml:"log_out" default:"'*12'"`
	Pause     string `yaml:"pause" default:"'*13'"`
	Resume    string `yaml:"resume" default:"'*14'"`
	WrapUp    string `yaml:"wrap_up" default:"'*15'"`
}

type limitsSection struct {
	Calls           int      `yaml:"calls" default:"2000"`
	CallsPerSecond  int      `yaml:"calls_per_second" default:"100"`
	SourcePerSecond int      `yaml:"source_per_second" default:"20"`
	Drain           duration `yaml:"drain" default:"60s"`
}

type outboundSection struct {
	Trunk     string   `yaml:"trunk"`
	Prefix    string   `yaml:"prefix"`
	Emergency []string `yaml:"emergency" default:"['112', '911']"`
	PerUser   int      `yaml:"per_user"`
	PerHour   int      `yaml:"per_hour"`
	Allow     []string `yaml:"allow"`
}
