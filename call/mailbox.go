package call

import "ringtide/queue"

// openMailbox lets the user who calls listen to its mailboxes.
func (c *Call) openMailbox(queue.OpenMailbox) { c.x.Tell(queue.MailboxClosed{Call: c.id}) }
