"""Letters for banks: the plain Latin ones that every route accepts (wise-api.md 5.4 and 6.2)."""

from __future__ import annotations

import unicodedata

_SPELLED_OUT = str.maketrans(
    dict(zip("ßÆæØøŁłŒœĐđıÞþð", "ss AE ae O o L l OE oe D d i Th th d".split(), strict=True))
    | {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„″", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u3000": " ",
    }
)


def plain(text: str) -> str:
    """The text with typographic marks as typed ones and letters without their accents; other scripts stay."""
    letters = unicodedata.normalize("NFKD", text.translate(_SPELLED_OUT))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)
