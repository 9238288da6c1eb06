"""Export of tables as LaTeX: a longtable whose labels wrap, for pdfLaTeX."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

from warehouse.exports.choices import ExportError
from warehouse.exports.tables import Heading, StyledLine, StyledTable

HEADING_LETTERS = 16
BREAK = r"\\"
SPECIAL = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
MATHEMATICS = {
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": r"\times",
    "\N{TILDE OPERATOR}": r"\sim",
    "\N{PRIME}": "'",
    **{"±": r"\pm", "÷": r"\div", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx"},
    **{"≡": r"\equiv", "√": r"\surd", "∞": r"\infty", "∑": r"\sum", "∆": r"\Delta"},
    **{"→": r"\rightarrow", "←": r"\leftarrow", "↑": r"\uparrow", "↓": r"\downarrow"},
    **{"‖": r"\Vert", "∙": r"\cdot", "⋅": r"\cdot", "∈": r"\in", "″": "''", "µ": r"\mu"},
    **{"°": r"^{\circ}", "¬": r"\neg"},
}
SMALL = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi"),
    "omega",
)
CAPITALS = ("gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi")
# Capitals that look like Latin ones have no command.
LATIN = {
    **{"alpha": "A", "beta": "B", "epsilon": "E", "zeta": "Z", "eta": "H", "iota": "I"},
    **{"kappa": "K", "mu": "M", "nu": "N", "omicron": "O", "rho": "P", "tau": "T", "chi": "X"},
}
TEXT = {
    "\N{EM SPACE}": r"\quad{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{THIN SPACE}": r"\,",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "·": r"\textperiodcentered{}",
    "•": r"\textbullet{}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "\N{EN DASH}": "--",
    "—": "---",
    "\N{HYPHEN}": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
    "…": r"\ldots{}",
    "\N{LEFT SINGLE QUOTATION MARK}": "`",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "“": "``",
    "”": "''",
    "‰": r"\textperthousand{}",
    "€": r"\texteuro{}",
    "®": r"\textregistered{}",
    "™": r"\texttrademark{}",
    "½": r"\textonehalf{}",
    "¼": r"\textonequarter{}",
    "¾": r"\textthreequarters{}",
}
# Letters of T1 beyond Latin-1.
LETTERS = "ĂăĄąĆćČčĎďĐđĘęĚěĞğİĹĺĽľŁłŃńŇňŐőŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽžŒœ"
DOCUMENT = r"""\documentclass{{article}}
\usepackage[T1]{{fontenc}}
\usepackage[utf8]{{inputenc}}
\usepackage{{textcomp,amsmath,array,booktabs,caption,longtable}}
\usepackage[landscape,margin=1.5cm]{{geometry}}
\begin{{document}}
\small
\begin{{longtable}}{{@{{}}>{{\raggedright\arraybackslash\hangindent=1em}}p{{0.28\linewidth}}{columns}@{{}}}}
\caption*{{{title}}}\\
\toprule
{headings} \\
\midrule
\endfirsthead
\toprule
{headings} \\
\midrule
\endhead
\bottomrule
\endlastfoot
{body}
\end{{longtable}}

{{\footnotesize\raggedright
{notes}
\par}}
\end{{document}}
"""


def latex_document(table: StyledTable) -> str:
    """Return a document for pdfLaTeX; its ``longtable`` environment can be copied.

    Raises ExportError that names the label and the sign which pdfLaTeX's usual fonts lack.
    """
    first, *others = table.headings
    return DOCUMENT.format(
        columns="c" * len(others),
        title=escaped(table.title),
        headings=" & ".join([escaped(first.text), *map(_stacked, others)]),
        body="\n".join(_body(table)),
        notes="\n\n".join(map(escaped, table.notes)),
    )


def escaped(text: str) -> str:
    """Return a text as LaTeX. Raises ExportError for a sign that has no equal there."""
    return "".join(_sign(sign, text) for sign in text)


def _body(table: StyledTable) -> Iterator[str]:
    for name, lines in table.sections:
        span = len(table.headings)
        yield rf"\multicolumn{{{span}}}{{@{{}}l@{{}}}}{{\textbf{{{escaped(name)}}}}} \\*"
        for line in lines:
            yield " & ".join([_label(line), *map(escaped, line.cells)]) + r" \\"


def _label(line: StyledLine) -> str:
    return r"\quad{}" * line.indent + escaped(line.marked_label)


def _stacked(heading: Heading) -> str:
    """Return a heading in lines of few letters."""
    words = [*textwrap.wrap(heading.name, HEADING_LETTERS), heading.below]
    return rf"\shortstack{{{BREAK.join(escaped(word) for word in words if word)}}}"


def _sign(sign: str, text: str) -> str:
    known = SPECIAL.get(sign) or TEXT.get(sign) or _of_greek(sign)
    if known:
        return known
    if sign in MATHEMATICS:
        return rf"\ensuremath{{{MATHEMATICS[sign]}}}"
    if sign.isascii() or "À" <= sign <= "ÿ" or sign in LETTERS:
        return sign
    decomposed = unicodedata.decomposition(sign).split()
    if decomposed[:1] in (["<super>"], ["<sub>"]):
        plain = "".join(_sign(chr(int(code, 16)), text) for code in decomposed[1:])
        kind = "superscript" if decomposed[0] == "<super>" else "subscript"
        return rf"\text{kind}{{{plain}}}"
    raise ExportError(
        f"LaTeX's usual fonts have no {sign!r} (U+{ord(sign):04X}, "
        f"{unicodedata.name(sign, 'no letter')}), which stands in {text!r}, so nothing was "
        f"exported. Write it without the sign, or export as docx, html or pdf."
    )


def _of_greek(sign: str) -> str | None:
    """Return a Greek letter as LaTeX; None for another sign."""
    script, _, name = unicodedata.name(sign, "").partition(" LETTER ")
    name = name.removeprefix("FINAL ").replace("LAMDA", "LAMBDA").lower()
    if script == "GREEK SMALL" and name in SMALL:
        return rf"\ensuremath{{\{name}}}"
    if script == "GREEK CAPITAL" and name in (*CAPITALS, "omega"):
        return rf"\ensuremath{{\{name.capitalize()}}}"
    return LATIN.get(name) if script == "GREEK CAPITAL" else None
