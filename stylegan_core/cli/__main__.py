"""Train StyleGAN models and use them from the command line."""

import io
import sys
from collections.abc import Sequence

from tyro.extras import SubcommandApp

from stylegan_core.cli.card import card
from stylegan_core.cli.convert import convert
from stylegan_core.cli.dataset import dataset
from stylegan_core.cli.figure import figure
from stylegan_core.cli.generate import generate
from stylegan_core.cli.info import info
from stylegan_core.cli.train import train
from stylegan_core.exit_codes import exit_code_of
from stylegan_core.leftovers import remove_leftovers
from stylegan_core.terminal import protect

app = SubcommandApp()
app.command(train)
app.command(generate)
app.command(figure)
app.command(info)
app.command(convert)
app.command(card)
app.command(dataset)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code; `arguments` are by default those of the process."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # the terminal may not show all that a card holds
        sys.stdout.reconfigure(errors="backslashreplace")
    protect()
    remove_leftovers()
    sys.exit(exit_code_of(lambda: app.cli(args=arguments, prog="stylegan", description=__doc__)))


if __name__ == "__main__":
    main()
