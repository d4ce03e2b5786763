"""Sphinx's settings for both books; the tag `ko` makes the Korean one."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from search_language import EnglishAndKorean  # noqa: E402

korean = tags.has("ko")  # noqa: F821
language = "ko" if korean else "en"
project = "타입스크립트로 배우는 GoogLeNet" if korean else "GoogLeNet in TypeScript"
html_title = project
locale_dirs = ["locale"]

extensions = ["myst_nb", "sphinx_copybutton"]
exclude_patterns = ["static", "templates"]
# What Pygments does not know of a language it leaves without colour.
suppress_warnings = ["misc.highlighting_failure"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_heading_anchors = 4
# Numbers and code stand in the texts as they were written.
smartquotes = False

html_theme = "furo"
html_favicon = "static/favicon.svg"
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["fonts/fonts.css", "book.css"]
html_js_files = [("figures.js", {"defer": "defer"})]
html_copy_source = False
html_show_copyright = False
html_use_index = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
fonts = '"IBM Plex Sans", "IBM Plex Sans KR", sans-serif'
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"font-stack": fonts},
    "dark_css_variables": {"font-stack": fonts},
}
html_context = {
    "other_language": "en" if korean else "ko",
    "other_language_name": "English" if korean else "한국어",
}


def setup(app):
    app.add_search_language(EnglishAndKorean)
    app.config.html_search_language = "en-ko"
