"""Postfix and Dovecot of Debian's packages: submission with STARTTLS, TLS from the start, delivery by LMTP, IMAP."""

from __future__ import annotations

import imaplib
import shutil
import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import formatdate
from html import escape
from pathlib import Path
from urllib.parse import quote

import trustme

from live.posts import Post
from live.processes import Servers, free_port, until

USER, PASSWORD = "team", "correct horse battery"
DOMAIN = "acme.test"
#: What the server takes at most, in bytes.
SIZE = 60_000
_MAIN = """
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = /dev/stdout
myhostname = mail.{domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = inline:{{ {user}@{domain}=x, alerts@{domain}=x }}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
# what cannot be delivered at once goes back at once
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
message_size_limit = {size}
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_client_restrictions =
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = reject_unauth_destination
smtpd_end_of_data_restrictions =
smtpd_reject_unlisted_recipient = yes
header_checks = regexp:{checks}
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
"""
_MASTER = """
{submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o syslog_name=postfix/submission
{tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o syslog_name=postfix/smtps
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{cert}
ssl_key = <{key}
default_internal_user = dovecot
default_login_user = dovenull
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {folder}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {auth}
  }}
}}
"""


class MailHost:
    """A host that takes mail and keeps it. Ports: ``submission`` and ``imap`` (STARTTLS), ``tls`` and ``imaps``."""

    def __init__(self, servers: Servers, place: Path) -> None:
        self.submission, self.tls, self.imap, self.imaps, lmtp, auth = (free_port() for _ in range(6))
        self.ca = place / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        cert, key = place / "cert.pem", place / "key.pem"
        for number, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(cert, append=number > 0)
        certificate.private_key_pem.write_to_path(key)
        key.chmod(0o600)
        self.accounts = [USER, "alerts"]
        told = {"cert": cert, "key": key, "lmtp": lmtp, "auth": auth, "user": USER, "domain": DOMAIN, "size": SIZE}
        self._start_dovecot(servers, place / "dovecot", told)
        self._start_postfix(servers, place / "postfix", told)

    def _start_dovecot(self, servers: Servers, folder: Path, told: dict[str, object]) -> None:
        for each in (folder, folder / "mail"):
            each.mkdir()
            each.chmod(0o755)
        shutil.chown(folder / "mail", "mail", "mail")
        (folder / "users").write_text("".join(f"{name}:{{PLAIN}}{PASSWORD}\n" for name in self.accounts), "utf-8")
        config = folder / "dovecot.conf"
        config.write_text(_DOVECOT.format(folder=folder, imap=self.imap, imaps=self.imaps, **told), "utf-8")
        servers.start("dovecot", ["dovecot", "-F", "-c", config], ready=self.imaps)

    def _start_postfix(self, servers: Servers, folder: Path, told: dict[str, object]) -> None:
        config, queue, data = folder / "etc", folder / "queue", folder / "data"
        for each in (folder, config, queue, data):
            each.mkdir()
            each.chmod(0o755)
        shutil.chown(data, "postfix", "postfix")
        checks = config / "checks"
        checks.write_text("/^Subject:.*forbidden words/ REJECT no such words here\n", "utf-8")
        (config / "main.cf").write_text(_MAIN.format(queue=queue, data=data, checks=checks, **told), "utf-8")
        (config / "master.cf").write_text(_MASTER.format(submission=self.submission, tls=self.tls), "utf-8")
        servers.start("postfix", ["postfix", "-c", config, "start-fg"], ready=self.submission)

    @contextmanager
    def _mailbox(self, account: str) -> Iterator[imaplib.IMAP4]:
        box = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=ssl.create_default_context(cafile=self.ca))
        try:
            box.login(account, PASSWORD)
            yield box
        finally:
            box.logout()

    def sources(self, account: str = USER) -> list[bytes]:
        """Every mail of an account's inbox as Dovecot keeps it, oldest first."""
        with self._mailbox(account) as box:
            box.select("INBOX", readonly=True)
            numbers = box.search(None, "ALL")[1][0].split()
            return [box.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]  # type: ignore[index,misc]

    def mails(self, account: str = USER) -> list[EmailMessage]:
        """The same, read."""
        parser = BytesParser(policy=default)
        return [parser.parsebytes(source) for source in self.sources(account)]

    def flags(self, account: str) -> list[bytes]:
        """What is noted at each mail of an inbox."""
        with self._mailbox(account) as box:
            box.select("INBOX", readonly=True)
            return [each for each in box.fetch("1:*", "(FLAGS)")[1] if isinstance(each, bytes)]

    def wait_for(self, number: int, account: str = USER) -> list[EmailMessage]:
        """The mails once there are ``number`` of them."""
        until(f"{number} mails of {account}", lambda: len(self.sources(account)) >= number, seconds=30)
        return self.mails(account)

    def deliver(self, message: EmailMessage, to: str) -> None:
        """Send a mail as anybody with an account would."""
        context = ssl.create_default_context(cafile=self.ca)
        with smtplib.SMTP_SSL("localhost", self.tls, timeout=30, context=context) as server:
            server.login(USER, PASSWORD)
            server.send_message(message, message["From"], [to])


def alert(results: Iterable[Post], number: int) -> EmailMessage:
    """A mail in the form of a Google Alert; what it found is invented, and so is where."""
    rows = "".join(
        f'<tr itemscope="" itemtype="http://schema.org/Article"><td><span><a href="https://www.google.com/url?rct=j&amp;'
        f'sa=t&amp;url={quote(result_url(post), safe="")}&amp;ct=ga&amp;usg=x" itemprop="url"><span itemprop="name">'
        f'Note {post.key}</span></a></span><div itemprop="publisher" itemscope="" itemtype="http://schema.org/Organization">'
        f'<a><span itemprop="name">The Gazette</span></a></div><div itemprop="description">{escape(post.text)}</div>'
        f'<a href="https://www.google.com/alerts/feedback?ffu={quote(result_url(post), safe="")}">Flag</a></td></tr>'
        for post in results
    )
    message = EmailMessage()
    message["From"] = "Google Alerts <googlealerts-noreply@google.com>"
    message["To"] = f"alerts@{DOMAIN}"
    message["Subject"] = "Google Alert - Acme Coffee"
    message["Message-ID"] = f"<alert-{number}@google.com>"
    message["Date"] = formatdate()
    message.set_content("Google\n\nThis mail is best read as HTML.\n")
    message.add_alternative(
        f'<table>{rows}<tr><td><a href="https://www.google.com/alerts?s=1">See more results</a></td></tr></table>',
        subtype="html",
    )
    return message


def result_url(post: Post) -> str:
    """Where a result of an alert leads."""
    return post.link or f"https://gazette.example/{post.key}"
