"""Training started by torchrun, as on several cards: here two processes on the CPU."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest
import yaml
from tests.integration.conftest import ConfigOf

from eventroles.config import record_of_config
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.ontology import Ontology


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.slow
def test_two_processes_train_one_model(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology
) -> None:
    """One of them reads batches without any trigger, so that its role head gets no gradient there."""
    documents = [*seed_documents["train"], *(Document(id=f"silent {n}", text="Nothing happened .") for n in range(8))]
    training = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": 2,
        "average_decay": 0.9,
        "freeze_word_embeddings": True,
    }
    config = config_of(documents, newswire, dev=documents[:4], test=documents[:4], sections={"training": training})
    folder = config.run.output_dir
    recipe = folder.parent / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(record_of_config(config)), encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={free_port()}"]
    command += ["-m", "eventroles", "train", str(recipe), "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = list(EventRoleTagger.from_pretrained(folder, "cpu").tag(documents[:4]))
    written = [json.loads(line) for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [len(document.events) for document in found] == [len(record["events"]) for record in written]
