"""Named training runs: data, with what each was measured to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from stylegan_core.training.config import TrainConfig


@dataclass(frozen=True)
class Preset:
    """A configuration, what it is for, and what it reached."""

    config: TrainConfig
    purpose: str
    measured: str = "not measured by us"


PRESETS: Mapping[str, Preset] = {
    "paper": Preset(
        TrainConfig(data="faces", resolution=1024),
        "configuration F of table 1 (FFHQ at 1024 x 1024) on one GPU",
        "published: FID 4.40 after 25,000 kimg",
    ),
    "paper-8gpu": Preset(
        TrainConfig(
            data="faces",
            resolution=1024,
            batch=((4, 512), (8, 256), (16, 128), (32, 64), (64, 32)),
        ),
        "the same with the batch sizes that the authors used on eight GPUs, on one large GPU",
        "published: FID 4.40 after 25,000 kimg",
    ),
    "portraits-gpu": Preset(
        TrainConfig(
            resolution=256,
            total_kimg=3000,
            fmap_base=4096,
            fmap_max=256,
            z_dim=256,
            w_dim=256,
            mapping_width=256,
            start_resolution=16,
            phase_kimg=((4, 150),),
            fade_kimg=((4, 150),),
            growth_fit_steps=2000,
            batch=((4, 64), (128, 32)),
            generator_lr=((4, 2e-3),),
            discriminator_lr=((4, 2e-3),),
            lr_decay_kimg=500,
            r1_gamma=((4, 1), (32, 3), (64, 5)),
            r1_interval=4,
            noise_from_kimg=300,
            amp="bfloat16",
        ),
        "our portraits at 256 x 256 on one GPU, in hours",
    ),
    "portraits-cpu": Preset(
        TrainConfig(
            resolution=64,
            total_kimg=1500,
            fmap_base=512,
            fmap_max=96,
            z_dim=128,
            w_dim=128,
            mapping_width=128,
            mapping_depth=4,
            mapping_lr_multiplier=0.1,
            mbstd_group_size=8,
            mbstd_features=32,
            start_resolution=16,
            phase_kimg=((4, 55), (32, 180)),
            fade_kimg=((4, 45), (64, 100)),
            growth_fit_steps=2000,
            batch=((4, 16),),
            generator_lr=((4, 2e-3),),
            discriminator_lr=((4, 2e-3),),
            lr_decay_kimg=200,
            r1_gamma=((4, 1), (32, 3), (64, 4)),
            r1_interval=4,
            label_critic_weight=1.0,
            shared_pass=True,
            noise_from_kimg=300,
            snapshot_kimg=10,
            sample_kimg=5,
        ),
        "our portraits at 64 x 64 on one core of a CPU, overnight",
        "At 32 px and 120 kimg without the label critic yaw varied 0.35 times as much as in the "
        "data; 20 kimg with it later 0.79 times (read by the label network that it trains with).",
    ),
}
