"""How the search cuts texts and questions into words."""

import re

from sphinx.search.en import SearchEnglish

# In step with SPLIT, which takes the place of the splitter that Sphinx's script has declared.
WORD = re.compile(r"[\uac00-\ud7a3]+|[^\W\uac00-\ud7a3]+")
HANGUL = re.compile(r"[\uac00-\ud7a3]")
SPLIT = r"""
var splitQuery = (query) => query.match(/[\uac00-\ud7a3]+|(?:(?![\uac00-\ud7a3])[\p{L}\p{N}\p{M}_])+/gu) || [];
"""


class EnglishAndKorean(SearchEnglish):
    """
    English by its stems. Of a Korean word every part is found, since particles follow it without a
    space (합성곱은) and compounds are written with or without one (배치정규화).
    """

    lang = "en-ko"
    language_name = "English and Korean"
    js_splitter_code = SPLIT

    def split(self, input):
        return [part for word in WORD.findall(input) for part in parts(word)]

    def word_filter(self, word):
        return HANGUL.match(word) is not None or super().word_filter(word)


def parts(word):
    if not HANGUL.match(word):
        return [word]
    places = range(len(word))
    return [word[start : end + 1] for start in places for end in places[start:]]
