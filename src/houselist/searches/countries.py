"""The countries of the world, as LinkedIn numbers and names them. Pure.

The numbers are those that LinkedIn's own list of places gives (`geoUrn` in addresses).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Country(NamedTuple):
    """A country: LinkedIn's id if it is known, the ISO code in lower case, and its names.

    The first name is LinkedIn's English one; people may have any of them in their location.
    """

    id: str | None
    code: str
    names: tuple[str, ...]


def _country(line: str) -> Country:
    code, id_, names = line.split(" ", 2)
    return Country(None if id_ == "-" else id_, code, tuple(names.split("|")))


# The ISO code, LinkedIn's id or a hyphen, and the names.
_TABLE: Final = """\
ad 106296266 Andorra
ae 104305776 United Arab Emirates|UAE
af 101240012 Afghanistan
ag - Antigua and Barbuda
al 102845717 Albania|Shqipëria
am 103030111 Armenia
ao 105371935 Angola
ar 100446943 Argentina
at 103883259 Austria|Österreich
au 101452733 Australia
az 103226548 Azerbaijan
ba 102869081 Bosnia and Herzegovina|Bosna i Hercegovina
bb - Barbados
bd 106215326 Bangladesh
be 100565514 Belgium|België|Belgique
bf 100587095 Burkina Faso
bg 105333783 Bulgaria|България
bh 100425729 Bahrain
bi 100800406 Burundi
bj 101519029 Benin
bm - Bermuda
bn 103809722 Brunei|Brunei Darussalam
bo 104379274 Bolivia
br 106057199 Brazil|Brasil
bs - Bahamas|The Bahamas
bt 103613266 Bhutan
bw 105698121 Botswana
by 101705918 Belarus
bz 105912732 Belize
ca 101174742 Canada
cd 101271829 Democratic Republic of the Congo|Congo (DRC)|DR Congo
cf 100134827 Central African Republic
cg - Congo|Republic of the Congo
ch 106693272 Switzerland|Schweiz|Suisse|Svizzera
ci 103295271 Côte d'Ivoire|Ivory Coast
cl 104621616 Chile
cm 105745966 Cameroon|Cameroun
cn 102890883 China|中国
co 100876405 Colombia
cr 101739942 Costa Rica
cu 106429766 Cuba
cv 101679268 Cape Verde|Cabo Verde
cy 106774002 Cyprus
cz 104508036 Czechia|Czech Republic|Česko|Česká republika
de 101282230 Germany|Deutschland
dj 100371290 Djibouti
dk 104514075 Denmark|Danmark
dm - Dominica
do - Dominican Republic|República Dominicana
dz 106395874 Algeria|Algérie
ec 106373116 Ecuador
ee 102974008 Estonia|Eesti
eg 106155005 Egypt
er 104219996 Eritrea
es 105646813 Spain|España
et 100212432 Ethiopia
fi 100456013 Finland|Suomi
fj 105733447 Fiji
fm 102762290 Micronesia|Federated States of Micronesia
fo 104630756 Faroe Islands
fr 105015875 France
ga 104471338 Gabon
gb 101165590 United Kingdom|UK|Great Britain
gd - Grenada
ge 106315325 Georgia|Sakartvelo
gf 105001561 French Guiana
gg 104019891 Guernsey
gh 105769538 Ghana
gi 100674501 Gibraltar
gl - Greenland
gm 106100033 Gambia|The Gambia
gn 100099594 Guinea|Guinée
gp 104232339 Guadeloupe
gq 105141335 Equatorial Guinea
gr 104677530 Greece|Ελλάδα
gt 100877388 Guatemala
gw 100115557 Guinea-Bissau
gy 105836293 Guyana
hk 103291313 Hong Kong|Hong Kong SAR
hn 101937718 Honduras
hr 104688944 Croatia|Hrvatska
ht 100993490 Haiti|Haïti
hu 100288700 Hungary|Magyarország
id 102478259 Indonesia
ie 104738515 Ireland|Éire
il 101620260 Israel
im 106316481 Isle of Man
in 102713980 India
iq 106725625 Iraq
ir 101934083 Iran
is 105238872 Iceland|Ísland
it 103350119 Italy|Italia
je 102705533 Jersey
jm - Jamaica
jo 103710677 Jordan
jp 101355337 Japan|日本
ke 100710459 Kenya
kg 103490790 Kyrgyzstan
kh 102500897 Cambodia
ki 104742735 Kiribati
km 103069791 Comoros
kn - Saint Kitts and Nevis
kp - North Korea
kr 105149562 South Korea|Republic of Korea|대한민국
kw 103239229 Kuwait
ky - Cayman Islands
kz 106049128 Kazakhstan
la 100664862 Laos
lb 101834488 Lebanon
lc - Saint Lucia
li 100878084 Liechtenstein
lk 100446352 Sri Lanka
lr 106579411 Liberia
ls 103712797 Lesotho
lt 101464403 Lithuania|Lietuva
lu 104042105 Luxembourg
lv 104341318 Latvia|Latvija
ly 104036859 Libya
ma 102787409 Morocco|Maroc
mc 101352147 Monaco
md 106178099 Moldova
me 100733275 Montenegro|Crna Gora
mg 105587166 Madagascar
mh 106516799 Marshall Islands
mk 103420483 North Macedonia|Macedonia
ml 100770782 Mali
mm 104136533 Myanmar
mn 102396337 Mongolia
mo 101316508 Macao|Macau|Macao SAR
mq 103091690 Martinique
mr 106950838 Mauritania
mt 100961908 Malta
mu 106931611 Mauritius
mv 102161637 Maldives
mw 105992277 Malawi
mx 103323778 Mexico|México
my 106808692 Malaysia
mz 100474128 Mozambique
na 106682822 Namibia
ne 103550069 Niger
ng 105365761 Nigeria
ni 105517145 Nicaragua
nl 102890719 Netherlands|Nederland|The Netherlands
no 103819153 Norway|Norge
np 104630404 Nepal
nr 100348836 Nauru
nz 105490917 New Zealand
om 103619019 Oman
pa 100808673 Panama|Panamá
pe 102927786 Peru|Perú
pg 100152180 Papua New Guinea
ph 103121230 Philippines|The Philippines
pk 101022442 Pakistan
pl 105072130 Poland|Polska
pr 105245958 Puerto Rico
ps 93000000 Palestine|Palestinian Authority
pt 100364837 Portugal
pw 106779877 Palau
py 104065273 Paraguay
qa 104170880 Qatar
ro 106670623 Romania|România
rs 101855366 Serbia|Srbija
ru 101728296 Russia|Russian Federation|Россия
rw 103547315 Rwanda
sa 100459316 Saudi Arabia
sb 104980134 Solomon Islands
sc - Seychelles
sd 106740205 Sudan
se 105117694 Sweden|Sverige
sg 102454443 Singapore
si 106137034 Slovenia|Slovenija
sk 103119917 Slovakia|Slovensko
sl - Sierra Leone
sm 105730022 San Marino
sn 103587512 Senegal|Sénégal
so 104725424 Somalia
sr 105530931 Suriname
ss - South Sudan
st 106867470 São Tomé and Príncipe|São Tomé & Príncipe
sv 106522560 El Salvador
sy 106714035 Syria
sz 106768907 Eswatini|Swaziland
td 104655384 Chad
tg 103603395 Togo
th 105146118 Thailand
tj 105925962 Tajikistan
tl 101101678 Timor-Leste|East Timor
tm 105449295 Turkmenistan
tn 102134353 Tunisia|Tunisie
to 105646927 Tonga
tr 102105699 Turkey|Türkiye
tt - Trinidad and Tobago
tv 103609605 Tuvalu
tw 104187078 Taiwan|台灣
tz 104604145 Tanzania
ua 102264497 Ukraine|Україна
ug 106943612 Uganda
us 103644278 United States|USA|US|United States of America
uy 100867946 Uruguay
uz 107734735 Uzbekistan
vc - Saint Vincent and the Grenadines
ve 101490751 Venezuela
vn 104195383 Vietnam|Viet Nam|Việt Nam
vu 102185308 Vanuatu
ws 104031721 Samoa
xk - Kosovo
ye 105962095 Yemen
za 104035573 South Africa
zm 102120260 Zambia
zw 101367137 Zimbabwe
"""

COUNTRIES: Final = {country.code: country for country in map(_country, _TABLE.splitlines())}
"""By ISO code."""
