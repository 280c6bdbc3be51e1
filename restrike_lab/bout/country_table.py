"""Country codes as plain text, one line each; ``countries`` reads them.

``COMMITTEES`` are the National Olympic Committees that the IOC recognizes (its list of 206, as of 2024) with the
ISO 3166-1 codes of their country; ``TEAMS`` those that march without one, with the flag that Unicode has for them, if
any; ``FORMER`` the codes of committees that are no more, or that have changed their letters; ``TERRITORIES`` the
ISO 3166-1 codes (Maintenance Agency's list of 249) that have no committee. ``-`` stands for none.

``WTR`` is not a code of the IOC: federations write the World Taekwondo Refugee Team in several ways, and a venue maps
what its console sends to it.
"""

from __future__ import annotations

__all__ = ["COMMITTEES", "FORMER", "TEAMS", "TERRITORIES"]

COMMITTEES = """
AFG AF AFG Afghanistan
ALB AL ALB Albania
ALG DZ DZA Algeria
AND AD AND Andorra
ANG AO AGO Angola
ANT AG ATG Antigua and Barbuda
ARG AR ARG Argentina
ARM AM ARM Armenia
ARU AW ABW Aruba
ASA AS ASM American Samoa
AUS AU AUS Australia
AUT AT AUT Austria
AZE AZ AZE Azerbaijan
BAH BS BHS Bahamas
BAN BD BGD Bangladesh
BAR BB BRB Barbados
BDI BI BDI Burundi
BEL BE BEL Belgium
BEN BJ BEN Benin
BER BM BMU Bermuda
BHU BT BTN Bhutan
BIH BA BIH Bosnia and Herzegovina
BIZ BZ BLZ Belize
BLR BY BLR Belarus
BOL BO BOL Bolivia
BOT BW BWA Botswana
BRA BR BRA Brazil
BRN BH BHR Bahrain
BRU BN BRN Brunei Darussalam
BUL BG BGR Bulgaria
BUR BF BFA Burkina Faso
CAF CF CAF Central African Republic
CAM KH KHM Cambodia
CAN CA CAN Canada
CAY KY CYM Cayman Islands
CGO CG COG Congo
CHA TD TCD Chad
CHI CL CHL Chile
CHN CN CHN China
CIV CI CIV Côte d'Ivoire
CMR CM CMR Cameroon
COD CD COD Democratic Republic of the Congo
COK CK COK Cook Islands
COL CO COL Colombia
COM KM COM Comoros
CPV CV CPV Cabo Verde
CRC CR CRI Costa Rica
CRO HR HRV Croatia
CUB CU CUB Cuba
CYP CY CYP Cyprus
CZE CZ CZE Czechia
DEN DK DNK Denmark
DJI DJ DJI Djibouti
DMA DM DMA Dominica
DOM DO DOM Dominican Republic
ECU EC ECU Ecuador
EGY EG EGY Egypt
ERI ER ERI Eritrea
ESA SV SLV El Salvador
ESP ES ESP Spain
EST EE EST Estonia
ETH ET ETH Ethiopia
FIJ FJ FJI Fiji
FIN FI FIN Finland
FRA FR FRA France
FSM FM FSM Micronesia
GAB GA GAB Gabon
GAM GM GMB Gambia
GBR GB GBR Great Britain
GBS GW GNB Guinea-Bissau
GEO GE GEO Georgia
GEQ GQ GNQ Equatorial Guinea
GER DE DEU Germany
GHA GH GHA Ghana
GRE GR GRC Greece
GRN GD GRD Grenada
GUA GT GTM Guatemala
GUI GN GIN Guinea
GUM GU GUM Guam
GUY GY GUY Guyana
HAI HT HTI Haiti
HKG HK HKG Hong Kong, China
HON HN HND Honduras
HUN HU HUN Hungary
INA ID IDN Indonesia
IND IN IND India
IRI IR IRN Iran
IRL IE IRL Ireland
IRQ IQ IRQ Iraq
ISL IS ISL Iceland
ISR IL ISR Israel
ISV VI VIR US Virgin Islands
ITA IT ITA Italy
IVB VG VGB British Virgin Islands
JAM JM JAM Jamaica
JOR JO JOR Jordan
JPN JP JPN Japan
KAZ KZ KAZ Kazakhstan
KEN KE KEN Kenya
KGZ KG KGZ Kyrgyzstan
KIR KI KIR Kiribati
KOR KR KOR Korea
KOS XK XKX Kosovo
KSA SA SAU Saudi Arabia
KUW KW KWT Kuwait
LAO LA LAO Laos
LAT LV LVA Latvia
LBA LY LBY Libya
LBN LB LBN Lebanon
LBR LR LBR Liberia
LCA LC LCA Saint Lucia
LES LS LSO Lesotho
LIE LI LIE Liechtenstein
LTU LT LTU Lithuania
LUX LU LUX Luxembourg
MAD MG MDG Madagascar
MAR MA MAR Morocco
MAS MY MYS Malaysia
MAW MW MWI Malawi
MDA MD MDA Moldova
MDV MV MDV Maldives
MEX MX MEX Mexico
MGL MN MNG Mongolia
MHL MH MHL Marshall Islands
MKD MK MKD North Macedonia
MLI ML MLI Mali
MLT MT MLT Malta
MNE ME MNE Montenegro
MON MC MCO Monaco
MOZ MZ MOZ Mozambique
MRI MU MUS Mauritius
MTN MR MRT Mauritania
MYA MM MMR Myanmar
NAM NA NAM Namibia
NCA NI NIC Nicaragua
NED NL NLD Netherlands
NEP NP NPL Nepal
NGR NG NGA Nigeria
NIG NE NER Niger
NOR NO NOR Norway
NRU NR NRU Nauru
NZL NZ NZL New Zealand
OMA OM OMN Oman
PAK PK PAK Pakistan
PAN PA PAN Panama
PAR PY PRY Paraguay
PER PE PER Peru
PHI PH PHL Philippines
PLE PS PSE Palestine
PLW PW PLW Palau
PNG PG PNG Papua New Guinea
POL PL POL Poland
POR PT PRT Portugal
PRK KP PRK DPR Korea
PUR PR PRI Puerto Rico
QAT QA QAT Qatar
ROU RO ROU Romania
RSA ZA ZAF South Africa
RUS RU RUS Russia
RWA RW RWA Rwanda
SAM WS WSM Samoa
SEN SN SEN Senegal
SEY SC SYC Seychelles
SGP SG SGP Singapore
SKN KN KNA Saint Kitts and Nevis
SLE SL SLE Sierra Leone
SLO SI SVN Slovenia
SMR SM SMR San Marino
SOL SB SLB Solomon Islands
SOM SO SOM Somalia
SRB RS SRB Serbia
SRI LK LKA Sri Lanka
SSD SS SSD South Sudan
STP ST STP Sao Tome and Principe
SUD SD SDN Sudan
SUI CH CHE Switzerland
SUR SR SUR Suriname
SVK SK SVK Slovakia
SWE SE SWE Sweden
SWZ SZ SWZ Eswatini
SYR SY SYR Syria
TAN TZ TZA Tanzania
TGA TO TON Tonga
THA TH THA Thailand
TJK TJ TJK Tajikistan
TKM TM TKM Turkmenistan
TLS TL TLS Timor-Leste
TOG TG TGO Togo
TPE TW TWN Chinese Taipei
TTO TT TTO Trinidad and Tobago
TUN TN TUN Tunisia
TUR TR TUR Türkiye
TUV TV TUV Tuvalu
UAE AE ARE United Arab Emirates
UGA UG UGA Uganda
UKR UA UKR Ukraine
URU UY URY Uruguay
USA US USA United States
UZB UZ UZB Uzbekistan
VAN VU VUT Vanuatu
VEN VE VEN Venezuela
VIE VN VNM Vietnam
VIN VC VCT Saint Vincent and the Grenadines
YEM YE YEM Yemen
ZAM ZM ZMB Zambia
ZIM ZW ZWE Zimbabwe
"""

# The second column is the two-letter flag that Unicode has for it, if any. Neutral and refugee teams have pictures of
# their own, which a venue puts into its folder.
TEAMS = """
AIN - Individual Neutral Athletes
EOR - Refugee Olympic Team
ROT - Refugee Olympic Team (2016)
ROC - Russian Olympic Committee (2020, 2022)
OAR - Olympic Athletes from Russia (2018)
IOA - Independent Olympic Athletes (2000, 2012, 2014, 2016)
IOP - Independent Olympic Participants (1992)
MIX - Mixed team
WTR - World Taekwondo Refugee Team
NPA - Neutral Paralympic Athletes
RPT - Refugee Paralympic Team
RPC - Russian Paralympic Committee (2020)
IPA - Independent Paralympic Athletes
IPP - Independent Paralympic Participants (1992)
ANA - Authorised Neutral Athletes
EUR EU Europe
UNO UN United Nations
ENG GB-ENG England
SCO GB-SCT Scotland
WAL GB-WLS Wales
"""

# Old letters, the code that stands for it today (- where there is none), and the name it went by.
FORMER = """
AHO - Netherlands Antilles
ANZ - Australasia
BIR MYA Burma
BOH - Bohemia
BWI - British West Indies
COR - Korea (joint team)
CSR - Czechoslovakia (short-lived code)
CEY SRI Ceylon
DAH BEN Dahomey
EUA - United Team of Germany
EUN - Unified Team
FRG GER West Germany
GDR - East Germany
HBR BIZ British Honduras
LIB LBN Lebanon (until 2016)
MAL MAS Malaya
NBO - North Borneo
NGU PNG Papua and New Guinea
NRH ZAM Northern Rhodesia
RHO ZIM Rhodesia
ROM ROU Romania (until 2007)
RU1 RUS Russian Empire
SAA - Saar
SCG - Serbia and Montenegro
SIN SGP Singapore (until 2016)
TCH - Czechoslovakia
TRI TTO Trinidad and Tobago (until 2016)
UAR EGY United Arab Republic
URS - Soviet Union
VOL BUR Upper Volta
VNM VIE South Vietnam
YAR YEM North Yemen
YMD - South Yemen
YUG - Yugoslavia
ZAI COD Zaire
"""

TERRITORIES = """
AI AIA Anguilla
AQ ATA Antarctica
AX ALA Åland Islands
BL BLM Saint Barthélemy
BQ BES Bonaire, Sint Eustatius and Saba
BV BVT Bouvet Island
CC CCK Cocos Islands
CW CUW Curaçao
CX CXR Christmas Island
EH ESH Western Sahara
FK FLK Falkland Islands
FO FRO Faroe Islands
GF GUF French Guiana
GG GGY Guernsey
GI GIB Gibraltar
GL GRL Greenland
GP GLP Guadeloupe
GS SGS South Georgia and the South Sandwich Islands
HM HMD Heard Island and McDonald Islands
IM IMN Isle of Man
IO IOT British Indian Ocean Territory
JE JEY Jersey
MF MAF Saint Martin
MO MAC Macao
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MS MSR Montserrat
NC NCL New Caledonia
NF NFK Norfolk Island
NU NIU Niue
PF PYF French Polynesia
PM SPM Saint Pierre and Miquelon
PN PCN Pitcairn
RE REU Réunion
SH SHN Saint Helena
SJ SJM Svalbard and Jan Mayen
SX SXM Sint Maarten
TC TCA Turks and Caicos Islands
TF ATF French Southern Territories
TK TKL Tokelau
UM UMI US Minor Outlying Islands
VA VAT Holy See
WF WLF Wallis and Futuna
YT MYT Mayotte
"""
