"""
Texts that have told Python, C++ and JavaScript apart, or could.

Each is there for a reason that its line names; `fuzzed` mixes them with the model's own terms.
"""

import random

HARD_TEXTS: tuple[str, ...] = (
    # nothing, and what looks like nothing
    "", " ", "\t", "\n", "\r\n", "   \n\t  ", "\u00a0", "\u2003\u2009", "\u200b",
    "\ufeff", "\u3000",
    "\u0000", "\x0b\x0c", "\x1c\x1d\x1e\x1f", "\u0085", "\u2028\u2029", "\u00ad", "\u2060",
    # one token or none
    "a", "Z", "7", "é", "ß", "Ж", "中", "_", "__", "-", "'", "€", "£", "#", "\\", '"',
    "😀", "\u0301",
    # separators that are no spaces
    "prize\u00a0draw", "prize\u2003draw", "prize\u200bdraw", "prize\u00addraw", "prize\ufeffdraw",
    "prize\u0000draw", "prize\x0bdraw", "prize\x1cdraw", "prize\u2028draw", "prize\u3000draw",
    "prize\tdraw", "prize\r\ndraw", "prize_draw", "prize-draw", "prize.draw",
    "prize/draw", "prize—draw",
    # case that depends on language, place or length
    "PRIZE Prize pRIZE", "İSTANBUL istanbul ISTANBUL ıstanbul", "i\u0307 I\u0307 ı\u0307",
    "ΟΔΥΣΣΕΥΣ οδυσσευς",
    "ΣΑΣ σας ς Σ", "STRASSE straße STRAẞE", "ŉ ǰ ẖ ẗ ẘ ẙ ẚ", "Ǆ ǅ ǆ Ǉ ǈ ǉ",
    "ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ", "K Å Ω",
    "Ⅷ ⅷ ⓐ Ⓐ", "Ꙁ ꙁ Ꚁ ꚁ", "Ⱥ ⱥ Ⱦ ⱦ", "Ա ա Ֆ ֆ", "Ა ა Ჿ ჿ", "𐐀 𐐨", "𞤀 𞤢", "Ꭰ ꭰ Ᏸ ᏸ",
    # accents, composed and not
    "café cafe\u0301 CAFÉ", "naïve nai\u0308ve", "Ångström A\u030angstro\u0308m",
    "ệ e\u0323\u0302 e\u0302\u0323",
    "à la carte, s'il vous plaît", "Łódź øre đak", "q\u0301\u0301\u0301\u0301\u0301",
    "\u0301\u0301 start",
    # look-alikes and compatibility forms
    "ｐｒｉｚｅ　ｄｒａｗ", "𝐩𝐫𝐢𝐳𝐞 𝓭𝓻𝓪𝔀 𝕨𝕚𝕟", "🅿🆁🅸🆉🅴", "ⓟⓡⓘⓩⓔ",
    "рrizе (Cyrillic р and е)", "x² m³ H₂O ½ ⅔",
    "№ ™ ℡ ㎏ ㏑", "ﷺ", "µ μ", "ſ s", "ⁿ ₙ",
    # scripts
    "привет мир ЁЖ ё", "γειά σου Κόσμε", "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया",
    "สวัสดีชาวโลก", "გამარჯობა",
    "你好，世界", "こんにちは世界 カタカナ ｶﾀｶﾅ ﾊﾟ",
    "안녕하세요 세계", "\u1112\u1161\u11ab\u1100\u1173\u11af", "բարեւ",
    "ሰላም", "ᏣᎳᎩ", "ᠮᠣᠩᠭᠣᠯ", "١٢٣ ۱۲۳ १२३ ๑๒๓ １２３",
    # beyond the basic plane, and what no plane has
    "prize😀draw", "👩‍👩‍👧‍👦 family", "🇬🇧🇫🇷", "❤️ ❤", "👍🏽", "\U0010ffff prize",
    "\ufffe\uffff", "\ue000 private",
    "\ufffd replaced", "𠮷野家", "\U0001f9ff new emoji", "\u1dfa\u2df5", "\ua7cb\ua7f2",
    # numbers, money, addresses, markup
    "08000 111222", "call 0900-100.200 now", "£1,000 $5 €20 ¥300 ₹40 ₿1", "100% 50%off",
    "1e5 0x1F 007",
    "https://example.com/win?id=1&x=%20#top", "someone+tag@mail.example.org", "www.EXAMPLE.net",
    "<b>prize</b>&nbsp;<script>draw</script>", "${prize} {{draw}} %s %(x)s", "'; DROP TABLE x; --",
    "=1+1 +2 -3 @x", "it's don’t y`all l‘eau", "a.b.c U.S.A. e.g.", "::add-mask::prize",
    "\x1b[31mprize",
    # length
    "prize " * 1500, "prize draw " * 1200, "a " * 2500, "x" * 5000, "é" * 3000,
    "😀" * 1000, "中文" * 1500,
    " " * 3000 + "prize", "prize" + "\u0301" * 500,
)  # fmt: skip

_SEPARATORS = (
    *"        ", "  ", "\n", "\t", ",", ".", "-", "_", "'", "’", "/", "&", "\u00a0",
    "\u200b", "\u0301",
    "\u3000", "\u2028", "\x1c", "😀", "£", " a ", " É ", "#",
)  # fmt: skip
_BLOCKS = ((0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x52F), (0x600, 0x6FF), (0x4E00, 0x4FFF))


def fuzzed(count: int, terms: list[str], seed: int) -> list[str]:
    """Make texts of a model's own terms, of noise, and of whatever may stand between words."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return [
        "".join(_word(dice, terms) + dice.choice(_SEPARATORS) for _ in range(dice.randint(1, 20)))
        for _ in range(count)
    ]


def _word(dice: random.Random, terms: list[str]) -> str:
    if terms and dice.random() < 0.85:
        word = dice.choice(terms)
    else:
        low, high = dice.choice(_BLOCKS)
        word = "".join(chr(dice.randint(low, high)) for _ in range(dice.randint(1, 4)))
    shape = dice.choice((str, str, str, str.upper, str.capitalize))
    return shape(word)
