"""Named training runs as data, each with the result that it reached."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.network_config import with_architecture


@dataclass(frozen=True)
class Preset:
    """A configuration, its purpose, and its measured result."""

    config: TrainConfig
    purpose: str
    measured: str = "not measured"


EIGHT_GPU_BATCHES = ((4, 512), (8, 256), (16, 128), (32, 64), (64, 32))

# Table 1 of Karras et al. 2019, from the last row up; each row leaves out one part of the next.
CONFIG_F = TrainConfig(data="faces", network=StyleGAN1Config())
CONFIG_E = replace(CONFIG_F, mixing_prob=((4, 0.0),))
CONFIG_D = replace(CONFIG_E, network=StyleGAN1Config(noise_inputs=False))
CONFIG_C = replace(CONFIG_E, network=StyleGAN1Config(noise_inputs=False, latent_input=True))
CONFIG_B = replace(CONFIG_E, network=ProGANConfig())
CONFIG_A = replace(
    CONFIG_E,
    network=ProGANConfig(blur=False),
    loss="wgan-gp",
    mirror=False,
    total_kimg=12_000,
    start_resolution=4,
    generator_lr=((4, 1e-3), (1024, 1.5e-3)),
    discriminator_lr=((4, 1e-3), (1024, 1.5e-3)),
)


def _on_eight_gpus(preset: Preset) -> Preset:
    config = replace(preset.config, batch=EIGHT_GPU_BATCHES)
    if config.loss == "wgan-gp":
        config = replace(config, generator_lr=((4, 1e-3),), discriminator_lr=((4, 1e-3),))
    return Preset(config, f"{preset.purpose}, with the schedule of eight GPUs", preset.measured)


TABLE_1 = {
    "config-a": Preset(CONFIG_A, "the ProGAN baseline", "published: FID 8.04 on FFHQ"),
    "config-b": Preset(CONFIG_B, "A tuned, with filtered resampling", "published: FID 5.25"),
    "config-c": Preset(CONFIG_C, "B with a mapping network and styles", "published: FID 4.85"),
    "config-d": Preset(CONFIG_D, "C without the latent as its input", "published: FID 4.88"),
    "config-e": Preset(CONFIG_E, "D with noise inputs", "published: FID 4.42"),
    "config-f": Preset(CONFIG_F, "E with mixing: StyleGAN", "published: FID 4.40"),
}

STYLEGAN2 = TrainConfig(
    data="faces",
    network=StyleGAN2Config(),
    start_resolution=1024,
    batch=((4, 32),),
    generator_lr=((4, 2e-3),),
    discriminator_lr=((4, 2e-3),),
    r1_interval=16,
    path_length_weight=2.0,
    ema_ramp=1.0,
)

HEAD_START = 8000  # portraits: 8 epochs of these are the label network's 1000 steps

SMALL = StyleGAN1Config(
    resolution=64,
    fmap_base=1024,
    fmap_max=96,
    z_dim=128,
    w_dim=128,
    mapping_width=128,
    mapping_depth=4,
    mapping_lr_multiplier=0.1,
    mbstd_features=32,
)

PRESETS: Mapping[str, Preset] = {
    "stylegan2": Preset(
        STYLEGAN2, "StyleGAN 2, its configuration F", "published: FID 2.84 on FFHQ"
    ),
    **TABLE_1,
    **{f"{name}-8gpu": _on_eight_gpus(preset) for name, preset in TABLE_1.items()},
    "portraits-gpu": Preset(
        TrainConfig(
            head_start=HEAD_START,
            total_kimg=3000,
            network=StyleGAN1Config(
                resolution=256,
                fmap_base=4096,
                fmap_max=256,
                z_dim=256,
                w_dim=256,
                mapping_width=256,
            ),
            start_resolution=8,
            phase_kimg=((4, 150),),
            fade_kimg=((4, 150),),
            growth_fit_steps=2000,
            batch=((4, 64), (128, 32)),
            generator_lr=((4, 2e-3),),
            discriminator_lr=((4, 2e-3),),
            lr_decay_kimg=500,
            r1_gamma=((4, 0.1), (16, 0.4), (32, 2.5), (64, 3), (128, 5)),
            r1_interval=4,
            shared_pass=True,
            mixing_prob=((4, 0.0), (32, 0.5)),
            noise_from_kimg=600,
            amp="auto",
        ),
        "rendered portraits at 256 px on one GPU, in hours",
    ),
    "portraits-cpu": Preset(
        TrainConfig(
            head_start=HEAD_START,
            total_kimg=510,
            network=SMALL,
            start_resolution=8,
            phase_kimg=((4, 40), (16, 60), (32, 90)),
            fade_kimg=((4, 20), (64, 30)),
            growth_fit_steps=1000,
            batch=((4, 8),),
            generator_lr=((4, 4e-3), (32, 3e-3), (64, 2.5e-3)),
            discriminator_lr=((4, 4e-3), (32, 3e-3), (64, 2.5e-3)),
            lr_decay_kimg=30,
            r1_gamma=((4, 0.1), (16, 0.4), (32, 2.5), (64, 8)),
            r1_interval=4,
            label_critic_weight=0.5,
            style_roles_weight=1,
            noise_spread=3,
            shared_pass=True,
            mixing_prob=((4, 0.0), (32, 0.5)),
            noise_from_kimg=235,
            amp="auto",
            snapshot_kimg=10,
            sample_kimg=10,
        ),
        "rendered portraits at 64 px on two cores of a CPU, in some hours",
        "see checkpoints/portraits-64/card.md",
    ),
    "portraits-features-cpu": Preset(
        TrainConfig(
            head_start=HEAD_START,
            total_kimg=1000,
            network=replace(SMALL, resolution=128, fmap_base=1536, fmap_max=128),
            start_resolution=64,
            phase_kimg=((4, 150),),
            fade_kimg=((4, 20),),
            growth_fit_steps=1000,
            batch=((4, 16),),
            generator_lr=((4, 2.5e-3),),
            discriminator_lr=((4, 2.5e-3),),
            lr_decay_kimg=100,
            r1_gamma=((4, 5.0), (128, 8.0)),
            r1_interval=4,
            feature_weight=((4, 0.2),),
            feature_blur_kimg=5,
            range_weight=1,
            label_critic_weight=1,
            style_roles_weight=1,
            noise_spread=3,
            shared_pass=True,
            mixing_prob=((4, 0.3),),
            noise_from_kimg=60,
            ema_half_life_kimg=5,
            snapshot_kimg=5,
            sample_kimg=2,
        ),
        "rendered portraits at 64, then 128 px on a CPU, with discriminators on pretrained "
        "features; runs start from a model that knows poses",
        "5,000 images after checkpoints/portraits-64.safetensors: FD-lite1 fell from 24.0 to 12.6 "
        "times the floor, with 0.80 of the data's spread of yaw (docs/training.md)",
    ),
    "portraits-stylegan2": Preset(
        TrainConfig(
            head_start=HEAD_START,
            total_kimg=100,
            network=with_architecture(replace(SMALL, fmap_base=768), "stylegan2"),
            start_resolution=64,
            batch=((4, 8),),
            generator_lr=((4, 4e-3), (32, 3e-3), (64, 2.5e-3)),
            discriminator_lr=((4, 4e-3), (32, 3e-3), (64, 2.5e-3)),
            r1_gamma=((4, 0.4), (32, 2.5), (64, 6)),
            r1_interval=4,
            label_critic_weight=0.5,
            shared_pass=True,
            mixing_prob=((4, 0.0), (32, 0.5)),
            noise_from_kimg=1000,  # longer than a run: only the last run uses noise
            ema_ramp=1.0,
            amp="auto",
            snapshot_kimg=10,
            sample_kimg=10,
        ),
        "StyleGAN 2 for rendered portraits on a CPU, in runs at 16, 32, 64 px (docs/training.md)",
        "see checkpoints/portraits-64-stylegan2/card.md",
    ),
}
