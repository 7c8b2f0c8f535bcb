"""Mail batches, at the place where plug-ins written for version 0.1 import them from."""

from __future__ import annotations

from mentionwatch.deprecated import warn_moved
from mentionwatch.mail_batch import Mail, pack, unpack
from mentionwatch.mail_batch import MailBatch as Mailbag

__all__ = ["Mail", "Mailbag", "pack", "unpack"]

warn_moved(__name__, "mentionwatch.mail_batch, Mailbag as MailBatch (anew is uidvalidity_changed, upto highest_uid)")
