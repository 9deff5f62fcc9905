"""The calls of WeChat's service-account platform, as the product's side sees them."""
