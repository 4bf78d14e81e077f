"""Picture files of any origin: the one place where they are opened.

kinds.py        tells what a file is by its content, and which decoder may see it, if any
bounds.py       tells what a picture may cost, by its header
opening.py      opens and decodes; no other module calls Pillow's `Image.open`
errors.py       the one error that is raised
profiles.py     converts colours to sRGB
png_colours.py  finds the profile that a PNG implies by its gamma and primaries
"""
