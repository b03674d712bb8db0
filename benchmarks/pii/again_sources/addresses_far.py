"""Addresses outside Europe. Marked as in `addresses`."""

from __future__ import annotations

from benchmarks.pii.again_sources.addresses import apart, form

US = ("Juniper Hollow Rd", "Sagebrush Dr", "W Orchard St", "Pickerel Lake Blvd")
CA = ("Tamarack Crescent", "Gristmill Lane")
AU = ("Banksia Parade", "Lyrebird Court")

SOURCES = (
    form(
        "US, one line",
        US,
        "%### <s>, Boise, ID 837##",
        "Ship the replacement router to {}, not the old place in Denver.",
        "AddressVerification: input='{}' result=DELIVERABLE confidence=high",
    ),
    form(
        "US, lines",
        US,
        "%## <s>\nDayton, OH 454##-%###",
        "Mr. Hollis Tamburro\n{}\n\nDear Mr. Tamburro:\nYour claim is under review.",
    ),
    form("US, apartment", US, "%### <s> Apt %C, Tucson AZ 857##", "dasher says he's at {} but nobody's at the door lol"),
    form("US, unit, no postcode", US, "%## <s>, Unit %#", "tenant in {} says the AC is out again, 2nd call this week"),
    form("US, tied, no postcode", US, "%### <s>", "My home address is {}, please take it off the public listing."),
    form("US, ZIP only", US, "%### <s>, 303##", "svc addr {} - no dial tone, tech dispatched"),
    apart(
        "US, JSON",
        US,
        "%### <s>",
        "972##",
        '{"ship_to": {"name": "R. Okonjo", "line1": "{}", "city": "Portland", "state": "OR", "postal_code": "{2}"}}',
        "<addr><street>{}</street><city>Portland</city><zip>{2}</zip></addr>",
        "billing_street={} billing_city=Portland billing_zip={2}",
    ),
    form("CA, English", CA, "%### <s>, Guelph, ON N1H %^%", "Moving on the 30th. Forward mail to {} thanks"),
    form("CA, unit first", CA, "%##-%# <s>, Regina SK S4P %^%", "Refund cheque was mailed to {} but I left there in May"),
    form(
        "CA, French",
        ("rue des Pruches", "boul. du Versant"),
        "%### <s>, app. %, Québec (Québec) G1R %^%",
        "Livrez au {} avant 17 h.",
    ),
    form("AU", AU, "%# <s>, Bendigo VIC 355#", "G'day, smart meter at {} is reading zero since the storm."),
    form("AU, slash", AU, "%/%# <s>, Toowoomba QLD 435#", "Bond lodged for {}, two tenants"),
    form("NZ", ("Kererū Street", "Tōtara Rise"), "%#A <s>, Nelson 70##", "Kia ora, could you change my delivery address to {}?"),
    form(
        "IN, house no.",
        ("Jasmine Layout, 4th Cross", "Neem Tree Lane"),
        "H.No. %#, <s>, Mysuru - 5700##",
        "Pls courier the card to {}.",
    ),
    form(
        "IN, flat",
        ("Palash Marg", "Mango Grove Road"),
        "Flat No. %0%, Shanti Residency, <s>, Pune 4110##",
        "OTP not received, address on file {}",
    ),
    form("PK", ("Gulmohar Street",), "House %#-B, <s>, Lahore 540##", "Parcel should come at {} after Zuhr please."),
    form("BD", ("Krishnachura Road",), "House %#, <s>, Dhaka 12##", "vai delivery address: {}, call before coming"),
    form("LK", ("Araliya Mawatha",), "%#/%, <s>, Kandy 20000", "Please send the policy document to {}."),
    form(
        "SG",
        ("Kembang Drive", "Tembusu Walk"),
        "Blk %## <s>, 0%-1%#, Singapore 5%####",
        "aircon servicing at {} pls, afternoon can?",
    ),
    form("MY", ("Jalan Cempaka", "Lorong Rambai"), "%#, <s> %, 50###", "Tolong hantar ke {} Kuala Lumpur, rumah pagar hijau"),
    form("ID", ("Jl. Kenanga", "Gg. Melati"), "<s> No. %#, RT 0%/RW 0%, Bandung 401##", "Alamat saya {}, paket belum sampai."),
    form("PH", ("Sampaguita St.",), "Unit %#, %## <s>, Quezon City 11##", "Deliver po sa {}, guard na lang tumanggap"),
    form("VN", ("Hoa Sữa", "Bằng Lăng"), "%# đường <s>, 700000", "Giao giúp mình tới {} TP.HCM, gọi trước nhé"),
    form("TH", ("ถนนพิกุลทอง", "ซอยบัวหลวง"), "%#/% <s> เชียงใหม่ 50###", "จัดส่งมาที่ {} ค่ะ ยังไม่ได้รับของ"),
    form("JP", ("桜坂町", "若葉台"), "〒600-8### 京都市<s>%-%#-%", "お届け先は {} です。不在でした。"),
    form("JP, flat", ("緑ヶ丘",), "<s>%-%-%# コーポ若木%0%号室", "引っ越しました。新住所は札幌市{}です。"),
    form("KR", ("느티나무로", "은행골길"), "<s> %#, %0%동 %##호 (0####)", "배송지를 대전시 {}로 바꿔주세요"),
    form("CN", ("梧桐路", "听雨巷"), "<s>%#号%幢%0%室", "收货地址：杭州市西湖区{}，放门口即可"),
    form("TW", ("楓樹街",), "<s>%#號%樓之%", "我住台中市西區{}，請改送這裡"),
    form(
        "HK", ("Lai Fung Street",), "Flat %B, %#/F, Block %, % <s>", "Broadband installation at {}, Sha Tin, Saturday morning ok"
    ),
    form(
        "BR",
        ("Rua das Jabuticabeiras", "Travessa Ipê-Roxo"),
        "<s>, %##, apto %#, 30###-###",
        "O pacote não chegou! Moro na {} em BH.",
    ),
    form("AR", ("Calle Los Ceibos", "Av. del Jacarandá"), "<s> %###, %º A, X50##", "Mi domicilio es {} Córdoba, fíjense porfa"),
    form("MX", ("Calle Cedro Azul", "Privada Nopal"), "<s> %## int. %, Col. Las Fuentes, 44###", "Enviar a {} Guadalajara, Jal."),
    form("CO", ("Carrera", "Calle"), "<s> %# No. %#-%#, apto %0%", "vivo en la {}, Medellín, y no llegó el domicilio"),
    form("CL", ("Pasaje Los Copihues",), "<s> %##, depto. %#", "Reclamo: el técnico nunca llegó a {}, Valdivia."),
    form("PE", ("Jr. Las Retamas",), "<s> %##, dpto. %0%", "Soy de Arequipa, mi dirección: {}, reja blanca"),
    form("ZA", ("Protea Crescent", "Kiewiet Street"), "%# <s>, Paarl 76##", "Geyser burst at {}, insured wants a plumber today"),
    form(
        "NG, tied",
        ("Iroko Close", "Alhaji Dosunmu Street"),
        "No. %#, <s>",
        "I stay at {}, Surulere, my prepaid meter is not loading",
    ),
    form("KE, tied", ("Mwangaza Lane",), "House No. %#, <s>", "Niko {}, Nakuru, niletee pale gate ya blue"),
    form("EG", ("شارع الياسمين",), "% <s>، شقة %", "عنواني {}، الدقي، أرجو الاتصال قبل الوصول"),
    form("SA", ("شارع النخيل",), "مبنى %##، <s>، 11###", "العنوان الوطني للعميل: {} الرياض"),
    form("IL", ("רחוב האלון", "שדרות הרימון"), "<s> %#, דירה %", "אני גר ב{}, חיפה, והמשלוח לא הגיע"),
    form("IR", ("خیابان ارغوان",), "<s>، پلاک %#، واحد %", "آدرس منزل: شیراز، {}، زنگ دوم"),
)
