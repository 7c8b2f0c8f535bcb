"""A moment from what a feed calls a date: RFC 822, ISO 8601, and what publishers write instead.

One reader for every format, so that both feed readers agree. A date that cannot be true of something on the web –
before 1990, or more than a day after the answer arrived – is unknown rather than wrong, and so is one that could be
read in two ways (``03/04/2026``).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["parse_date"]

#: The web is younger than this; zero, the epoch and other fillers are older.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

#: A publisher's clock or zone may be this much ahead of ours.
TOLERANCE = timedelta(days=1)

#: Kiribati is 14 hours ahead; no place is further from Greenwich.
_WIDEST = timedelta(hours=14)

#: No date anybody writes is longer; a longer text is not looked at.
_LONGEST = 100

_RFC822 = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s+)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+"
    r"(GMT|UTC?|Z|[+-]\d{4})"
)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T\s]?\s*(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?\s*"
    r"([A-Z]{1,5}|(?:UTC?|GMT)?[+-]\d{1,2}:?(?:\d{2})?)?",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(r"(\d{4})(?:-(\d{2}))?")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})")
_TIME = re.compile(r"(\d{1,2})[:h](\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?(?![\d/])")
_OFFSET = re.compile(r"(?:GMT|UTC?)?\s*([+-])(\d{1,2}):?(\d{2})?(?!\d)", re.I)
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_AFTERNOON = re.compile(r"\bp\.?m\b|오후|午後|下午|μ\.?μ", re.I)
_MORNING = re.compile(r"\ba\.?m\b|오전|午前|上午|π\.?μ", re.I)

#: Hours east of Greenwich. Names that stand for several zones (IST, BST in Asia, CST in China) have the meaning
#: RFC 822 gives them, else that of the larger publisher's country.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -5, "edt": -4, "et": -5, "cst": -6, "cdt": -5, "ct": -6, "mst": -7, "mdt": -6, "mt": -7,
    "pst": -8, "pdt": -7, "pt": -8, "at": -4, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "akst": -9,
    "akdt": -8, "hst": -10, "brt": -3, "art": -3, "clt": -4, "bst": 1, "west": 1, "cet": 1, "met": 1,
    "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3,
    "gst": 4, "pkt": 5, "ist": 5.5, "npt": 5.75,
    "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5,
    "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip

#: A line a language: the twelve months, in full and as abbreviated, without accents and full stops. Names that two
#: languages use for different months (``listopad``) are left out.
_NAMES = """
january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep/sept october/oct november/nov december/dec
januar/jan/janner/jaenner februar/feb/feber marz/mrz/maerz april/apr mai juni/jun juli/jul august/aug september/sept oktober/okt november/nov dezember/dez
janvier/janv fevrier/fevr/fev mars avril/avr mai juin juillet/juil aout septembre/sept octobre/oct novembre/nov decembre/dec
enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago septiembre/setiembre/sep octubre/oct noviembre/nov diciembre/dic
gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago settembre/set ottobre/ott novembre/nov dicembre/dic
janeiro/jan fevereiro/fev marco/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set outubro/out novembro/nov dezembro/dez
januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sep oktober/okt november/nov december/dec
januari/jan februari/feb mars/mar april/apr maj juni/jun juli/jul augusti/aug september/sept oktober/okt november/nov december/dec
januar/jan februar/feb marts/mar april/apr maj/mai juni/jun juli/jul august/aug september/sep oktober/okt november/nov december/des
tammikuu/tammikuuta helmikuu/helmikuuta maaliskuu/maaliskuuta huhtikuu/huhtikuuta toukokuu/toukokuuta kesakuu/kesakuuta heinakuu/heinakuuta elokuu/elokuuta syyskuu/syyskuuta lokakuu/lokakuuta marraskuu/marraskuuta joulukuu/joulukuuta
styczen/stycznia/sty luty/lutego/lut marzec/marca kwiecien/kwietnia/kwi maj/maja czerwiec/czerwca/cze lipiec/lipca/lip sierpien/sierpnia/sie wrzesien/wrzesnia/wrz pazdziernik/pazdziernika/paz listopad/listopada grudzien/grudnia/gru
leden/ledna unor/unora brezen/brezna duben/dubna kveten/kvetna cerven/cervna cervenec/cervence srpen/srpna zari rijen/rijna - prosinec/prosince
januar/januara februar/februara marec april/aprila maj jun/juna jul/jula avgust september/septembra oktober/oktobra november/novembra december/decembra
ianuarie/ian februarie martie aprilie mai iunie/iun iulie/iul august septembrie octombrie noiembrie/noi decembrie
januar februar marcius aprilis majus junius julius augusztus/aug szeptember/szept oktober november december
ocak/oca subat/sub mart/mar nisan/nis mayis/may haziran/haz temmuz/tem agustos/agu eylul/eyl ekim/eki kasim/kas aralik/ara
январь/января/янв февраль/февраля/фев/февр март/марта/мар апрель/апреля/апр маи/мая июнь/июня/июн июль/июля/июл август/августа/авг сентябрь/сентября/сен/сент октябрь/октября/окт ноябрь/ноября/ноя/нояб декабрь/декабря/дек
січень/січня/січ лютий/лютого/лют березень/березня/бер квітень/квітня/квіт/кві травень/травня/тра червень/червня/чер липень/липня/лип серпень/серпня/сер вересень/вересня/вер жовтень/жовтня/жов листопад/листопада/лис грудень/грудня/гру
януари/яну февруари/фев март април маи юни юли август септември октомври/окт ноември/ное декември/дек
ιανουαριος/ιανουαριου/ιαν φεβρουαριος/φεβρουαριου/φεβ μαρτιος/μαρτιου/μαρ/μαρτ απριλιος/απριλιου/απρ μαιος/μαιου/μαι ιουνιος/ιουνιου/ιουν/ιον ιουλιος/ιουλιου/ιουλ/ιολ αυγουστος/αυγουστου/αυγ σεπτεμβριος/σεπτεμβριου/σεπ/σεπτ οκτωβριος/οκτωβριου/οκτ νοεμβριος/νοεμβριου/νοε δεκεμβριος/δεκεμβριου/δεκ
januari februari maret/mar april mei juni juli agustus/agu september oktober november/nop desember/des
"""  # noqa: E501 - a table of words reads best with a row a language


def _bare(word: str) -> str:
    """A word without case and accents (``Août`` is ``aout``)."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).replace("ı", "i").replace("ł", "l")


def _month_numbers() -> dict[str, int]:
    numbers: dict[str, int] = {}
    for line in _NAMES.strip().splitlines():
        for number, names in enumerate(line.split(), start=1):
            for name in names.split("/"):
                numbers.setdefault(_bare(name), number)
    numbers.pop("-", None)
    return numbers


_MONTHS = _month_numbers()


def parse_date(raw: str | None, now: datetime) -> datetime | None:
    """When ``raw`` says something happened: aware UTC in whole seconds, ``None`` when unsaid or impossible.

    ``now`` is when the answer arrived; a date without a zone is taken as UTC, a two-digit year as feedparser takes it
    (90 to 99 are 19xx). A weekday is never believed.
    """
    if not raw or len(raw) > _LONGEST:
        return None
    try:
        read = _read(raw.strip())
        if read is None:
            return None
        read = read.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return read if EARLIEST <= read <= now + TOLERANCE else None


def _read(raw: str) -> datetime | None:
    plain = _RFC822.fullmatch(raw)
    if plain:
        day, name, year, hour, minute, second, zone = plain.groups()
        month = _MONTHS.get(name.lower())
        if month:
            return _at(int(year), month, int(day), int(hour), int(minute), int(second or 0), _zone(zone))
    iso = _ISO.fullmatch(raw)
    if iso:
        year, month_, day, hour, minute, second, zone = iso.groups()
        return _at(
            int(year), int(month_), int(day), int(hour or 0), int(minute or 0), int(second or 0), _zone(zone or "")
        )
    epoch = _EPOCH.fullmatch(raw)
    if epoch:
        seconds = int(epoch[1]) if epoch[1] else int(epoch[2]) / 1000
        return datetime.fromtimestamp(seconds, UTC)
    only = _MONTH_ONLY.fullmatch(raw)
    if only:
        return datetime(int(only[1]), int(only[2] or 1), 1, tzinfo=UTC)
    return _from_pieces(raw)


def _at(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: timezone) -> datetime:
    """The moment, with 24:00 as the next day's beginning and a leap second as the second before it."""
    midnight = (hour, minute, second) == (24, 0, 0)
    at = datetime(year, month, day, 0 if midnight else hour, minute, min(second, 59), tzinfo=zone)
    return at + timedelta(days=1) if midnight else at


def _zone(text: str) -> timezone:
    """The zone named or given as an offset; UTC when it says nothing that is known."""
    if not text or text in {"Z", "GMT", "UTC", "+0000", "+00:00"}:
        return UTC
    offset = _OFFSET.search(text)
    if offset:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if ahead > _WIDEST:
            return UTC  # +3000 and +9999 have been seen: the day is still right
        return timezone(-ahead if offset[1] == "-" else ahead)
    for word in _WORD.findall(text):
        hours = _ZONES.get(word.lower())
        if hours is not None:
            return timezone(timedelta(hours=hours))
    return UTC


def _from_pieces(raw: str) -> datetime | None:
    """Any order of day, month by name, year and time: what asctime, Java, PHP and editors write."""
    hour, minute, second, rest, zone = _clock(raw)
    for pattern, order in ((_CJK, (1, 2, 3)), (_YEAR_FIRST, (1, 3, 4)), (_DAY_FIRST, (4, 3, 1))):
        found = pattern.search(rest)
        if found:
            year, month, day = (int(found[index]) for index in order)
            if pattern is _DAY_FIRST and found[2] != "." and day <= 12 and month <= 12 and day != month:
                return None  # a European and an American read it differently
            if pattern is _DAY_FIRST and month > 12:
                day, month = month, day
            return _at(year, month, day, hour, minute, second, zone)
    words = [_bare(word) for word in _WORD.findall(rest)]
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    if len(months) == 2 and words[0] in _MONTHS:
        del months[0]  # a weekday: "mar." is Tuesday in three languages and March in more
    numbers = _NUMBER.findall(rest)
    if len(months) != 1 or len(numbers) < 2:
        return None
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if not years and len(days) == 2:  # 4 Jan 04
        year = int(days[1])
        return _at(year + (1900 if year >= 90 else 2000), months[0], int(days[0]), hour, minute, second, zone)
    if len(years) != 1 or len(days) != 1:
        return None
    return _at(int(years[0]), months[0], int(days[0]), hour, minute, second, zone)


def _clock(raw: str) -> tuple[int, int, int, str, timezone]:
    """Hour, minute and second, what is left of the text without them and their zone, and the zone."""
    time = _TIME.search(raw)
    if time is None:
        return 0, 0, 0, raw, UTC
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if _AFTERNOON.search(raw) and hour < 12:
        hour += 12
    elif _MORNING.search(raw) and hour == 12:
        hour = 0
    before, after = raw[: time.start()], raw[time.end() :]
    offset = _OFFSET.search(after)
    zone = _zone(after)
    if offset:
        after = after[: offset.start()] + " " + after[offset.end() :]
    return hour, minute, second, f"{before.rstrip('Tt')} {after}", zone
