"""`stylegan`: train and use StyleGAN models from the command line."""

import sys

from tyro.extras import SubcommandApp

from stylegan_core.cli import exit_code_of
from stylegan_core.cli.card import card
from stylegan_core.cli.dataset import dataset
from stylegan_core.cli.generate import generate
from stylegan_core.cli.info import info
from stylegan_core.cli.train import train

app = SubcommandApp()
app.command(train)
app.command(generate)
app.command(info)
app.command(card)
app.command(dataset)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(exit_code_of(lambda: app.cli(prog="stylegan", description=__doc__)))


if __name__ == "__main__":
    main()
