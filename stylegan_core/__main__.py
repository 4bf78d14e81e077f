"""Run `stylegan` as `python -m stylegan_core`."""

from stylegan_core.cli.__main__ import main

main()
