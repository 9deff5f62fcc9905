"""Where bytes are kept for good: a folder or a bucket, documents by their hash, personal proofs sealed."""
