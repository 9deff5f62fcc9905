"""What comes in, and what the OpenAPI document says goes out."""
