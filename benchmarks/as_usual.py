"""The textbook pass in a process in which freed memory is not kept: prints milliseconds.

`python -m benchmarks.as_usual RESOLUTION ROUNDS DEVICE`
"""

import sys

import torch

from benchmarks import networks
from benchmarks.clock import medians_ms

resolution, rounds, device = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
with torch.inference_mode():
    case = networks.textbook_pass(networks.published(resolution, device), 1, device)
    print(medians_ms({"textbook": case}, rounds, device)["textbook"])
