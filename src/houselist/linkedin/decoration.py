"""Which parameters of a search's address don't say whom to find. One list for all readers of it.

They say where the visitor came from, which page they read, how it looks and how it was counted.
"""

from __future__ import annotations

from typing import Final

DECORATION: Final = frozenset(
    {
        # Every page of LinkedIn, and the links in its e-mails.
        "_l",
        "_ntb",
        "fbclid",
        "gclid",
        "goback",
        "lang",
        "li_fat_id",
        "lici",
        "licu",
        "lipi",
        "locale",
        "mideid",
        "midsig",
        "midtoken",
        "original_referer",
        "originalreferer",
        "originalsubdomain",
        "origin",
        "otptoken",
        "rcm",
        "refid",
        "sessionid",
        "sid",
        "trackingid",
        "trk",
        "trkemail",
        "trkinfo",
        "utm_campaign",
        "utm_content",
        "utm_id",
        "utm_medium",
        "utm_source",
        "utm_term",
        # Searches: the page, its look, and what LinkedIn counts.
        "count",
        "decorationid",
        "doexplain",
        "el",
        "linkcontext",
        "savedsearchaction",
        "type",
        "currentlistid",
        "dofetchherocard",
        "dologhistory",
        "facet",
        "heroentitykey",
        "lastviewedat",
        "loghistory",
        "logid",
        "msgcontrolname",
        "msgconversationid",
        "msgoverlay",
        "openadvancedform",
        "openfacets",
        "orig",
        "page",
        "page_num",
        "pagekey",
        "position",
        "pplsearchorigin",
        "prioritizemessage",
        "pt",
        "recentsearchid",
        "recentsearchparam",
        "refresh",
        "resulttype",
        "rsid",
        "rslogid",
        "search",
        "searchhistoryid",
        "searchid",
        "searchrequestid",
        "searchsessionid",
        "sortby",
        "sortcriteria",
        "sortorder",
        "spellcorrectionenabled",
        "spellingcorrectionenabled",
        "start",
        "trackinginfojson.contextid",
        "uiorigin",
        "updatehistory",
        "viewallfilters",
        "viewasmember",
    }
)
"""Names in lower case."""

SCOPES: Final = frozenset(
    {
        "companyscope",
        "companytimescope",
        "jobtitletimescope",
        "locationtype",
        "pivottype",
        "titlescope",
        "titletimescope",
    }
)
"""These say how another parameter is meant, and nothing by themselves. Names in lower case."""
