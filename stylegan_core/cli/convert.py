"""`stylegan convert`: write a model file of another program as a checkpoint of this one."""

import shutil
from pathlib import Path
from typing import Annotated

import tyro

from stylegan_core.errors import UserError
from stylegan_core.files import check_writable, replacing
from stylegan_core.leftovers import noted
from stylegan_core.terminal import say


def convert(
    file: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="IN")],
    out: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="OUT.safetensors")],
) -> None:
    """Write a model file of another program as a checkpoint of this one.

    Its pictures stay the same to the last bit. The discriminator, names, licence and everything
    else that the file says about itself are kept; `stylegan info` lists what was left out.

    For example:
    - stylegan convert stylegan2-ffhq.pkl ffhq.safetensors

    Args:
        file: A pickle of one of the official releases, or a PyTorch file.
        out: The checkpoint; its name ends in .safetensors.
    """
    if out.suffix.lower() != ".safetensors":
        raise UserError(f"{out} must end in .safetensors.")
    from stylegan_core import checkpoint, importers
    from stylegan_core.card import read_card
    from stylegan_core.usable import check_usable

    check_writable(out)
    if not importers.is_foreign(file):
        read_card(file)
        with replacing(out, needs=file.stat().st_size) as partial, noted(partial):
            shutil.copyfile(file, partial)
        say(f"{file.name} is already a checkpoint of this program: copied to {out}.")
        return
    generator, discriminator = importers.load_all(file)
    check_usable(generator, file.name)
    checkpoint.save(out, generator, generator.card, discriminator, halve=False)  # type: ignore[arg-type]
    left_out = ", ".join(generator.card["origin"]["left_out"])
    say(f"Wrote {out}." + (f" Left out: {left_out}." if left_out else ""))
