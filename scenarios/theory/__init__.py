"""Seeds of plasticity theory: small published rules, one scenario each."""
