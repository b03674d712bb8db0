"""Numbers by which states and their insurers know people, of 60 countries: with and without a word that says so."""

from __future__ import annotations

from benchmarks.pii.blind_sources import national_numbers as n
from benchmarks.pii.blind_sources import world_numbers as w
from benchmarks.pii.blind_sources.drawing import Make, source
from benchmarks.pii.rows import Source

KIND = "government"


def _of(detail: str, make: Make, *sentences: str, each: int = 1) -> Source:
    return source(KIND, detail, make, *sentences, each=each)


EUROPE = (
    _of("GB NINO", n.nino, "My national insurance number is {} if payroll needs it.", "NI no {} shows two employers for March."),
    _of("GB NINO, spaced", n.spaced(n.nino, (2, 2, 2, 2)), "New starter form: {} / P45 attached"),
    _of("GB NHS", n.spaced(n.nhs, (3, 3), ()), "NHS number {}, referred by the GP on Monday", "Pt {} DNA'd the clinic again."),
    _of("GB driving licence", n.driver_gb, "Driving licence {} expires before the hire starts."),
    _of("GB passport", n.pattern("1########", "5########"), "passport {} issued by HMPO, lost in Faro"),
    _of("GB UTR", n.utr, "HMRC sent me the wrong code, my UTR is {}"),
    _of("IE PPS", n.pps, "PPSN: {}", "Revenue wants my PPS, it's {}", "Social welfare has {} down as deceased, that's me and I am not."),
    _of("FR NIR", n.spaced(n.nir, (1, 2, 2, 2, 3, 3), ()), "Mon numéro de sécu est le {}", "Assurée {} – carte Vitale non lue", "n° SS {}"),
    _of("FR numéro fiscal", n.fiscal_fr, "Numéro fiscal de référence : {}"),
    _of("FR passport", n.pattern("##@@#####"), "Passeport {} délivré à la préfecture, merci de corriger le billet"),
    _of("DE Steuer-ID", n.spaced(n.steuer_id, (2, 3, 3), ()), "Meine Steuer-ID lautet {}.", "IdNr. {} fehlt im Lohnkonto", "Kind ist beim Finanzamt unter {} geführt"),
    _of("DE Personalausweis", n.ausweis, "Ausweisnummer {} (läuft nächstes Jahr ab)", "Personalausweis Nr. {} lag im Mietwagen"),
    _of("DE Reisepass", n.pattern("C#@#@####"), "Reisepass {} wurde bei der Einreise nicht erkannt"),
    _of("DE Rentenversicherung", n.pension_de, "Rentenversicherungsnummer: {}", "SV-Nummer {} für die Aushilfe nachgereicht"),
    _of("DE Krankenversicherung", n.health_de, "Versichertennummer {} auf der Gesundheitskarte"),
    _of("AT Sozialversicherung", n.svnr_at, "SVNR {}", "Meine Sozialversicherungsnummer ist {}"),
    _of("CH AHV", n.ahv, "AHV-Nr. {}", "N° AVS : {}", "Bitte {} auf dem Lohnausweis korrigieren"),
    _of("IT codice fiscale", n.codice_fiscale, "Il mio codice fiscale è {}", "CF {}", "paziente {} prenotato per lunedì", "tessera sanitaria di {} smarrita"),
    _of("IT carta d'identità", n.pattern("CA#####@@"), "carta d'identità elettronica n. {} scaduta"),
    _of("ES DNI", n.dni, "Mi DNI es {}", "titular con NIF {}", "El inquilino ({}) no ha firmado", "dni {} foto borrosa"),
    _of("ES NIE", n.nie, "NIE: {}", "Renovación de la tarjeta de {}, cita el 4"),
    _of("PT NIF", n.nif_pt, "Fatura com contribuinte {} por favor", "NIF {} do meu marido"),
    _of("PT cartão de cidadão", n.cidadao_pt, "cartão de cidadão {}"),
    _of("NL BSN", n.bsn, "BSN {}", "mijn burgerservicenummer is {}", "patiënt met bsn {} is verhuisd"),
    _of("NL document", n.pattern("NX@#@#@##"), "paspoortnummer {} staat fout op de boeking"),
    _of("BE rijksregister", n.rijksregister, "Rijksregisternummer: {}", "Numéro national {} sur ma carte d'identité", "{} staat nog op het oude adres"),
    _of("DK CPR", n.cpr, "CPR-nr. {}", "Mit cpr er {}", "Patienten {} flyttes til stue 3"),
    _of("SE personnummer", n.personnummer, "personnr {}", "Mitt personnummer är {}", "Vårdtagare {} har nytt boende"),
    _of("NO fødselsnummer", n.spaced(n.fodselsnummer, (6,), ()), "fødselsnummer {}", "Mitt fnr er {} og jeg får ikke logget inn", "Bruker {} mangler vedtak"),
    _of("FI hetu", n.hetu, "Henkilötunnus {}", "hetu: {}", "Asiakkaan {} hakemus on kesken"),
    _of("IS kennitala", n.kennitala, "Kennitala: {}", "kt. {}"),
    _of("PL PESEL", n.pesel, "PESEL {}", "mój numer pesel to {}", "Pacjentka {}, skierowanie na RTG"),
    _of("PL dowód", n.dowod, "dowód osobisty {} zgubiony w pociągu", "Seria i numer dowodu: {}"),
    _of("CZ, SK rodné číslo", n.rodne_cislo, "rodné číslo {}", "RČ: {}", "Pojištěnec {} změnil pojišťovnu"),
    _of("HU TAJ", n.spaced(n.taj, (3, 3)), "TAJ-szám: {}", "A TAJ kártyám száma {}"),
    _of("RO CNP", n.cnp, "CNP {}", "subsemnata, CNP {}, solicit restituirea"),
    _of("BG EGN", n.egn, "ЕГН {}", "Лицето с ЕГН {} не е открито"),
    _of("GR AMKA", n.amka, "ΑΜΚΑ: {}", "ο ΑΜΚΑ μου είναι {}"),
    _of("GR AFM", n.afm, "ΑΦΜ {}", "Ο ΑΦΜ της μητέρας μου: {}"),
    _of("HR OIB", n.oib, "OIB: {}", "Moj OIB je {}"),
    _of("RS JMBG", n.jmbg, "JMBG {}", "osiguranik {} nije prijavljen, jmbg proveren"),
    _of("EE, LT", n.baltic, "Isikukood {}", "Asmens kodas {}"),
    _of("TR kimlik", w.tc_kimlik, "TC kimlik no: {}", "T.C. {} adına kayıt bulunamadı", "tckn {}"),
    _of("RU SNILS", w.snils, "СНИЛС {}", "мой снилс: {}"),
    _of("RU INN", w.inn, "ИНН {} (физлицо)", "Прошу справку по ИНН {}"),
    _of("RU passport", n.pattern("45## ######", "40 ## ######"), "паспорт {} выдан ОВД"),
    _of("UA", n.rnokpp, "РНОКПП {}", "ідентифікаційний код {}"),
)
WORLD = (
    _of("US SSN", n.ssn, "My social is {}.", "SSN {} on the 1099 is wrong", "ssn={}", "Applicant {} - identity not verified", "She read me {} as her social security number"),
    _of("US ITIN", n.pattern("9##-7#-####"), "I file with an ITIN, {}"),
    _of("US passport", n.pattern("#########", "A########"), "U.S. passport number {}", "Passport No. {} / issued at the Houston agency"),
    _of("US driver's license", n.pattern("D#######", "@###-####-####"), "Driver's license {} (California)", "DL# {} scanned at pick-up"),
    _of("US Medicare", n.pattern("1EG#-TE#-MK##", "7AC#-DQ#-YT##"), "Medicare number {} rejected by the clearing house"),
    _of("CA SIN", n.spaced(n.sin, (3, 3), ()), "SIN: {}", "My social insurance number is {}", "NAS {} sur le T4"),
    _of("AU TFN", n.spaced(w.tfn, (3, 3)), "TFN {}", "tax file number is {} for super"),
    _of("AU Medicare", n.spaced(w.medicare_au, (4, 5)), "Medicare card {}, ref 2", "my medicare no. is {}"),
    _of("IN Aadhaar", n.spaced(w.aadhaar, (4, 4), ()), "Aadhaar no. {}", "mera aadhar {} link nahi ho raha", "UID {} for ration card"),
    _of("IN PAN", n.pattern("A@@P@####@"), "PAN {}", "Kindly update pan card {} in my folio"),
    _of("PK CNIC", n.pattern("35202-#######-#", "42101-#######-#"), "CNIC {}", "meter mere walid ke naam hai, shanakhti card {}"),
    _of("CN", w.resident_id_cn, "身份证号：{}", "我的身份证号码是{}，请帮我实名认证", "乘客证件 {} 需要改签"),
    _of("HK", w.hkid, "HKID {}", "身份證號碼 {}"),
    _of("TW", w.taiwan_id, "身分證字號：{}", "我的身分證是 {}"),
    _of("SG", w.nric, "NRIC {}", "Visitor {} signed in at the lobby", "my ic no {}"),
    _of("MY", w.mykad, "IC: {}", "No. kad pengenalan {}"),
    _of("ID", w.nik, "NIK {}", "KTP saya {} tidak terbaca"),
    _of("TH", n.spaced(w.thai_id, (1, 4, 5, 2), ()), "เลขบัตรประชาชน {}", "บัตรประชาชนของฉัน {}"),
    _of("KR", w.rrn_kr, "주민등록번호 {}", "주민번호는 {} 입니다"),
    _of("JP", n.spaced(w.my_number, (4, 4), ()), "マイナンバー：{}", "個人番号は {} です"),
    _of("JP passport", n.pattern("TZ#######", "MU#######"), "パスポート番号 {} を訂正してください"),
    _of("VN", n.pattern("0010########", "0791########"), "CCCD số {}", "căn cước của tôi {}"),
    _of("PH", n.pattern("34-#######-#"), "SSS no. {}"),
    _of("IL", w.teudat_zehut, "תעודת זהות {}", "ת.ז. {}"),
    _of("ZA", n.spaced(w.sa_id, (6, 4, 2), ()), "ID number {}", "RSA ID {} for the RICA form", "Policy holder {} passed away in June"),
    _of("NG NIN", n.pattern("%##########"), "My NIN is {}, link it to the line"),
    _of("EG", n.pattern("28%0%1#01####%"), "الرقم القومي {}"),
    _of("AE", w.emirates_id, "Emirates ID {}", "رقم الهوية {}"),
    _of("BR CPF", w.cpf, "CPF {}", "Meu cpf é {}", "nota fiscal no CPF: {}", "{} não consta como beneficiário"),
    _of("CL RUT", w.rut, "RUT {}", "mi rut es {}", "boleta a nombre de {}, sin despacho"),
    _of("AR CUIL", w.cuil, "CUIL {}", "Mi CUIT es {} (monotributo)"),
    _of("AR DNI", n.pattern("%#.###.###"), "DNI {}, vivo en Rosario"),
    _of("MX CURP", w.curp, "CURP {}", "Mi curp: {}", "alumna {} sin acta"),
    _of("CO cédula", n.pattern("1.0##.###.###", "52.###.###"), "cédula {}", "C.C. {} de Medellín"),
    _of("PE DNI", n.pattern("4#######"), "DNI peruano {}"),
    _of("EC cédula", w.cedula_ec, "Cédula de identidad {}"),
    _of("UY cédula", w.ci_uy, "C.I. {}", "mi cédula es {}"),
)
MACHINES = (
    _of("DK CPR, machine", n.cpr, '{"citizen": "{}", "municipality": 101}'),
    _of("SE personnummer, machine", n.personnummer, "INFO idp: subject {} authenticated with level 3"),
    _of("BR CPF, machine", w.cpf, "cpf;valor\n{};120,00"),
    _of("ES DNI, machine", n.dni, "| B. Calvente | {} | 3º izq. |"),
    _of("IT codice fiscale, lower case", lambda rng: n.codice_fiscale(rng).lower(), "ricetta per {} non trovata"),
    _of("ES DNI, lower case", lambda rng: n.dni(rng).lower(), "soy {} y quiero darme de baja"),
    _of("US SSN, spaces", lambda rng: n.ssn(rng).replace("-", " "), "social security: {}"),
    _of("GB NINO, lower case", lambda rng: n.nino(rng).lower(), "ni number {}"),
    _of("BR CPF, bare", lambda rng: w.cpf(rng).replace(".", "").replace("-", ""), "meu CPF sem pontos {}"),
    _of("SE personnummer, century", lambda rng: "19" + n.personnummer(rng).replace("-", ""), "Ansökan från {} saknar underskrift, personnummer kontrollerat"),
    _of("CL RUT, bare", lambda rng: w.rut(rng).replace(".", ""), "rut {} ya registrado"),
    _of("DE Steuer-ID, machine", n.steuer_id, "tax_id: {}  # IdNr, DE\n"),
)
SOURCES = (*EUROPE, *WORLD, *MACHINES)
