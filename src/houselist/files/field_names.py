"""By which names the fields of a prospect go in other products' exports and in people's own files.

Only sure ones. A column that is not recognised loses nothing (it stays an attribute), a wrong
guess garbles people, so ids of other systems ('Member ID', 'vmid', 'Contact Id') are not here.
"""

from __future__ import annotations

import re
import unicodedata

# The names that a field of people/fields.py goes by, without accents, case, spaces and punctuation.
# Bars part the surest from the vaguer ones: of two columns for one field, the surer name wins.
_NAMES = {
    "firstName": """
        firstname vorname prenom givenname forename voornaam primeironome primernombre fname
        jmeno krestnijmeno imie keresztnev fornamn fornavn etunimi prenume
        имя імя ονομα 名字
        | first given namefirstname
    """,
    "lastName": """
        lastname surname familyname nachname familienname nomdefamille cognome achternaam
        apellidos apellido sobrenome apelido ultimonome lname
        prijmeni priezvisko nazwisko vezeteknev csaladnev efternamn efternavn etternavn sukunimi
        numedefamilie soyadi фамилия прізвище επωνυμο 姓氏
        | last namelastname
    """,
    "name": """
        fullname vollstandigername vollername nomcomplet nombrecompleto nomecompleto
        nomeecognome nombreyapellidos volledigenaam displayname
        celejmeno imieinazwisko teljesnev adsoyad adisoyadi 姓名 氏名
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
        puestodetrabajo organizationtitle organization1title stellenbezeichnung
        | title currentposition currentjob currentrole jobposition jobrole
        | position posizione posicion role rolle ruolo funktion fonction functie poste
        puesto cargo funcao
    """,
    "location": """
        location linkedinlocation geolocation standort localisation localizacion ubicacion
        localizacao localita locatie primarylocation
        | city ort stadt wohnort ville lieu ciudad citta cidade plaats woonplaats address1city
    """,
    # Work before plain, plain before second, second before private addresses.
    "email": """
        workemail workemailaddress businessemail businessemailaddress professionalemail
        professionalemailaddress primaryemail primaryemailaddress emailwork primaryworkemail
        geschaftlicheemail emailgeschaftlich emailadressegeschaftlich dienstlicheemail
        emaildienstlich beruflicheemail emailberuflich emailprofessionnel emailpro
        emailtrabajo correotrabajo correocorporativo emailcorporativo emaillavoro proemail
        b2bemail recommendedemail
        recommendedworkemail
        | email emailaddress emailadresse adresseemail adressemail adressedemail emails
        emailaddresses emailid emailadres mailadres mailadresse mailaddress mail correo
        correoelectronico courriel adresseelectronique indirizzoemail enderecodeemail
        adressedemessagerie direcciondecorreoelectronico direcciondelcorreoelectronico
        indirizzodipostaelettronica enderecodecorreioeletronico
        epost epostadress epostadresse eposta epostaadresi sahkoposti emailcim adresemail
        邮箱 电子邮箱 电子邮件 メール メールアドレス 이메일
        | secondaryemail secondaryemailaddress secondemail tertiaryemail alternateemail
        alternativeemail otheremail emailother additionalemail additionalemails
        additionalemailaddresses customemail customemailaddress supplementalemail
        | personalemail personalemailaddress privateemail emailhome homeemail emailpersonal
        emailprivat emailadresseprivat emailperso emailpersonnel correopersonal
        recommendedpersonalemail linkedinemail directemail
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
        profilolinkedin lienlinkedin contactlinkedinurl linkedincontactprofileurl
        linkedinmemberurl
        hslinkedinurl
        | linkedin linkedinaccount linkedinhandleurl
        | profileurl profilelink profilurl publicurl
        | linkedinurluniqueid salesnavigatorurl salesprofile salesnavigatorprofileurl
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
        namederorganisation firmenname unternehmensname nomdelentreprise nombredelaempresa
        nomedaempresa bedrijfsnaam linkedincompanyname companyaccount organization1name
        nazwafirmy nazevfirmy cegnev foretag sirket компания 公司 会社名 회사
        | company organization organisation firma unternehmen entreprise societe empresa
        azienda bedrijf compania organizacion companies
        | accountname employer employername arbeitgeber employeur werkgever
        associatedcompany primarycompany primaryassociatedcompany societa
        companynameforemails accountaccountname currentemployer currentemployername orgname
        zugehorigesunternehmen zugeordnetesunternehmen
    """,
    "company.linkedinIdentifier": """
        companylinkedinidentifier companylinkedinid linkedincompanyid linkedincompanyslug
        companylinkedinslug
    """,
    "company.linkedinUrl": """
        companylinkedinurl companylinkedinprofileurl companylinkedinprofile
        companylinkedinpage companylinkedinlink linkedincompanyurl linkedincompanypage
        linkedincompanyprofileurl regularcompanyurl organizationlinkedinurl
        companypagelinkedin companylinkedinpageurl
        | companylinkedin linkedincompany accountlinkedinurl companylinkedinurluniqueid
    """,
    "company.industry": """
        companyindustry linkedincompanyindustry accountindustry organizationindustry
        companymainindustry
        | industry industrie branche secteur secteurdactivite sector settore setor
        bedrijfstak primaryindustry
    """,
    "company.website": """
        companywebsite companywebsiteurl companydomain companydomainname companyhomepage
        organizationwebsite organizationwebsiteurl accountwebsite firmenwebsite
        firmenwebseite unternehmenswebsite sitewebdelentreprise bedrijfswebsite accountdomain
        | website websiteurl webseite domain domainname homepage siteweb sitoweb sitioweb
        paginaweb
    """,
}


def plain(text: str) -> str:
    """'E-mail Address', 'emailAddress' and 'EMAIL_ADDRESS' all become 'emailaddress'."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w]|_", "", "".join(c for c in folded if not unicodedata.combining(c)))


KNOWN = {
    plain(name): (field, rank)
    for field, names in _NAMES.items()
    for rank, alike in enumerate(names.split("|"), 1)
    for name in alike.split()
}
"""Plain name to its field, and how sure it is: 1 is surest."""
