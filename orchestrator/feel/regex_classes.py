"""Character classes of XPath patterns: escapes, properties, blocks, subtraction; written out as RE2 classes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

Intervals = tuple[tuple[int, int], ...]
_LAST = 0x10FFFF

CATEGORIES = frozenset(
    (
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
    )
)  # fmt: skip

_BLOCK_TABLE = """
BasicLatin 0-7F Latin-1Supplement 80-FF LatinExtended-A 100-17F LatinExtended-B 180-24F IPAExtensions 250-2AF
SpacingModifierLetters 2B0-2FF CombiningDiacriticalMarks 300-36F Greek 370-3FF GreekandCoptic 370-3FF Cyrillic 400-4FF
CyrillicSupplement 500-52F Armenian 530-58F Hebrew 590-5FF Arabic 600-6FF Syriac 700-74F ArabicSupplement 750-77F
Thaana 780-7BF NKo 7C0-7FF Devanagari 900-97F Bengali 980-9FF Gurmukhi A00-A7F Gujarati A80-AFF Oriya B00-B7F
Tamil B80-BFF Telugu C00-C7F Kannada C80-CFF Malayalam D00-D7F Sinhala D80-DFF Thai E00-E7F Lao E80-EFF Tibetan F00-FFF
Myanmar 1000-109F Georgian 10A0-10FF HangulJamo 1100-11FF Ethiopic 1200-137F Cherokee 13A0-13FF
UnifiedCanadianAboriginalSyllabics 1400-167F Ogham 1680-169F Runic 16A0-16FF Khmer 1780-17FF Mongolian 1800-18AF
LatinExtendedAdditional 1E00-1EFF GreekExtended 1F00-1FFF GeneralPunctuation 2000-206F
SuperscriptsandSubscripts 2070-209F CurrencySymbols 20A0-20CF CombiningMarksforSymbols 20D0-20FF
CombiningDiacriticalMarksforSymbols 20D0-20FF LetterlikeSymbols 2100-214F NumberForms 2150-218F Arrows 2190-21FF
MathematicalOperators 2200-22FF MiscellaneousTechnical 2300-23FF ControlPictures 2400-243F
OpticalCharacterRecognition 2440-245F EnclosedAlphanumerics 2460-24FF BoxDrawing 2500-257F BlockElements 2580-259F
GeometricShapes 25A0-25FF MiscellaneousSymbols 2600-26FF Dingbats 2700-27BF BraillePatterns 2800-28FF
CJKRadicalsSupplement 2E80-2EFF KangxiRadicals 2F00-2FDF IdeographicDescriptionCharacters 2FF0-2FFF
CJKSymbolsandPunctuation 3000-303F Hiragana 3040-309F Katakana 30A0-30FF Bopomofo 3100-312F
HangulCompatibilityJamo 3130-318F Kanbun 3190-319F BopomofoExtended 31A0-31BF EnclosedCJKLettersandMonths 3200-32FF
CJKCompatibility 3300-33FF CJKUnifiedIdeographsExtensionA 3400-4DBF CJKUnifiedIdeographs 4E00-9FFF
YiSyllables A000-A48F YiRadicals A490-A4CF HangulSyllables AC00-D7AF PrivateUse E000-F8FF PrivateUseArea E000-F8FF
CJKCompatibilityIdeographs F900-FAFF AlphabeticPresentationForms FB00-FB4F ArabicPresentationForms-A FB50-FDFF
CombiningHalfMarks FE20-FE2F CJKCompatibilityForms FE30-FE4F SmallFormVariants FE50-FE6F
ArabicPresentationForms-B FE70-FEFF HalfwidthandFullwidthForms FF00-FFEF Specials FFF0-FFFF OldItalic 10300-1032F
Gothic 10330-1034F Deseret 10400-1044F ByzantineMusicalSymbols 1D000-1D0FF MusicalSymbols 1D100-1D1FF
MathematicalAlphanumericSymbols 1D400-1D7FF Emoticons 1F600-1F64F CJKUnifiedIdeographsExtensionB 20000-2A6DF
CJKCompatibilityIdeographsSupplement 2F800-2FA1F Tags E0000-E007F
"""
_WORDS = _BLOCK_TABLE.split()
BLOCKS: dict[str, tuple[int, int]] = {
    name: (int(span.partition("-")[0], 16), int(span.partition("-")[2], 16))
    for name, span in zip(_WORDS[::2], _WORDS[1::2], strict=True)
}

_NAME_START = (
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
    (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
_NAME = (*_NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))
_SPACE = ((0x9, 0xA), (0xD, 0xD), (0x20, 0x20))


@dataclass(frozen=True, slots=True)
class CharClass:
    """Characters: intervals, and Unicode categories by name."""

    intervals: Intervals = ()
    categories: tuple[str, ...] = ()

    def __or__(self, other: CharClass) -> CharClass:
        return CharClass(self.intervals + other.intervals, self.categories + other.categories)

    def all(self) -> Intervals:
        """Everything as sorted intervals without overlaps."""
        return merged(self.intervals + tuple(span for name in self.categories for span in category(name)))

    def inverted(self) -> CharClass:
        """Every other character."""
        if not self.intervals and len(self.categories) == 1:
            name = self.categories[0]
            return CharClass(categories=(name[1:] if name.startswith("^") else "^" + name,))
        return CharClass(complement(self.all()))

    def minus(self, other: CharClass, *, ignore_case: bool) -> CharClass:
        """These characters without the others; without regard to case if asked."""
        taken = other.all()
        if ignore_case:
            taken = merged(taken + folded(taken))
        return CharClass(complement(merged(complement(self.all()) + taken)))

    def text(self, *, negated: bool = False) -> str:
        """As a class of RE2."""
        parts = [f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in self.intervals]
        parts += [f"\\P{{{name[1:]}}}" if name.startswith("^") else f"\\p{{{name}}}" for name in self.categories]
        if not parts:
            return "[\\x{0}-\\x{10FFFF}]" if negated else "[^\\x{0}-\\x{10FFFF}]"
        return f"[{'^' if negated else ''}{''.join(parts)}]"


def merged(intervals: Intervals) -> Intervals:
    """Sorted, without overlaps."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def complement(intervals: Intervals) -> Intervals:
    """Everything between sorted intervals."""
    result, start = [], 0
    for low, high in intervals:
        if start < low:
            result.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        result.append((start, _LAST))
    return tuple(result)


def folded(intervals: Intervals) -> Intervals:
    """The other case of each character; intervals of whole alphabets at most."""
    chars = (chr(code) for low, high in intervals if high - low < 10_000 for code in range(low, high + 1))
    return tuple((ord(c), ord(c)) for char in chars for c in (char.lower(), char.upper()) if len(c) == 1)


@lru_cache(maxsize=1)
def _category_table() -> dict[str, list[tuple[int, int]]]:
    """All categories by their intervals, from one walk over Unicode; only subtraction needs it."""
    table: dict[str, list[tuple[int, int]]] = {}
    previous, start = unicodedata.category("\0"), 0
    for code in range(1, _LAST + 2):
        current = unicodedata.category(chr(code)) if code <= _LAST else ""
        if current != previous:
            table.setdefault(previous, []).append((start, code - 1))
            previous, start = current, code
    return table


@lru_cache(maxsize=64)
def category(name: str) -> Intervals:
    """The intervals of a category such as Lu or L; `^Lu` for everything else."""
    if name.startswith("^"):
        return complement(category(name[1:]))
    spans = [span for key, spans in _category_table().items() if key.startswith(name) for span in spans]
    return merged(tuple(spans))


def property_class(name: str) -> CharClass | None:
    r"""The class of \p{name}: a category, or a block by `Is` and its name."""
    if name in CATEGORIES:
        return CharClass(category(name)) if name in ("C", "Cn") else CharClass(categories=(name,))
    if name.startswith("Is") and name[2:] in BLOCKS:
        return CharClass((BLOCKS[name[2:]],))
    return None


_WORD = CharClass(categories=("L", "M", "N", "S"))
CLASS_ESCAPES: dict[str, CharClass] = {
    "d": CharClass(categories=("Nd",)),
    "D": CharClass(categories=("^Nd",)),
    "s": CharClass(_SPACE),
    "S": CharClass(complement(_SPACE)),
    "w": _WORD,
    "W": CharClass(categories=("P", "Z", "C")),
    "i": CharClass(merged(_NAME_START)),
    "I": CharClass(complement(merged(_NAME_START))),
    "c": CharClass(merged(_NAME)),
    "C": CharClass(complement(merged(_NAME))),
}
