"""Which field of a prospect a file's column most likely holds, judged from its name alone.

Only sure guesses: a column that is not suggested loses nothing (it stays an attribute), a wrong
one garbles people. So ids of other systems ('Member ID', 'vmid', 'Contact Id') are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# For each field the names it goes by, without accents, case, spaces and punctuation. The bars
# part the surest from the vaguer ones: of two columns for one field, the surer name wins.
_NAMES = {
    "firstName": """
        firstname vorname prenom givenname forename voornaam primeironome primernombre fname
        | first given
    """,
    "lastName": """
        lastname surname familyname nachname familienname nomdefamille cognome achternaam
        apellidos apellido sobrenome apelido ultimonome lname
        | last
    """,
    "name": """
        fullname vollstandigername vollername nomcomplet nombrecompleto nomecompleto
        nomeecognome nombreyapellidos volledigenaam displayname
        | name nom nombre nome naam
    """,
    "headline": """
        headline linkedinheadline profileheadline
    """,
    "about": """
        about aboutme linkedinabout linkedinsummary linkedindescription profilesummary
        ubermich
        | summary bio biography biografie
    """,
    "title": """
        jobtitle currentjobtitle currenttitle linkedinjobtitle titleposition positiontitle
        berufsbezeichnung positionsbezeichnung jobtitel intituleduposte functietitel
        puestodetrabajo
        | title currentposition currentjob currentrole jobposition jobrole
        | position posizione posicion role rolle ruolo funktion fonction functie poste
        puesto cargo funcao
    """,
    "location": """
        location linkedinlocation geolocation standort localisation localizacion ubicacion
        localizacao localita locatie
        | city ort stadt wohnort ville lieu ciudad citta cidade plaats woonplaats
    """,
    "email": """
        workemail workemailaddress businessemail businessemailaddress professionalemail
        professionalemailaddress primaryemail primaryemailaddress emailwork
        geschaftlicheemail emailprofessionnel
        | email emailaddress emailadresse adresseemail adressemail adressedemail email1
        email1value emailid emailadres mailadres mailadresse mailaddress mail correo
        correoelectronico courriel adresseelectronique indirizzoemail enderecodeemail
        | personalemail privateemail
    """,
    "photoUrl": """
        photourl photo profilephoto profilephotourl avatar avatarurl profilepicture
        profilepictureurl profilepicurl pictureurl profileimage profileimageurl
        linkedinprofileimageurl imgurl
        | picture imageurl headshot foto fotourl
    """,
    "linkedinUrl": """
        linkedinurl linkedinprofileurl linkedinprofile linkedinprofil linkedinprofillink
        linkedinlink linkedinprofilelink linkedinpublicurl linkedinpublicprofileurl
        linkedinurlpublic publicprofileurl linkedinpage linkedinprofilurl
        defaultprofileurl urllinkedin profillinkedin perfillinkedin perfildelinkedin
        profilolinkedin lienlinkedin contactlinkedinurl
        | linkedin linkedinaccount linkedinhandleurl
        | profileurl profilelink profilurl publicurl
    """,
    "publicIdentifier": """
        publicidentifier linkedinslug linkedinprofileslug linkedinpublicidentifier
        linkedinpublicid linkedinvanityname linkedinusername linkedinhandle
        | publicid vanityname
    """,
    "providerId": """
        providerid
    """,
    "company.name": """
        companyname currentcompanyname currentcompany organizationname organisationname
        firmenname unternehmensname nomdelentreprise nombredelaempresa nomedaempresa
        bedrijfsnaam linkedincompanyname
        | company organization organisation firma unternehmen entreprise societe empresa
        azienda bedrijf compania
        | accountname employer employername arbeitgeber employeur werkgever
        associatedcompany primarycompany societa companynameforemails
    """,
    "company.linkedinIdentifier": """
        companylinkedinidentifier companylinkedinid linkedincompanyid linkedincompanyslug
        companylinkedinslug
    """,
    "company.linkedinUrl": """
        companylinkedinurl companylinkedinprofileurl companylinkedinprofile
        companylinkedinpage companylinkedinlink linkedincompanyurl linkedincompanypage
        linkedincompanyprofileurl regularcompanyurl organizationlinkedinurl
        | companylinkedin linkedincompany accountlinkedinurl
    """,
    "company.industry": """
        companyindustry linkedincompanyindustry accountindustry
        | industry industrie branche secteur secteurdactivite sector settore setor
        bedrijfstak
    """,
    "company.website": """
        companywebsite companywebsiteurl companydomain companydomainname companyhomepage
        organizationwebsite accountwebsite firmenwebsite firmenwebseite
        unternehmenswebsite sitewebdelentreprise bedrijfswebsite accountdomain
        | website websiteurl webseite domain domainname homepage siteweb sitoweb sitioweb
        paginaweb
    """,
}
FIELDS: tuple[str, ...] = tuple(_NAMES)
_KNOWN = {
    name: (field, rank)
    for field, names in _NAMES.items()
    for rank, alike in enumerate(names.split("|"), 1)
    for name in alike.split()
}
# Names of whose the column is, which say nothing about which field it is.
_WHOSE = ("person", "contact", "lead", "prospect", "member", "kontakt")
_SURNAMES = {name for name, (field, _) in _KNOWN.items() if field == "lastName"}
# 'Nom' is the surname beside 'Prénom', 'Nombre' the first name beside 'Apellidos'.
_SURNAME_BESIDE = {"nom": {"prenom"}, "name": {"vorname"}, "naam": {"voornaam"}}
_GENERIC_SITES = {name for name, known in _KNOWN.items() if known == ("company.website", 2)}


class Suggestion(NamedTuple):
    mapping: dict[str, str]
    reasons: dict[str, Literal["name", "values"]]


def suggest_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Field paths by column, for the columns that are sure; no field twice.

    Of two columns for one field, the field's own path wins, then the surer name ('Work Email'
    before 'Email', 'Location' before 'City'), then the first.
    """
    plain = [_plain(column) for column in columns]
    present = set(plain)
    best: dict[str, tuple[int, int]] = {}
    for index, column in enumerate(columns):
        guess = (column, 0) if column in FIELDS else _guess(plain[index], present)
        if guess:
            field, rank = guess
            best[field] = min(best.get(field, (rank, index)), (rank, index))
    if not best.keys() & {"company.name", "company.linkedinUrl"}:
        # A website in a file without companies is as likely the person's own.
        site = best.get("company.website")
        if site and plain[site[1]] in _GENERIC_SITES:
            del best["company.website"]
    fields = {index: field for field, (_, index) in best.items()}
    return {columns[index]: fields[index] for index in sorted(fields)}


def _guess(name: str, present: set[str]) -> tuple[str, int] | None:
    if name in _SURNAME_BESIDE and present & _SURNAME_BESIDE[name] and not present & _SURNAMES:
        return "lastName", 2
    if name in {"nombre", "nome"} and present & _SURNAMES:
        return "firstName", 2
    if name == "url" and (len(present) == 1 or "connectedon" in present):
        # LinkedIn's own Connections.csv, or a bare list of profiles.
        return "linkedinUrl", 2
    if name in _KNOWN:
        return _KNOWN[name]
    whose = next((whose for whose in _WHOSE if name.startswith(whose)), None)
    return _KNOWN.get(name.removeprefix(whose)) if whose else None


def _plain(column: str) -> str:
    """'E-mail Address', 'emailAddress' and 'EMAIL_ADDRESS' all become 'emailaddress'."""
    folded = unicodedata.normalize("NFKD", column.casefold())
    return re.sub(r"[^\w]|_", "", "".join(c for c in folded if not unicodedata.combining(c)))
