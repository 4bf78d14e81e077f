"""All metrics, in the order of the card's page."""

from stylegan_core.metrics import mixing, noise, swd
from stylegan_core.metrics.metric import Metric

METRICS = (
    Metric("Distance from the data", swd.measure, swd.section, swd.READS),
    Metric("What each group of styles changes", mixing.measure, mixing.section, mixing.READS),
    Metric("What noise changes", noise.measure, noise.section, noise.READS),
)
