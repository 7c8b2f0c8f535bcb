"""Google Alerts as they arrive by e-mail."""

from __future__ import annotations

from email.message import EmailMessage

GOOGLE = "googlealerts-noreply@google.com"


def alert(*results: tuple[str, str, str, str], date: str = "Fri, 20 Nov 2026 06:00:00 +0000") -> bytes:
    """A Google Alert as Google lays it out; a result is address, title, publisher and what is said."""
    rows = "".join(
        f'<tr itemscope="" itemtype="http://schema.org/Article"><td><a href="{_google(url)}"><img src="x"></a> <span>'
        f'<a href="{_google(url)}" itemprop="url" style="color:#427fed"><span itemprop="name">{title}</span></a></span>'
        f'<div itemprop="publisher" itemscope="" itemtype="http://schema.org/Organization"><a><span itemprop="name">'
        f'{publisher}</span></a></div><div itemprop="description">{said}</div>'
        f'<a href="https://www.google.com/alerts/share?ru={url}&amp;ss=fb"><img alt="Facebook"></a>'
        f'<a href="https://www.google.com/alerts/feedback?ffu={url}">Flag as irrelevant</a></td></tr>'
        for url, title, publisher, said in results
    )
    page = (
        f'<div itemscope itemtype="http://schema.org/EmailMessage"><link itemprop="url" href="https://www.google.com/'
        f'alerts"></div><table>{rows}<tr><td><a href="https://www.google.com/alerts?s=1">See more results</a> '
        '<a href="https://www.google.com/alerts/remove?s=1">Unsubscribe</a></td></tr></table>'
    )
    return letter(page, sender=f"Google Alerts <{GOOGLE}>", subject="Google Alert - Acme", date=date)


def _google(url: str) -> str:
    return f"https://www.google.com/url?rct=j&amp;sa=t&amp;url={url}&amp;ct=ga&amp;cd=CAEY&amp;usg=AOv"


def letter(
    html: str = "",
    *,
    plain: str = "",
    sender: str = "Bean Weekly <hello@beanweekly.example>",
    subject: str = "Issue 41",
    date: str | None = "Fri, 20 Nov 2026 06:00:00 +0000",
    number: str | None = "<41@beanweekly.example>",
    **headers: str,
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, subject
    if date is not None:
        mail["Date"] = date
    if number is not None:
        mail["Message-ID"] = number
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    if plain or not html:
        mail.set_content(plain)
    if html:
        (mail.add_alternative if plain else mail.set_content)(html, subtype="html")
    return mail.as_bytes().replace(b"\n", b"\r\n")
