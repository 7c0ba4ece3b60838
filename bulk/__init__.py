"""Well-mixed engines and compartmental models."""
