"""Agreements as documents: their text, numbers, QR codes, typesetting, signature and storage. No database here."""
