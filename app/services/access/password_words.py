"""Words that people make passwords of: what a guess begins with.

Written down for Redeploy from what reports of breaches name year after year (the commonest
passwords, names, teams, brands, words of love and of work); taken from no list, so it stands
under the licence of the project. A word of fewer than three letters would be in everything.
"""

from __future__ import annotations

_OF_PASSWORDS = """
    password passwort passwd passwor pass word motdepasse contrasena senha haslo parola wachtwoord
    secret geheim admin administrator root user guest login signin welcome willkommen bienvenue
    bienvenido letmein changeme change default temp temporary test testing tester demo sample access
    master super superuser system server service computer internet network windows linux office
    account security secure private public company business work worker job office manager staff
    contractor payroll timesheet project client vendor team start first last new old abc abcd qwe
    asd zxc qaz wsx edc qwerty qwertz azerty asdf zxcv iloveyou trustno whatever nothing something
    anything everything unknown none null undefined example hello hallo bonjour hola goodbye
    please thanks thankyou open sesame enter go yes
"""
_OF_PEOPLE = """
    aaron adam adrian ahmed alan albert alejandro alex alexander alexandra alexis alfred ali alice
    alicia allison amanda amber amy ana andre andrea andreas andrew andrey angel angela angelina
    anna anne anthony antonio april arthur ashley asia austin barbara benjamin ben bernard betty
    bill bob bobby brandon brenda brian britney bruce bryan carlos carmen carol caroline catherine
    cathy cesar charles charlie charlotte chelsea chris christian christina christine christopher
    claire claudia connor courtney crystal cynthia daisy dan daniel daniela danielle danny dave
    david dennis derek diana diego dominic donald donna dorothy dylan eddie eduardo edward elena
    elizabeth emily emma eric erica ethan eugene eva evelyn fatima felix fernando florence francis
    francisco frank fred gabriel gary george gerald gloria grace greg gregory hannah harold harry
    heather heidi helen henry hugo ian ibrahim igor irene irina isaac isabel isabella ivan jack
    jackson jacob jake james jamie jan jane janet jason jasmine javier jay jean jeff jeffrey
    jennifer jenny jeremy jerry jesse jessica jesus jim jimmy joan joe joel johanna john johnny
    johnson jon jonathan jones jordan jorge jose joseph joshua juan judith julia julian julie
    justin karen karina kate katherine kathy katie keith kelly ken kenneth kevin kim kimberly kyle
    larry laura lauren leah leo leon leonardo leslie liam linda lisa logan lopez lorenzo louis
    louise lucas lucia lucy luis luke madison manuel marc marcel marco marcus margaret maria
    mariah marie marina mario marion mark markus martha martin martina mary mason mateo matt
    matthew max maxwell megan melanie melissa michael michel michelle miguel mike miller mohamed
    mohammed molly monica morgan muhammad nadia nancy natalia natalie natasha nathan nelson
    nicholas nick nicolas nicole nikita nina noah nora oliver olivia omar oscar owen pablo pamela
    patricia patrick paul paula pavel pedro penelope peter philip phillip phoebe pierre rachel
    rafael ralph ramon raymond rebecca regina ricardo richard rick robert roberto robin rodrigo
    roger roland roman ronald ronaldo rosa rose roxanne roy ruby russell ruth ryan sabrina sally
    sam samantha samuel sandra santiago sara sarah scott sean sebastian sergey sergio serena
    shannon sharon sheila silvia simon smith sofia sonia sophia sophie stefan stella stephanie
    stephen steve steven stuart susan suzanne sylvia tamara tanya tara taylor teresa terry theresa
    thomas tiffany tim timothy tina todd tom tommy toni tony tracy travis trevor tyler valentina
    valeria vanessa veronica victor victoria vincent violet virginia vladimir walter wayne wendy
    william williams wilson xavier yolanda yvonne zachary zoe
"""
_OF_THINGS = """
    angel angels animal apple apples arsenal avatar baby babe babygirl badboy ball banana barbie
    barca barcelona baseball basketball batman bear beautiful beauty beer best bestfriend bird
    bitch black blessed blink blood blue bond boston brother bubbles buddy bull bunny butter
    butterfly camaro candy captain casper cat champion charger chicken chocolate christ christmas
    cinderella city classic coffee cool cookie corvette country cowboy cowboys crazy cream creative
    dad daddy dallas dance dark darling death destiny devil diablo diamond digital disney doctor
    dog doggy dolphin donkey dragon dragonball dream dreams duck eagle eagles earth easy eminem
    england enigma eternal eternity evil extreme facebook faith falcon family fantasy father
    ferrari fire fish flower flowers fluffy food football ford forever forget freak free freedom
    friend friends friendship frog fuck fucker fuckyou fun funny future galaxy game gamer games
    gangster garden garfield genius ghost ginger girl girls god godisgood gold golden golf good
    google gorgeous green guitar gundam gun guns happiness happy hardcore harley hate heart hearts
    heaven hell hello hockey holiday holly home honda honey hope horse hotdog house hunter ice
    iloveu india infinity inlove instagram iron island japan jaguar jelly jesuschrist jordan joker
    joy juice juventus king kingdom kiss kisses kitten kitty knight lady lakers lamborghini legend
    life light lights lion liverpool london lonely love loveme lovely lover loves loveyou lucky
    machine madrid magic mama man manchester manutd marine marines marlboro marley matrix mercedes
    merlin metal metallica mexico mickey midnight minecraft minnie miracle mom mommy money monkey
    monster moon morning mother motorola mountain mouse movie music mustang mylove myspace naruto
    nascar nature naughty newyork ninja nirvana nokia november number ocean one online orange
    oreo panda panther paradise paris parker party peace peaches peanut penguin pepper perfect
    phoenix phone picture pig pink pirate pizza player please pokemon police poop popcorn porsche
    portugal power precious pretty prince princess promise pumpkin puppy purple queen rabbit racing
    raiders rain rainbow ranger rangers real red redsox remember river rock rocket rocknroll
    rockstar rocky roses runner sailor samsung satan saturn scarface school scooby scooter sex
    sexy shadow shark shit shorty silver simple singer sister skate skater skittles sky slayer
    slipknot smile smokey snake snickers snoopy snowball snow soccer soldier song soul spain
    sparky special speed spider spiderman spirit spongebob sports star stars starwars steelers
    strawberry strong student sugar summer sun sunflower sunny sunshine super superman superstar
    surfer sweet sweetheart sweetie sweety swimming target teacher teddy teddybear tennis the
    thunder tiger tigers time tinkerbell titanic together toyota travel tree trouble truelove turtle
    tweety twilight twitter unicorn united universe vampire vegas viper volleyball war warcraft
    warrior water weed whiskey white wicked wild winner winnie winston winter wizard wolf wolves
    woman women wonder world wrestling yamaha yankees yellow yourself youtube zombie
"""
_LONG = """
    abracadabra backstreetboys californication carpediem computadora familyguy greenday hakunamatata
    harrypotter helloworld justinbieber killerqueen liverpoolfc mychemicalromance onedirection
    opensesame pinkfloyd rastafari simpleplan supercalifragilistic unbelievable verybadpassword
"""
_OF_TIMES = """
    spring summer autumn fall winter january february march april may june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday today
    tomorrow birthday year month week day night
"""
_SMALL = "all and are bad big boy ever for how mine not was who why you your"

COMMON_WORDS = frozenset(
    word
    for words in (_OF_PASSWORDS, _OF_PEOPLE, _OF_THINGS, _LONG, _OF_TIMES, _SMALL)
    for word in words.split()
    if len(word) >= 3
)
"""In lower case, without digits that stand for letters."""
