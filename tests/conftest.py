"""What all tests share: settings, three families of tokenizers, and a tiny encoder, all built in memory."""

import string
from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, settings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoModel, BertConfig, PreTrainedModel, PreTrainedTokenizerBase, PreTrainedTokenizerFast

settings.register_profile(
    "eventroles", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("eventroles")
torch.set_num_threads(1)

FAMILIES = ("wordpiece", "byte_bpe", "unigram")


def _wrapped(tokenizer: Tokenizer, *, around: tuple[str, str], pad: str, unknown: str) -> PreTrainedTokenizerBase:
    """Put a special piece before and after every text, and give the library its names for all of them."""
    before, after = around
    ids = [(piece, tokenizer.token_to_id(piece)) for piece in around]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{before} $A {after}", special_tokens=ids)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, cls_token=before, sep_token=after, pad_token=pad, unk_token=unknown
    )


@pytest.fixture(scope="session")
def wordpiece() -> PreTrainedTokenizerBase:
    """Lower case, accents dropped, as BERT; pad id 0, [CLS] 2, [SEP] 3; a letter is a piece but in `the`, `troops`."""
    letters = string.ascii_lowercase + string.digits
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *string.punctuation, *(f"##{x}" for x in letters)]
    vocabulary += ["the", "troops", "##ed"]
    pieces = {piece: number for number, piece in enumerate(vocabulary)}
    unknown = "[UNK]"
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _wrapped(tokenizer, around=("[CLS]", "[SEP]"), pad="[PAD]", unknown=unknown)


@pytest.fixture(scope="session")
def byte_bpe() -> PreTrainedTokenizerBase:
    """Bytes, as RoBERTa; pad id 1, <s> 0, </s> 2; a byte is a piece but in `the`."""
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "th", "the"]
    pieces = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(pieces, [("t", "h"), ("th", "e")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _wrapped(tokenizer, around=("<s>", "</s>"), pad="<pad>", unknown="<unk>")


@pytest.fixture(scope="session")
def unigram() -> PreTrainedTokenizerBase:
    """A sentencepiece model, as XLM-RoBERTa, special pieces in its vocabulary; pad id 1, <s> 0, </s> 2."""
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0), ("▁the", -4.0), ("...", -4.0)]
    pieces += [("s.", -4.0), *((character, -6.0) for character in string.ascii_letters + string.punctuation)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return _wrapped(tokenizer, around=("<s>", "</s>"), pad="<pad>", unknown="<unk>")


@pytest.fixture(scope="session")
def bare() -> PreTrainedTokenizerBase:
    """Two words, `a` 0 and anything else 1, and no special pieces at all."""
    unknown = "other"
    tokenizer = Tokenizer(models.WordLevel({"a": 0, unknown: 1}, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session", params=FAMILIES)
def tokenizer(request: pytest.FixtureRequest) -> PreTrainedTokenizerBase:
    """Each of the three families in turn."""
    found: PreTrainedTokenizerBase = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def make_bert() -> Callable[[], PreTrainedModel]:
    """Build a random BERT of 3 layers and width 32 in evaluation mode, always with the same weights."""

    def make() -> PreTrainedModel:
        config = BertConfig(
            vocab_size=300,
            hidden_size=32,
            num_hidden_layers=3,
            num_attention_heads=2,
            intermediate_size=48,
            max_position_embeddings=160,
        )
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model: PreTrainedModel = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
        model.train(mode=False)
        return model

    return make
