"""Open damaged copies of files in a process that may do nothing else.

Run it as a module with the number of copies of each file, and the files. It prints how many were
read and how many refused. An import, a system call or an opened file ends it with code 3; a
crash, a hang, too much memory and any error but `CheckpointError` end it with another code than 0.
"""

import os
import pickletools
import random
import resource
import sys
from collections import Counter
from pathlib import Path

from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.opening import contents_of

MEMORY_BYTES = 2**28  # beyond what the process holds before the first file
SECONDS = 120
FORBIDDEN = ("import", "exec", "compile", "open", "os.", "subprocess.", "socket.", "ctypes.")


def places_of(data: bytes) -> list[int]:
    """Return the offsets of instructions; those of the first bytes if it is not a plain pickle."""
    try:
        return [place for _, _, place in pickletools.genops(data) if place is not None]
    except ValueError:
        return list(range(min(len(data), 4000)))


def changed(data: bytes, places: list[int], chance: random.Random) -> bytes:
    """Return the file with a few bytes changed, cut or doubled, mostly near instructions."""
    copy = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.choice(places) if chance.random() < 0.9 else chance.randrange(len(data))
        place = min(place + chance.randrange(3), len(copy) - 1)
        match chance.randrange(6):
            case 0:
                copy[place] = chance.randrange(256)
            case 1:
                copy[place] ^= 1 << chance.randrange(8)
            case 2:
                copy[place : place + 4] = chance.choice(
                    (b"\xff\xff\xff\x7f", b"\xff" * 4, b"\0" * 4)
                )
            case 3:
                del copy[place : place + chance.randrange(1, 40)]
            case 4:
                start = chance.choice(places)
                copy[place:place] = data[start : start + chance.randrange(1, 40)]
            case 5:
                copy[place] = chance.choice(b"Rb\x81\x93ct(]}.Qr0\x85")
    return bytes(copy)


def outcome(data: bytes) -> str:
    """Open a file, read every array, and return what happened."""
    try:
        contents = contents_of(ByteSource.of_bytes(data, "copy.pkl"))
        for network in (contents.generator, contents.discriminator):
            for value in network.arrays.values() if network else ():
                assert value.nbytes < 2**26
    except CheckpointError as error:
        return "message of several lines" if "\n" in str(error) else "refused"
    except Exception as error:  # printing a traceback would open files
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = place and (place.tb_frame.f_code.co_filename, place.tb_lineno)
        os.write(2, f"{error!r} at {where}\n".encode())
        os._exit(5)
    return "read"


def forbid() -> None:
    """Allow nothing from here on but computing, within a bound on memory and time."""

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event.startswith(FORBIDDEN):
            os.write(2, f"forbidden: {event} {args!r:.200}\n".encode())
            os._exit(3)

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.addaudithook(watch)


def main(copies: int, paths: list[Path]) -> None:
    files = {path.name: path.read_bytes() for path in paths}
    assert all(outcome(data) == "read" for data in files.values())  # imports all that is needed
    b"x".decode("cp437")  # imports the encoding of names in zip files
    forbid()
    counted: Counter[str] = Counter()
    for name, data in files.items():
        places, chance = places_of(data), random.Random(name)
        counted.update(outcome(changed(data, places, chance)) for _ in range(copies))
    print(dict(counted))


if __name__ == "__main__":
    main(int(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
