"""`python -m stylegan_core` is `stylegan`."""

from stylegan_core.cli.__main__ import main

main()
