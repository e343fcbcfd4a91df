"""Columns as people and their tools name them, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.mapping import FIELDS, IDENTITY_FIELDS, suggest_mapping

LEGISLATORS = (
    "bioguide_id,first_name,middle_name,last_name,suffix,full_name,chamber,title,party,state,"
    "phone,website,contact_form,office,birthday,gender,wikipedia,wikidata,twitter,facebook"
)


def field(column):
    return suggest_mapping([column]).mapping.get(column)


@pytest.mark.parametrize("path", FIELDS)
def test_a_fields_own_path_maps_to_itself(path):
    assert field(path) == path


@pytest.mark.parametrize(
    ("columns", "path"),
    [
        (
            "First Name|firstname|first_name|FIRST-NAME|Vorname|Prénom|given_name|Voornaam",
            "firstName",
        ),
        (
            "Last Name|Surname|Nachname|Familienname|Cognome|Apellidos|Sobrenome|Achternaam",
            "lastName",
        ),
        ("Full Name|Name|fullName|Nom complet|Nombre completo|Contact Name|Lead Name", "name"),
        (
            "E-mail Address|Email|Work Email|E-Mail|Mail|correo|e_mail|E-Mail-Adresse|Courriel",
            "email",
        ),
        ("Contact Email|Lead E-mail|Email 1|Correo electrónico|Personal Email|Email (2)", "email"),
        ("E-mail 1 - Value|E-Mail 2: Adresse|E-mail 3 Address|Person - Email - Work", "email"),
        ("Adresse de messagerie|Dirección de correo electrónico|Emails|B2B Email", "email"),
        (
            "LinkedIn Profile URL|LinkedIn URL|Person Linkedin Url|Profile URL|LinkedIn",
            "linkedinUrl",
        ),
        ("linkedin_profile|LinkedInURL|linkedinProfileUrl|LinkedIn-Profil|URL", "linkedinUrl"),
        (
            "Company|Company Name|Organisation|Organization|Firma|Unternehmen|Employer",
            "company.name",
        ),
        ("Account Name|Entreprise|Société|Empresa|Azienda|Bedrijf|companyName", "company.name"),
        ("Company Linkedin Url|Company LinkedIn|linkedinCompanyUrl", "company.linkedinUrl"),
        ("Company Website|Company Domain|company_website", "company.website"),
        ("Industry|Branche|Company Industry|Secteur", "company.industry"),
        ("Job Title|Title|Position|Rolle|Role|jobTitle|Current Title|Puesto|Poste", "title"),
        ("Headline|LinkedIn Headline", "headline"),
        ("About|Summary|Bio|Über mich", "about"),
        ("Location|Ort|City|Standort|Ubicación|Person Location", "location"),
        ("Photo|Avatar|Photo URL|profile_pic_url", "photoUrl"),
        ("provider_id|Provider ID", "providerId"),
        ("public_identifier|LinkedIn slug", "publicIdentifier"),
    ],
)
def test_names_as_people_write_them(columns, path):
    assert {column: field(column) for column in columns.split("|")} == dict.fromkeys(
        columns.split("|"), path
    )


@pytest.mark.parametrize(
    "column",
    [
        "id",
        "Member ID",
        "vmid",
        "Email Status",
        "Email Domain",
        "Contact Owner",
        "Titel",
        "Country",
        "Company Address",
        "Company Phone",
        "Lead Source",
        "Connected On",
        "Link",
        "Website",
        "Domain",
        "Last Contacted",
        "Contact",
        "Person",
        "",
        "column 3",
        "Facebook Url",
        "Notes",
        "Title 2",
        "Owner Email",
        "Company Email",
        "Email Type",
        "x" * 100_000,
    ],
)
def test_names_that_are_not_sure_are_left_alone(column):
    assert field(column) is None


@pytest.mark.parametrize(
    ("columns", "winner"),
    [
        (["City", "Location"], {"Location": "location"}),
        (["City", "Stadt"], {"City": "location"}),
        (["Title", "Job Title"], {"Job Title": "title"}),
        (["Company Name for Emails", "Company"], {"Company": "company.name"}),
    ],
)
def test_of_two_columns_for_a_field_the_surer_wins_then_the_first(columns, winner):
    assert suggest_mapping(columns).mapping == winner


@pytest.mark.parametrize(
    "columns",
    [
        ["Work Email", "Email", "Email (2)", "Personal Email"],
        ["email", "Work Email"],
        ["E-Mail geschäftlich", "E-Mail-Adresse", "E-Mail privat"],
        ["Correo corporativo", "Correo electrónico", "Correo personal"],
        ["Mail", "Secondary Email", "E-mail 3", "Email Home"],
        ["linkedInProfileUrl", "LinkedIn", "profileUrl", "Sales Navigator URL"],
        ["E-mail 1 - Value", "E-mail 2 - Value", "E-mail 3 - Value"],
    ],
)
@given(data=st.data())
def test_several_columns_may_tell_who_somebody_is_the_better_ones_first(columns, data):
    found = [*suggest_mapping(data.draw(st.permutations(columns))).mapping]
    assert found == columns


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Vorname;Name", {"Vorname": "firstName", "Name": "lastName"}),
        ("Vorname;Nachname;Name", {"Vorname": "firstName", "Nachname": "lastName", "Name": "name"}),
        ("Prénom;Nom", {"Prénom": "firstName", "Nom": "lastName"}),
        ("Nom;E-mail", {"Nom": "name", "E-mail": "email"}),
        ("Nombre;Apellidos", {"Nombre": "firstName", "Apellidos": "lastName"}),
        ("Nome;Cognome", {"Nome": "firstName", "Cognome": "lastName"}),
        ("First Name;Name", {"First Name": "firstName", "Name": "name"}),
    ],
)
def test_a_name_beside_half_a_name_is_the_other_half(header, expected):
    assert suggest_mapping(header.split(";")).mapping == expected


def test_a_plain_website_is_the_companys_only_in_a_file_with_companies():
    assert suggest_mapping(["Name", "Website"]).mapping == {"Name": "name"}
    assert suggest_mapping(["Company", "Website"]).mapping["Website"] == "company.website"
    assert suggest_mapping(["Company", "Website", "Company Website"]).mapping == {
        "Company": "company.name",
        "Company Website": "company.website",
    }


def test_a_plain_url_is_a_profile_only_alone_or_in_linkedins_export():
    assert suggest_mapping(["Name", "URL"]).mapping == {"Name": "name"}
    assert suggest_mapping(["URL"]).mapping == {"URL": "linkedinUrl"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (  # LinkedIn's Connections.csv
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
            "firstName,lastName,linkedinUrl,email,company.name,title,",
        ),
        (  # Apollo
            (
                "First Name,Last Name,Title,Company,Company Name for Emails,Email,Email Status,"
                "Seniority,Departments,Contact Owner,Work Direct Phone,# Employees,Industry,Keywords,"
                "Person Linkedin Url,Website,Company Linkedin Url,Facebook Url,Twitter Url,City,State,"
                "Country,Company Address,Company City,Technologies,Apollo Contact Id"
            ),
            (
                "firstName,lastName,title,company.name,,email,,,,,,,company.industry,,linkedinUrl,"
                "company.website,company.linkedinUrl,,,location,,,,,,"
            ),
        ),
        (  # HubSpot
            (
                "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company,"
                "Last Activity Date,Lead Status,Job Title,City,Website URL"
            ),
            ",firstName,lastName,email,,,company.name,,,title,location,company.website",
        ),
        (  # Clay
            "First Name,Last Name,Full Name,Job Title,Location,Company Domain,LinkedIn Profile,Work Email",
            "firstName,lastName,name,title,location,company.website,linkedinUrl,email",
        ),
        (  # Phantombuster, Sales Navigator search
            (
                "profileUrl,fullName,firstName,lastName,companyName,title,companyId,companyUrl,"
                "regularCompanyUrl,summary,titleDescription,industry,companyLocation,location,"
                "connectionDegree,profileImageUrl,name,vmid,linkedInProfileUrl,isPremium,query,timestamp"
            ),
            (
                "linkedinUrl,,firstName,lastName,company.name,title,,,company.linkedinUrl,about,,"
                "company.industry,,location,,photoUrl,name,,linkedinUrl,,,"
            ),
        ),
        (  # Phantombuster, profile scraper
            (
                "linkedinProfileUrl,linkedinProfileSlug,firstName,lastName,linkedinHeadline,location,"
                "linkedinDescription,linkedinProfileImageUrl,companyName,linkedinCompanyUrl,"
                "linkedinCompanySlug,linkedinJobTitle,companyIndustry,companyWebsite,professionalEmail"
            ),
            (
                "linkedinUrl,publicIdentifier,firstName,lastName,headline,location,about,photoUrl,"
                "company.name,company.linkedinUrl,company.linkedinIdentifier,title,company.industry,"
                "company.website,email"
            ),
        ),
        (  # Salesforce
            "First Name,Last Name,Title,Account Name,Mailing City,Phone,Email,Contact Owner",
            "firstName,lastName,title,company.name,,,email,",
        ),
        (LEGISLATORS, ",firstName,,lastName,,name,,title,,,,,,,,,,,,"),
    ],
)
def test_exports_of_well_known_tools(header, expected):
    columns = header.split(",")
    wanted = {c: f for c, f in zip(columns, expected.split(","), strict=True) if f}
    assert suggest_mapping(columns).mapping == wanted


@given(st.lists(st.text(max_size=20), unique=True))
def test_any_columns_give_each_field_once_but_for_identities(columns):
    mapping, reasons, doubts = suggest_mapping(columns)
    assert not doubts  # only values give some
    assert set(mapping) <= set(columns)
    assert mapping.keys() == reasons.keys()
    once = [field for field in mapping.values() if field not in IDENTITY_FIELDS]
    assert len(set(once)) == len(once)
    assert set(mapping.values()) <= set(FIELDS)


def test_at_most_ten_columns_serve_one_field():
    columns = ["Email", *(f"Email ({n})" for n in range(2, 10)), "Work Email", "Home Email", "Mail"]
    mapping = suggest_mapping(columns).mapping
    assert len(mapping) == 10
    assert [*mapping][:3] == ["Work Email", "Email", "Mail"]


@pytest.mark.parametrize(
    "columns",
    [
        ["Jméno", "Příjmení", "E-mail"],
        ["Imię", "Nazwisko", "Adres e-mail"],
        ["Keresztnév", "Vezetéknév", "E-mail cím"],
        ["Förnamn", "Efternamn", "E-post"],
        ["Fornavn", "Etternavn", "E-postadresse"],
        ["Etunimi", "Sukunimi", "Sähköposti"],
        ["Имя", "Фамилия", "Email"],
        ["Ім'я", "Прізвище", "Email"],
        ["Όνομα", "Επώνυμο", "Email"],
    ],
)
def test_names_are_known_in_many_languages(columns):
    fields = ["firstName", "lastName", "email"]
    assert suggest_mapping(columns).mapping == dict(zip(columns, fields, strict=True))


def test_names_in_east_asian_scripts_are_known():
    assert suggest_mapping(["姓名", "邮箱", "公司"]).mapping == {
        "姓名": "name",
        "邮箱": "email",
        "公司": "company.name",
    }
    assert suggest_mapping(["氏名", "メールアドレス"]).mapping == {
        "氏名": "name",
        "メールアドレス": "email",
    }
    assert suggest_mapping(["이메일"]).mapping == {"이메일": "email"}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Current Employer", "company.name"),
        ("org_name", "company.name"),
        ("Zugehöriges Unternehmen", "company.name"),
        ("Stellenbezeichnung", "title"),
        ("properties.firstname", "firstName"),
        ("properties.company", "company.name"),
        ("properties.jobtitle", "title"),
        ("properties.hs_linkedin_url", "linkedinUrl"),
        ("fields.Email", "email"),
    ],
)
def test_more_names_of_other_products(column, field):
    assert suggest_mapping([column]).mapping == {column: field}


def test_properties_may_be_buildings():
    assert suggest_mapping(["Properties Name", "Properties"]).mapping == {}
