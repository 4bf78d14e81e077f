"""The one kind of error that is meant for people."""


class UserError(Exception):
    """Something the user can mend: the message says what was found and what to do.

    Command lines print the message alone and exit with code 2.
    """
