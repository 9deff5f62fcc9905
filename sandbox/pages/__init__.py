"""What a person sees: phones, the wall of phones, and the desk where faults are set."""
