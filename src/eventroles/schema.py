"""Turn YAML files into checked pydantic models, and pydantic's findings into our sentences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import regex
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from eventroles.errors import EventRolesError, Problems, suggest


class Strict(BaseModel):
    """A frozen model that refuses unknown keys and quiet conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_SHOWN_CHARS: Final = 80

Model = TypeVar("Model", bound=BaseModel)


def read_yaml_mapping(path: Path, kind: type[EventRolesError]) -> dict[str, Any]:
    """Read a YAML file that must hold one mapping.

    Args:
        path: The file.
        kind: The error to raise when it cannot be read.

    Returns:
        The mapping, unchecked.

    Raises:
        kind: The file is missing, no UTF-8, no YAML, or no mapping.
    """
    try:
        loaded = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise kind(f"{path}: must be a readable file, but: {error.strerror}. Check the path.") from error
    except ValueError as error:
        raise kind(f"{path}: must be YAML in UTF-8, but: {error}. Mend the file there.") from error
    if not isinstance(loaded, dict):
        raise kind(f"{path}: must hold a mapping, but holds {_show(loaded)}. Write 'key: value' lines.")
    return loaded


def parse_yaml(text: str) -> Any:
    """Parse YAML.

    Args:
        text: The YAML.

    Returns:
        Plain values.

    Raises:
        ValueError: It is no YAML. PyYAML itself raises some eight kinds of error for a value that its tag does not fit.
    """
    try:
        return yaml.safe_load(text)
    except (
        yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, TypeError, RecursionError
    ) as error:  # fmt: skip
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from error


def validate(model: type[Model], values: Mapping[str, Any], where: str, kind: type[EventRolesError]) -> Model:
    """Build a model from plain values, reporting every problem at once.

    Args:
        model: The pydantic model to build.
        values: What the file holds.
        where: The file, for the error text.
        kind: The error to raise.

    Returns:
        The checked model.

    Raises:
        kind: The values do not fit; with every problem.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        problems = Problems()
        for details in error.errors():
            problems.add(f"{where}: {dotted(details['loc'])}", _sentence(details, model))
        raise kind(problems.text()) from error


def dotted(location: tuple[int | str, ...]) -> str:
    """Write a place inside nested values as `a.b.0`."""
    return ".".join(str(part) for part in location) or "(top)"


def _sentence(details: ErrorDetails, model: type[BaseModel]) -> str:
    found = details["input"]
    match details["type"]:
        case "extra_forbidden":
            known = _known_keys(model, details["loc"][:-1])
            return f"must be a known key, but '{details['loc'][-1]}' is not. {suggest(str(details['loc'][-1]), known)}"
        case "missing":
            return "must be given, but is missing. Add it."
        case "value_error":
            return str(details["msg"]).removeprefix("Value error, ")
        case _:
            must = regex.sub(r"^\w+ should ", "", str(details["msg"]))
            return f"must {must[:1].lower()}{must[1:]}, but is {_show(found)}. {_advice(details['type'], found)}"


def _advice(kind: str, found: object) -> str:
    """Explain the commonest surprise: YAML reads `1e-5`, for want of a point, as text."""
    if kind not in {"float_type", "int_type"} or not isinstance(found, str):
        return "Change it."
    mantissa, _, exponent = found.lower().partition("e")
    point = "" if "." in mantissa or not exponent else ".0"
    sign = "" if not exponent or exponent[0] in "+-" else "+"
    better = f"{mantissa}{point}e{sign}{exponent}" if exponent else found
    try:
        is_number = isinstance(parse_yaml(better), float if kind == "float_type" and exponent else int | float)
    except ValueError:
        is_number = False
    if not is_number:
        return "Change it."
    return f"YAML takes {found} for text: write {better}." if exponent else f"Write it without quotes: {better}."


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel) and part in current.model_fields:
            current = current.model_fields[str(part)].annotation
        else:
            current = next((arg for arg in reversed(get_args(current)) if isinstance(arg, type)), current)
    return list(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


def _show(found: object) -> str:
    try:
        shown = repr(found)
    except ValueError:  # Python refuses to write out whole numbers of more than 4,300 digits
        shown = "a very long number"
    kind = type(found).__name__
    return f"{shown} ({kind})" if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}… ({kind})"
