"""
`normalize_text`: text as every model of the house sees it.

A graph only splits on the space, so that tokens are the same in Python and in the browser. All
that is hard about text happens here, and once more in `site/assets/normalize_text.js`; both are
version `NORMALIZER` of one definition, and a test holds them equal on every code point.

The definition, in order:

1. a code point that some Unicode version after 14 may still assign becomes a space (`_UNSETTLED`),
   because runtimes of different age fold it differently;
2. NFKD, then the combining marks U+0300 to U+036F go: `é` and `e` are one letter;
3. lower case, NFC, and the final sigma becomes the plain one;
4. what is left is cut into tokens: runs of letters and digits of the scripts in `_LETTERS`, and
   each currency sign by itself;
5. the first `MAX_TOKENS` tokens are joined by single spaces.

Only fixed ranges occur: a runtime's own classes of letters and spaces follow its Unicode version.
"""

import re
import unicodedata

NORMALIZER = "modelpress-text-1"

MAX_TOKENS = 2000

# Whole blocks that were full, or closed to new letters, in Unicode 14.
_SETTLED = (
    (0x0000, 0x086F),
    (0x08A0, 0x1AAF),
    (0x1B00, 0xA7CA),
    (0xAC00, 0xFFFF),
    (0x1D400, 0x1D7FF),
)

_LETTERS = (
    (0x0030, 0x0039),  # digits
    (0x0061, 0x007A),  # Latin
    (0x00DF, 0x00F6),
    (0x00F8, 0x024F),
    (0x0250, 0x02AF),  # phonetic
    (0x0370, 0x0373),  # Greek
    (0x0377, 0x0377),
    (0x037B, 0x037D),
    (0x03AC, 0x03FF),
    (0x0400, 0x0481),  # Cyrillic
    (0x048A, 0x052F),
    (0x0561, 0x0587),  # Armenian
    (0x05D0, 0x05EA),  # Hebrew
    (0x0620, 0x064A),  # Arabic
    (0x0660, 0x0669),
    (0x066E, 0x06D3),
    (0x0900, 0x0963),  # Devanagari
    (0x0966, 0x096F),
    (0x0E01, 0x0E3A),  # Thai
    (0x0E40, 0x0E59),
    (0x10D0, 0x10FF),  # Georgian
    (0x3041, 0x3096),  # Hiragana
    (0x30A1, 0x30FA),  # Katakana
    (0x30FC, 0x30FC),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),  # Hangul
)

_SIGMA = "\N{GREEK SMALL LETTER SIGMA}"
_FINAL_SIGMA = "\N{GREEK SMALL LETTER FINAL SIGMA}"

_CURRENCIES = "$£¥€₹"


def _ranges(pairs: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in pairs)


_UNSETTLED = re.compile(f"[^{_ranges(_SETTLED)}]")
_MARKS = re.compile("[\u0300-\u036f]+")
_TOKEN = re.compile(f"[{_CURRENCIES}]|[{_ranges(_LETTERS)}]+")


def normalize_text(text: str) -> str:
    """
    Turn any text into tokens separated by single spaces; what has none becomes the empty string.

    Doing it twice changes nothing, so text that is already normalised may pass again.
    """
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", _UNSETTLED.sub(" ", text)))
    lowered = unicodedata.normalize("NFC", folded.lower()).replace(_FINAL_SIGMA, _SIGMA)
    return " ".join(_TOKEN.findall(lowered)[:MAX_TOKENS])
