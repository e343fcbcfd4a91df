"""Words that programs write where a cell has no value. Pure.

Only in upper or lower case as programs write them: somebody may be called Null.
"""

from __future__ import annotations

# Excel, LibreOffice and Google Sheets write these where a formula failed, in the language of the
# program: English, German, French, Spanish, Italian and Portuguese, Dutch,
# Polish, Swedish, Russian.
_ERRORS = """
    #N/A #NAME? #REF! #VALUE! #DIV/0! #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT!
    #BUSY! #UNKNOWN! #EXTERNAL! #PYTHON! #TIMEOUT! #GETTING_DATA #ERROR! #N/A!
    #NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #KALK! #FELD! #BLOCKIERT! #VERBINDEN!
    #VALEUR! #NOM? #NOMBRE! #NUL! #PROPAGATION! #EPARS! #CALCUL! #CHAMP! #BLOQUE!
    #N/D #¡REF! #¡VALOR! #¿NOMBRE? #¡NUM! #¡DIV/0! #¡NULO! #¡DESBORDAMIENTO! #¡CALC!
    #RIF! #VALORE! #NOME? #NULLO! #ESPANSIONE! #VALOR! #NÚM! #NULO! #DESPEJAR!
    #N/B #VERW! #WAARDE! #NAAM? #GETAL! #LEEG! #DEEL/0! #OVERLOOP!
    #N/D! #ADR! #ARG! #NAZWA? #LICZBA! #ZERO! #ROZLANIE!
    #SAKNAS! #REFERENS! #VÄRDEFEL! #NAMN? #OGILTIGT! #DIVISION/0! #SKÄRNING! #SPILL!
    #Н/Д #ССЫЛКА! #ЗНАЧ! #ИМЯ? #ЧИСЛО! #ПУСТО! #ДЕЛ/0!
"""  # noqa: RUF001 - Russian
# Databases, pandas, JavaScript, and people who fill in forms.
_WORDS = """
    NULL null (null) <null> [NULL] \\N nan NaN NAN <NA> None NONE none undefined NaT
    N/A n/a N/a n.a. N.A. n/v k.A. k.a. - -- --- \u2013 \u2014 \u2015 ? ?? ???
    (blank) (Blank) <blank> (empty) <empty> (none) <none> nil <nil> (nil) #ÜBERLAUF
"""
_PHRASES = (
    "not available",
    "Not available",
    "Not Available",
    "not provided",
    "Not provided",
    "Not Provided",
    "not specified",
    "Not specified",
    "Not Specified",
    "[object Object]",
    "nicht verfügbar",
    "keine Angabe",
    "non disponible",
    "no disponible",
    "non disponibile",
)
_LONGEST = 60
_NAMES_TOO = {"Null", "Nan", "NAN", "NONE", "none"}

HIDDEN = "LinkedIn"
"""A name with this may be one that LinkedIn hides."""
# What LinkedIn shows in place of a name that it hides.
_HIDDEN = frozenset(
    (
        "linkedin member",
        "linkedin-mitglied",
        "membre linkedin",
        "membre de linkedin",
        "miembro de linkedin",
        "utente linkedin",
        "membro di linkedin",
        "usuário do linkedin",
        "linkedin-lid",
        "linkedin-medlem",
    )
)

_UNKNOWN_WORDS = """
    Unknown unknown UNKNOWN (unknown) (Unknown) <unknown> Unbekannt unbekannt Inconnu inconnu
    Desconocido desconocido Sconosciuto sconosciuto Onbekend onbekend
"""
_UNKNOWN = frozenset(_UNKNOWN_WORDS.split())
_ANYWHERE = frozenset(
    (*_ERRORS.split(), *_PHRASES, *(word for word in _WORDS.split() if word not in _NAMES_TOO))
)

NO_NAME: frozenset[str] = _ANYWHERE | _UNKNOWN
"""What stands for no value in a column of names, where 'Null' and 'Nan' are names."""

NOTHING: frozenset[str] = _ANYWHERE | _NAMES_TOO
"""What stands for no value in all other columns."""

NO_FIELD: frozenset[str] = NOTHING | _UNKNOWN
"""What does in a field of a prospect. In an attribute, 'Unknown' may be one of several answers."""


def is_no_name(cell: str) -> bool:
    """Whether a name stands for no value: 'NULL', or 'nan nan' where a program joined two.

    Also 'LinkedIn Member', whose name LinkedIn hides.
    """
    return cell in NO_NAME or (
        len(cell) <= _LONGEST
        and (all(word in NO_NAME for word in cell.split()) or is_hidden_name(cell))
    )


def is_hidden_name(name: str) -> bool:
    """Whether LinkedIn hides the name."""
    return len(name) <= _LONGEST and " ".join(name.split()).casefold() in _HIDDEN
