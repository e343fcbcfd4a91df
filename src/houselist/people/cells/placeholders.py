"""E-mail addresses that stand for "we have none", which thousands of people share. Pure.

Local part and domain count together: info@company.com and acme@acme.com are real mailboxes. The
example domains of RFC 2606 are no reason by themselves, because sample files use them for sample
people: jane@example.com is one, user@example.com is none.
"""

from __future__ import annotations

# Local parts that nobody has, at any domain. Exporters write them: Apollo (email_not_unlocked),
# Salesforce and HubSpot imports that demand an address (noemail, unknown), programs that print an
# empty value (null, undefined).
_NOBODY_WORDS = """
    noemail no-email no_email no.email nomail no-mail no_mail noemailaddress no-email-address
    noemailavailable noemailprovided noemailgiven noemailfound withoutemail
    notavailable not-available not_available not.available emailnotavailable
    notprovided not-provided not_provided emailnotprovided notgiven
    notfound not-found not_found emailnotfound email_not_found email_not_unlocked emailnotunlocked
    unknown unknown-email unknownemail emailunknown
    null undefined none nan redacted withheld undisclosed
    no-address noaddress emailmissing missingemail missing-email emailhidden hiddenemail
    emailredacted
    fakeemail fake-email dummyemail dummy-email placeholder invalidemail
    keineemail keine-email keinemail keine-mail pasdemail pas-de-mail sinemail sin-email
    noreply no-reply no_reply no.reply donotreply do-not-reply do_not_reply dontreply
    mailer-daemon mailerdaemon
    """
_NOBODY = frozenset(_NOBODY_WORDS.split())
# Only at a domain of the same word: test@test.com, none@none.none, abc@abc.example.
_TWICE_WORDS = """
    test tests testing none no na nil null nan email mail e-mail noemail nomail example sample
    demo dummy fake abc abcd asd asdf asdfg qwe qwerty xyz foo bar foobar domain user name
    company unknown anonymous nobody noone temp invalid blank empty something anything whatever
    """
# Words for "nothing" where the domain is such a word too, or a placeholder: no@email.com,
# pending@pending.com, hidden@privacy.com.
_VOID_WORDS = """
    no none na nil nope unknown nobody noone invalid blank empty nothing missing pending redacted
    hidden private privacy withheld undisclosed confidential protected masked removed deleted unset
    notset unavailable tbd tba placeholder fake dummy noemail nomail noreply temp anonymous
    restricted
    """
_VOID = frozenset(_VOID_WORDS.split())
_TWICE = frozenset(_TWICE_WORDS.split()) | _VOID
# What forms and templates show as an example, at domains that are placeholders too.
_TEMPLATE_WORDS = """
    email e-mail mail name yourname your.name your-name your_name youremail your.email your-email
    your_email yourmail your you yourself myemail my.email firstname.lastname firstname lastname
    first.last firstname_lastname vorname.nachname prenom.nom nombre.apellido user username
    example someone somebody test placeholder
    """
_TEMPLATE = frozenset(_TEMPLATE_WORDS.split())
_ANY_DOMAIN_WORDS = """
    domain.com yourdomain.com your-domain.com mydomain.com domain.tld domain.org domain.net
    domain.de email.com mail.com company.com yourcompany.com your-company.com mycompany.com
    website.com yourwebsite.com yoursite.com mysite.com site.com test.com
    """
_ANY_DOMAIN = frozenset(_ANY_DOMAIN_WORDS.split())
_SAMPLE_DOMAINS = frozenset(("example.com", "example.org", "example.net", "example.de"))
SUSPECT = _NOBODY | _TWICE | _TEMPLATE
"""Local parts that may be placeholders; the domain decides."""
NUMBERED = "mail"
"""A local part with this may be a numbered placeholder: noemail1234."""

# Whole cells that say there is no address, beside the words in people/nothing.py.
_NO_ADDRESS_WORDS = """
    no nope unknown unavailable missing empty blank private hidden pending tbd tba ? ??
    noemail nomail keine kein nein aucun non ninguno nessuno geen brak
    info admin sales support office contact hello mail email e-mail noreply no-reply
    """
_NO_ADDRESS = frozenset(_NO_ADDRESS_WORDS.split()) | {
    "not available",
    "not found",
    "not_found",
    "not provided",
    "not given",
    "not known",
    "no email",
    "no e-mail",
    "no mail",
    "no email found",
    "no email address",
    "email not found",
    "email not available",
    "not disclosed",
    "do not contact",
    "to be confirmed",
    "keine e-mail",
    "keine email",
    "keine angabe",
    "nicht bekannt",
    "nicht verfügbar",
    "unbekannt",
    "pas d'email",
    "pas de mail",
    "non disponible",
    "inconnu",
    "no disponible",
    "desconocido",
    "sin correo",
    "non disponibile",
    "niet beschikbaar",
    "onbekend",
}
_LONGEST = 40
_PAIR = 2
_DIGITS = "0123456789._-+"
_KEPT = ("com", "net", "org")


def stands_for_none(address: str) -> bool:
    """Whether an address, in lower case, is one that programs and people put for a missing one."""
    local, _, domain = address.partition("@")
    label, _, rest = domain.partition(".")
    if local not in SUSPECT:
        if NUMBERED in local and local.rstrip(_DIGITS) in _NOBODY:
            return True
        # People type aaa@aaa.com when a form demands an address. Nobody has one at a.com: the
        # registries do not give away domains of one letter, and no top level has one letter.
        is_one = label == local and len(set(local)) == 1
        return is_one and (len(local) > _PAIR or rest in _KEPT or len(rest) == 1)
    return (
        local in _NOBODY
        or (local in _TWICE and label == local)
        or (local in _VOID and (label in _VOID or domain in _ANY_DOMAIN))
        or (local in _TEMPLATE and (domain in _ANY_DOMAIN or domain in _SAMPLE_DOMAINS))
    )


def says_none(cell: str) -> bool:
    """Whether a cell without an address says that there is none: 'not available', 'noreply'."""
    return len(cell) <= _LONGEST and " ".join(cell.split()).strip(".!()[]").lower() in _NO_ADDRESS
