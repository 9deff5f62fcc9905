"""学信网: people, their log-in by CAS 3, and the tickets it gives out."""
