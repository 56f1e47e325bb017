"""Names of people who do not exist, in the mixture that a northern English city has.

Names that are also plain words of a brief (Grace, Young, Court) are left out, so that a search of a page for a name
finds a leak and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from fi_workbench.demo.draws import Draws, Weights


@dataclass(frozen=True)
class Heritage:
    """A group of families who share names and ethnic codes.

    Attributes:
        codes: ethnic codes of children in the census's list, with weights.
        girls: forenames given to girls; women born before 2005 share them.
        boys: forenames given to boys.
        surnames: family names.
        error_rate: how much more often partners misspell these names than the commonest ones.
    """

    codes: Weights[str]
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    surnames: tuple[str, ...]
    error_rate: float


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


BRITISH = Heritage(
    Weights({"WBRI": 0.86, "WIRI": 0.01, "WIRT": 0.008, "MWBC": 0.05, "MWBA": 0.02, "MOTH": 0.03, "NOBT": 0.022}),
    _names(
        "Abigail Aimee Alexandra Alisha Amelia Amy Anna Beth Bethany Caitlin Caroline Charlotte Chelsea Chloe Claire "
        "Courtney Danielle Darcie Demi Donna Eleanor Elizabeth Ella Ellie Emily Emma Erin Esme Evelyn Evie Fiona "
        "Freya Gemma Georgia Georgina Hannah Harriet Heather Helen Imogen Isabella Isla Jade Jane Jasmine Jennifer "
        "Jessica Joanne Kate Katherine Katie Kayleigh Kelly Kerry Kirsty Lacey Laura Lauren Layla Leah Lexi Lily "
        "Lisa Lola Louise Lucy Lynsey Maddison Maisie Margaret Matilda Megan Melissa Mia Michelle Millie Molly "
        "Natalie Natasha Niamh Nicola Nicole Olivia Orla Paige Phoebe Poppy Rachel Rebecca Rhiannon Rosie Samantha "
        "Sarah Scarlett Shannon Sharon Sienna Skye Sophia Sophie Stacey Stephanie Summer Susan Tegan Tia Tracey "
        "Vanessa Vicky Victoria Zara Zoe"
    ),
    _names(
        "Aaron Adam Aidan Alan Albie Alexander Alfie Andrew Anthony Archie Arthur Ashley Bailey Ben Benjamin Bradley "
        "Brandon Callum Cameron Charlie Christopher Connor Corey Craig Daniel Darren David Declan Dominic Dylan "
        "Edward Elliot Ethan Ewan Finlay Finley Freddie Gareth Gavin Gary George Graham Harrison Harry Harvey Henry "
        "Hugo Ian Isaac Jack Jackson Jacob Jake James Jamie Jason Jayden Joel John Jonathan Jordan Joseph Joshua "
        "Jude Kai Karl Keiran Keith Kenneth Kevin Kyle Lee Leon Leo Lewis Liam Logan Louis Luca Lucas Luke Martin "
        "Mason Matthew Max Michael Nathan Neil Nicholas Noah Oliver Oscar Owen Patrick Paul Peter Philip Reece "
        "Reuben Rhys Riley Robert Ronnie Rory Ross Ryan Samuel Scott Sean Sebastian Shane Simon Stephen Steven "
        "Stuart Teddy Theo Thomas Timothy Toby Tommy Tyler Wayne William Zachary"
    ),
    _names(
        "Aldridge Allenby Appleby Armstrong Atkinson Bainbridge Barker Bates Beattie Bell Bennett Blenkinsop Bolam "
        "Bowden Bradshaw Brannigan Brennan Briggs Burdon Burnett Callaghan Cairns Campbell Carruthers Charlton "
        "Clarkson Clayton Conway Cowell Coxon Craggs Crawford Cuthbertson Davidson Davison Dawson Dixon Dobson Dodds "
        "Donaldson Douglas Dunbar Duncan Egan Elliott Emmerson Errington Fairbairn Featherstone Fenwick Ferguson "
        "Fletcher Forster Fraser Gallagher Garbutt Gibson Gilchrist Gillespie Graham Grieves Hadley Hanlon Harbottle "
        "Hardy Hargreaves Harrington Hedley Henderson Hepburn Heron Hetherington Hewitt Hindmarsh Hodgson Hogarth "
        "Holmes Hopper Howarth Hudson Hughes Hutchinson Ingram Irving Jackson Jameson Jobling Johnson Johnston "
        "Kennedy Kirkup Laidlaw Lambton Lawson Leighton Liddell Lister Lockhart Lowther Lumsden Lynch Maddison "
        "Marley Marshall Mather Maughan McAllister McBride McCarthy McDonald McGregor McIntyre McKenna McKenzie "
        "Metcalfe Milburn Mitchell Moffat Morrison Mulholland Nesbitt Nicholson Nixon Ogden Oliphant Ormston Parkin "
        "Patterson Pattison Pearson Pickering Potts Pringle Proudlock Purvis Quinn Ramsay Redpath Renwick Richardson "
        "Ridley Robertson Robinson Robson Rutherford Sanderson Scott Shaw Shepherd Simpson Slater Smith Snowdon "
        "Spence Stephenson Stewart Stobbs Storey Straughan Sutherland Swinburne Tait Taylor Telford Thirlwell "
        "Thompson Thornton Todd Trotter Turnbull Urwin Wallace Walton Wardle Watson Weddell Whitfield Wilkinson "
        "Williams Wilson Winship Wright Younger"
    ),
    1.0,
)
SOUTH_ASIAN = Heritage(
    Weights({"APKN": 0.42, "ABAN": 0.28, "AIND": 0.14, "AOTH": 0.08, "MWAS": 0.08}),
    _names(
        "Aaliyah Aisha Amina Anika Ayesha Farah Fatima Halima Humaira Iqra Kavita Khadija Leila Mariam Maryam Meera "
        "Nadia Naila Nasreen Nazia Nusrat Parveen Priya Rabia Rukhsana Saima Salma Sana Shabana Shazia Sumaya Tahira "
        "Yasmin Zainab"
    ),
    _names(
        "Abdul Adeel Ahmed Amir Arjun Asif Bilal Faisal Farhan Hamza Haroon Hassan Ibrahim Imran Ismail Junaid "
        "Kamran Mohammad Mohammed Muhammad Nadeem Omar Qasim Rahul Rashid Rizwan Sajid Salman Shahid Tariq Usman "
        "Yusuf Zain Zubair"
    ),
    _names(
        "Ahmed Akhtar Akram Ali Anwar Aslam Begum Bhatti Chaudhry Choudhury Farooq Hussain Iqbal Islam Javed Kapoor "
        "Karim Kaur Khan Khatun Mahmood Malik Miah Mirza Patel Qureshi Rahman Raza Sharma Sheikh Siddiqui Singh Uddin "
        "Zaman"
    ),
    2.2,
)
AFRICAN = Heritage(
    Weights({"BAFR": 0.66, "BCRB": 0.08, "BOTH": 0.1, "MWBA": 0.16}),
    _names(
        "Abeba Adaeze Adenike Amara Asha Ayaan Bisi Chidinma Chioma Ebele Efua Esi Faduma Folake Funmi Hodan Ifeoma "
        "Makena Miriam Ngozi Nkechi Ruth Selam Temitope Yetunde Zawadi"
    ),
    _names(
        "Abdi Adebayo Ayodele Chidi Chukwuma Emeka Emmanuel Femi Ifeanyi Isaac Jabari Joshua Kwame Kofi Mamadou "
        "Mustafa Obinna Oluwaseun Samuel Sekou Tendai Tunde Yonas Yaw"
    ),
    _names(
        "Abdullahi Abebe Achebe Adeyemi Afolabi Agyeman Appiah Asante Bello Boateng Chikwanha Diallo Eze Hassan "
        "Kamara Mensah Moyo Ncube Nwosu Obi Odukoya Ogunleye Okafor Okeke Okonkwo Osei Owusu Tesfaye Warsame Yusuf"
    ),
    1.9,
)
EUROPEAN = Heritage(
    Weights({"WOTH": 0.86, "WROM": 0.14}),
    _names(
        "Adriana Agnieszka Alina Ana Andreea Beata Daniela Denisa Dorota Elena Ewa Gabriela Ioana Ivana Izabela "
        "Joanna Jolanta Katarzyna Larisa Magdalena Malgorzata Maria Mihaela Monika Natalia Oksana Petra Simona "
        "Veronika Zuzana"
    ),
    _names(
        "Adrian Alexandru Andrei Bogdan Cristian Dariusz Denis Dmitri Florin Ionut Ivan Jakub Jan Kamil Krzysztof "
        "Lukasz Marcin Marek Marius Mihai Milan Nicolae Ondrej Pavel Piotr Radu Stefan Tomasz Valentin Wojciech"
    ),
    _names(
        "Balaz Ciobanu Cisar Constantin Dumitru Duda Dvorak Gabor Grabowski Horvath Ionescu Jankowski Kaminski Kovac "
        "Kowalczyk Kowalski Lakatos Lewandowski Mazur Moldovan Munteanu Nowak Petrovic Popa Popescu Rusu Stan "
        "Szymanski Tancos Wisniewski Wojcik Zielinski"
    ),
    2.0,
)
ELSEWHERE = Heritage(
    Weights({"OOTH": 0.62, "AOTH": 0.2, "CHNE": 0.1, "REFU": 0.03, "NOBT": 0.05}),
    _names(
        "Amal Amineh Dalia Dilan Farida Hala Hoda Huda Jamila Lan Lei Leyla Li Linh Mahsa Mei Mina Nour Parisa Rania "
        "Roza Samira Shirin Soraya Thuy Xiu Yara Zahra Zeynep Zheng"
    ),
    _names(
        "Abbas Ali Amanuel Arash Ardit Armend Baran Behzad Dara Ehsan Filmon Hadi Hamid Hassan Hoang Jian Jun Karwan "
        "Khalid Mehdi Minh Mohsen Najib Omid Reza Rebin Saman Tuan Wei Zana"
    ),
    _names(
        "Abbasi Ahmadi Al-Hassan Aziz Berisha Chen Dang Demir Ghebremariam Gjoka Haddad Hakimi Hamidi Hoxha Huang "
        "Karimi Kaya Krasniqi Lin Mahmoudi Mansour Nasser Nguyen Noori Osmani Rahimi Rasul Saleh Tekle Tran Wang "
        "Yilmaz Zhang Zhou"
    ),
    2.4,
)

HERITAGES: Weights[Heritage] = Weights(
    {BRITISH: 0.80, SOUTH_ASIAN: 0.075, AFRICAN: 0.05, EUROPEAN: 0.04, ELSEWHERE: 0.035}
)

NICKNAMES = {
    "Abigail": "Abbie",
    "Alexander": "Alex",
    "Alexandra": "Alex",
    "Andrew": "Andy",
    "Anthony": "Tony",
    "Benjamin": "Ben",
    "Bethany": "Beth",
    "Cameron": "Cam",
    "Christopher": "Chris",
    "Daniel": "Dan",
    "Danielle": "Dani",
    "David": "Dave",
    "Edward": "Eddie",
    "Elizabeth": "Liz",
    "Georgina": "Gina",
    "Jennifer": "Jenny",
    "Jonathan": "Jon",
    "Joseph": "Joe",
    "Joshua": "Josh",
    "Katherine": "Kathy",
    "Kenneth": "Ken",
    "Margaret": "Maggie",
    "Matthew": "Matt",
    "Michael": "Mick",
    "Mohammed": "Mo",
    "Muhammad": "Mohammed",
    "Natalie": "Nat",
    "Nicholas": "Nick",
    "Oliver": "Olly",
    "Patrick": "Paddy",
    "Philip": "Phil",
    "Rebecca": "Becky",
    "Robert": "Bob",
    "Samantha": "Sam",
    "Samuel": "Sam",
    "Stephanie": "Steph",
    "Stephen": "Steve",
    "Steven": "Steve",
    "Thomas": "Tom",
    "Timothy": "Tim",
    "Victoria": "Vicky",
    "William": "Bill",
    "Zachary": "Zak",
}
"""What people are called at the school gate or at the scene."""

STREETS = _names(
    "Alder Ashgrove Barrasford Beaufront Belsay Birtley Bolbec Cambo Capheaton Chollerford Corbridge Cragside Dilston "
    "Doddington Eglingham Elsdon Falstone Fontburn Greystead Hartburn Haydon Humshaugh Kielder Kirkharle Langley "
    "Lesbury Linnels Longframlington Matfen Meldon Netherwitton Ogle Ponteland Rothley Simonburn Stamfordham "
    "Thropton Ulgham Wallsend Whalton Whittingham Wylam"
)
STREET_KINDS = ("Terrace", "Avenue", "Gardens", "Crescent", "Drive", "Square", "Lane", "Grove")


def forename(draws: Draws, heritage: Heritage, sex: str) -> str:
    """A first name."""
    return draws.pick(heritage.girls if sex == "F" else heritage.boys)
