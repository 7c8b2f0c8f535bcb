"""A moment from what a feed calls a date: RFC 822, ISO 8601, and what publishers write instead.

One reader for every format, so that both feed readers agree. A date that cannot be true of something on the web –
before 1990, or more than a day after the answer arrived – is unknown rather than wrong, and so is one that could be
read in two ways (``03/04/2026``).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

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
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?")
_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})")
#: 15:09:30, 15h09, 15時9分30秒, 오후 3시, 3 pm; with full stops (15.09) only where a date is left beside it.
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:[:h]\s?(\d{1,2})(?:\s?:\s?(\d{1,2})(?:[.,]\d+)?)?(?![\d/])"
    r"|[时時點点시]\s*(?:(\d{1,2})\s*[分분]\s*(?:(\d{1,2})\s*[秒초])?)?|(?=[ap]\.?\s?m\b))",
    re.IGNORECASE,
)
_DOTTED_TIME = re.compile(r"(?<![\d.])([01]?\d|2[0-3])\.([0-5]\d)(?:\.([0-5]\d))?(?![.\d])")
#: A zone by its place: Europe/Brussels, America/Argentina/Buenos_Aires, Etc/GMT+5 (which is west of Greenwich).
_PLACE = re.compile(r"[A-Z][A-Za-z_]{1,20}(?:/[A-Z][A-Za-z_]*[+-]?[A-Za-z_0-9-]*){1,2}")
_AMERICAN = re.compile(
    r"\b([ECMP])(?:astern|entral|ountain|acific)\s+(S|D)?(?:tandard|aylight)?\s*Time\b", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:GMT|UTC?)?\s*([+-])(\d{1,2}):?(\d{2})?(?!\d)", re.I)
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]?")
_VIETNAMESE = re.compile(r"(\d{1,2})\s*tháng\s*(\d{1,2})\s*,?\s*(?:năm\s*)?(\d{4})", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
#: 10/30/23, where no other order is possible.
_MONTH_DAY_YEAR = re.compile(r"(?<![\d/])(0?\d|1[0-2])/(1[3-9]|2\d|3[01])/(\d{2})(?![\d/])")
#: Vowel signs and accents of other alphabets are no letters for ``re``.
_WORD = re.compile(r"[^\s\d!-/:-@\[-`{-~–—،؛।·]+")
_NUMBER = re.compile(r"\d+")
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
_THAI = re.compile("[\u0e01-\u0e5b]")
_AFTERNOON = re.compile(
    r"(?<![^\W\d_])p\.?\s?m\b|(?<![^\W\d_])(?:CH|ÖS|em)\b|오후|午後|午后|下午|晚上|μ\.?\s?μ|(?<![^\W\d_])م(?!\w)|مساء"
    r"|بعد\s?از\s?ظهر|ب\.ظ|अपराह्न|сл\.\s?об",
    re.IGNORECASE,
)
_MORNING = re.compile(
    r"(?<![^\W\d_])a\.?\s?m\b|(?<![^\W\d_])(?:SA|ÖÖ|fm)\b|오전|午前|上午|凌晨|早上|π\.?\s?μ|(?<![^\W\d_])ص(?!\w)|صباح"
    r"|قبل\s?از\s?ظهر|ق\.ظ|पूर्वाह्न|пр\.\s?об",
    re.IGNORECASE,
)

#: Japan's eras and the calendar of Taiwan: the year before their first.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_ERA = re.compile(rf"({'|'.join(_ERAS)})\s*(\d{{1,3}}|元)\s*年")
_HAN_NUMBER = re.compile(r"[〇零一二三四五六七八九十廿卅]+(?=\s*[年月日号號时時点點分秒])")
_HAN_DIGITS = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")} | {"零": "0"}

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
tammikuu/tammikuuta/tammi helmikuu/helmikuuta/helmi maaliskuu/maaliskuuta/maalis huhtikuu/huhtikuuta/huhti toukokuu/toukokuuta/touko kesakuu/kesakuuta/kesa heinakuu/heinakuuta/heina elokuu/elokuuta/elo syyskuu/syyskuuta/syys lokakuu/lokakuuta/loka marraskuu/marraskuuta/marras joulukuu/joulukuuta/joulu
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
siječanj/siječnja veljača/veljače/velj ožujak/ožujka/ožu travanj/travnja/tra svibanj/svibnja/svi lipanj/lipnja srpanj/srpnja kolovoz/kolovoza/kol rujan/rujna/ruj - studeni/studenoga/studenog/stu prosinac/prosinca/pro
januar februar mart april maj jun jul avgust septembar/septembra oktobar/oktobra novembar/novembra decembar/decembra
sausis/sausio vasaris/vasario kovas/kovo balandis/balandžio gegužė/gegužės birželis/birželio liepa/liepos rugpjūtis/rugpjūčio rugsėjis/rugsėjo spalis/spalio lapkritis/lapkričio gruodis/gruodžio
janvāris/janvārī februāris/februārī marts/martā aprīlis/aprīlī maijs/maijā jūnijs/jūnijā jūlijs/jūlijā augusts/augustā septembris/septembrī oktobris/oktobrī novembris/novembrī decembris/decembrī
jaanuar veebruar/veebr märts aprill mai juuni juuli august september/sept oktoober/okt november detsember/dets
janúar febrúar mars apríl maí júní júlí ágúst/ágú september október/okt nóvember/nóv desember/des
janar/jan shkurt/shk mars prill/pri maj qershor/qer korrik/kor gusht/gsh shtator/sht tetor/tet nëntor/nën dhjetor/dhj
gener/gen febrer/febr març abril/abr maig juny juliol/jul agost/ag setembre/set octubre/oct novembre/nov desembre/des
xaneiro/xan febreiro/feb marzo/mar abril/abr maio xuño xullo agosto setembro outubro novembro decembro/dec
urtarrila/urtarrilaren otsaila/otsailaren martxoa/martxoaren apirila/apirilaren maiatza/maiatzaren ekaina/ekainaren uztaila/uztailaren abuztua/abuztuaren iraila/irailaren urria/urriaren azaroa/azaroaren abendua/abenduaren
ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr
januarie februarie maart april mei junie julie augustus september oktober november desember
januari februari mac/machi april/aprili mei jun/juni julai ogos/agosti september/septemba oktober/oktoba november/novemba disember/desemba
enero pebrero marso abril mayo hunyo hulyo agosto setyembre oktubre nobyembre disyembre
yanvar fevral mart aprel may iyun iyul avqust/avgust sentyabr oktyabr noyabr dekabr
јануари/јануар фебруари/фебруар/февруари март април мај јуни/јун јули/јул август септември/септембар октомври/октобар ноември/новембар декември/децембар
студзень/студзеня люты/лютага сакавік/сакавіка красавік/красавіка мая чэрвень/чэрвеня ліпень/ліпеня жнівень/жніўня верасень/верасня кастрычнік/кастрычніка лістапад/лістапада снежань/снежня
қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан
იანვარი/იანვარს თებერვალი/თებერვალს მარტი/მარტს აპრილი/აპრილს მაისი/მაისს ივნისი/ივნისს ივლისი/ივლისს აგვისტო/აგვისტოს სექტემბერი/სექტემბერს ოქტომბერი/ოქტომბერს ნოემბერი/ნოემბერს დეკემბერი/დეკემბერს
հունվար/հունվարի փետրվար/փետրվարի մարտ/մարտի ապրիլ/ապրիլի մայիս/մայիսի հունիս/հունիսի հուլիս/հուլիսի օգոստոս/օգոստոսի սեպտեմբեր/սեպտեմբերի հոկտեմբեր/հոկտեմբերի նոյեմբեր/նոյեմբերի դեկտեմբեր/դեկտեմբերի
يناير فبراير مارس أبريل/ابريل مايو يونيو/يونيه يوليو/يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول
جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر
- - - - - - يوليوز غشت شتنبر - نونبر دجنبر
ژانویه فوریه مارس آوریل مه ژوئن ژوئیه/جولای اوت/آگوست سپتامبر اکتبر نوامبر دسامبر
جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر
ינואר/בינואר פברואר/בפברואר מרץ/במרץ/מרס/במרס אפריל/באפריל מאי/במאי יוני/ביוני יולי/ביולי אוגוסט/באוגוסט ספטמבר/בספטמבר אוקטובר/באוקטובר נובמבר/בנובמבר דצמבר/בדצמבר
जनवरी/जन फ़रवरी/फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर
जानेवारी फेब्रुवारी मार्च एप्रिल मे जून जुलै ऑगस्ट सप्टेंबर ऑक्टोबर नोव्हेंबर डिसेंबर
জানুয়ারি/জানুয়ারী ফেব্রুয়ারি/ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর
ஜனவரி பிப்ரவரி மார்ச் ஏப்ரல் மே ஜூன் ஜூலை ஆகஸ்ட் செப்டம்பர் அக்டோபர் நவம்பர் டிசம்பர்
జనవరి ఫిబ్రవరి మార్చి ఏప్రిల్ మే జూన్ జులై/జూలై ఆగస్టు సెప్టెంబర్ అక్టోబర్ నవంబర్ డిసెంబర్
มกราคม/ม_ค กุมภาพันธ์/ก_พ มีนาคม/มี_ค เมษายน/เม_ย พฤษภาคม/พ_ค มิถุนายน/มิ_ย กรกฎาคม/ก_ค สิงหาคม/ส_ค กันยายน/ก_ย ตุลาคม/ต_ค พฤศจิกายน/พ_ย ธันวาคม/ธ_ค
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
                numbers.setdefault(_bare(name.replace("_", "")), number)
    numbers.pop("-", None)
    return numbers


_MONTHS = _month_numbers()
#: The months of Iran's calendar, whose years have another count and whose days are no other's.
_IRAN = {
    _bare(name): number
    for number, name in enumerate("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split(), start=1)
}
#: Names of two words, and abbreviations with full stops within, become one word before words are told apart.
_JOINED = re.compile("(كانون|تشرين) (?=ال)|(ม|ก|มี|เม|พ|มิ|ส|ต|ธ)\\s?\\.\\s?(?=[คพย])")


def parse_date(raw: str | None, now: datetime) -> datetime | None:
    """When ``raw`` says something happened: aware UTC in whole seconds, ``None`` when unsaid or impossible.

    ``now`` is when the answer arrived; a date without a zone is taken as UTC, one in a place nobody knows is unknown, a
    two-digit year as feedparser takes it
    (90 to 99 are 19xx). A weekday is never believed.
    """
    if not raw or len(raw) > _LONGEST:
        return None
    try:
        read = _read(raw.strip() if raw.isascii() else _in_ascii_digits(raw))
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
    if iso and (iso[7] or "").lower() not in ("am", "pm"):
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
    if week := _WEEK.fullmatch(raw):
        begin = date.fromisocalendar(int(week[1]), int(week[2]), int(week[3] or 1))
        return datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    if day_of_year := _DAY_OF_YEAR.fullmatch(raw):
        return datetime(int(day_of_year[1]), 1, 1, tzinfo=UTC) + timedelta(days=int(day_of_year[2]) - 1)
    return _from_pieces(raw)


def _in_ascii_digits(raw: str) -> str:
    """The date with the digits, full-width forms, eras and numerals of other scripts as ASCII digits."""
    raw = unicodedata.normalize("NFKC", raw)
    raw = "".join(
        str(unicodedata.digit(char)) if char.isdecimal() else char for char in raw if unicodedata.category(char) != "Cf"
    )
    raw = _HAN_NUMBER.sub(lambda run: _from_han(run[0]), raw)
    raw = _ERA.sub(lambda era: f"{_ERAS[era[1]] + (1 if era[2] == '元' else int(era[2]))}年", raw)
    return unicodedata.normalize("NFC", _JOINED.sub(lambda found: found[1] or found[2], raw)).strip()


def _from_han(numeral: str) -> str:
    """二〇二六 as 2026, 二十 as 20, 十一 as 11."""
    numeral = numeral.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return "".join(_HAN_DIGITS.get(digit, "") for digit in numeral)
    return str(int(_HAN_DIGITS.get(tens, "1")) * 10 + int(_HAN_DIGITS.get(ones, "0")))


def _iranian(year: int, month: int, day: int) -> date:
    """A day of the solar Hijri calendar (33-year cycle, true from 1244 to 1472)."""
    passed = 365 * (year + 1595) + (year + 1595) // 33 * 8 + ((year + 1595) % 33 + 3) // 4
    within = (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    return date.fromordinal(passed + within + day - _IRAN_EPOCH)


#: What the count of days from that cycle's beginning has more than ``date.toordinal``.
_IRAN_EPOCH = 356_033


def _at(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: tzinfo) -> datetime:
    """The moment, with 24:00 as the next day's beginning and a leap second as the second before it."""
    midnight = (hour, minute, second) == (24, 0, 0)
    at = datetime(year, month, day, 0 if midnight else hour, minute, min(second, 59), tzinfo=zone)
    return at + timedelta(days=1) if midnight else at


def _zone(text: str) -> tzinfo:
    """The zone named, by its place too, or given as an offset; UTC when it says nothing that is known."""
    if not text or text in {"Z", "GMT", "UTC", "+0000", "+00:00"}:
        return UTC
    place = _PLACE.search(text)
    if place and not _OFFSET.search(text[: place.start()]):
        try:
            return ZoneInfo(place[0])
        except (
            KeyError,
            OSError,
        ) as error:  # no such place, or no database of zones here: hours off is worse than none
            raise ValueError("an unknown zone") from error
    offset = _OFFSET.search(text)
    if offset:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if ahead > _WIDEST:
            return UTC  # +3000 and +9999 have been seen: the day is still right
        return timezone(-ahead if offset[1] == "-" else ahead)
    american = _AMERICAN.search(text)
    if american:
        text = f"{american[1]}{american[2] or ''}T"
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
    american = _MONTH_DAY_YEAR.search(rest)
    if american:
        month, day, year = (int(part) for part in american.groups())
        return _at(2000 + year, month, day, hour, minute, second, zone)
    vietnamese = _VIETNAMESE.search(rest)
    if vietnamese:
        day, month, year = (int(part) for part in vietnamese.groups())
        return _at(year, month, day, hour, minute, second, zone)
    words = [_bare(word) for word in _WORD.findall(rest)]
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    if len(months) == 2 and words[0] in _MONTHS:
        del months[0]  # a weekday: "mar." is Tuesday in three languages and March in more
    numbers = _NUMBER.findall(rest)
    iranian = [_IRAN[word] for word in words if word in _IRAN]
    if len(iranian) == 1 and len(numbers) == 2 and not months:
        first, other = int(numbers[0]), int(numbers[1])
        if not 1300 <= max(first, other) < 1472:
            return None
        at = _iranian(max(first, other), iranian[0], min(first, other))
        return _at(at.year, at.month, at.day, hour, minute, second, zone)
    if len(months) != 1 or not numbers:
        return None
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if not years and len(days) == 2:  # 4 Jan 04
        year = int(days[1])
        if year >= 50 and _THAI.search(rest):
            year -= 43  # 69 is 2569, which is 2026
        return _at(year + (1900 if year >= 90 else 2000), months[0], int(days[0]), hour, minute, second, zone)
    if len(years) != 1 or len(days) > 1:
        return None
    if 2533 <= int(years[0]) < 2700 and _THAI.search(rest):  # Thailand counts from Buddha's death
        years = [str(int(years[0]) - 543)]
    return _at(int(years[0]), months[0], int((*days, 1)[0]), hour, minute, second, zone)


def _clock(raw: str) -> tuple[int, int, int, str, tzinfo]:
    """Hour, minute and second, what is left of the text without them and their zone, and the zone."""
    time = _TIME.search(raw)
    if time is None:
        time = _DOTTED_TIME.search(raw)
        if time is None or not _FOUR_DIGITS.search(raw[: time.start()] + " " + raw[time.end() :]):
            return 0, 0, 0, raw, UTC
        hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    else:
        hour, minute, second = int(time[1]), int(time[2] or time[4] or 0), int(time[3] or time[5] or 0)
    if _AFTERNOON.search(raw) and hour < 12:
        hour += 12
    elif _MORNING.search(raw) and hour == 12:
        hour = 0
    before, after = raw[: time.start()], raw[time.end() :]
    zone = _zone(after)
    place = _PLACE.search(after)
    if place:
        after = after[: place.start()] + " " + after[place.end() :]
    offset = _OFFSET.search(after)
    if offset:
        after = after[: offset.start()] + " " + after[offset.end() :]
    return hour, minute, second, f"{before.rstrip('Tt')} {after}", zone
