"""What a person can put right, one module per area; the ten kinds are in forms/errors.py."""
