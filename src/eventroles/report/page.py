"""A corpus on one web page: figures, findings, leaks, and plots, in one file that needs no network and no script."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count, permutations
from typing import Final

from eventroles.documents import Document
from eventroles.report.events import printable
from eventroles.report.findings import Finding, Findings, distances_of
from eventroles.report.leakage import Leak
from eventroles.words import split_words

MAX_BARS: Final = 40
"""Event types beyond are one bar."""
MAX_ROLES: Final = 20
"""Roles of the heat map, from the most frequent."""
MAX_LEAKS: Final = 50
"""Leaks shown; the rest is counted."""
MAX_BINS: Final = 25
"""Bars of a histogram, about."""
MAX_TICKS: Final = 7
"""Numbers below a histogram at most."""
OUTER_SHARE: Final = 0.01
"""Share of the values at either end of a histogram that is put into one bar …"""
OUTER_DISTANCE_SHARE: Final = 0.05
"""… and for distances, of which few are very long."""

_WIDTH: Final = 420
_LEFT: Final = 62
_PLOT_WIDTH: Final = 346
_PLOT_HEIGHT: Final = 180
_TOP: Final = 12
_ROW: Final = 19
_CELL: Final = 13.5
_NAME_WIDTH: Final = 146
_NAME_CHARS: Final = 21
_NONCHARACTERS: Final = dict.fromkeys((0xFFFE, 0xFFFF), " ")
_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #16191d; --soft: #515a66; --line: #d5d9df;
  --bar: #1f6feb; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0f1216; --card: #181d23; --ink: #e8ebef; --soft: #a5aeb9; --line: #343c46; --bar: #58a6ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
p { margin: .25rem 0 .75rem; } .soft { color: var(--soft); }
.figures, .plots { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); margin: 0; }
.plots { grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); align-items: start; }
.figures div, figure, .finding { margin: 0; padding: .75rem 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; min-width: 0; }
.figures dt { color: var(--soft); font-size: .875rem; } .figures dd { margin: 0; font-size: 1.4rem; font-weight: 600; }
.finding { margin-bottom: 1rem; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; min-width: 4rem; }
svg { display: block; width: 100%; min-width: 24rem; height: auto; font: 11px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .bar, svg .cell { fill: var(--bar); } svg .line { stroke: var(--line); stroke-width: 1; fill: none; }
"""


def page_of(documents: Sequence[Document], findings: Findings, leaks: Sequence[Leak], name: str) -> str:
    """Write what is known of a corpus as a web page.

    Args:
        documents: The annotated documents.
        findings: What was found in them.
        leaks: What their splits share.
        name: Names the corpus in the title.

    Returns:
        The page, well-formed as XML too; whatever came from the corpus is escaped in it.
    """
    title = _safe(f"{name}: a corpus of events")
    parts = [
        f"<h1>{title}</h1>",
        _figures(findings, leaks),
        "<h2>Findings, the dearest first</h2>",
        *_findings(findings.kinds),
        "<h2>Documents that are the same</h2>",
        _leaks(leaks),
        "<h2>Plots</h2>",
        f'<div class="plots">{"".join(_plots(documents, findings))}</div>',
        "<h2>Balance</h2>",
        *_balance(findings),
    ]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _figures(findings: Findings, leaks: Sequence[Leak]) -> str:
    corpus = findings.corpus
    figures = {
        "documents": corpus.n_documents,
        "words": corpus.n_words,
        "events": corpus.n_events,
        "arguments": corpus.n_arguments,
        "event types": len(corpus.events),
        "roles": len({role for _, role in corpus.arguments}),
        "kinds of findings": sum(finding.count > 0 for finding in findings.kinds),
        "documents in two splits": sum(leak.is_across for leak in leaks),
    }
    return f'<dl class="figures">{"".join(f"<div><dt>{k}</dt><dd>{n:,}</dd></div>" for k, n in figures.items())}</dl>'


def _findings(kinds: Iterable[Finding]) -> Iterator[str]:
    absent = []
    for finding in kinds:
        if not finding.count:
            absent.append(str(finding.kind))
            continue
        rows = [(example.document, example.what) for example in finding.examples]
        table = _table(("Document", "What"), rows, f"Examples of {finding.kind}")
        head = f"<h3>{_safe(finding.title)}</h3><p>{_safe(finding.advice)}</p>"
        yield f'<section class="finding">{head}{table}</section>'
    if absent:
        yield f'<p class="soft">None of these: {_safe("; ".join(absent))}.</p>'


def _leaks(leaks: Sequence[Leak]) -> str:
    if not leaks:
        return '<p class="soft">No two documents are the same or nearly the same.</p>'
    rows = [
        (leak.kind, f"{leak.split}: {leak.document}", f"{leak.other_split}: {leak.other_document}", f"{leak.share:.0%}")
        for leak in leaks[:MAX_LEAKS]
    ]
    head = ("They have", "Document", "Document after it", "Text shared")
    more = f'<p class="soft">… and {len(leaks) - MAX_LEAKS:,} more</p>' if len(leaks) > MAX_LEAKS else ""
    return _table(head, rows, "Documents that are the same or nearly the same") + more


def _balance(findings: Findings) -> Iterator[str]:
    corpus = findings.corpus
    arguments = {f"{event_type} {role}": count for (event_type, role), count in corpus.arguments.items()}
    for title, counts in (("Events by type", corpus.events), ("Arguments by type and role", arguments)):
        total = sum(counts.values())
        rows = [(name, f"{count:,}", f"{count / total:.1%}") for name, count in _ranked(counts)]
        top = f"The most frequent, {rows[0][0]}, has {rows[0][2]} of {total:,}." if rows else "There are none."
        table = _table((title, "Count", "Share"), rows, title)
        yield f"<h3>{title}</h3><p>{_safe(top)}</p><details><summary>All of them</summary>{table}</details>"


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> str:
    """Write a table; on a phone it is scrolled sideways, from the keyboard too."""
    names = "".join(f'<th scope="col">{_safe(name)}</th>' for name in head)
    lines = "".join("<tr>" + "".join(f'<td dir="auto">{_safe(cell)}</td>' for cell in row) + "</tr>\n" for row in rows)
    region = f'<div class="scroll" role="region" tabindex="0" aria-label="{_safe(label)}">'
    return f"{region}<table><thead><tr>{names}</tr></thead><tbody>\n{lines}</tbody></table></div>"


def _plots(documents: Sequence[Document], findings: Findings) -> Iterator[str]:
    lengths, distances = list[int](), list[int]()
    for document in documents:
        words = split_words(document.text)
        lengths.append(len(words))
        distances.extend(distance for distance, _, _ in distances_of(document, words))
    n_events = [len(document.events) for document in documents]
    yield _histogram("Length of documents", _bins(lengths, OUTER_SHARE), ("words", "documents"))
    yield _histogram("Events a document", _bins(n_events, OUTER_SHARE), ("events", "documents"))
    axes = ("words from trigger to argument; negative: it stands before", "arguments")
    yield _histogram("Distance of arguments", _bins(distances, OUTER_DISTANCE_SHARE), axes)
    yield _bar_chart("Events by type", findings.corpus.events)
    yield _heat_map("Roles of the same event", documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bins:
    """Values counted in bins of one width.

    Attributes:
        first: The least value of the first bin.
        width: How many whole numbers a bin holds.
        counts: Values in each bin.
        has_less: Whether the first bin holds all values below the second.
        has_more: Whether the last bin holds all values above the one before.
    """

    first: int
    width: int
    counts: Sequence[int]
    has_less: bool
    has_more: bool

    def name(self, number: int) -> str:
        """Say which values a bin holds."""
        least = self.first + number * self.width
        if number == 0 and self.has_less:
            return f"{least + self.width - 1} or less"
        if number == len(self.counts) - 1 and self.has_more:
            return f"{least} or more"
        return str(least) if self.width == 1 else f"{least} to {least + self.width - 1}"


def _bins(values: Sequence[int], outer_share: float) -> _Bins:
    ordered = sorted(values) or [0]
    n_outer = int(len(ordered) * outer_share)
    low, high = ordered[n_outer], ordered[-1 - n_outer]
    width = _round_step((high - low + 1) / MAX_BINS)
    least, end = low // width * width, (high // width + 1) * width
    has_less, has_more = ordered[0] < least, ordered[-1] >= end
    first = least - width * has_less
    n_bins = (end - first) // width + has_more
    found = Counter(min(max((value - first) // width, 0), n_bins - 1) for value in values)
    counts = [found[number] for number in range(n_bins)]
    return _Bins(first=first, width=width, counts=counts, has_less=has_less, has_more=has_more)


def _round_step(least: float) -> int:
    """Find the first of 1, 2, 5, 10, 20, 50 … that is not smaller."""
    steps = (int(factor * 10**power) for power in count() for factor in (1, 2, 5))
    return next(step for step in steps if step >= least)


def _histogram(title: str, bins: _Bins, axes: tuple[str, str]) -> str:
    top, bottom, bar = max(1, *bins.counts), _TOP + _PLOT_HEIGHT, _PLOT_WIDTH / len(bins.counts)
    parts = []
    for tick in range(0, top + 1, _round_step(top / 4)):
        y = bottom - tick / top * _PLOT_HEIGHT
        parts.append(f'<path class="line" d="M{_LEFT} {y:.1f}h{_PLOT_WIDTH}"/>')
        parts.append(_text(_LEFT - 5, y + 4, f"{tick:,}", anchor="end"))
    for number, n_values in enumerate(bins.counts):
        x, height = _LEFT + number * bar, n_values / top * _PLOT_HEIGHT
        told = f"{bins.name(number)} {axes[0].partition(';')[0]}: {n_values:,} {axes[1]}"
        parts.append(_rect("bar", (x + 0.5, bottom - height, bar - 1, height), told))
    every = -(-len(bins.counts) // MAX_TICKS) * bins.width
    for tick in range(-(-bins.first // every) * every, bins.first + len(bins.counts) * bins.width, every):
        x = _LEFT + ((tick - bins.first) / bins.width + 0.5 * (bins.width == 1)) * bar
        parts.append(_text(x, bottom + 15, f"{tick:,}", anchor="middle"))
    parts.append(_text(_LEFT + _PLOT_WIDTH / 2, bottom + 34, axes[0], anchor="middle"))
    parts.append(_text(0, 0, axes[1], anchor="middle", turned=f"translate(9 {_TOP + _PLOT_HEIGHT / 2}) rotate(-90)"))
    note = "The outermost bars hold all that lies beyond the others." if bins.has_less or bins.has_more else ""
    return _figure(title, parts, bottom + 42, note)


def _bar_chart(title: str, counts: Mapping[str, int]) -> str:
    ranked, total = _ranked(counts), sum(counts.values())
    rows, rest = ranked[:MAX_BARS], ranked[MAX_BARS:]
    if rest:
        rows.append((f"… {len(rest):,} other types", sum(number for _, number in rest)))
    scale = (_WIDTH - _NAME_WIDTH - 52) / max([1, *(number for _, number in rows)])
    parts = []
    for row, (name, number) in enumerate(rows):
        y, width = _TOP + row * _ROW, number * scale
        parts.append(_text(_NAME_WIDTH - 6, y + 13, _cut(name), anchor="end"))
        parts.append(_rect("bar", (_NAME_WIDTH, y + 2, width, _ROW - 4), f"{name}: {number:,} ({number / total:.1%})"))
        parts.append(_text(_NAME_WIDTH + width + 5, y + 13, f"{number:,}", anchor="start"))
    bottom = _TOP + len(rows) * _ROW
    parts.append(_text(_NAME_WIDTH, bottom + 18, "events", anchor="start"))
    return _figure(title, parts, bottom + 26)


def _heat_map(title: str, documents: Sequence[Document]) -> str:
    has, both = _role_pairs(documents)
    roles = list(has)
    parts = []
    for row, role in enumerate(roles):
        start = _NAME_WIDTH + row * _CELL + _CELL / 2 + 4
        parts.append(_text(_NAME_WIDTH - 6, _NAME_WIDTH + row * _CELL + 11, _cut(role), anchor="end"))
        parts.append(
            _text(0, 0, _cut(role), anchor="start", turned=f"translate({start} {_NAME_WIDTH - 6}) rotate(-90)")
        )
        for column, other in enumerate(roles):
            number = both[role, other]
            told = f"{role} with {'another' if role == other else other}: {number:,} of {has[role]:,} events"
            box = (_NAME_WIDTH + column * _CELL, _NAME_WIDTH + row * _CELL, _CELL - 1, _CELL - 1)
            parts.append(_rect("cell", box, told, opacity=number / has[role]))
    bottom = _NAME_WIDTH + len(roles) * _CELL
    for step in range(5):
        parts.append(_rect("cell", (_NAME_WIDTH + step * 40, bottom + 12, 39, 10), f"{step / 4:.0%}", opacity=step / 4))
        parts.append(_text(_NAME_WIDTH + step * 40 + 20, bottom + 36, f"{step / 4:.0%}", anchor="middle"))
    parts.append(_text(4, bottom + 54, "of the events with the role of the row, that have the role of the column"))
    return _figure(title, parts, bottom + 62)


def _role_pairs(documents: Sequence[Document]) -> tuple[Mapping[str, int], Mapping[tuple[str, str], int]]:
    """Count the events that have a role, for the most frequent, and those that have two of these, or one twice."""
    events = [[argument.role for argument in event.arguments] for document in documents for event in document.events]
    has = dict(_ranked(Counter(role for roles in events for role in set(roles)))[:MAX_ROLES])
    both = Counter[tuple[str, str]]()
    for roles in events:
        known = Counter(role for role in roles if role in has)
        both.update(permutations(known, 2))
        both.update((role, role) for role, number in known.items() if number > 1)
    return has, both


def _figure(title: str, parts: Iterable[str], height: float, note: str = "") -> str:
    image = f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" xmlns="http://www.w3.org/2000/svg">'
    drawn = f"{image}<title>{title}</title>\n" + "\n".join(parts) + "\n</svg>"
    below = f'<p class="soft">{note}</p>' if note else ""
    return f'<figure><h3>{title}</h3><div class="scroll">{drawn}</div>{below}</figure>\n'


def _rect(kind: str, box: tuple[float, float, float, float], told: str, opacity: float | None = None) -> str:
    x, y, width, height = box
    faint = "" if opacity is None else f' fill-opacity="{0.06 + 0.94 * opacity:.2f}"'
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {place}{faint}><title>{_safe(told)}</title></rect>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", turned: str = "") -> str:
    transform = f' transform="{turned}"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{transform}>{_safe(text)}</text>'


def _cut(name: str) -> str:
    half = _NAME_CHARS // 2
    return name if len(name) <= _NAME_CHARS else f"{name[:half]}…{name[-half:]}"


def _safe(text: str) -> str:
    """Escape text for content and attributes; what no web page may hold becomes a space."""
    return escape(printable(text).translate(_NONCHARACTERS))
