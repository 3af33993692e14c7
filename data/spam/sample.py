"""
Write the spam sample: 5,000 invented short messages, about one in seven of them spam.

A small grammar composes them; no sentence comes from a real set, and phone numbers and addresses
are those reserved for fiction. Planted quirks: repeats, near repeats, wrong labels, typos,
text-speak, many scripts, line breaks, two empty texts, and grey messages that either side may send.
Spam drifts over the 120 days: crypto offers fade in, ringtone offers fade out.
"""

import csv
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 232
MESSAGES = 5_000
SPAM_RATE = 0.14
REPEAT_RATE, NEAR_REPEAT_RATE = 0.06, 0.012
# Ham that a hasty reader took for spam, and spam that was let pass.
MISLABELLED = {"ham": 36, "spam": 14}
EMPTY_AT = (1_203, 3_871)
DAYS = 120
START = datetime(2026, 7, 1, tzinfo=UTC)
WAKING_MINUTE, SLEEPING_MINUTE = 6 * 60, 24 * 60
COLUMNS = ("row_id", "timestamp", "text", "label")

# The weight of each family on the first and on the last day.
FAMILIES = {
    "ham": "chat 68 68, joke 5 5, delivery 5 5, passcode 4 4, bank 5 5, news 5 5, school 2 2,"
    " health 1 1, abroad 3 3, forward 1 1, list 1 1, long 1 1, short 1 1, grey 3 3",
    "spam": "prize 20 18, loan 15 14, dating 10 10, ringtone 20 2, crypto 1 20, phish 14 15,"
    " parcel 10 11, job 6 7, grey 8 8",
}

# One production a line: {name} comes from a table, [a|b] is a choice, ~ and # are digits (~ from 1
# on), ^ breaks the line.
GRAMMAR = """
chat: {hey}{say}[|| {say}]{bye}
chat: {say}[|| {say} {say}]
say: [{plan}|{plan}|{plan}|{home}|{home}|{home}|{task}|{feeling}|{feeling}|{meal}|{stuff}]
hey: [|||||||Hey {name}! |Hi {name}. |{name}! |Hiya! |Morning! |Oi {name}! |Hello love. |Right. ]
hey: [|||||||Ok. |Sorry! |Btw |Evening all. |Dear {kin}. |Yo. |Psst. |Lol. |So, |Um, |FYI ]
bye: [||||||||| x| xx| {name} x| Love from {kin}| Cheers| Ta| lol| :)| {emoji}| haha| Thx]
bye: [||||||||| Speak later| Let me know| No rush| Take care!| Please?| Ring me on {phone}| OK?]
plan: [Are you|You|Is {name}] [still on for|coming to|up for|free for|about for] {event} {day}?
plan: [I can|I can't|We might not|Should be able to] make {event} {day}, {reason}.
plan: Meet [me|us] [at|outside|near|opposite] {place} at {clock}, [bring|don't forget] the {thing}.
plan: {name} [reckons|says|thinks] {event} [starts at {clock}|is off|has moved|will be {adj}].
plan: [Shall we|How about we|Why don't we] {do} {day}[, if it stays dry| instead|, just us]?
plan: [Bus|Train|Lift|Ferry] is [late|early|packed|cancelled], at {place} [by|around] {clock}.
plan: [Left {place}|Got off the bus|Just parked], [nearly there.|start without me.|where are you?]
plan: Booked a [table|lane|court|room|boat] for [two|three|four|1#] at {clock} {day}.
plan: [No need to|You don't have to|Please don't] {do}, {name} and I [did it already|will {day}].
home: Can you [collect|pick up|drop off|fetch] {name} from {place} at {clock}? {reason}.
home: [We|I|{kin}] [left|put|found|hid] the {thing} [in the {room}|at {place}|under the {thing}].
home: The [dog|cat|baby|{animal}] [ate|hid|broke|sat on] my {thing}, [typical|again|help].
home: What shall we get {kin} [for the birthday|for {event}]? [A {thing}|Something {adj}]?
home: [Home|Back] [by|at|around] {clock}, [keep|save|warm] me some {food}.
home: {name} [passed|failed|loved] {subject}, {kin} is {mood}.
task: [Can|Could] you [send|forward|check|sign off] {doc} [before {clock}|{day}|when you're back]?
task: The [printer|server|lift|projector] is {faulty} again, [I'm at {place}|engineer due {day}].
task: [Finance|The boss|The client|{name}] [liked|hated|wants changes to|lost] {doc}.
task: Running [1# mins|a bit|very] late for the {subject} [call|review], [start without me|sorry].
task: Shift swap {day}: [can you do|I need cover for|{name} will take] {clock} to {clock}?
task: Expenses for {place} came to {price}, receipt's in the [tray|blue envelope|glovebox|{room}].
feeling: [Feeling|Been|Still|A bit] {mood} since {lately}, [you|how about you|got any {item}]?
feeling: [Sorry|Really sorry|So sorry] about {lately}, [I was {mood}|{reason}|you were right].
feeling: [Miss you|Thinking of you|Good luck {day}|Happy birthday], [hope it's {adj}|ring me later].
feeling: [Did you see|Just watched|Finally read] {title}? [So {adj}|I cried|{name} hated it].
feeling: [Can't sleep|Woke up at {clock}|Bored at {place}], [dreamt of a {animal}|need {food}].
feeling: [Guess who I met|Saw {name}] at {place}, looking {mood} and carrying a {thing}.
meal: [Got|Made|Having] {food} [for tea|for dinner|at {kin}'s], [want some|come round at {clock}]?
meal: We're out of {item}, {item} and {item}, [can you stop at {shop}|shop shuts at {clock}].
meal: The {food} at {place} was {adj}, {name} had [two|three] and {kin} [complained|loved it].
stuff: Has anyone seen my {thing}? [Last had it at {place}|It's {colour}|It was in the {room}].
stuff: Selling a {colour} {thing}, [hardly used|{faulty} but works], {price} or swap for a {thing}.
stuff: Your {thing} [is ready|has come back|needs a new {part}], [collect it {day}|it's {price}].
stuff: The {thing} man came, says the {part} is {faulty} and wants {price}. [Robbery|Fair enough].
joke: What do you call a {adj} {animal} [at {place}|with a {thing}]? [A {thing}|Late for {event}].
joke: {name}: "{quote}" Me: "{quote}" [Everyone: silence|Haha|I'm crying|{kin}: "{quote}"]
delivery: {courier}: your order {ref} [arrives|is due] {day} by {clock}. [Track|Details]: {url}
delivery: {courier} left {ref} [with a neighbour|in the porch|at {place}]. [Photo: {url}|Thank you.]
delivery: {shop}: order {ref} [has shipped|is packed|is delayed, sorry]. Total {price}. {url}
delivery: Your {colour} {thing} is ready to collect from {shop}, quote {ref}. We shut at {clock}.
passcode: {otp} is your {org} [login|security|one-time] code. [Never share it|It expires in ~0 min].
passcode: {org}: use {otp} to [sign in|confirm {price}|reset your password]. Not you? Ignore this.
passcode: The [door|locker|booking|wifi] code for {place} is {otp}[|, free until {clock}].
bank: {lender}: {price} [left|came into] your account ending #### on {date}. Balance {price}.
bank: {lender}: did you [spend|try to pay] {price} at {shop}? Reply Y or N, never send us your PIN.
bank: {lender}: your [card|direct debit|cover] renews on {date}. [Nothing to do|Call {landline}].
news: {shop}: {item} and {item} [half price|two for one|back] [until {date}|this week]. {optout}
news: This month: {title}, a talk on {subject}, {food} after. {place}, {day} at {clock}. {optout}
news: {org} prize draw {date}: tickets {price}, first prize a {thing}, all for the {village} roof.
news: {telco}: your bill is {price}, [you have ~ GB left|thanks for paying|free calls {day}]. {url}
health: Reminder: your {checkup} is on {date} at {clock}. [Reply C to confirm|Or call {landline}].
school: Year ~: {event} is {day}, [bring|please send] {item} and a {thing}. [{price}|Reply YES].
school: {name} needs a {thing} and {item} for {subject} {day}, [who knew?|{reason}.|can you help?]
abroad: {hola}! {plan} {adieu}.
abroad: {kin} wrote "{hola}, {adieu}" on the card from {city}, [so sweet.|what does it mean?]
abroad: {friend} is back from {city}, [let's {do}|bring {treat}|{hola}]. {feeling}
forward: [Got|{name} got|{kin} got] another one: "{pitch}" [Binned it.|Is it real?|Ha]
forward: {hey}is this a scam? "{pitch}"{bye}
list: Shopping for {event}:^{item}^{item}^{food}^~ x {item}[|^{treat}]^[Thanks|and a {thing}]
list: {doc}, {day}:^1. {subject} ({name})^2. {subject}^3. {food}, {clock}[|^4. Any other business]
long: {feeling} {home}[ |^^]{meal} {stuff} {plan}^{task} {home} {say} {meal} {say} {say} {plan}{bye}
prize: {opening} [your number|{phone}|your entry] [was drawn|is on the list] for {reward}. {call}
prize: [You have won|You've won|U have won|We owe you] {reward}! {call}
prize: {opening} {reward} [is unclaimed|is still waiting|goes back {day}]. {call}
prize: Quiz: which is a {animal}? A) {animal} B) {thing}. Send A or B to {short_no}. Win {reward}!
prize: {hey}as a [loyal|valued|lucky] {shop} shopper you get {reward}. {call}
loan: [Need cash|Bills piling up|Refused by {lender}]? Borrow {sum} [today|{day}]. {call}
loan: [You may be|You are] owed {sum} [for your accident|from an old policy|in tax]. {call}
loan: {opening} {sum} at ~.#%, [bad credit fine|no guarantor|no checks]. {call}
loan: {hey}still paying off {price} for the {thing}? Write off ~#% of your debts. {call}
dating: [Someone near {place}|An admirer|{name} from {place}] [likes|wants to meet] you. {call}
dating: [Single|Bored|Alone] {day}? Chat to {mood} people near {place}, ~ msgs free. {call}
dating: {hey}it's {name} from {place}, saw your photo, you look {mood}. [Text me|Chat] on {phone} x
ringtone: [New|Top|Free] {gadgets} for your {telco}: {title}, {title}. {keyword} {terms}
ringtone: {title} as a [real|funny|loud] ringtone, {fee} each. {keyword} {terms}
ringtone: {telco}: [double|~00 free] [minutes|texts] and {gadgets} [for ~ months|{day}]. {call}
crypto: {coin} is up ~##% since {lately}. [Members|My pupils|Our bots] make {sum} a week. {call}
crypto: {hey}{name} from the {coin} group here. Pay in {price}, take out {sum}. {call}
crypto: Wallet {ref} holds {sum} in {coin}. [Release fee {fee}|Withdraw by {date}]: {url}
crypto: {hey}I [doubled|tripled] my savings with {coin} [since {lately}|at home], ask me how. {url}
phish: {lender}: {alarm}. [Verify|Confirm it's you|Unlock your card] [by {clock}|within ~# h]: {url}
phish: [Dear customer|Dear {name}|Hello], your {lender} [card|account] is [on hold|limited]. {url}
phish: {org}: a refund of {price} is due to you. [Claim|Submit your details] by {date}: {url}
phish: {telco}: your payment of {price} failed. Update your card to keep your number: {url}
parcel: {courier}: {ref} is held, {fee} [postage|customs|duty] unpaid. [Pay|Release it]: {url}
parcel: {courier} [missed you|found nobody in]. [Rebook|Choose a new day] for {fee} at {url}
parcel: Your {thing} from {shop} waits at the depot. [Confirm address|Fee {fee}]: {url}
job: [Earn|Make] {sum} a week [from home|after work|rating {shop}]. No {subject} needed. {call}
job: {hey}{name} from {org} [liked your CV|needs part-time help]: ~ h a day, {sum} a week. {call}
grey: {hey}[lost|broke|dropped] my phone, my new number is {phone}. [Text me|Save it]{bye}
grey: {courier}: [we missed you|{ref} is at the depot|delivery is {day}]. [Manage|Rebook]: {url}
grey: {lender}: {alarm}. Was this you? If not, [call {landline}|see {url}].
grey: {hey}[are you free|can you talk|got a minute]? [Need a favour|Call me] on {phone}.
grey: {hey}[is the {thing} still for sale|still got the {thing}]? I can pay {price} {day}.{bye}
grey: {shop}: [your voucher|your reward|a gift] is ready, use {otp} by {date}. {url}
grey: {org}: please [update your details|renew by {date}|answer our survey]. {url}
grey: {hey}{name} gave me your number, we met at {place}, [coffee {day}|remember me]?{bye}
grey: {hey}[vote for {name}|look at these photos|this made me think of you]: {url}{bye}
pitch: [{prize}|{loan}|{phish}|{parcel}|{job}]
call: {keyword} {push} {terms}
call: [Call|Ring|Phone] {hotline} [now|today|by {clock}|to claim]. {push} {terms}
call: [Claim|Apply|Start|See more|Join] [at|here:|via] {url} {push} {terms}
call: [Reply YES|Text back|Message {name} on {phone}|Answer with your name]. {push} {terms}
keyword: [Text|Txt|Send|Reply] {word} to {short_no}.
push: [||Only ~# left.|You have ~ hours.|No cost to you.|~000 people in {village} already did.]
opening: [Congratulations!|WINNER!|URGENT!|Well done!|Hello!|Last chance!|Private!|{name},]
opening: [Great news:|Final notice:|Reminder:|2nd attempt:|Today only:|From {shop}:|{telco} info:]
terms: [||T&Cs apply|18+ only|STOP to end|Txt STOP to opt out|{fee}/msg|Ref {ref}|Ends {date}]
optout: [To stop: {url}|Reply STOP to opt out|Stop? Call {landline}|See you there!|T&Cs apply]
title: [The {epithet} {noun}|{noun} of {village}|{name} and the {noun}|No More {noun}]
"""

WORDS = """
name: Asha, Ben, Carla, Deniz, Ellie, Femi, Gwen, Hugo, Iris, Joss, Kira, Leon, Mabel, Nadia, Owen
name: Priya, Quinn, Rosa, Sami, Tess, Uma, Viktor, Wanda, Yusuf, Zara, Anouk, Bram, Cleo, Dara
name: Emil, Freya, Gita, Hanna, Ivo, Keiko, Lotte, Milan, Nell, Otto, Pia, Mrs {village}, {friend}
friend: José, Zoë, Chloé, Jürgen, Siân, Noémie, Søren, Łucja, Håkon, Begoña, Mátyás, André
kin: Mum, Dad, Gran, Auntie Vi, Uncle Bert, Nan, Grandpa, Cousin Flo, Nana, Sis, Mr {village}
village: {field}{farm}
field: Thorn, Ash, Black, Copper, Whit, Marl, Hazel, Fen, Stan, Gorse, Kettle, Lark, Mill, Nether
field: Oster, Pen, Quarry, Raven, Sedge, Tarn, Under, Wren, Yarrow, Bram, Cold, Dun, Elm, Frost
farm: bury, wick, ham, ford, by, mere, stead, combe, ley, well, thorpe, minster, low, gate, croft
place: the library, the station, {village}, the pool, the old mill, the bakery, the park gate
place: the bus stop, the harbour, the gym, {village} hall, the surgery, the allotment, the ice rink
place: {village} station, the museum, the launderette, the chip shop, the bandstand, room ~#
event: choir, the quiz, football, the school fair, {subject} class, band practice, yoga
event: the wedding, the bake sale, sports day, the rehearsal, the christening, {village} fete
event: pottery, the carol concert, the hike, chess night, the gala, the AGM, {subject} club
day: tomorrow, tonight, on Saturday, on Sunday, on Friday, next week, on Monday, this weekend
day: on Tuesday, on Thursday, after work, on Wednesday, in the morning, next month, at lunch
lately: yesterday, last night, Monday, the weekend, Tuesday, last week, this morning, the party
clock: ~, 1~, half ~, ~.30, ~pm, ~:15, 10.45, noon, ~ o'clock, quarter past ~, 1~:30, 7ish, ~am
date: ~ July, 1# August, 2~ August, ~ September, 1# October, 2# October, 0~/08, 1#/09, 2~/10
price: ~0 quid, ~~ pounds, GBP ~#.##, 1~ pounds, ~## euros, a fiver, £~#, ~~.50, £~#.##, €~#, $~##
sum: £~00, GBP ~000, £~000, ~000 pounds, $~000, £~.~k, ~k, up to £~0000, €~00, £~OOO, ~00 quid
fee: ~~p, £~.99, GBP ~.#0, 150p, ~.99, £1.~#, 25p, $~.##, €2.~9, £1.50, ~.45 pounds
phone: 07700 900###, 07700900###, +44 7700 900###, 07700-900-###, (07700) 900 ###
landline: 020 7946 0###, 01632 960###, 0161 496 0###, 029 2018 0###, 0808 157 0###
hotline: 0909 879 0###, 08081570###, 0808 157 0###, 09098790###, 01632 960###, 07700 900###
short_no: 0####, 00###, 01###
otp: ######, ####, ### ###, ###-###, ########, T~####
ref: ~#####, AB~####, PX-~###, ~###-~##, no. ~###, QF~##~##, ~~####GB
url: https://example.com/{slug}, http://example.org/{slug}, example.net/{slug}
url: www.example.com/{slug}, https://{slug}.example.net, example.org/{slug}?id=~###
slug: track, my, go, info, a~##, parcel, account, help, login, x~~, claim, q#~, deal, verify, now
word: WIN, YES, CLAIM, GO, FREE, STAR, PLAY, CASH, LUCKY, TONE, HELP, JOIN, CHAT, MORE, GOLD
reward: a £~00 voucher, a free {thing}, {sum}, a holiday for two in {city}, a mystery {thing}
reward: a year of {item}, a new phone, two tickets for {event}, a {colour} {thing}, a hamper
reward: a weekend in {city}, ~00 free texts, a {shop} gift card, our top prize, {price} to spend
gadgets: ringtones, wallpapers, games, logos, caller tunes, screensavers, jokes, horoscopes
alarm: a new device signed in, payment of {price} to {shop} is pending, your card is on hold
alarm: a new payee was added, unusual sign-in attempt, your card was used in {city}
lender: Tarnbrook Bank, Velldane, Ostermoor Mutual, Harrowgill Credit, {village} Savings
courier: Parcelwren, Quickfen Post, Dropmoor, Hedgehop, Wheelbarrow Express, Postelly
telco: Lumafone, Brightcell, Ringwellow, Tattlenet, Hummobile
shop: Marrowfield Foods, Nettlewick Books, Sprockle Cycles, Gubberry, {village} Market, Wobblecart
shop: Dabbleton Shoes, Lampmoth, Button & Thrum, Figgle's, Cloudberry Corner, Hobnail Hut
org: {lender}, {telco}, {shop}, {village} Council, Mossgate College, Larkpost, {village} Water
coin: Flarncoin, Quibbletoken, Wrenium, crypto, Thistlecoin, Moorledger, Snailchain
city: Bath, Utrecht, Bergen, Kraków, Lyon, Seville, Porto, Malmö, Łódź, Tromsø, Zürich, A Coruña
hola: Guten Morgen, Καλημέρα, ¡Buenos días, Ça va, Привет, おはよう, Grüß dich, Olá, Καλό βράδυ
hola: Comment ça va, ¿Qué tal, Здравствуй, こんにちは, Schöne Grüße, Très chère {name}, Cześć
adieu: bis später, à bientôt, hasta mañana, до встречи, ευχαριστώ, またね, tschüss, спасибо
adieu: à demain, nos vemos el sábado, ありがとう, до завтра, φιλάκια, até amanhã, καληνύχτα
treat: crème brûlée, jalapeño crisps, Käsekuchen, pâté, пирожки, もち, żurek, crêpes, smörgås
emoji: 😀, 😂😂, 🎉🎉, 🙏, 😭, 🔥🔥, 🐶, 🍕, 👍, 🥳, 😴
food: leek soup, fish pie, lasagne, curry, roast chicken, toast, bread pudding, stew, risotto
food: porridge, trifle, quiche, falafel, bean chilli, apple crumble, ramen, goulash, couscous
item: milk, eggs, bread, batteries, rice, onions, butter, teabags, lemons, glue, sugar, candles
item: bin bags, cheese, apples, nutmeg, flour, soap, lentils, ginger, honey, paprika, plasters
thing: bike, kettle, tent, ladder, guitar, phone charger, coat, lawnmower, suitcase, toaster
thing: drill, cot, camera, wheelbarrow, telescope, sewing machine, trampoline, helmet, rucksack
thing: piano stool, canoe, freezer, typewriter, hamster cage, blender, watch, scarf, kite, sofa
part: chain, handle, lid, motor, strap, hinge, fuse, zip, pedal, valve, switch, left wheel
colour: red, blue, green, grey, yellow, tartan, purple, black, white, striped, silver
adj: lovely, brilliant, fine, awful, boring, perfect, slow, gorgeous, noisy, huge, hopeless, bonkers
faulty: broken, stuck, frozen, wonky, noisy, dusty, squeaky, crooked, scratched, bent, hopeless
mood: tired, happy, fine, shattered, hungry, ill, chuffed, poorly, nervous, grumpy, lonely
mood: cheerful, sleepy, stressed, proud, homesick, lost, gorgeous, relaxed, baffled, fabulous
animal: goat, heron, penguin, donkey, badger, snail, otter, llama, parrot, moth, walrus, newt
subject: budget, maths, French, training, biology, pensions, safety, drama, drainage, parking
subject: first aid, woodwork, welding, Latin, beekeeping, poetry, insurance, database, catering
doc: the report, the rota, the slides, the invoice, my draft, the minutes, the plan, the tender
do: paint the {room}, feed the {animal}, go swimming, bake something, wash the car, go to {place}
do: visit {kin}, plant {item}, ring {name}, fix the {thing}, make {food}, see {title}, play cards
reason: {name} has the keys, I'm at {place}, the car's {faulty}, I'm {mood}, got {subject} {day}
reason: it's {kin} again, no signal here, I forgot the {thing}, the {part} fell off, I have to {do}
room: kitchen, shed, loft, hall, bathroom, garage, cellar, pantry, spare room, porch, greenhouse
checkup: dentist appointment, eye test, flu jab, blood test, check-up, physio, hearing test
quote: I thought it was {adj}, is that your {animal}?, never trust a {thing}, who ate the {food}?
quote: you can't iron a {animal}, I only came for the {food}, nobody told me about {event}
epithet: Silent, Golden, Last, Midnight, Broken, Summer, Electric, Crooked, Velvet, Distant
noun: River, Lantern, Orchard, Harbour, Clockmaker, Thunder, Sparrow, Carousel, Moon, Detective
short: ok, Ok, yes, no, K, lol, yep, Nope., why?, Where?, hm, Thanks, ta, here, Soon!, Home, now?
short: haha, 5 mins, Fine., Sure, yes pls, x, Nearly, Call me, Sorry!, Which one, Not yet, {clock}
"""

SHORTHAND = (
    "you=u are=r your=ur to=2 for=4 see=c tomorrow=2moro tonight=2nite please=pls be=b later=l8r"
    " about=abt with=wiv what=wot and=& why=y before=b4 text=txt weekend=wkend have=av You=U Are=R"
    " Please=Pls Text=Txt Sorry=Soz great=gr8 because=cos thanks=thx"
)
LEET = str.maketrans("eiosEIOS", "31053105")
SLOT = re.compile(r"\[([^\[\]]*)\]|\{(\w+)\}")
SENTENCE_START = re.compile(r"(^|[.!?] )(?!http|www|example)([a-z])")

Message = tuple[str, str]
Change = Callable[[str], str]


def abbreviate(text: str) -> str:
    """Write text-speak."""
    short = dict(pair.split("=") for pair in SHORTHAND.split())
    return " ".join(short.get(word, word) for word in text.split(" "))


def drop_points(text: str) -> str:
    """Leave out apostrophes and the last full stop."""
    return text.replace("'", "").rstrip(".!")


# How often a sender of ham and one of spam does so: to a word, and to the whole text.
WORD_HABITS: tuple[tuple[float, float, Change], ...] = (
    (0.06, 0.03, lambda word: word[0] + word[2] + word[1] + word[3:]),
    (0.06, 0.03, lambda word: word[:2] + word[3:]),
    (0.05, 0.35, str.upper),
    (0.00, 0.07, lambda word: word.translate(LEET)),
)
TEXT_HABITS: tuple[tuple[float, float, Change], ...] = (
    (0.25, 0.12, abbreviate),
    (0.18, 0.05, drop_points),
    (0.20, 0.05, str.lower),
    (0.01, 0.05, str.upper),
    (0.02, 0.01, lambda text: text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")),
    (0.006, 0.012, lambda text: text.replace(" ", "\N{NO-BREAK SPACE}", 1)),
    (0.15, 0.15, lambda text: unicodedata.normalize("NFD", text)),
)


def read_tables(text: str, separator: str) -> dict[str, list[str]]:
    """Read lines of `name: entries`; lines of the same name add up."""
    tables: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        name, _, entries = line.partition(": ")
        tables.setdefault(name, []).extend(entries.split(separator))
    return tables


PRODUCTIONS = read_tables(GRAMMAR, "\n")
VOCABULARY = read_tables(WORDS, ", ")


def rows() -> list[dict[str, str]]:
    """Return the whole table, oldest row first."""
    rng = random.Random(SEED)
    messages = mislabel(rng, write_messages(rng))
    return [
        {"row_id": f"r{number:06d}", "timestamp": stamp, "text": text, "label": label}
        for number, (stamp, (label, text)) in enumerate(
            zip(timestamps(rng), messages, strict=True), start=1
        )
    ]


def write_messages(rng: random.Random) -> list[Message]:
    """Return the messages in the order of their sending, rightly labelled."""
    messages = [new_message(rng, 0, {""})]
    known = {"", messages[0][1]}
    for position in range(1, MESSAGES):
        draw = rng.random()
        if position in EMPTY_AT:
            messages.append(("ham", ""))
        elif draw < REPEAT_RATE:
            messages.append(rng.choice(messages))
        elif draw < REPEAT_RATE + NEAR_REPEAT_RATE:
            label, text = rng.choice(messages)
            messages.append((label, rng.choice((str.upper, str.lower, drop_points))(text)))
        else:
            messages.append(new_message(rng, position / MESSAGES, known))
    return messages


def new_message(rng: random.Random, passed: float, known: set[str]) -> Message:
    """Return a message not known yet, when `passed` of the 120 days have passed."""
    label = "spam" if rng.random() < SPAM_RATE else "ham"
    text = ""
    while text in known:
        text = wear(rng, label, compose(rng, draw_family(rng, label, passed)))
    known.add(text)
    return label, text


def draw_family(rng: random.Random, label: str, passed: float) -> str:
    """Draw a family by weights that move evenly from the first day's to the last day's."""
    families = [family.split() for family in FAMILIES[label].split(",")]
    weights = [int(first) + passed * (int(last) - int(first)) for _, first, last in families]
    return rng.choices([name for name, _, _ in families], weights)[0]


def compose(rng: random.Random, family: str) -> str:
    """Fill a production of the family until nothing is left to choose."""
    text = f"{{{family}}}"
    while match := SLOT.search(text):
        text = text[: match.start()] + fill(rng, match) + text[match.end() :]
    text = re.sub("[#~]", lambda sign: str(rng.randrange(sign[0] == "~", 10)), text)
    text = re.sub(r"\ba (?=[aeiou])", "an ", " ".join(text.split()))
    return SENTENCE_START.sub(lambda start: start[1] + start[2].upper(), text).replace("^", "\n")


def fill(rng: random.Random, slot: re.Match[str]) -> str:
    """Draw what replaces a slot; the first words of a table are the common ones."""
    choice, name = slot.groups(default="")
    if not name:
        return rng.choice(choice.split("|"))
    if name in PRODUCTIONS:
        return rng.choice(PRODUCTIONS[name])
    return VOCABULARY[name][int(len(VOCABULARY[name]) * rng.random() * rng.random())]


def wear(rng: random.Random, label: str, text: str) -> str:
    """Pass the text through its sender's habits."""
    for ham_rate, spam_rate, change in WORD_HABITS:
        if rng.random() < (ham_rate if label == "ham" else spam_rate):
            text = change_a_word(rng, text, change)
    for ham_rate, spam_rate, change in TEXT_HABITS:
        if rng.random() < (ham_rate if label == "ham" else spam_rate):
            text = change(text)
    return text


def change_a_word(rng: random.Random, text: str, change: Change) -> str:
    """Change one plain word; addresses and numbers stay as they are."""
    words = text.split(" ")
    plain = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if plain:
        place = rng.choice(plain)
        words[place] = change(words[place])
    return " ".join(words)


def mislabel(rng: random.Random, messages: list[Message]) -> list[Message]:
    """Give some messages of each label the other one."""
    other = {"ham": "spam", "spam": "ham"}
    wrong = set()
    for label, count in MISLABELLED.items():
        labelled = [place for place, message in enumerate(messages) if message[0] == label]
        wrong.update(rng.sample(labelled, count))
    return [
        (other[label] if place in wrong else label, text)
        for place, (label, text) in enumerate(messages)
    ]


def timestamps(rng: random.Random) -> list[str]:
    """Return ascending timestamps, nearly equally many on each day."""
    stamps = sorted(
        START
        + timedelta(
            days=position * DAYS // MESSAGES, minutes=rng.randrange(WAKING_MINUTE, SLEEPING_MINUTE)
        )
        for position in range(MESSAGES)
    )
    return [f"{stamp:%Y-%m-%dT%H:%M:%SZ}" for stamp in stamps]


def write(path: Path) -> None:
    """Write the table to `path` in one step and say what it holds."""
    table = rows()
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    draft.replace(path)
    balance = Counter(row["label"] for row in table)
    shares = ", ".join(f"{name} {count}" for name, count in sorted(balance.items()))
    print(f"{path.name}: {len(table)} rows ({shares})")


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
