"""What starts work by itself, declared: conditions, freshness, jobs, schedules and sensors, as data and functions."""
