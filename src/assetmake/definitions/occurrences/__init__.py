"""What happened in a run, as records: assets made and looked at, checks evaluated, and the events around them."""
