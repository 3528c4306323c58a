"""What users write: functions and declarations come in, plain data that no room has to run goes out."""
