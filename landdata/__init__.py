"""The domain of the national land data sharing service and its store; knows no HTTP and no job engine."""
