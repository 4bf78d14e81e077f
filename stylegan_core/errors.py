"""The errors that are meant for people.

UserError: something that the user can mend
  CheckpointError: a model's file that cannot be opened (`stylegan_core/card.py`)
  FormatError: a JSON value that is not what a format says (`explorer/edit/fields.py`)
  MisfitError: a recipe that does not fit the model it names (`explorer/edit/fit.py`)
  RenderError: an edit that a model cannot show (`explorer/rendering/latents.py`)
  ExportError: an export that is impossible (`explorer/export/options.py`)
  RecipeError: a file that gives no recipe (`explorer/export/embedding.py`)
  ModelMissing: a recipe's model that is not found (`explorer/export/model_files.py`)

Each stands beside the code that raises it. `CheckpointError` is a ValueError too, for those who use
this package as a library. All other exceptions are caught where they are expected, or are bugs.
"""


class UserError(Exception):
    """A failure that the user can mend: the message says what was found and what to do.

    Command lines print the message alone and exit with code 2.
    """
