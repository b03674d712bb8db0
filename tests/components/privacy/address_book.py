"""Invented addresses as people write them in some sixty countries, whole and in parts, and what only looks like one."""

# ruff: noqa: E501  (tables: a row is a line)

#: Complete: a postcode, a flat or a box makes them an address whatever stands around them
WHOLE: dict[str, tuple[str, ...]] = {
    "US": (
        "4417 Larkspur Ridge Rd, Boise, ID 83702", "88 W 17th St Apt 5C, New York, NY 10011", "2900 County Road 114, Hutto, TX 78634",
        "15230 US Highway 19 N, Clearwater, FL 33764", "7 State Route 28, Shandaken NY 12480", "RR 2 Box 118, Elkins, WV 26241",
        "HC 61 Box 2350, Calder, ID 83808", "PSC 1204 Box 3317, APO AE 09128", "Unit 45013 Box 2666, APO AP 96338", "CMR 415 Box 2210\nAPO AE 09114",
        "USS Ortega, FPO AP 96601", "1 E Main St Ste 300\nMadison, WI 53703-4218", "P.O. Box 2231, Traverse City, MI 49685", "PO Box 77, Ely NV 89301",
        "N6W23001 Bluemound Rd, Waukesha, WI 53188", "2145 S 300 W, Salt Lake City, UT 84115", "612 Avenue of the Cedars #1904, Houston, Texas 77002",
        "3301 MLK Jr Blvd, Berkeley, California 94703, USA", "220 Elm St, 3rd Floor, Ithaca, NY 14850", "c/o Dana Whitfield, 41 Pond Ln, Hanover, NH 03755",
        "9 quail hollow ct, fargo nd 58103", "410 N MICHIGAN AVE APT 12B CHICAGO IL 60611", "135-20 Roosevelt Ave, Flushing, NY 11354",
        "Carr. 123 Km 4.5, Ponce, PR 00731", "1180 Camino del Sol NE, Albuquerque, NM 87123", "36 Broadway, Apt. 2R, Bayonne, NJ 07002",
        "508 Old Mill Pond, Unit B, Savannah GA 31401",
    ),
    "CA": (
        "1200-45 Elgin Street, Ottawa ON K1P 5W1", "4210 rue Sherbrooke Ouest, app. 7, Westmount (Québec) H3Z 1C5", "58 Chemin du Lac, Val-David QC J0T2N0",
        "PO Box 912 Stn A, Kelowna, BC V1Y 7P5", "Unit 6, 77 Concession Rd 4, Uxbridge, Ontario L9P 1R1", "RR 3, Cobourg ON K9A 4J9",
    ),
    "GB": (
        "Flat 2, 18 Marlborough Rise, Leeds LS7 3NP", "The Old Forge, Church Lane, Ledbury HR8 1PL", "Rose Cottage, Nether Wallop, Stockbridge SO20 8ET",
        "14A Priory Mews, London, SE1 4QW", "27 The Crescent, Ilkley LS29 8DF", "33 Broadway, Peterborough PE1 1SQ", "12 Cromwell House, Hulme Street, Manchester M15 4ZX",
        "3/2, 155 Byres Road, Glasgow G12 8TT", "Unit 4 Dukes Court, Woking GU21 5BH", "56 high st\nlewes\nbn7 1xg", "PO Box 40, Truro TR1 2YZ", "1 Llys y Coed, Bangor LL57 2PZ",
        "9 Strand, Topsham EX3 0AZ", "5 ST MARY'S CLOSE WANTAGE OX12 8AD", "81 Quarry Hill\nTonbridge\nKent\nTN9 2PE",
    ),
    "IE": (
        "7 Castle Park, Dalkey, Co. Dublin, A96 R8C4", "Apt 12, The Maltings, Mill Street, Cork T12 X2P9", "Knockroe, Kilgarvan, Co. Kerry V93 D8K2",
        "22 Cowper Downs, Dublin 6, D06 V2T1", "41 Bóthar na Trá, Salthill, Galway H91E2K3",
    ),
    "AU, NZ": (
        "4/19 Banksia St, Fitzroy VIC 3065", "Unit 3, 88 Jetty Road, Glenelg SA 5045", "Lot 12 Wombat Creek Rd, Bungendore NSW 2621", "RMB 4410 Murray Valley Hwy, Cobram VIC 3644",
        "GPO Box 1555, Hobart TAS 7001", "Level 2, 71 Hunter St, Sydney NSW 2000", "Locked Bag 22, Parramatta NSW 2124", "PO Box 6, Alice Springs NT 0871",
        "2/31 Tui Glen Road, Birkenhead, Auckland 0626", "114 Aro St, Te Aro, Wellington 6011", "Private Bag 4720, Christchurch 8140",
    ),
    "IN": (
        "Flat No. 304, Sai Residency, 5th Cross, Indiranagar, Bengaluru 560038", "H.No. 8-2-293/82, Road No. 12, Banjara Hills, Hyderabad - 500034", "12/3 Gandhi Nagar, 2nd Main Rd, Chennai 600020",
        "B-42, Sector 15, Noida, Uttar Pradesh 201301", "Plot 17, Sector 22, Gurgaon 122015", "SCO 45, Sector 17-C, Chandigarh 160017", "C-14 Lajpat Nagar II, New Delhi-110024",
        "Village Rampur, P.O. Kheri, Dist. Karnal, Haryana - 132001", "Door No 5/114, MG Road, Kochi, Kerala 682016, India", "A/203 Sunrise Apartments, Andheri West, Mumbai 400053",
    ),
    "PK, BD, LK": ("House 22, Street 5, F-7/2, Islamabad 44000", "House 12, Road 5, Dhanmondi, Dhaka 1205", "Flat 4B, House 7, Block C, Banani, Dhaka"),
    "SG, HK, MY": (
        "Blk 412 Ang Mo Kio Ave 10 #08-1123, Singapore 560412", "25 Cashew Road #03-07 S(679689)", "Block 88B Telok Blangah Heights, #12-345, Singapore 102088", "7 Jalan Kembangan, Singapore 419098",
        "Flat B, 12/F, Tower 3, Harbour View, 18 Kwun Tong Road, Kowloon", "Room 1502, Block A, Mei Foo Sun Chuen, Lai Chi Kok, Hong Kong", "No. 14, Jalan SS 2/24, 47300 Petaling Jaya, Selangor", "23A, Lorong Maarof, Bangsar, 59000 Kuala Lumpur",
    ),
    "ID, PH, TH, VN": (
        "Jl. Kemang Raya No. 12, RT 05/RW 02, Jakarta Selatan 12730", "Jalan Diponegoro 45, Bandung 40115", "Unit 1203, 88 Ayala Ave, Makati City 1226", "Blk 5 Lot 12 Sampaguita St, Brgy. San Isidro, Antipolo, Rizal 1870",
        "99/12 Soi Sukhumvit 39, Watthana, Bangkok 10110", "123/4 หมู่ 5 ต.บางพลี อ.บางพลี จ.สมุทรปราการ 10540", "208/5 Đường Nguyễn Trãi, Quận 1, TP. Hồ Chí Minh 700000",
    ),
    "JP": ("〒150-0041 東京都渋谷区神南1-12-10", "大阪府大阪市北区梅田3丁目1-3 グランビル502号室", "3-14-7 Minami-Aoyama, Minato-ku, Tokyo 107-0062", "〒604-8151\n京都府京都市中京区橋弁慶町227", "札幌市中央区南1条西5-8"),
    "KR": ("서울특별시 마포구 월드컵로 212, 101동 1204호", "부산광역시 해운대구 우동 1407", "(06164) 서울 강남구 삼성로 511", "경기도 성남시 분당구 판교역로 166", "212 World Cup-ro, Mapo-gu, Seoul 03900"),
    "CN, TW": (
        "北京市海淀区中关村大街27号1101室", "上海市徐汇区漕溪北路88弄3号楼502室，邮编200030", "广东省深圳市南山区科技园路1号", "浙江省杭州市西湖区文三路478号华星时代广场A座",
        "Room 502, Building 3, 88 Caoxi North Road, Xuhui District, Shanghai 200030", "台北市大安區忠孝東路四段181巷7弄12號3樓", "106 台北市大安區仁愛路三段5號",
    ),
    "DE": (
        "Am Pfarrgarten 3, 72070 Tübingen", "Lindenallee 14b\n50968 Köln", "c/o Behrens, Osterstr. 88, 20259 Hamburg", "Sudetenring 7, D-84032 Landshut", "An der Alster 12 (Hinterhaus), 20099 Hamburg",
        "Dorfstr. 2 a, 17192 Waren (Müritz)", "Postfach 11 03 45, 60038 Frankfurt am Main", "Q7, 24, 68161 Mannheim", "Lange Straße 5 / 3. OG, 76530 Baden-Baden", "Hinterm Deich 19 26506 Norden",
        "Straße des 17. Juni 135, 10623 Berlin", "kastanienweg 8, 04103 leipzig", "GRÜNE GASSE 4 99084 ERFURT", "Haus Nr. 14, 94169 Thurmansbang", "Bürgermeister-Kröger-Str. 22, 21244 Buchholz in der Nordheide",
    ),
    "AT": ("Mariahilfer Straße 103/2/15, 1060 Wien", "Landstraßer Hauptstraße 71, Top 12, A-1030 Wien", "Oberdorf 17, 6870 Bezau", "Linzer Gasse 9/Stiege 2/Tür 8, 5020 Salzburg"),
    "CH": ("Bahnhofstrasse 12, 8001 Zürich", "Rte de Chêne 41, 1208 Genève", "Chemin des Vignes 6, CH-1027 Lonay", "Via Nassa 21, 6900 Lugano", "Im Gässli 4, 3011 Bern", "Postfach 220, 4005 Basel", "avenue de la Gare 10bis, 1003 Lausanne"),
    "FR": (
        "14 bis, rue des Lilas, 69003 Lyon", "Résidence Les Pins, Bât. C, Apt 12, 8 allée des Cigales, 13009 Marseille", "Lieu-dit Le Bourg, 24220 Saint-Cyprien", "BP 70214, 44002 Nantes Cedex 1", "3 imp. du Moulin\n35400 Saint-Malo",
        "27 QUAI DE LA FOSSE 44000 NANTES", "5 chemin du Pré-Long, 74940 Annecy-le-Vieux", "120 route départementale 7, 83550 Vidauban", "chez Mme Roussel, 9 place d'Armes, 57000 Metz", "2 r. Gambetta, 59000 Lille",
        "6 rue du 8 mai 1945, 92000 Nanterre", "11 avenue du Général-de-Gaulle, 3e étage, 94300 Vincennes",
    ),
    "BE": ("Rue de la Loi 16 bte 4, 1000 Bruxelles", "Kortrijksesteenweg 1144 bus 3, 9051 Gent", "Grote Markt 5, B-2000 Antwerpen", "Chaussée de Wavre 221, 1050 Ixelles", "Dorpsstraat 12A, 3500 Hasselt"),
    "NL": (
        "Oudegracht 245-bis, 3511 NL Utrecht", "Prins Hendrikkade 108 II, 1011 AK Amsterdam", "Postbus 9012, 6500 HK Nijmegen", "Laan van Meerdervoort 70 k 3, 2517AN Den Haag", "'t Zand 14, 5211 LE 's-Hertogenbosch",
        "Achter de Dom 7\n3512JN Utrecht", "Wilgenhof 3, 1234 AB Hilversum", "zonstraat 9 huis, 3581 mt utrecht", "2e Jan Steenstraat 18-3, 1073 VK Amsterdam",
    ),
    "ES": (
        "C/ Sagasta 21, 3º izda., 28004 Madrid", "Avda. Diagonal, 540, ático 2ª, 08006 Barcelona", "Paseo de la Castellana 112 1ºB 28046 Madrid", "Ctra. de Burgos km 17,5, 28108 Alcobendas", "Carrer de Mallorca 401, 08013 Barcelona",
        "Pza. Mayor s/n, 37002 Salamanca", "Urb. Las Encinas, parcela 14, 28250 Torrelodones", "Apartado de Correos 331, 29080 Málaga", "calle luna 8 bajo, 41003 sevilla", "Rúa do Vilar 20, 15705 Santiago de Compostela",
    ),
    "IT": (
        "Via Garibaldi 15/A, 20121 Milano (MI)", "V.le Monza 88, int. 4, 20127 Milano", "Loc. Poggio Alto 12, 53037 San Gimignano SI", "Piazza Bra, 9 - 37121 Verona VR", "Fraz. Montale snc, 50031 Barberino di Mugello (FI)",
        "Corso Umberto I n. 220, scala B, 80138 Napoli", "Cannaregio 3821, 30121 Venezia", "Casella Postale 71, 34100 Trieste", "VIA DANTE 3 16121 GENOVA", "via xx settembre 40, 10121 torino",
    ),
    "PT": ("Rua Augusta, 112, 3.º Esq., 1100-053 Lisboa", "Av. da Liberdade 245 R/C Dto, 1250-143 Lisboa", "Travessa do Ferraz 8, 4050-245 Porto", "Largo da Sé, n.º 4, 4700-424 Braga", "Quinta da Bela Vista, Lote 7, 2750-300 Cascais", "Apartado 25, 8600-999 Lagos"),
    "BR": (
        "Rua Oscar Freire, 379, apto 52, Cerqueira César, São Paulo - SP, 01426-001", "Av. Paulista, 1578 - Bela Vista, São Paulo - SP, 01310-200", "SQN 308 Bloco C Apto 204, Brasília - DF, 70747-030",
        "Rua das Acácias, nº 45, casa 2, Belo Horizonte/MG, CEP 30110-010", "QD 12 LT 4 Setor Bueno, Goiânia GO 74215-010", "Rod. BR-101, km 207, São José - SC, 88104-800", "Caixa Postal 112, 89201-970 Joinville",
    ),
    "MX": ("Av. Insurgentes Sur 1602, Int. 4, Col. Crédito Constructor, 03940 Ciudad de México, CDMX", "Calle 60 No. 491, Centro, 97000 Mérida, Yuc.", "Privada Los Olivos #12, Col. Jardines, C.P. 64000, Monterrey, N.L.", "Mz 4 Lt 18, Col. Valle Verde, 56530 Ixtapaluca"),
    "AR, CL, CO, PE": (
        "Av. Corrientes 2340 4° B, C1046AAR CABA", "San Martín 845, Piso 2 Dto. A, X5000IUQ Córdoba", "Calle 50 N° 1123, B1900ATW La Plata", "Ruta 8 Km 60, 1629 Pilar", "Av. Providencia 1208, depto 904, Providencia, Santiago",
        "Carrera 7 # 71-21, Apto 502, Bogotá", "Calle 100 #19-61 Oficina 301, Bogotá 110111", "Jr. de la Unión 523, Dpto. 301, Lima 15001",
    ),
    "PL": (
        "ul. Piękna 24/26 m. 7, 00-549 Warszawa", "os. Złotego Wieku 12/40, 31-618 Kraków", "al. Jana Pawła II 80 lok. 15, 00-175 Warszawa", "Nowa Wieś 14, 11-030 Purda", "skr. poczt. 22, 50-950 Wrocław", "pl. Wolności 5, 61-738 Poznań",
        "ulica marszałkowska 10 m 3 00-590 warszawa", "Kolonia 7A, 97-400 Bełchatów",
    ),
    "CZ, SK": ("Vinohradská 1896/46, 120 00 Praha 2", "Na Příkopě 12, 110 00 Praha 1", "náměstí Míru 9, 12000 Praha", "č.p. 112, 387 19 Čestice", "tř. Kpt. Jaroše 4, 602 00 Brno", "Hlavná 25, 040 01 Košice", "Nám. SNP 3, 811 01 Bratislava"),
    "HU": ("1052 Budapest, Váci utca 19. 2. em. 5.", "6720 Szeged, Kárász u. 8.", "1136 Budapest XIII., Pannónia u. 14 fszt. 2", "Kossuth Lajos tér 4, 9021 Győr", "Petőfi S. u. 12/A, 4024 Debrecen"),
    "RO, BG": (
        "Str. Lipscani nr. 21, bl. A3, sc. 2, et. 4, ap. 17, sector 3, București 030031", "Bd. Unirii 45, 030823 București", "Aleea Trandafirilor nr. 5, Cluj-Napoca 400123", "Calea Victoriei 120, ap. 6, București",
        "ул. Граф Игнатиев 14, ет. 3, ап. 8, 1000 София", "бул. Витоша 89, 1463 София", "ж.к. Младост 1, бл. 54, вх. Б, ап. 22, София 1750",
    ),
    "HR, SI, RS": ("Ilica 45, 10000 Zagreb", "Ulica kralja Zvonimira 7, 21000 Split", "Trubarjeva cesta 12, 1000 Ljubljana", "Knez Mihailova 22, 11000 Beograd", "Bulevar kralja Aleksandra 73/5, 11000 Beograd"),
    "GR": ("Λεωφ. Κηφισίας 44, 151 25 Μαρούσι", "Ερμού 18, Αθήνα 105 63", "Οδός Τσιμισκή 72, 54622 Θεσσαλονίκη", "Ermou 18, 105 63 Athens", "28ης Οκτωβρίου 60, 264 41 Πάτρα", "Τ.Θ. 1204, 71001 Ηράκλειο"),
    "TR": (
        "Bağdat Cad. No: 214 D: 7, 34728 Kadıköy/İstanbul", "Atatürk Mah. Lale Sok. No:5 Kat:3 Daire:9 Ataşehir/İstanbul", "İnönü Bulvarı 88/4, 06520 Çankaya Ankara",
        "Cumhuriyet Mahallesi, Gül Sokağı, Yıldız Apt. No 12/6, Bornova, İzmir 35040", "1453 Sk. No:22, 35220 Konak/İzmir",
    ),
    "SE": ("Sveavägen 44, 111 34 Stockholm", "Övre Husargatan 9 lgh 1203, 413 14 Göteborg", "Box 3112, 103 62 Stockholm", "Norra Vallgatan 60 B, SE-211 22 Malmö", "Västanå 210, 820 64 Näsviken"),
    "NO": ("Karl Johans gate 22, 0159 Oslo", "Øvregaten 7B, 5003 Bergen", "Postboks 114 Sentrum, 0102 Oslo", "Sørkedalsveien 90, H0402, 0787 Oslo", "Nordre gt. 12, 7011 Trondheim", "Fjellvegen 3, N-9011 Tromsø"),
    "DK": ("Vesterbrogade 62, 3. tv., 1620 København V", "Nørre Allé 14 st. th., 8000 Aarhus C", "Postboks 81, 5100 Odense C", "Havnevej 3, DK-9850 Hirtshals", "Åboulevarden 7, 2. sal, 1635 København V"),
    "FI": ("Mannerheimintie 14 A 22, 00100 Helsinki", "Hämeenkatu 8 as. 5, 33200 Tampere", "PL 112, 00101 Helsinki", "Yliopistonkatu 26 B, FI-20100 Turku", "Rantatie 4, 99800 Ivalo", "Bulevardi 12 C 34, 00120 Helsingfors"),
    "IS, EE, LV, LT": ("Laugavegur 26, 101 Reykjavík", "Pikk 12-4, 10123 Tallinn", "Brīvības iela 55-12, Rīga, LV-1010", "Gedimino pr. 20-7, LT-01103 Vilnius"),
    "RU, KZ": (
        "ул. Тверская, д. 12, кв. 45, Москва, 125009", "190000, г. Санкт-Петербург, Невский пр., 28", "Ленинский проспект, дом 90, корп. 2, кв. 17", "630099 Новосибирск, Красный проспект 25 кв 8", "г. Казань, ул. Баумана 44/8, кв. 12",
        "Московская обл., г. Химки, ул. Мира, 5-12", "мкр. Солнечный, д. 7, кв. 3, Пермь", "ulitsa Tverskaya 12, kv. 45, Moscow 125009", "а/я 55, 101000 Москва", "г. Алматы, ул. Абая 52, кв. 7",
    ),
    "UA": ("вул. Хрещатик, 22, кв. 14, м. Київ, 01001", "просп. Свободи 18, Львів 79000", "вул. Дерибасівська, буд. 5, Одеса, 65026", "04071, м. Київ, вул. Нижній Вал 17/8 оф. 3"),
    "IL": ("רחוב הרצל 12, תל אביב 6688312", "Dizengoff 99, Tel Aviv 6439602", "שדרות רוטשילד 45 דירה 8, תל אביב", "ת.ד. 1230, חיפה 3100001"),
    "AE, SA, EG": (
        "Villa 14, Street 8B, Al Wasl, Dubai", "Apt 1204, Marina Heights Tower, Dubai Marina, Dubai, UAE", "P.O. Box 5420, Abu Dhabi", "شارع الملك فهد، مبنى 12، شقة 5، الرياض 12211", "3456 King Fahd Rd, Al Olaya, Riyadh 12214",
        "15 شارع طلعت حرب، القاهرة 11511", "22 Talaat Harb St., Apt 7, Cairo",
    ),
    "ZA": ("14 Protea Avenue, Rondebosch, 7700", "Unit 8, Oak Gardens, 33 Voortrekker Rd, Bellville 7530", "PO Box 3391, Randburg 2125", "Private Bag X20, Hatfield 0028"),
    "NG, KE, GH": (
        "No. 15 Allen Avenue, Ikeja, Lagos 100271", "Plot 221, Ademola Adetokunbo Crescent, Wuse II, Abuja", "Block 4, Flat 6, 1004 Estate, Victoria Island, Lagos", "P.O. Box 40512-00100, Nairobi", "Apt B4, Riverside Drive, Nairobi",
        "House No. 7, Ngong Rd, Nairobi 00505",
    ),
    "all over the world": (
        "14 Lime Walk\nHeadington\nOxford\nOX3 7AD\nUnited Kingdom", "Nordstraße 8\n04105 Leipzig\nDeutschland", "22, rue du Marché\n1820 Montreux\nSuisse", "Via Manzoni 4\n20121 Milano MI\nItalia",
        "Calle Colón 15, 3ºA\n46004 Valencia\nEspaña", "Av. Afonso Pena, 1500\nCentro\nBelo Horizonte - MG\n30130-005", "12 Acacia Ave., Toronto, ON, M5V 2T6",
        "350 Fifth Avenue, 34th floor, New York, NY 10118-3299", "PO BOX 9, ROUND ROCK TX 78680", "3 Hill St #05-14 Singapore 179945", "Kaiserstr. 12-14 // 60311 Frankfurt", "Ringstr. 5; 3500 Krems",
        "Sjøgata 12, 8006 Bodø", "Drottninggatan 5A, 1 tr, 41114 Göteborg", "Aleksanterinkatu 15 B 4, 33100 Tampere", "Gammel Kongevej 74A, st. tv, 1850 Frederiksberg C",
        "Dlouhá 12/714, 110 00 Praha 1 - Staré Město", "Obchodná 44, 811 06 Bratislava, Slovensko", "ul. Floriańska 3/12, 31-019 Kraków", "Rákóczi út 12, 1088 Budapest",
        "Splaiul Independenței 204, București, 060022", "ул. Пушкина, дом 7, квартира 21, г. Тула, 300041", "пр-т Ленина 33-12, Минск 220030", "бульвар Шевченка, 12, кв. 7, Черкаси",
        "Λεωφόρος Αλεξάνδρας 15, 11473 Αθήνα", "Barbaros Blv. No 23 D.4 Beşiktaş/İstanbul", "דרך בגין 12, ירושלים 9350412", "東京都千代田区千代田1-1", "100-8111 東京都千代田区千代田1-1", "大阪市中央区難波5-1-60",
        "서울 종로구 세종대로 175", "成都市武侯区人民南路四段9号", "香港九龍彌敦道100號5樓B室", "高雄市前金區中正四路211號10樓之2", "12 Nguyễn Huệ, Quận 1, TP HCM", "Jl. Gajah Mada No 7, Denpasar 80112, Bali",
        "42 Jalan Ampang, 50450 Kuala Lumpur", "House 5, Road 12/A, Gulshan 1, Dhaka 1212", "Flat 7, Al Noor Bldg, Hamdan St, Abu Dhabi", "Plot 1234, Jahi, Abuja", "33 Kenyatta Avenue, Nakuru 20100",
        "23 Loop Street, Cape Town 8001", "PO Box 1200, Accra", "Carrera 43A #1-50, Torre 2, Apto 1203, Medellín 050021", "Av. 9 de Julio 1925, Piso 5, C1073ABA Buenos Aires",
        "Avenida Libertador Bernardo O'Higgins 1449, Depto 71, Santiago", "Jirón Ancash 120, Cercado, Lima 15001", "Calle 5 de Mayo 12, Centro, 06000 CDMX",
        "Suite 3, Level 7, 99 York St, Sydney NSW 2000", "Teach Bán, An Spidéal, Co. na Gaillimhe, H91 XY12", "Apartment 5, Block C, Grand Canal Dock, Dublin 2, D02 AB12",
        "Unit 12B, 400 Collins St, Melbourne VIC 3000, Australia", "3425 Stone Street, Apt. 2A, Jacksonville, FL 39404", "ul. Marszałkowska 84/92 m. 113, 00-514 Warszawa, Polska",
        "Rua Augusta 1508, ap 41, Consolação, 01304-001 São Paulo/SP", "Calle Serrano 41, 4º Izq., Madrid 28001", "1-8-3 Marunouchi, Chiyoda-ku, Tokyo 100-0005, Japan",
        "Flat 6B, Queen's Court, 42 Castle Street\nBristol\nBS1 3XE", "Herrengasse 14/3/22, 1010 Wien, Österreich", "Via dei Condotti, 61 - 00187 Roma (RM)",
        "71, avenue des Champs-Élysées, bâtiment B, 75008 Paris, France", "Kungsgatan 44, 3tr, 111 35 Stockholm", "Strandgade 12, 2. th, 1401 København K", "Bulevardi 7 A 12, 00120 Helsinki",
        "Storgata 18B, 0184 Oslo, Norge", "Avinguda Meritxell 75, AD500 Andorra la Vella", "Hausvogteiplatz 12, c/o Weber, 10117 Berlin", "221 Baker St, Apt 2, London NW1 6XE",
        "1600 Amphitheatre Pkwy, Mountain View, CA 94043", "PO Box 1234, Wellington 6140, New Zealand", "Postbus 1234, 1000 BJ Amsterdam", "Carrera 15 No. 93-75, Apto 402, Bogotá, Colombia",
        "Calle 13 #4-28, Barrio Getsemaní, Cartagena", "Av. Javier Prado Este 4200, Dpto 1201, Surco, Lima 33", "Jr. Huallaga 320, Cercado de Lima 15001",
        "Plot 14, Bole Road, House No. 233, Addis Ababa", "Flat 12, Block 3, Al Nahda 2, Dubai, UAE", "H-12/4, Street 7, Islamabad 44000, Pakistan", "27/A, Road 11, Banani, Dhaka-1213",
        "Unit 5-12, Menara UOA, Jalan Bangsar Utama 1, 59000 Kuala Lumpur", "Jl. Sudirman Kav. 52-53, Jakarta 12190", "Kneza Miloša 20, 11000 Beograd, Srbija", "Vodičkova 791/41, 110 00 Nové Město",
        "Andrássy út 45. II/3., 1061 Budapest", "Bd. Magheru nr. 28-30, et. 5, ap. 19, sect. 1, București", "бул. „Цар Освободител“ 15, ет. 2, 1504 София",
        "вул. Шевченка, буд. 10, кв. 5, м. Львів, 79000", "г. Екатеринбург, ул. Малышева, д. 51, оф. 1203, 620075", "просп. Мира 101с1, Москва 129085", "Πατησίων 76, Αθήνα 104 34",
        "İstiklal Cad. No:142 K:3 D:5 Beyoğlu 34430 İstanbul", "רחוב דיזנגוף 50, דירה 12, תל אביב-יפו", "東京都新宿区西新宿2-8-1", "〒530-0001 大阪市北区梅田1-1-3 大阪駅前第3ビル", "서울시 강남구 테헤란로 152 강남파이낸스센터 20층",
        "广州市天河区珠江新城华夏路10号富力中心1205室", "台北市信義區信義路五段7號89樓", "45 Strathcona Cres., St. John's, NL A1B 2M8", "1455 boul. De Maisonneuve O., Montréal, QC H3G 1M8",
        "RR#1, Site 5, Box 12, Stony Plain, AB T7Z 1X1", "Lot 7 Gum Tree Lane, via Orange NSW 2800", "Ballyboden, Killeagh, Co. Cork, P36 X590", "Boîte postale 42, 1211 Genève 3",
        "Case postale 120, 1000 Lausanne 6", "Lieudit Kerbihan, 56340 Carnac", "Cortijo Los Olivos, km 4, 18200 Maracena, Granada", "Strada Statale 9 km 12, 20097 San Donato Milanese",
        "Contrada Serra snc, 92020 Palma di Montechiaro AG", "N° 12, Rue Ibn Sina, Quartier Gauthier, Casablanca 20060", "12 rue Didouche Mourad, Alger 16000",
        "14 Tahrir Square, Flat 9, Cairo 11511, Egypt", "Box 234, Route 3, Ames, IA 50010", "4th Floor, 20 Old Bailey, London EC4M 7AN", "Suite 500, 1 Market Plaza, San Francisco CA 94105",
        "No 8, Lane 36, Sec 2, Nanjing E Rd, Taipei 10457", "Gartenstraße 7 Hinterhaus 2. Stock, 10115 Berlin", "musterweg 5 in 12345 musterstadt", "HAUPTSTRASSE 12, 3100 ST. PÖLTEN",
        "schulstr 4, 8953 dietikon", "Kerkstr. 17 bus 2, 2018 Antwerpen", "20 rue du Faubourg Saint-Honoré\n75008 PARIS",
    ),
    "doors, quarters and towns of some": (
        "The Old Bakery\n12 Pound Lane\nTetbury\nGL8 8AA", "The Granary, 4 Mill Road, Diss IP22 4XY", "Lindenrainweg 7a, 8044", "Meisdoornlaan 14, 9050", "Kirsebærvej 8, st., 4000 Roskilde", "Nørregade 21, kld., 5000 Odense C", "12, op der Bréck, L-9522 Wiltz", "3, um Biergwee, L-3222 Bettembourg", "14, Triq il-Mitħna, Ħaż-Żebbuġ ZBG 1204", "Triq San Ġorġ 88, Rabat RBT 2044", "Οδός Αχιλλέως 12, 3ος όροφος, 104 36 Αθήνα", "Πατησίων 45, ισόγειο, 112 51 Αθήνα", "Melgerði 14, 108 Reykjavík", "서울특별시 강남구 봉은사로 12, 3층, 06123", "부산 해운대구 해운대로 45, 48094", "Số 12, ngõ 45, đường Láng Hạ, quận Đống Đa", "Số nhà 7, ngách 12/3, ngõ 100, phố Chùa Láng, quận Đống Đa, Hà Nội", "רחוב הגפן 8, דירה 3, 6912345 תל אביב", "Villa 9, Street 12c, Al Safa 1, Dubai", "Pje. Los Ceibos 221, 2º A, C1406 Capital", "Av. Rivadavia 4455, B1706 Haedo", "Av. Los Leones 220, 7510000 Providencia", "Heol y Bont 12, Aberaeron SA46 0AB", "Bóthar na Mara 3, Bearna, Gaillimh H91 X2K4", "5 Ffordd Gwynedd, Bangor LL57 1DT",
    ),
}  # fmt: skip
AROUND = ("{}", "Please look into {} again", "Es geht um {}.", "see below:\n{}\nregards", "({})")

#: Sentences that make a street somebody's, and streets as they are written there
SOMEBODYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        ("my address is {}", "I live at {} now", "we moved to {} last month", "please ship the replacement to {}", "Delivery address: {}", "the parcel should go to {}, thanks", "home address - {}", "can the engineer come to {}?", "I'm staying at {}", "forward my mail to {} please", "new billing addr: {}"),
        ("27 The Crescent", "8 Broadway", "19 orchard view", "41B HARBOUR STREET", "3 Strand", "501 Hwy 61", "12 Cromwell House", "77 County Rd 9", "16 Birch", "2 Priory Court, Bath", "9 Mount Pleasant, Lewes, East Sussex", "Flat 3, 10 Kings Parade"),
    ),
    "de": (
        ("Meine Adresse lautet {}", "ich wohne jetzt {}", "Lieferadresse: {}", "bitte an {} liefern", "Rechnungsanschrift ist {}.", "wir sind nach {} umgezogen", "Bitte schicken Sie das Paket an {}", "Wohnhaft: {}", "neue Anschrift ab Mai: {}", "mein Zuhause ist {}"),
        ("Sonnenhalde 12", "Am Kirchberg 3a", "birkenweg 9", "Karl-Marx-Allee 101", "Unterer Graben 7", "Zur Mühle 2", "Neuer Wall 40, Hamburg", "Auf dem Hügel 5 b", "Obere Mainstr. 14/2"),
    ),
    "fr": (
        ("j'habite {}", "mon adresse est le {}", "livrer au {} svp", "adresse de livraison : {}", "nous avons déménagé au {}", "je réside {}", "envoyez le colis au {}", "mon domicile : {}"),
        ("12 rue des Peupliers", "7 ter chemin Vert", "3, place du Marché", "45 bd Jean Jaurès", "18 AVENUE FOCH", "6 allée de l'Étang, Tours", "22 cours Lafayette"),
    ),
    "es": (
        ("vivo en {}", "mi dirección es {}", "envíen el paquete a {}", "entregar en {}", "Domicilio: {}", "me mudé a {}", "dirección de envío: {}", "mi casa está en {}"),
        ("calle Olivo 14", "Av. Reforma 220", "C/Luna, 8", "Camino Real 31 bis", "Carrer Nou 5", "PASEO DEL PRADO 12", "Calle 45 # 12-30", "Cra. 43A No. 1-50, Medellín", "Blvd. Las Torres 1200"),
    ),
    "it": (
        ("abito in {}", "il mio indirizzo è {}", "spedire a {}", "consegnare in {}", "residente in {}", "ci siamo trasferiti in {}", "indirizzo di consegna: {}"),
        ("via dei Mille 8", "Piazza Duomo 3", "Corso Italia, 41", "Strada del Colle 12", "VIALE EUROPA 90", "vicolo Stretto 2/B", "Largo Augusto 1"),
    ),
    "pt": (("moro na {}", "meu endereço é {}", "entregar na {}", "a minha morada é {}", "enviem para {}", "Endereço de entrega: {}", "mudei para a {}"), ("Rua do Sol, 22", "Av. Brasil 1400", "Travessa Nova, nº 6", "Alameda Santos, 90", "rua das flores 15", "Praça da República, 3")),
    "nl": (("ik woon op {}", "mijn adres is {}", "bezorgen op {}", "Afleveradres: {}", "wij zijn verhuisd naar {}", "stuur het pakket naar {}"), ("Molenstraat 12", "Nieuwezijds Voorburgwal 3", "Lange Voorhout 9", "kerkweg 4a", "Prinsengracht 100-2", "Oude Singel 8")),
    "pl": (("mieszkam przy {}", "mój adres to {}", "proszę dostarczyć na {}", "adres dostawy: {}", "przeprowadziłem się na {}", "wyślijcie paczkę na {}"), ("ul. Leśna 8", "ulicę Polną 12/4", "al. Róż 3", "pl. Zamkowy 6", "os. Tysiąclecia 5/12")),
    "sv, da, no": (("min adress är {}", "jag bor på {}", "leverera till {}", "jeg bor på {}", "min adresse er {}", "leveringsadresse: {}", "jeg har flyttet til {}"), ("Storgatan 12", "Kungsgatan 4 B", "Nygade 7", "Kirkeveien 33", "Solbakken 2", "Gamle Landevej 18")),
    "fi": (("asun osoitteessa {}", "osoitteeni on {}", "toimitusosoite: {}", "muutin osoitteeseen {}"), ("Ylä-Ojan polku 13", "Koivukuja 4 B 7", "Keskuskatu 9", "Itäinen Rantakatu 22")),
    "ru, uk": (("мой адрес: {}", "я живу на {}", "доставьте на {}", "переехали на {}", "моя адреса: {}", "проживаю по адресу {}"), ("ул. Садовая, 14", "улице Мира 7", "проспекте Победы, дом 10", "вул. Лесі Українки 5", "д. Ивановка, ул. Лесная, 8")),
    "tr, cs, hu, ro, el": (
        ("adresim {}", "bydlím na adrese {}", "a címem {}", "adresa mea este {}", "η διεύθυνσή μου είναι {}", "teslimat adresi: {}", "doručit na adresu {}", "szállítási cím: {}", "locuiesc pe {}", "μένω {}"),
        ("Çınar Sokak No: 8", "Lidická 14", "Rózsa utca 6", "Strada Mihai Eminescu 22", "Σταδίου 9"),
    ),
}  # fmt: skip

#: Fields of a form: the text, and what of it must not stay
FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Street: Juniper Lane 7\nZip: 80331\nCity: Munich", ("Juniper Lane 7", "80331", "Munich")),
    ("Address line 1: 42 Heron Way\nAddress line 2: Apt 9\nCity: Reno\nState: NV\nZip code: 89501", ("42 Heron Way", "Apt 9", "Reno", "89501")),
    ("street = 8 Elder Rise / postcode = LS6 2QT / town = Leeds", ("8 Elder Rise", "LS6 2QT", "Leeds")),
    ('{"street": "12 Alder St", "zip": "98101", "city": "Seattle"}', ("12 Alder St", "98101", "Seattle")),
    ("Straße: Gartenweg 3, PLZ: 80469, Ort: München", ("Gartenweg 3", "80469", "München")),
    ("Strasse / Nr.: Rebgasse 14\nPLZ / Ort: 4058 Basel", ("Rebgasse 14", "4058 Basel")),
    ("Straße und Hausnummer: Ahornallee 9 | Postleitzahl: 14050 | Wohnort: Berlin", ("Ahornallee 9", "14050", "Berlin")),
    ("Rue : 5 rue du Four ; Code postal : 69001 ; Ville : Lyon", ("5 rue du Four", "69001", "Lyon")),
    ("Calle: Toledo 18; CP: 28005; Ciudad: Madrid", ("Toledo 18", "28005", "Madrid")),
    ("Indirizzo: Via Po 3\nCAP: 10124\nCittà: Torino", ("Via Po 3", "10124", "Torino")),
    ("Rua: das Palmeiras, 90 / CEP: 01226-010 / Cidade: São Paulo", ("das Palmeiras, 90", "01226-010", "São Paulo")),
    ("Straat: Lijnbaan 4, Postcode: 3012 EP, Plaats: Rotterdam", ("Lijnbaan 4", "3012 EP", "Rotterdam")),
    ("Ulica: Krótka 2/5; Kod pocztowy: 30-001; Miasto: Kraków", ("Krótka 2/5", "30-001", "Kraków")),
    ("Gatuadress: Parkvägen 6\nPostnummer: 171 41\nOrt: Solna", ("Parkvägen 6", "171 41", "Solna")),
    ("Улица: Мира; Дом: 5; Квартира: 12; Индекс: 101000; Город: Москва", ("Мира", "101000", "Москва")),
    ("Street number: 117, Street name: Maple Hollow, ZIP: 55401", ("117", "Maple Hollow", "55401")),
)  # fmt: skip

#: Places, things and events that look like addresses
NOBODYS: tuple[str, ...] = (
    "cuesta 121 000 kr con envío", "Regal 5, 4000 Stück", "Lindenrainweg 7a, 8044 people", "12, le Monde", "5, en Europe", "Order ABC 1234", "Tarif A 12, 4500 kWh", "chapter 12, aux Champs",
    "75001 Paris", "Berlin 10115", "SW1A 1AA", "the postcode K1A 0B1", "Route 66", "Highway 101 is closed", "10 Downing Street", "the show at 221B Baker Street", "the White House, 1600 Pennsylvania Avenue",
    "we meet in Room 12", "Gate 12 Terminal 3", "Platz 5", "platform 3, track 12", "in 2019 Street View was launched", "Windows 10 Home, Version 22H2", "iPhone 14 Pro Max, 256 GB", "Dell XPS 15 9530, 32 GB",
    "Model 3 Long Range", "Chapter 12, page 340", "am 12. März 2024", "May 12, 2024 Berlin", "Sunday 12 May, 10000 people", "20 Main features", "Unit 5, Lesson 3", "Level 3 support", "a flat 20% discount", "Block 12 of the chain",
    "Box 12 is empty", "Room 101", "Floor 3 printer", "Sector 7 raid", "Plot 3 of the paper", "Kapitel 4, 2023", "Seite 12, 1998 erschienen", "Bus 42", "Linie 5", "Zimmer 12", "Halle 7, Stand 12", "Hall 5, Booth 1204",
    "Calle 13 es un grupo", "exit 24", "Autobahn 9", "A 100 Stau", "Apollo 11", "Boeing 737 MAX 8", "Article 12, Paris Agreement 2015", "Opus 27, Vienna 1801", "Vienna 1815", "Act 3, Scene 2", "Paris 2024", "Form 1040, 2023",
    "Olympic Games, Tokyo 2020", "Ubuntu 22.04, Kernel 5", "Error 12, line 4050", "Windows Server 2019", "the USS Enterprise", "PL 112 was passed", "Box 3112 bytes long", "Error on line 12, column 340", "Table 5, Figure 12", "Step 3 of 12",
    "Version 12, Build 22621 Stable", "Galaxy S23 Ultra 512 GB", "12 Angry Men, 1957", "Catch 22, Chapter 3", "Area 51, Nevada", "District 9", "Studio 54", "Platform 9", "Ocean's 11, 2001", "7 Eleven Store",
    "Formel 1, Monza 2023", "Bayern München 3, Dortmund 2", "Real Madrid 2, Barcelona 1", "3 Way valve", "12 Point font", "4 Square app", "5 Hill climbs", "10 Park rangers came", "two tickets, row 12, seat 40", "Lot 49 was sold at 12000",
    "the suite 1204 is booked out", "Bitte Feld 12 ausfüllen, Zeile 4", "Postfach voll", "Mailbox 12 is full", "PO 4500012345", "Kurfürstendamm", "5th Avenue in New York", "Abbey Road 1969", "Straße des 17. Juni in Berlin gesperrt",
    "Wall Street 2, 2010", "Stufe 3, Level 12", "Zone 2, Bus 14", "Gleis 5, Wagen 12", "Kasse 4, Bon 1234 Danke", "Lektion 12, 2001 Nacht", "Psalm 23, Verse 4", "Team 12, 45000 Punkte",
    "Section 12, Paris Agreement, 2015", "call at 10 Main office", "Windows 11 Pro 22H2", "Room 12, Building 3, second floor", "Level 5, Zone 12", "Halle 4, Stand B12", "Page 12, line 40",
    "Seite 45, Absatz 3", "Chapter 3 Verse 16", "version 3.12, Python 2023", "10 King size beds", "5 Star Hotels in Rome", "3 Musketeers Street food", "Platz 3 in der Liga",
    "Straße gesperrt bis 2025", "Route 66, Arizona", "A7 Richtung Hamburg, Ausfahrt 23", "Bus 145 nach Zürich", "Gleis 12, Zug 4567", "Flug LH 400, Gate B42", "Am 12. Mai 2024", "Im Jahr 1999 Berlin",
    "Auf Seite 5 steht", "Zum 3. Mal", "In den 90 Minuten", "le 14 juillet 1789", "place 12 rang C", "rue barrée", "3 place gagnante", "Via email 5 times", "via Skype 3 calls", "Plaza 2 opens",
    "Calle cerrada", "Camino de Santiago 2024", "largo 5 metros, ancho 3", "Largo 12 cm", "corso 3 giorni", "strada 5 km", "Campo 12: obligatorio", "campo 5 do formulário", "lote 2024-01",
    "quadra 3 esportiva", "vale 50 reais", "setor 5 da empresa", "parque 2 abierto", "ul. to ulica 5 minut", "os. 5 osób", "pl. 12 zł", "al 5 proc", "str 12345", "Str. 5 de pagini",
    "no. 5 in the list", "Nr. 12 auf der Liste", "Haus 5 von 12", "Apartment prices up 5%", "Villa 2 points", "Flat 5, no thanks", "Plot 2, then plot 3", "Unit 7, Activity 3", "Block 5, slot 3",
    "Tower 42, London", "Building 7, WTC", "House 4, Senate 5", "Door 3 opens", "Shop 24 hours", "Lot 12, Auction 2024", "order 12 Oak Street signs", "12 Park benches", "in 1850 Main roads",
    "pass 3 Pass 4", "5 Point scale", "100 Point Plan", "2 Way radio", "box 12 items", "Box 5, Row 12", "PL 45 Public Law", "BP 120/80", "BP 2023 annual report", "CS 50 course", "pf. 12", "Unit 731",
    "HC 100", "RR 5", "Lot 5", "RD 3", "Kapitel 12 Absatz 3", "DIN EN 1090-2", "Typ 12 A 500", "Model 3 Y 2024", "Berlin 3, Paris 2", "Wien 2024", "München 72, Dachau 10", "1860 München",
    "Schalke 04", "Hannover 96", "Mainz 05", "FC Köln 1948", "Paris 12", "Lyon 3", "Dublin 4", "zone 30 Zürich", "Abo 12345 Basel", "Konto 4711 Bern", "Code 8001 Zürich sagt", "PLZ 8001", "CP 28001",
    "zip code 90210 is famous", "CAP 00187",
)  # fmt: skip
