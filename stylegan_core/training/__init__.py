"""Training: the schedule, the losses, one step of both networks, the loop and its run folder."""
