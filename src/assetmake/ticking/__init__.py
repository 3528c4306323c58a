"""Ticking: what is due of schedules, sensors and rules is decided from the state, written down, and built."""
