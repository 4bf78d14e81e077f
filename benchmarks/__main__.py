"""`python -m benchmarks [--device D] [--quick]`: print tables of this machine, as Markdown."""

import argparse
import os
import platform
import shutil
import sys
from pathlib import Path

from stylegan_core.memory import keep_freed_memory
from stylegan_core.waiting import wait_briefly

keep_freed_memory()
wait_briefly()

import torch  # noqa: E402  after these two

from benchmarks import export, later_networks, layers, memory_not_kept, networks, peer  # noqa: E402
from stylegan_core.devices import choose_device  # noqa: E402
from stylegan_core.networks.stylegan1 import Generator  # noqa: E402

SIZES = (64, 256, 1024)
MEMORY_NOT_KEPT = "textbook, memory not kept"
PEER = "rosinality's code"
GOALS = (  # on a CPU: case, compared with, at which sizes, largest ratio
    ("full frame", "bare convolutions", (64,), 0.65),
    ("full frame", "bare convolutions", (256,), 0.75),
    ("full frame", "bare convolutions", (1024,), 1.2),
    ("full frame", MEMORY_NOT_KEPT, (1024,), 1 / 3),
    ("last layer, style", "full frame", (1024,), 0.3),
    ("last layer, noise", "full frame", (1024,), 0.3),
    ("last resolution, styles", "full frame", (1024,), 0.55),
    ("last resolution, noise", "full frame", (1024,), 0.55),
    ("64 px and up, noise", "full frame", (1024,), 0.9),
)


def main() -> None:
    """Measure and print all tables."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    options.add_argument("--quick", action="store_true", help="fewer rounds, no 1024 px")
    options.add_argument(
        "--peer", type=Path, help="a clone of rosinality/style-based-gan-pytorch to compare with"
    )
    chosen = options.parse_args()
    device = choose_device(chosen.device)
    rounds = 5 if chosen.quick else 15
    sizes = SIZES[:2] if chosen.quick else SIZES
    print(f"Device: {_device_name(device)}; torch {torch.__version__}; {platform.system()}\n")
    generators = {f"{size} px": networks.published(size, device) for size in sizes}
    generators["bundled"] = networks.bundled(device)
    measured = []
    for name, generator in generators.items():
        network_rounds = rounds // 3 if name == "1024 px" else rounds
        times = networks.measure(name, generator, device, network_rounds)
        if name != "bundled":
            times.values[MEMORY_NOT_KEPT] = memory_not_kept.textbook_ms(
                "pass", generator.resolution, network_rounds, device
            )
            if chosen.peer is not None:
                _add_peer(times, chosen.peer, generator.resolution, network_rounds, device)
        measured.append(times)
        print(f"measured {name}", file=sys.stderr, flush=True)
    _print_cases(measured)
    if device == "cpu":
        _print_goals(measured)
    later_networks.print_table(device, rounds)
    largest = f"{sizes[-1]} px"
    layers.print_table(generators[largest], device, rounds)
    video = export.measure(generators["bundled"], device)
    total = video.render_s + video.rest_s
    print(
        f"\nExport of the bundled model as MP4, {video.frames} frames: "
        f"{video.frames / total:.0f} frames/s, {video.render_s / total:.0%} of the time rendering, "
        "the rest scaling and encoding."
    )
    if shutil.which("Xvfb") and sys.platform == "linux":
        _print_window(generators)


def _add_peer(
    times: networks.Times, folder: Path, resolution: int, rounds: int, device: str
) -> None:
    peer_ms = peer.full_frame_ms(folder, resolution, rounds, device)
    if peer_ms is not None:
        times.values[PEER] = peer_ms
        times.values[f"full frame / {PEER}"] = times.values["full frame"] / peer_ms


def _print_cases(measured: list[networks.Times]) -> None:
    names = [name for times in measured for name in times.values]
    print(f"| milliseconds | {' | '.join(times.name for times in measured)} |")
    print("|---|" + "---|" * len(measured))
    for name in dict.fromkeys(names):
        cells = [_cell(times.values, name) for times in measured]
        print(f"| {name} | {' | '.join(cells)} |")
    for name in dict.fromkeys(name for times in measured for name in times.batch_16):
        cells = [_cell(times.batch_16, name) for times in measured]
        print(f"| batch 16: {name} | {' | '.join(cells)} |")


def _cell(values: dict[str, float], name: str) -> str:
    if name not in values:
        return ""
    return f"{values[name]:.2f}" if "/" in name else f"{values[name]:.1f}"


def _print_goals(measured: list[networks.Times]) -> None:
    print("\n| ratio | goal | measured |\n|---|---|---|")
    by_name = {times.name: times.values for times in measured}
    for case, compared_with, sizes, goal in GOALS:
        for name in (f"{size} px" for size in sizes if f"{size} px" in by_name):
            ratio = by_name[name][case] / by_name[name][compared_with]
            print(f"| {name}: {case} / {compared_with} | {goal:.2f} | {ratio:.2f} |")


def _print_window(generators: dict[str, Generator]) -> None:
    from benchmarks import window

    start = window.measure_start()
    print(
        f"\nThe window takes input {start.window_s:.1f} s after the command and shows the bundled "
        f"model's picture after {start.first_picture_s:.1f} s, "
        f"{start.first_picture_s / start.torch_s:.1f} times as long as importing torch alone takes."
    )
    print(
        "\n| window | event to texture, ms | shown | full picture, ms | at rest, s | in full "
        "pictures | pictures/s in a drag | idle |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, generator in generators.items():
        times = window.measure(generator)
        print(
            f"| {name} | {times.event_to_texture_ms:.0f} | {times.shown} | {times.full_ms:.0f} | "
            f"{times.rest_s:.1f} | {times.rest_frames:.1f} | "
            f"{times.pictures_per_s:.0f} | {times.idle_share:.1%} of a core |"
        )


def _device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name()
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        cpu = next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), cpu)
    return f"{cpu}, {torch.get_num_threads()} of {os.cpu_count()} threads"


if __name__ == "__main__":
    main()
