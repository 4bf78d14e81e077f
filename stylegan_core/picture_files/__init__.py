"""Picture files of any origin: the one place where they are opened.

kinds.py     tells what a file is by its content, and which decoder may see it, if any
opening.py   opens and decodes within bounds; no other module calls Pillow's `Image.open`
profiles.py  converts colours to sRGB
"""
