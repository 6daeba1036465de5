"""The head of a phrase: the bare name or head word, which is all that some corpora mark of a participant."""

from typing import Final

import regex

from eventroles.spans import Span

_TITLE: Final = regex.compile(
    r"(?:adm|admiral|ambassador|archbishop|bishop|capt|captain|chairman|chairwoman|chancellor|"
    r"chief|col|colonel|commander|congressman|congresswoman|director|dr|emir|envoy|gen|general|"
    r"gov|governor|judge|justice|king|leader|lieutenant|lt|maj|major|mayor|minister|mr|mrs|"
    r"ms|pope|premier|president|prince|princess|professor|prosecutor|queen|rep|representative|"
    r"rev|secretary|sen|senator|sergeant|sgt|sheikh|spokesman|spokeswoman|sultan)\.?",
    flags=regex.IGNORECASE,
)
_WORD: Final = regex.compile(r"\S+")
_LAST_WORD: Final = regex.compile(r"\S+\s*$")
_NAME: Final = regex.compile(
    r"\p{Lu}\S*(?:\s+(?:(?:al|bin|ibn|de|da|del|della|di|do|dos|du|el|la|le|van|von|der|den|of|the)\s+)*(?:al-)?[\p{Lu}\d]\S*)*$"
)
_OFFICE: Final = regex.compile(r"of\s+(?:the\s+)?\S+\s+(?=\p{Lu})")


def head_of(text: str, span: Span) -> Span:
    """Reduce an English noun phrase to its head.

    Args:
        text: The text.
        span: A phrase in it, in characters, that ends at its head ("two police officers").

    Returns:
        Where the phrase ends in a name, the name without titles before it ("Secretary of State Ana Ruiz": "Ana Ruiz");
        else its last word.
    """
    phrase = span.of(text)
    name = _NAME.search(phrase)
    if name is None:
        last = _LAST_WORD.search(phrase)
        return Span(span.start + (last.start() if last else 0), span.end)
    words = list(_WORD.finditer(name[0]))
    titles = [n for n, word in enumerate(words[:-1]) if _TITLE.fullmatch(word[0])]
    start = name.start() + (words[titles[-1] + 1].start() if titles else 0)
    office = _OFFICE.match(phrase, start) if titles else None
    return Span(span.start + (office.end() if office else start), span.end)
