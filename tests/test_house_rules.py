"""The rules of the house that no linter knows: sizes, tiers, names, and what may not be called."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SOURCE = REPOSITORY / "src" / "eventroles"

MAX_MEDIAN_LINES = 8
MAX_90TH_PERCENTILE_LINES = 25
MAX_FUNCTION_LINES = 50
MAX_MODULE_LINES = 400
MAX_CLASS_LINES = 200
MAX_POSITIONAL = 4

TIERS = (
    "errors spans documents ontology tags words schema phrases mapping mentions config metrics formats report"
    " ontology_changes offsets counting uncertainty folders",
    "runtime backbone pieces windows gold ceiling batches encoder cost crf heads model decoder losses labels",
    "splits checkpoint extension rows reading_ahead found given engine progress averaging resuming training",
    "assembly benchmark cli cli_data __main__",
)
TIER_OF = {name: tier for tier, names in enumerate(TIERS) for name in names.split()}
COMMANDS = {"train", "evaluate", "predict", "benchmark", "extend", "convert_command", "check_command", "diff_command"}
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
FORBIDDEN_CALLS = {"print", "exec", "eval", "__import__", "torch.load", "yaml.load", "torch.save"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "evaluate"}
MACHINE_PATH = re.compile(r"(?<![\w.~<>-])/(?:root|home|tmp)/")

Function = ast.FunctionDef | ast.AsyncFunctionDef

MODULES = {
    ".".join(("eventroles", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
TIERED = [name for name in MODULES if name != "eventroles"]
each_module = pytest.mark.parametrize("module", MODULES)


def functions(module: str) -> Iterator[Function]:
    return (node for node in ast.walk(TREES[module]) if isinstance(node, Function))


def classes(module: str) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(TREES[module]) if isinstance(node, ast.ClassDef))


def n_body_lines(function: Function) -> int:
    """Count the lines from the first statement to the last, the docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def n_positional(function: Function) -> int:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len(names[1:] if names[:1] in (["self"], ["cls"]) else names)


def is_public(name: str) -> bool:
    return not name.startswith("_")


def places(module: str, is_wrong: Callable[[ast.AST], bool]) -> list[str]:
    """List the lines of a module where something forbidden stands."""
    path = MODULES[module].relative_to(REPOSITORY)
    return [f"{path}:{getattr(node, 'lineno', 0)}" for node in ast.walk(TREES[module]) if is_wrong(node)]


def imports(module: str) -> Iterator[str]:
    """Name the modules that a module imports, wherever in it."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            name = node.module or ""
            yield from ({f"{name}.{alias.name}" for alias in node.names} & MODULES.keys()) or {name}


def own_imports(module: str) -> set[str]:
    return {name for name in imports(module) if name.partition(".")[0] == "eventroles" and name != "eventroles"}


def tier_of(module: str) -> int:
    return TIER_OF[module.split(".")[1]]


def run_python(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout.strip()


# Sizes.


def test_functions_are_short() -> None:
    lengths = {
        f"{MODULES[module].relative_to(REPOSITORY)}:{function.lineno} {function.name}": n_body_lines(function)
        for module in MODULES
        for function in functions(module)
    }
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}
    assert statistics.median(lengths.values()) <= MAX_MEDIAN_LINES
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= MAX_90TH_PERCENTILE_LINES


@each_module
def test_modules_and_classes_are_short(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES
    lengths = {owner.name: (owner.end_lineno or 0) - owner.lineno + 1 for owner in classes(module)}
    assert {name: length for name, length in lengths.items() if length > MAX_CLASS_LINES} == {}


@each_module
def test_parameters_are_few(module: str) -> None:
    many = {
        f"{function.name}:{function.lineno}": n_positional(function)
        for function in functions(module)
        if n_positional(function) > MAX_POSITIONAL
        and not (module.startswith("eventroles.cli") and function.name in COMMANDS)
    }
    assert many == {}


# Tiers.


def test_every_module_has_a_tier() -> None:
    assert {name.split(".")[1] for name in TIERED} == TIER_OF.keys()


@pytest.mark.parametrize("module", TIERED)
def test_modules_import_from_their_own_tier_or_below(module: str) -> None:
    assert {name for name in own_imports(module) if tier_of(name) > tier_of(module)} == set()


def test_no_module_imports_itself_by_a_detour() -> None:
    reached = {module: own_imports(module) - {module} for module in TIERED}
    for _ in range(len(TIERED)):
        reached = {module: set().union(names, *(reached[name] for name in names)) for module, names in reached.items()}
    assert [module for module, names in reached.items() if module in names] == []


@pytest.mark.parametrize("module", [name for name in TIERED if tier_of(name) == 0])
def test_the_lowest_tier_imports_no_deep_learning(module: str) -> None:
    heavy = {"torch", "transformers", "datasets", "accelerate", "safetensors", "tokenizers"}
    assert {name.partition(".")[0] for name in imports(module)} & heavy == set()


def test_the_lowest_tier_loads_no_deep_learning() -> None:
    lowest = ", ".join(name for name in TIERED if tier_of(name) == 0)
    heavy = "{'torch', 'transformers', 'datasets', 'accelerate'}"
    assert run_python(f"import sys, {lowest}; print(sorted({heavy} & sys.modules.keys()))") == "[]"


@pytest.mark.slow
def test_inference_loads_no_training_library() -> None:
    heavy = "{'datasets', 'seqeval', 'pandas', 'pyarrow', 'eventroles.training', 'eventroles.rows'}"
    assert run_python(f"import sys, eventroles.engine; print(sorted({heavy} & sys.modules.keys()))") == "[]"


# What may not stand in the source.


@each_module
def test_nothing_forbidden_is_called_or_imported(module: str) -> None:
    def is_call(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS

    assert places(module, is_call) == []
    assert {name.partition(".")[0] for name in imports(module)} & FORBIDDEN_MODULES == set()


@each_module
def test_there_are_no_assertions_and_no_bare_excepts(module: str) -> None:
    assert places(module, lambda node: isinstance(node, ast.Assert)) == []
    assert places(module, lambda node: isinstance(node, ast.ExceptHandler) and node.type is None) == []


@each_module
def test_names_say_something(module: str) -> None:
    defined = {node.name for node in (*functions(module), *classes(module))}
    words = {word.lower() for name in defined for word in re.findall(r"[A-Za-z][a-z]*", name)}
    assert (words | set(module.split("."))) & VAGUE_NAMES == set()


@each_module
def test_everything_public_has_a_docstring(module: str) -> None:
    tree = TREES[module]
    public: list[ast.ClassDef | Function] = [
        node for node in tree.body if isinstance(node, ast.ClassDef | Function) and is_public(node.name)
    ]
    public += [
        node
        for owner in public
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.ClassDef | Function) and is_public(node.name)
    ]
    assert ast.get_docstring(tree), module
    assert [node.name for node in public if not ast.get_docstring(node)] == []


# Other files.


@pytest.mark.parametrize("path", sorted((REPOSITORY / "configs").rglob("*.yaml")), ids=lambda path: path.name)
def test_every_recipe_and_ontology_begins_with_a_header(path: Path) -> None:
    header = re.match(r"(?:#.*\n)+", path.read_text(encoding="utf-8"))
    assert header is not None
    assert re.match(r"# What: +\S", header[0])
    is_recipe = "ontology:" in path.read_text(encoding="utf-8")
    if is_recipe:
        command = re.search(r"^# Command: +(\S.*)$", header[0], flags=re.MULTILINE)
        assert command is not None
        assert path.relative_to(REPOSITORY).as_posix() in command[1]


@pytest.mark.skipif(
    shutil.which("git") is None or not (REPOSITORY / ".git").exists(), reason="tracked files need a git checkout"
)
def test_no_tracked_file_names_a_place_on_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout.decode()
    paths = [name for name in listed.split("\0") if name and not name.startswith("tests/")]
    assert paths
    found = [
        f"{name}:{number}"
        for name in paths
        if (REPOSITORY / name).is_file()
        for number, line in enumerate((REPOSITORY / name).read_text("utf-8", "replace").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


# The rules see what they are to see.


@pytest.mark.parametrize(
    ("text", "is_machine_path"),
    [("cd /root/x", True), ("'/tmp/a'", True), ("/home/me", True), ("runs/tmp/x", False), ("https://a.b/home/", False)],
)
def test_machine_paths_are_told_from_others(text: str, is_machine_path: bool) -> None:
    assert (MACHINE_PATH.search(text) is not None) == is_machine_path


def test_lines_and_parameters_are_counted_without_docstring_and_self() -> None:
    [owner] = ast.parse('class A:\n def f(self, a, b, *, c):\n  """Do.\n\n  More."""\n  x = 1\n\n  return x\n').body
    assert isinstance(owner, ast.ClassDef)
    [method] = owner.body
    assert isinstance(method, ast.FunctionDef)
    assert n_body_lines(method) == 3
    assert n_positional(method) == 2
