"""The worker: runs jobs of the queue and the schedule; every job is a flow of the domain."""
