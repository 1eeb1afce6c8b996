"""What a sending process began and what came of it, in a file of its own that survives its death.

The database learns of results a few times a second; the journal knows them at once. It is locked for as long as its
process lives. A free lock is the proof that the process is dead, and then the journal says of every mail that was
handed out whether it had been begun, and what the server answered.
"""

from newsletters.delivery.engine.journal.records import JournalUnusable, boot
from newsletters.delivery.engine.journal.writing import Journal, open_journal

__all__ = ["Journal", "JournalUnusable", "boot", "open_journal"]
