"""The errors that are meant for people.

UserError: something that the user can mend
  WriteError: a file or folder that cannot be written (`stylegan_core/write_errors.py`)
  CheckpointError: a model's file that cannot be opened (`stylegan_core/card.py`)
  FormatError: a JSON value that is not what a format says (`explorer/edit/fields.py`)
  MisfitError: a recipe that does not fit the model it names (`explorer/edit/fit.py`)
  RenderError: an edit that a model cannot show (`explorer/rendering/latents.py`)
  ExportError: an export that is impossible (`explorer/export/options.py`)
  RecipeError: a file that gives no recipe (`explorer/export/embedding.py`)
  ModelMissing: a recipe's model that is not found (`explorer/export/model_files.py`)

Each stands beside the code that raises it. For those who use this package as a library,
`CheckpointError` is a ValueError too, and `WriteError` an OSError. All other exceptions are caught
where they are expected, or are bugs.
"""

from stylegan_core.readable import MAX_SHOWN, shown_name


class UserError(Exception):
    """A failure that the user can mend: the message says what was found and what to do.

    Command lines print the message alone and exit with code 2. It has a line for each argument.
    What it quotes from a file cannot make it long, add lines, or control a terminal.
    The message fits a window too; `options` says what to type on a command line, and is printed
    there only (`stylegan_core/advice.py`).
    """

    def __init__(self, *lines: object, options: str = "") -> None:
        super().__init__(*lines)
        self.options = options

    def __str__(self) -> str:
        return "\n".join(shown_name(str(line), MAX_SHOWN) for line in self.args)
