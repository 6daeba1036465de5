"""What an encoder's passes cost, in FLOPs of matrix products; `docs/cost.md` says how the formula comes about."""

from transformers import PretrainedConfig


def layer_flops(config: PretrainedConfig, n_pieces: int) -> int:
    """Count the FLOPs of one layer over one window, a multiplication and an addition as two.

    Args:
        config: Of an encoder whose layers are like BERT's: four square projections, and two between the widths of the
            states and of the feed-forward part.
        n_pieces: Pieces of the window, padding included.

    Returns:
        The FLOPs of its matrix products.
    """
    hidden_width, inner_width = int(config.hidden_size), int(config.intermediate_size)
    projections = 4 * hidden_width**2 + 2 * hidden_width * inner_width
    return 2 * n_pieces * projections + 4 * n_pieces**2 * hidden_width


def encoder_flops(
    config: PretrainedConfig, n_pieces: int, *, n_windows: int = 1, n_triggers: int, n_conditioned_layers: int
) -> int:
    """Count the FLOPs of an encoder's layers for windows and the triggers in them.

    Args:
        config: Of the encoder, with layers like BERT's.
        n_pieces: Pieces of each window, padding included.
        n_windows: The windows.
        n_triggers: Triggers in all of the windows together.
        n_conditioned_layers: How many of the last layers run again for every trigger (k).

    Returns:
        The FLOPs of their matrix products.
    """
    n_layer_runs = n_windows * int(config.num_hidden_layers) + n_triggers * n_conditioned_layers
    return n_layer_runs * layer_flops(config, n_pieces)
