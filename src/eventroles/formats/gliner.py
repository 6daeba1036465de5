"""Training data of GLiNER and GLiREL: an array (or lines) of `tokenized_text`, `ner` and, in GLiREL, `relations`.

An item of `ner` is `[first token, last token, label]`, both inside; a fourth value is the mention, as GLiREL has it. We
write three, for GLiNER takes the last for the label. A relation is GLiREL's `{"head": {"mention", "position", "type"},
"tail": ..., "relation_text"}`; GLiNER's `[item of ner, item of ner, label]` and `[first, last, type, first, last, type,
label]` are read too. Neither uses `type`. Items of `ner` that are the same are one.

Ours, which GLiNER passes over: `id`; `meta`; `text`, which holds the tokens and the white space around them; `ner_ids`,
which name the items of `ner`, and so the events; `id` in a head or tail; `has_given_tokens`, where the tokens are not
our words. Without a `text` that fits, spaces join the tokens; without an `id`, an item is named by its number.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, InstanceOf

from eventroles.documents import Document, Event, Json
from eventroles.errors import DataError, Place
from eventroles.formats.left_out import unsaid_of_drawn, unsaid_scores
from eventroles.formats.records import quoted, show
from eventroles.formats.relations import EVENT_TYPES, Drawing, Link, Region, drawing_of, meta_of, record_of_drawing
from eventroles.formats.sinks import write_json_array
from eventroles.formats.sources import read_json
from eventroles.formats.tokens import tokens_of
from eventroles.ontology import Ontology
from eventroles.schema import validate
from eventroles.spans import Span

_OWN: Final = "gliner"
_RELATION_KEYS: Final = frozenset({"head", "tail", "relation_text"})

_Text = InstanceOf[str]  # pydantic's own texts may not hold lone surrogates


class _Item(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    tokenized_text: list[_Text]
    ner: list[list[Any]]
    relations: list[Any] | None = None
    text: Any = None
    id: _Text | int | None = None
    meta: dict[Any, Any] | None = None
    ner_ids: list[_Text] | None = None
    has_given_tokens: bool | None = None


_Tokens = list[tuple[int, int]]


def is_gliner(value: Any) -> bool:
    """Tell by its keys whether a JSON value is an item of training data."""
    return isinstance(value, dict) and value.keys() >= {"tokenized_text", "ner"}


def read_gliner(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of training data.

    Raises DataError: after the last item, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8: one array, or JSON lines.
        ontology: Says which labels are event types, where given; every event must be legal in it.

    Yields:
        The documents that are sound. `meta["gliner"]` holds the tokens where they are not our words, the relations
        that have more to them, a `text` that does not fit, and all other keys.
    """
    numbers = count(1)
    yield from read_json(path, ontology, lambda value, place: _record(value, place, str(next(numbers)), ontology))


def write_gliner(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write documents as one array of training data.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what training data cannot say.

    Returns:
        How many documents there were.
    """
    return write_json_array(documents, path, lambda document: _item_of(document, left_out))


def _record(value: Any, place: Place, number: str, ontology: Ontology | None) -> dict[str, Json] | None:
    item = _checked(value, place)
    if item is None:
        return None
    n_before = place.problems.n_found
    text, tokens = _laid_out(item)
    regions = _Regions(item, text, tokens, place)
    links = list(_links(item, regions, place))
    if place.problems.n_found > n_before:
        return None
    name = number if item.id is None else str(item.id)
    drawing = Drawing(regions=regions.all, links=links)
    record: dict[str, Any] = record_of_drawing(name, text, drawing, place, ontology=ontology, meta=item.meta or {})
    if place.problems.n_found > n_before:
        return None
    kept = _kept(item, text, drawing)
    return record | ({"meta": {**record["meta"], _OWN: kept}} if kept else {})


def _checked(value: Any, place: Place) -> _Item | None:
    if not isinstance(value, dict):
        place.report(f"must be a JSON object, but is {show(value)}. Correct it.")
        return None
    try:
        item = validate(_Item, value, place.where, DataError)
    except DataError as error:
        place.problems.add("", str(error))
        return None
    if "" in item.tokenized_text:
        number = item.tokenized_text.index("")
        place.key("tokenized_text").item(number).report('must be a token of some length, but is "". Remove it.')
        return None
    if item.ner_ids is not None and len(item.ner_ids) != len(item.ner):
        found = f"{len(item.ner_ids)} for {len(item.ner)}"
        place.key("ner_ids").report(f"must be one for each item of 'ner', but are {found}. Correct them.")
        return None
    return item


def _laid_out(item: _Item) -> tuple[str, _Tokens]:
    """Give the text of an item, and the characters of each token in it."""
    tokens = item.tokenized_text
    located = _located(tokens, item.text) if isinstance(item.text, str) else None
    if located is not None:
        return item.text, located
    joined = " ".join(tokens)
    return joined, _located(tokens, joined) or []


def _located(tokens: Sequence[str], text: str) -> _Tokens | None:
    """Find tokens in a text that has nothing but white space besides; None where it has more, or less."""
    bounds: _Tokens = []
    position = 0
    for token in tokens:
        start = text.find(token, position)
        if start < 0 or (start > position and text[position:start].strip()):
            return None
        position = start + len(token)
        bounds.append((start, position))
    return None if text[position:].strip() else bounds


class _Regions:
    """The regions of an item, found by what its relations say of them."""

    def __init__(self, item: _Item, text: str, tokens: _Tokens, place: Place) -> None:
        self.all: list[Region] = []
        self._text = text
        self._tokens = tokens
        self._found: dict[object, Region] = {}
        for number, values in enumerate(item.ner):
            problem = self._problem_with(values)
            if problem:
                place.key("ner").item(number).report(problem)
            else:
                self._add(values, number, None if item.ner_ids is None else item.ner_ids[number])

    def of_item(self, number: int) -> Region | str:
        """Find the region of an item of `ner`; a problem where there is none."""
        return self._found.get(number) or f"must join items of 'ner', but there is no {show(number)}. Correct it."

    def of_side(self, side: Mapping[str, Any]) -> Region | str:
        """Find the region of a head or tail; a problem where there is none."""
        first, last = side["position"]
        kind, name = side.get("type"), side.get("id")
        keys: list[object] = [("id", first, last, name)] if isinstance(name, str) else []
        keys += [(first, last, kind), (first, last)] if isinstance(kind, str) else [(first, last)]
        region = next((self._found[key] for key in keys if key in self._found), None)
        if region is None:
            return f"must join items of 'ner', but none is at [{show(first)}, {show(last)}]. Add it, or mend this."
        return self._problem_with_mention(side.get("mention"), region.char_span) or region

    def _add(self, values: Sequence[Any], number: int, name: str | None) -> None:
        first, last, label = values[:3]
        region = self._found.get((first, last, label)) if name is None else None
        if region is None:
            char_span = Span(self._tokens[first][0], self._tokens[last][1])
            region = Region(id=f"T{number + 1}" if name is None else name, label=label, char_span=char_span)
            self.all.append(region)
        for key in (number, ("id", first, last, region.id), (first, last, label), (first, last)):
            self._found.setdefault(key, region)

    def _problem_with(self, values: Sequence[Any]) -> str:
        match values:
            case [first, last, str(), *mention] if type(first) is type(last) is int:
                n_tokens = len(self._tokens)
                if not 0 <= first <= last < n_tokens:
                    found = f"[{show(first)}, {show(last)}]"
                    return f"must have 0 <= first <= last < {n_tokens}, both inside, but is {found}. Correct it."
                span = Span(self._tokens[first][0], self._tokens[last][1])
                return self._problem_with_mention(next(iter(mention), None), span)
        return f"must be [first token, last token, label], but is {show(values)}. Correct it."

    def _problem_with_mention(self, mention: Any, span: Span) -> str:
        found = span.of(self._text)
        if mention is None or (isinstance(mention, str) and _is_same(mention, found)):
            return ""
        return f"its mention must be that of its tokens, {quoted(found)}, but is {show(mention)}. Correct it."


def _is_same(mention: str, found: str) -> bool:
    """Compare but for what differs between a mention and its tokens in the corpora that GLiREL reads."""
    n_most = 3 * len(mention)  # one letter folds to three at most, and what is longer is not even divided
    words, others = ("".join(text.split(maxsplit=n_most)) for text in (mention, found))
    return len(others) <= n_most and words.casefold() == others.casefold()


def _links(item: _Item, regions: _Regions, place: Place) -> Iterator[Link]:
    for number, relation in enumerate(item.relations or []):
        head, tail, label = _ends(relation, regions)
        problem = next((end for end in (head, tail) if isinstance(end, str)), None)
        if isinstance(head, Region) and isinstance(tail, Region):
            yield Link(head=head.id, tail=tail.id, label=label)
        else:
            place.key("relations").item(number).report(str(problem))


def _ends(relation: Any, regions: _Regions) -> tuple[Region | str, Region | str, str]:
    """Find what a relation joins; problems instead of the regions that there are not."""
    match relation:
        case {
            "head": {"position": [int(), int()]} as head,
            "tail": {"position": [int(), int()]} as tail,
            "relation_text": str(label),
        } if bool not in map(type, [*head["position"], *tail["position"]]):
            return regions.of_side(head), regions.of_side(tail), label
        case [int(head), int(tail), str(label)] if bool not in {type(head), type(tail)}:
            return regions.of_item(head), regions.of_item(tail), label
        case [int(), int(), str(), int(), int(), str(), str(label)] if bool not in map(type, relation):
            sides = ({"position": relation[at : at + 2], "type": relation[at + 2]} for at in (0, 3))
            head, tail = map(regions.of_side, sides)
            return head, tail, label
    problem = f"must have 'head' and 'tail' with 'position', and 'relation_text', but is {show(relation)}. Correct it."
    return problem, problem, ""


def _kept(item: _Item, text: str, drawing: Drawing) -> dict[str, Json]:
    """Keep what neither events nor regions and links say."""
    kept: dict[str, Any] = dict(item.model_extra or {})
    if item.text is not None and item.text != text:
        kept["text"] = item.text
    if item.tokenized_text and (item.ner_ids is None or item.has_given_tokens):
        kept["tokenized_text"] = item.tokenized_text
    of_id = {region.id: region.char_span for region in drawing.regions}
    relations = [
        {**more, "head": _pair(of_id[link.head]), "tail": _pair(of_id[link.tail]), "relation_text": link.label}
        for relation, link in zip(item.relations or [], drawing.links, strict=True)
        for more in [_more(relation)]
        if more
    ]
    return kept | ({"relations": relations} if relations else {})


def _own_tokens(text: str, drawing: Drawing) -> _Tokens:
    """Divide a text into tokens that no region cuts."""
    events = tuple(Event(id="", event_type="", trigger=region.char_span) for region in drawing.regions)
    return [(token.start, token.end) for token in tokens_of(Document(id="", text=text, events=events))]


def _pair(span: Span) -> list[int]:
    return [span.start, span.end]


def _more(relation: Any) -> dict[str, Json]:
    """List what a relation has beyond what we write anyway."""
    return {key: relation[key] for key in relation if key not in _RELATION_KEYS} if isinstance(relation, dict) else {}


def _item_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    drawing = drawing_of(document)
    kept = document.meta.get(_OWN, {})
    others = dict(kept) if isinstance(kept, dict) else {"text": kept}
    given, more_of = others.pop("tokenized_text", None), _more_of_relations(others.pop("relations", None))
    given_tokens = _given_tokens(document.text, given, drawing)
    tokens = given_tokens or _own_tokens(document.text, drawing)
    drawn = _Drawn(document.text, drawing, tokens)
    is_whole = "text" not in others and (given is None or bool(given_tokens))
    left_out.update(_lost(document, drawing, drawn, is_whole=is_whole))
    meta = {key: value for key, value in meta_of(document).items() if key != _OWN}
    return {
        **others,
        "id": document.id,
        "tokenized_text": [document.text[start:end] for start, end in tokens],
        **({"has_given_tokens": True} if given_tokens else {}),
        "ner": [[*drawn.position(region.id), region.label] for region in drawn.regions],
        "ner_ids": [region.id for region in drawn.regions],
        "relations": [more_of.get(drawn.key(link), {}) | drawn.relation(link) for link in drawn.links],
        "text": document.text,
        **({"meta": meta} if meta else {}),
    }


_Key = tuple[Span, Span, str]


def _more_of_relations(given: Any) -> dict[_Key, dict[str, Json]]:
    """Read what the metadata keep of relations, but not where somebody changed it."""
    found: dict[_Key, dict[str, Json]] = {}
    for entry in given if isinstance(given, list) else []:
        match entry:
            case {"head": [int(), int()] as head, "tail": [int(), int()] as tail, "relation_text": str(label)}:
                if 0 <= head[0] < head[1] and 0 <= tail[0] < tail[1]:
                    found[Span(*head), Span(*tail), label] = _more(entry)
    return found


def _given_tokens(text: str, given: Any, drawing: Drawing) -> _Tokens:
    """Find the tokens that the metadata keep; none where they do not fit, or a region cuts one of them."""
    if not isinstance(given, list) or not all(isinstance(token, str) and token for token in given):
        return []
    tokens = _located(given, text) or []
    starts = [start for start, _ in tokens]
    cuts = [(cut, bisect_left(starts, cut)) for region in drawing.regions for cut in _pair(region.char_span)]
    return [] if any(n_before and tokens[n_before - 1][1] > cut for cut, n_before in cuts) else tokens


class _Drawn:
    """A drawing counted in tokens, without the regions that are only white space."""

    def __init__(self, text: str, drawing: Drawing, tokens: _Tokens) -> None:
        self._text = text
        self._tokens = tokens
        self._regions = {region.id: region for region in drawing.regions}
        starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
        self._bounds = {
            region.id: (bisect_right(ends, region.char_span.start), bisect_left(starts, region.char_span.end) - 1)
            for region in drawing.regions
        }
        self.regions = [region for region in drawing.regions if self.has(region.id)]
        self.links = [link for link in drawing.links if self.has(link.head) and self.has(link.tail)]

    def has(self, id: str) -> bool:
        first, last = self._bounds[id]
        return first <= last

    def position(self, id: str) -> list[Json]:
        """Give the first and the last token of a region."""
        return [*self._bounds[id]]

    def char_span(self, id: str) -> Span:
        """Give the characters of the tokens of a region."""
        first, last = self._bounds[id]
        return Span(self._tokens[first][0], self._tokens[last][1])

    def key(self, link: Link) -> _Key:
        return self._regions[link.head].char_span, self._regions[link.tail].char_span, link.label

    def relation(self, link: Link) -> dict[str, Json]:
        return {"head": self._side(link.head), "tail": self._side(link.tail), "relation_text": link.label}

    def _side(self, id: str) -> dict[str, Json]:
        mention = self.char_span(id).of(self._text)
        return {"mention": mention, "position": self.position(id), "type": self._regions[id].label, "id": id}


def _lost(document: Document, drawing: Drawing, drawn: _Drawn, *, is_whole: bool) -> Iterator[str]:
    """Name each thing of a document that training data have no place for."""
    for event in document.events:
        yield from _lost_of_event(event, drawn)
    yield from _lost_of_drawing(drawing, drawn, {event.id for event in document.events})
    yield from unsaid_of_drawn(document)
    if not is_whole or EVENT_TYPES in document.meta:
        yield "metadata"


def _lost_of_event(event: Event, drawn: _Drawn) -> Iterator[str]:
    if event.trigger is None:
        yield "event without a trigger"
        yield from ("argument of an event without a trigger" for _ in event.arguments)
    elif not drawn.has(event.id):
        yield "event whose trigger is only white space"
        yield from ("argument of an event whose trigger is only white space" for _ in event.arguments)
    else:
        yield from unsaid_scores([event])


def _lost_of_drawing(drawing: Drawing, drawn: _Drawn, event_ids: Collection[str]) -> Iterator[str]:
    tails = {link.tail for link in drawing.links}
    for region in drawing.regions:
        if drawn.has(region.id) and drawn.char_span(region.id) != region.char_span:
            yield "white space at the border of a span"
        elif not drawn.has(region.id) and region.id not in event_ids and region.id not in tails:
            yield "region that is only white space"
    for link in drawing.links:
        if drawn.has(link.head) and not drawn.has(link.tail):
            yield "argument that is only white space"
