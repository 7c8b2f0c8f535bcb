"""What is known about addresses of the web: tracking parameters, redirectors, sites that spell one page many ways.

Tables only; the modules beside this one apply them. A parameter stands in :data:`TRACKING` when no site is known to
choose a page by it; one that is tracking on some sites and the page itself on others (``s``, ``t``, ``id``, ``ref``,
``source``, ``cid``) stands in :data:`SITE_TRACKING` under the sites where it is, or is told by its value in
:data:`TRACKING_VALUES`.
Written by hand: the click ids that advertising and mail services add, and what the links of recorded feeds carry.
"""

from __future__ import annotations

import re


def _names(text: str) -> frozenset[str]:
    """The blank-separated names in ``text``."""
    return frozenset(text.split())


#: Lower-case prefixes of parameter names that never choose a page.
TRACKING_PREFIXES: tuple[str, ...] = (
    "utm_",
    "mtm_",
    "matomo_",
    "piwik_",
    "hsa_",
    "__hs",
    "at_campaign",
    "at_custom",
    "at_emailtype",
    "at_link",
    "at_medium",
    "at_ptr",
    "at_recipient",
    "fb_action_",
    "sfmc_",
    "guce_referrer",
    "__cf_chl_",
    "_x_tr_",
    "pk_campaign",
    "pk_content",
    "pk_keyword",
    "pk_kwd",
    "pk_medium",
    "pk_source",
)

#: Lower-case parameter names that never choose a page.
TRACKING: frozenset[str] = _names(
    """
    fbclid fb_source fb_ref gclid gclsrc dclid gbraid wbraid gad gad_source gad_campaignid srsltid gclaw msclkid
    twclid ttclid li_fat_id yclid ysclid ymclid _openstat rdt_cid sccid epik igsh igshid wickedid irclickid irgwc
    cjevent sscid zanpid rb_clickid dicbo oborigurl tblci vmcid ndclid qclid wprov _ga _gl _ke _kx _hsenc _hsmi
    hsctatracking hss_channel hss_meta mc_cid mc_eid mkt_tok ml_subscriber ml_subscriber_hash vero_id vero_conv
    oly_anon_id oly_enc_id dm_i elqtrack elqtrackid elqaid elqat elqcampaignid et_rid bxid cndid emci emdi mkwid
    pcrid iesrc nr_email_referer _branch_match_id _branch_referrer _bta_tid _bta_c trk_contact trk_msg trk_module
    trk_sid s_cid wt_mc wt_zmc wt.mc_id wt.mc_ev wt.tsrc xtor xtref ns_mchannel ns_source
    ns_campaign ns_linkname ns_fee sr_share soc_src soc_trk tsrc guccounter ref_src ref_url
    __twitter_impression __s _unique_id share_from_user_id amp_js_v amp_gsa usqp aoh phpsessid jsessionid
    aspsessionid cfid cftoken replytocom fb_comment_id unlocked_article_code pwapi_token gnt-cfr gca-cat gca-uir
    gca-epti gca-ft gca-ds triedredirect isfreemail showwelcome showwelcomeonshare ck_subscriber_id bento_uuid
    inf_contact_key _cldee ss_email_id ss_campaign_id mi_ecmp mi_u vgo_ee os_ehash omhide lctg rjnrid sc_eh sc_llid
    sc_lid sc_uid cm_mmc cm_ven trk_link spmailingid spuserid spjobid spreportid eemail ehemail acoustic_id
    """
)

#: By site (a host and its subdomains): lower-case names that are tracking there and may be the page elsewhere.
SITE_TRACKING: dict[str, frozenset[str]] = {
    site: _names(names)
    for sites, names in (
        (
            "wired.com newyorker.com vogue.com vanityfair.com gq.com pitchfork.com bonappetit.com allure.com"
            " glamour.com teenvogue.com self.com them.us architecturaldigest.com cntraveler.com epicurious.com",
            "mbid",
        ),
        (
            "alibaba.com aliexpress.com aliexpress.us taobao.com tmall.com tmall.hk 1688.com aliyun.com"
            " alibabacloud.com lazada.com youku.com",
            "spm scm algo_pvid algo_expid algo_exp_id",
        ),
        ("economist.com", "giftid"),
        ("theatlantic.com haaretz.com haaretz.co.il", "gift"),
        ("substack.com", "r s showwelcome isfreemail triedredirect post_id publication_id token"),
        ("medium.com", "source sk gi"),
        ("bbc.com bbc.co.uk", "ocid intlink_from_url intlink_ts pinned_post_type"),
        (
            "nytimes.com",
            "smid smtyp partner emc rss ref referringsource campaign_id instance_id segment_id te nl user_id",
        ),
        ("theguardian.com", "cmp ref"),
        ("wsj.com marketwatch.com barrons.com", "mod reflink st siteid"),
        ("washingtonpost.com", "tid wpisrc wpmm itid wprss"),
        ("bloomberg.com", "srnd leadsource sref embedded-checkout accesstoken cmpid"),
        ("reuters.com", "taid feedtype feedname rpc"),
        ("cnn.com", "cid iid"),
        ("cnbc.com", "__source"),
        ("ft.com", "ftcamp sharetype shareid accesstoken segmentid token"),
        ("yahoo.com aol.com huffpost.com techcrunch.com engadget.com", ".src .tsrc tsrc ncid"),
        ("msn.com", "ocid cvid pc"),
        ("microsoft.com", "ocid wt.mc_id"),
        ("linkedin.com", "trk trkinfo trackingid lipi licu refid midtoken midsig rcm"),
        (
            "facebook.com",
            "__tn__ __xts__ __cft__ mibextid ref refsrc refid hc_ref paipv eav _rdr rdid share_url fref ref_source",
        ),
        ("instagram.com threads.net threads.com", "xmt slof hl img_index"),
        ("tiktok.com", "_r _t is_from_webapp sender_device web_id sender_web_id share_app_id is_copy_url"),
        ("pinterest.com", "sender sfo invite_code"),
        ("spotify.com", "si dl_branch"),
        ("apple.com", "ct pt at itscg itsct uo ls app mt"),
        ("google.com", "pcampaignid pli"),
        ("quora.com", "share srid ch oid target_type __nsrc__ __filter__"),
        ("dev.to", "preview"),
        ("producthunt.com", "ref"),
        ("imdb.com", "ref_"),
        ("etsy.com", "ref click_key click_sum"),
        ("ebay.com ebay.co.uk ebay.de", "mkcid mkrid siteid campid customid toolid mkevt hash _trkparms _trksid"),
        ("slickdeals.net", "src"),
        ("github.com", "notification_referrer_id"),
        ("tumblr.com", "source"),
        ("flipboard.com", "from"),
        ("dailymail.co.uk mailonsunday.co.uk", "ito"),
        ("telegraph.co.uk", "li_source li_medium"),
        ("spiegel.de", "ref"),
        ("faz.net", "ggnews"),
        ("heise.de", "wt_mc"),
        ("golem.de", "wt_mc"),
        ("derstandard.at", "ref"),
        ("lemonde.fr", "lmd_medium lmd_campaign lmd_creation lmd_id"),
        ("zeit.de", "wt_zmc freebie"),
        ("bsky.app", "ref_src ref_url"),
    )
    for site in sites.split()
}

#: Names that say where a reader came from when the value is a channel or a host, and may be the page otherwise.
#: Not on sites of source code, where ``ref`` is a branch.
REFERRERS: frozenset[str] = frozenset(("ref", "via", "referrer", "referer"))
CHANNELS: frozenset[str] = _names(
    """
    rss feed feeds atom newsletter email e-mail share social homepage hn hackernews lobsters twitter x facebook fb
    linkedin reddit mastodon bluesky bsky producthunt telegram whatsapp googlenews google bing duckduckgo
    """
)

#: Names that are tracking, or another view of the same page, when the whole value is as given.
TRACKING_VALUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for names, pattern in (
        ("rss feed", r"1|yes|true|rss"),
        ("source src medium from", r"(?:rss|rss[-_0-9][\w-]*|feeds?|atom|newsletter|e-?mail)"),
        ("mbid", r"(?:social|nl|e?mail|rss|cp|paid|synd)[-_].*"),
        ("spm scm", r"[\w-]+(?:\.[\w-]+){2,}"),
        ("sid session sessionid session_id osid oscsid", r"[0-9a-f]{32}"),
        ("amp isamp is_amp noamp amphtml", r"(?:1|0|true|false|yes|amp|)"),
        ("print printable printview print_view printer", r"(?:1|true|yes|on|print|)"),
        ("outputtype output view format _format render", r"(?:amp|print|printable)"),
    )
    for name in names.split()
}

#: Names under which newspapers hand out single articles, each its own, when the value is drawn by lot: only on an
#: article, for elsewhere (a drive, a form) the token is what chooses the page.
SHARING = re.compile(
    r"(?:article|reading|smart|view|web)?[-_]?(?:gift|gifted|share|shared|sharing|unlock(?:ed)?|freebie|free|guest|access|paywall|referral)"
    r"(?:[-_]?(?:article|link|url|web|reader|user))?(?:[-_]?(?:by|code|hash|id|key|token))?|token|[prs]?token|articlehash",
    re.IGNORECASE,
)
#: A value that nobody would choose as the name of a page.
DRAWN_BY_LOT = re.compile(r"(?=[^\d]*\d)(?=[^a-zA-Z]*[a-zA-Z])[\w.~=%+/:-]{12,}", re.ASCII)
#: Names of a sharing mark that is only switched on.
SHARED = re.compile(r"(?:is)?(?:gift|gifted|share|shared|unlocked|freebie)(?:[-_]?(?:article|link))?", re.IGNORECASE)
#: Who was mailed, and in which sending: on an article these choose nothing.
MAILINGS = re.compile(
    r"(?:(?:e?mail(?:ing)?|newsletter|nl|campaign|cmp|icmp|subscriber|recipient|contact|list|send|sending|blast)[-_]?"
    r"(?:e?mail(?:ing)?[-_]?|campaign[-_]?)?(?:id|uid|hash|code)|cmpid|icmpid|ncid)",
    re.IGNORECASE,
)
#: A path that is an article's: a date, a long number, a headline of three words and more in its last part.
ARTICLE = re.compile(
    r"/(?:19|20)\d\d[/-].+|.*/[^/]*\d{6}[^/]*|.*/[^/-]+-[^/-]+-[^/]+|.*/[^/_]+_[^/_]+_[^/]+|.*/p/[^/]*-[^/]+", re.ASCII
)

#: Redirectors: host (without ``www.``) to a start of the path and the parameters that may hold the target.
#: The parameter ``""`` is the whole query.
REDIRECTORS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "bing.com": (("/news/apiclick.aspx", ("url",)), ("/ck/a", ("u",)), ("/alink/link", ("url",))),
    "duckduckgo.com": (("/l", ("uddg",)),),
    "html.duckduckgo.com": (("/l", ("uddg",)),),
    "out.reddit.com": (("/", ("url",)),),
    "l.facebook.com": (("/l.php", ("u",)),),
    "lm.facebook.com": (("/l.php", ("u",)),),
    "facebook.com": (("/l.php", ("u",)), ("/flx/warn", ("u",))),
    "l.instagram.com": (("/", ("u",)),),
    "l.threads.com": (("/", ("u",)),),
    "l.threads.net": (("/", ("u",)),),
    "l.messenger.com": (("/l.php", ("u",)),),
    "l.wl.co": (("/l", ("u",)),),
    "t.umblr.com": (("/redirect", ("z",)),),
    "href.li": (("/", ("",)),),
    "anon.to": (("/", ("",)),),
    "anonym.to": (("/", ("",)),),
    "nullrefer.com": (("/", ("",)),),
    "dereferer.me": (("/", ("",)),),
    "youtube.com": (("/redirect", ("q",)), ("/attribution_link", ("u",))),
    "linkedin.com": (("/redir/redirect", ("url",)), ("/safety/go", ("url",))),
    "vk.com": (("/away.php", ("to",)),),
    "steamcommunity.com": (("/linkfilter", ("u", "url", "")),),
    "slack-redir.net": (("/link", ("url",)),),
    "gate.sc": (("/", ("url",)),),
    "exit.sc": (("/", ("url",)),),
    "medium.com": (("/r", ("url",)),),
    "disq.us": (("/url", ("url",)), ("/", ("url",))),
    "getpocket.com": (("/redirect", ("url",)),),
    "deviantart.com": (("/users/outgoing", ("",)),),
    "pixiv.net": (("/jump.php", ("url", "")),),
    "curseforge.com": (("/linkout", ("remoteurl",)),),
    "googleadservices.com": (("/pagead/aclk", ("adurl",)),),
    "ad.doubleclick.net": (("/ddm/clk", ("",)),),
    "go.redirectingat.com": (("/", ("url",)),),
    "go.skimresources.com": (("/", ("url",)),),
    "click.linksynergy.com": (("/", ("murl",)),),
    "awin1.com": (("/cread.php", ("ued", "p")),),
    "retriever-info.com": (("/go", ("u",)),),
    "feedly.com": (("/i/entry", ("url",)),),
    "safelinks.protection.outlook.com": (("/", ("url",)),),
}

#: The names a Google redirector puts after an unencoded target.
GOOGLE_OWN_PARAMETERS = re.compile(r"&(?:sa|usg|ved|ust|source|opi|cd|ct|ei|rct|esrc|cad|uact|sig2|bvm|sntz)=")

#: Hosts under which each first label is somebody else's site, so that ``m.`` or ``amp.`` there is a name.
TENANT_HOSTS: frozenset[str] = _names(
    """
    blogspot.com wordpress.com tumblr.com substack.com medium.com github.io gitlab.io netlify.app vercel.app
    pages.dev workers.dev herokuapp.com web.app firebaseapp.com neocities.org livejournal.com ghost.io bsky.social
    typepad.com squarespace.com wixsite.com weebly.com deviantart.com bandcamp.com itch.io hatenablog.com hateblo.jp
    fc2.com over-blog.com canalblog.com tistory.com beehiiv.com buttondown.email surge.sh fly.dev onrender.com
    readthedocs.io read-the-docs.io myshopify.com zendesk.com freshdesk.com notion.site webflow.io carrd.co free.fr
    chez.com nerim.net t-online.de altervista.org tripod.com jimdo.com narod.ru ucoz.ru webnode.com angelfire.com
    """
)

#: Stack Exchange sites that have a domain of their own.
STACK_EXCHANGE: frozenset[str] = _names(
    """
    stackoverflow.com serverfault.com superuser.com askubuntu.com mathoverflow.net stackapps.com
    """
)

#: Other faces of x.com. A host whose first label is ``nitter`` is one too.
X_MIRRORS: frozenset[str] = _names(
    """
    x.com twitter.com mobile.twitter.com mobile.x.com nitter.net xcancel.com fxtwitter.com vxtwitter.com fixupx.com
    fixvx.com twittpr.com
    """
)

#: Other faces of bsky.app.
BLUESKY_MIRRORS: frozenset[str] = _names(
    "bsky.app staging.bsky.app main.bsky.dev fxbsky.app bskyx.app bsyy.app vxbsky.app xbsky.app cbsky.app deer.social"
)

#: Companies that sell telephony as well: there ``mobile.`` is a department.
MOBILE_COMPANIES: frozenset[str] = _names(
    """
    free.fr orange.fr sfr.fr bouyguestelecom.fr telekom.de vodafone.de o2.de sky.com virginmedia.com tesco.com
    asda.com comcast.com xfinity.com spectrum.com rakuten.co.jp ntt.com telstra.com.au optus.com.au a1.net drei.at
    swisscom.ch telia.se telenor.no fastweb.it poste.it elisa.fi proximus.be kpn.com
    """
)
